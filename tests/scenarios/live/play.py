#!/usr/bin/env python3
"""Plays one .rpl scenario against a real resolver: servers with real sockets on port 53, libfaketime for
the time. Run in a network namespace of its own:  unshare -n play.py FILE.rpl [--silent] [--no-minimise]
Exit 0: passed; 1: failed, the step and the trace are printed; 2: it could not be played."""
import argparse
import pathlib
import shutil
import socket
import sys
import tempfile
import time

import dns.exception
import dns.flags
import dns.message
import dns.query

import network
import resolvers
import rpl

PATIENCE = 5.0  # of the client
READY = 20.0


def ask(message, patience):
    """The answer to `message`, over UDP, and over TCP when that was truncated; None when none came."""
    answer = ask_udp(message.to_wire(), patience)
    if answer is not None and answer.flags & dns.flags.TC:
        return dns.query.tcp(message, resolvers.ADDRESS, timeout=patience, one_rr_per_rrset=True)
    return answer


def ask_udp(wire, patience):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(patience)
        sock.connect((resolvers.ADDRESS, 53))
        try:
            sock.send(wire)
            return dns.message.from_wire(sock.recv(65535), one_rr_per_rrset=True)
        except OSError:
            return None


class Player:
    def __init__(self, scenario, servers, resolver):
        self.scenario, self.servers, self.resolver = scenario, servers, resolver
        self.answer = None
        self.offset = 0
        self.slowest = 0.0

    def play(self):
        """The first failure in words, or None."""
        for step in self.scenario.steps:
            self.servers.step = step.number
            failure = self.carry_out(step)
            if failure:
                return f"{self.scenario.name}.rpl:{step.line}: STEP {step.number} {step.kind}: {failure}"
        for r in self.scenario.ranges:
            for entry in r.entries:
                if entry.mandatory and not entry.used:
                    return f"{self.scenario.name}.rpl:{entry.line}: this entry is MANDATORY and was never asked for"
        return None

    def carry_out(self, step):
        trace = self.servers.trace
        if step.kind == "QUERY":
            question = step.entry.message
            question.id = (1000 + step.number) & 0xffff
            trace.append(f"STEP {step.number} client asks {question.question[0].name} "
                         f"{dns.rdatatype.to_text(question.question[0].rdtype)}")
            started = time.monotonic()
            self.answer = ask(question, PATIENCE)
            took = time.monotonic() - started
            self.slowest = max(self.slowest, took)
            if self.answer is None:
                return f"no answer within {PATIENCE} s"
            trace.append(f"  answered after {took * 1000:.0f} ms")
        elif step.kind in ("CHECK_ANSWER", "ANSWER"):
            if self.answer is None:
                return "there is no answer to check"
            found = rpl.difference(step.entry, self.answer)
            if found:
                return f"{'; '.join(found)}\n  expected:\n{step.entry.message}\n  got:\n{self.answer}"
        elif step.kind == "TIME_PASSES":
            self.offset += step.seconds
            self.resolver.time.set(self.resolver.time.wall + step.seconds)
            trace.append(f"STEP {step.number} {step.seconds} s pass")
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--kind", choices=sorted(resolvers.KINDS), default="dotmesh")
    parser.add_argument("--silent", action="store_true", help="queries that no entry meets get no answer")
    parser.add_argument("--no-minimise", action="store_true", help="where the file leaves that open")
    parser.add_argument("--keep", action="store_true", help="leave the resolver's folder")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()

    scenario = rpl.Reader(options.file.stem, options.file.read_text()).read()
    minimise = scenario.config.minimise if scenario.config.minimise is not None else not options.no_minimise
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dotmesh-scenario-"))
    network.add_addresses([])
    servers = network.ScenarioServers(scenario, options.silent)
    servers.step = scenario.steps[0].number
    wall = scenario.config.wall or int(time.time())
    resolver = resolvers.KINDS[options.kind](folder, scenario, minimise, wall)
    try:
        resolver.start()
        resolver.wait_ready(READY)
        player = Player(scenario, servers, resolver)
        failure = player.play()
        crash = resolver.process.poll()
        if crash is not None:
            failure = f"{failure or ''}\nthe resolver ended with {crash}:\n{resolver.log()[-4000:]}"
        code = resolver.stop()
        if not failure and code not in (0, -15):
            failure = f"the resolver ended with {code} after SIGTERM:\n{resolver.log()[-4000:]}"
    except RuntimeError as error:
        print(error)
        return 2
    finally:
        if resolver.process.poll() is None:
            resolver.stop()
        servers.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(folder)
    if failure or options.verbose:
        print("\n".join([failure or "passed", *servers.trace]))
    print(f"{scenario.name}: {'failed' if failure else 'passed'}, {servers.unmatched} unmatched queries, "
          f"slowest answer {player.slowest:.2f} s")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
