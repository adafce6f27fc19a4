#!/usr/bin/python3
"""`make lab`: prints who answers the service address as nodes die and return, and at the end a table: milliseconds from
the event until the client is served by the next node, queries lost, and the floor (the route withdrawn by hand in the
same lab with the same method). LAB_ARGS="bgp ospf stub" selects ("bgp6" and "ospf6" are the same upon IPv6; "babel",
"bird-babel", "frr-ospf" and "frr-bgp" are other routing), "--runs N" repeats, "--cases kill,drain" picks, "--hello 10
--dead 40" are OSPF's timers in seconds, "--bfd" has OSPF use BFD."""
import argparse
import contextlib
import os
import re
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time

import lab as labs
import others
import servers
from lab import Client, Lab, StoppedThread

# RFC 2328 MinLSInterval: a router tells nothing new about a route within five seconds, whoever withdraws it. Events
# stand further apart, or the measure is of that.
SETTLE_SECONDS = {"bgp": 0.7, "ospf": 6.5, "stub": 6.5}
TICKING = ("ospf", "stub")   # BIRD's OSPF computes routes once a second


def watch_answers(client, ending):
    """Prints each change of who answers."""
    shown, silent = None, False
    while not ending.wait(0.02):
        quiet = client.answered and time.monotonic() - max(at for at, _ in list(client.answered.values())[-50:]) > 0.1
        if client.last != shown or quiet != silent:
            shown, silent = client.last, quiet
            print(f"      {time.monotonic() - client.lab.started:8.2f} s  " + ("nobody answers" if quiet else f"{shown} answers"), flush=True)


def by_hand(lab):
    """The floor: the route goes, everything else stays; the watcher must not put it back."""
    keeper, watcher = lab.watcher_pids("n1")
    os.kill(keeper, signal.SIGSTOP)
    os.kill(watcher, signal.SIGSTOP)
    since = time.monotonic()
    if lab.routing == "stub":
        lab.sh("n1", "ip", "addr", "del", f"{lab.service}/{labs.HOST_PREFIX[lab.family]}", "dev", "dotmesh")
    else:
        lab.birdc("n1", "disable", lab.protocol)
    yield since
    os.kill(watcher, signal.SIGCONT)
    os.kill(keeper, signal.SIGCONT)


def killing(*which):
    def case(lab):
        keeper, watcher = lab.watcher_pids("n1")
        pids = {"keeper": keeper, "watcher": watcher, "server": lab.server_pid("n1")}
        since = time.monotonic()
        for name in which:
            os.kill(pids[name], signal.SIGKILL)
        yield since
        if "server" in which:
            lab.processes["n1", "dotmesh"].wait()
            lab.start_node("n1")
    return case


def stopping(lab):
    since = time.monotonic()
    os.kill(lab.server_pid("n1"), signal.SIGSTOP)
    yield since
    os.kill(lab.server_pid("n1"), signal.SIGCONT)


def hanging_worker(lab):
    since = time.monotonic()
    with StoppedThread(lab.server_pid("n1"), "worker-0"):
        yield since


def bad_generation(lab):
    zone = lab.folder / "n1-network" / "mesh.zone"
    good = zone.read_text()
    since = time.monotonic()
    zone.write_text(good + "broken A 10.10.10.300\n")
    lab.command("n1", "reload")
    yield since
    zone.write_text(good)
    lab.command("n1", "reload")


def uplink(lab):
    """The lab has no way to the Internet at any time; here the source of the zones goes too."""
    since = time.monotonic()
    (lab.folder / "n1-network").rename(lab.folder / "gone")
    yield since
    (lab.folder / "gone").rename(lab.folder / "n1-network")


def draining(lab):
    since = time.monotonic()
    lab.command("n1", "drain")
    yield since
    lab.command("n1", "undrain")


def terminating(lab):
    since = time.monotonic()
    lab.processes["n1", "dotmesh"].terminate()
    lab.processes["n1", "dotmesh"].wait()
    yield since
    lab.start_node("n1")


def link_down(lab):
    since = time.monotonic()
    lab.sh("n1", "ip", "link", "set", "to-r1", "down")
    yield since
    lab.sh("n1", "ip", "link", "set", "to-r1", "up")
    lab.sh("n1", "ip", f"-{lab.family}", "route", "replace", "default", "via", lab.address("r1", "n1"))


def link_silent(lab):
    """The cable carries nothing any more, but both ends believe in it."""
    since = time.monotonic()
    lab.sh("n1", "ip", "addr", "flush", "dev", "to-r1")
    yield since
    lab.sh("n1", "ip", "addr", "add", f"{lab.address('n1', 'r1')}/{labs.PREFIX[lab.family]}", "dev", "to-r1")
    lab.sh("n1", "ip", f"-{lab.family}", "route", "replace", "default", "via", lab.address("r1", "n1"))


def flapping(lab):
    since = time.monotonic()
    for _ in range(3):
        os.kill(lab.server_pid("n1"), signal.SIGSTOP)
        servers.wait_until(lambda: lab.next_hop() != "n1", 30, "the move", interval=0.02)
        os.kill(lab.server_pid("n1"), signal.SIGCONT)
        servers.wait_until(lambda: lab.announced("n1") == "yes", 60, "the return", interval=0.05)
    yield since


def all_sick(lab):
    since = time.monotonic()
    with contextlib.ExitStack() as stack:
        for node in labs.NODES:
            stack.enter_context(StoppedThread(lab.server_pid(node), "worker-0"))
        for node in labs.NODES:
            servers.wait_until(lambda: lab.announced(node) == "last resort", 30, f"{node}'s last resort", interval=0.05)
        print(f"      all nodes sick: r1 routes to {lab.next_hop()}; announced: " + ", ".join(f"{n} {lab.announced(n)}" for n in labs.NODES))
        yield since


# Stands beside the service address on the old node: a router with a route to it has looked at all that the node says.
SEEN = {4: "203.0.113.1", 6: "2001:db8:53::ffff"}


def old_node(lab):
    """n3 becomes a node as they were before: the address stands on an interface that OSPF announces, come what may."""
    if lab.daemon not in TICKING:
        raise servers.ServerError("this case is about OSPF areas: ospf or stub")
    lab.processes["n3", "dotmesh"].terminate()
    lab.processes["n3", "dotmesh"].wait()
    path = lab.node_file("n3")
    path.write_text(re.sub('method = "[a-z]*"', 'method = ""', path.read_text()))
    lab.spawn("n3", "dotmesh", [servers.dotmesh_binary(), "serve", "--config", str(path)])
    for command in ("link add old type veth peer name old-peer", "link set old up", "link set old-peer up",
                    f"address add {lab.service}/{labs.HOST_PREFIX[lab.family]} dev old",
                    f"address add {SEEN[lab.family]}/{labs.HOST_PREFIX[lab.family]} dev old"):
        lab.sh("n3", "ip", *command.split())
    (lab.folder / "n3-bird.conf").write_text(lab.bird_text("n3").replace("area 0 {", "area 0 { interface \"old\" { stub; };"))
    since = time.monotonic()
    lab.birdc("n3", "configure")
    servers.wait_until(lambda: lab.sh("r1", "ip", f"-{lab.family}", "route", "show", SEEN[lab.family]), 60,
                       "a route of r1 computed from what the old node says", interval=0.05)
    print(f"      old node n3: r1 routes to {lab.next_hop()}; announced: n1 {lab.announced('n1')}, n2 {lab.announced('n2')}", flush=True)
    yield since
    lab.sh("n3", "ip", "link", "del", "old")
    (lab.folder / "n3-bird.conf").write_text(lab.bird_text("n3"))
    lab.birdc("n3", "configure")
    lab.processes["n3", "dotmesh"].terminate()
    lab.processes["n3", "dotmesh"].wait()
    lab.start_node("n3")
    lab.wait_for_routes(("n3",))


# name: (what happens, whether the client must move away from n1)
CASES = {
    "floor": ("the route withdrawn by hand", by_hand, True),
    "kill": ("SIGKILL of the server", killing("server"), True),
    "stop": ("SIGSTOP of the server", stopping, True),
    "worker": ("one of two workers hangs", hanging_worker, True),
    "watcher": ("SIGKILL of the watcher", killing("watcher"), None),
    "both": ("SIGKILL of server and watcher", killing("watcher", "server"), True),
    "everything": ("SIGKILL of server, watcher and keeper", killing("keeper", "watcher", "server"), True),
    "generation": ("a generation that fails to load", bad_generation, False),
    "uplink": ("the source and the uplink are gone", uplink, False),
    "drain": ("dotmesh drain", draining, True),
    "term": ("SIGTERM", terminating, True),
    "link": ("the node's link goes down", link_down, True),
    "silent": ("the node's link falls silent", link_silent, True),
    "flap": ("three hangs in a row", flapping, None),
    "sick": ("all nodes sick", all_sick, None),
    "old": ("the farthest node announces as old ones do", old_node, None),
}


def measure(lab, name, phase=0.0):
    """(milliseconds until moved or None, lost while away, lost on the return, milliseconds beyond the tick or None).

    BIRD's OSPF computes routes once a second. Whatever ended the last case ended with such a tick, so without `phase`
    (of a second) all cases would begin at the same distance from the next."""
    words, case, moves = CASES[name]
    time.sleep(SETTLE_SECONDS[lab.routing] + (phase if lab.daemon in TICKING else 0))
    print(f"   {words}", flush=True)
    with Client(lab) as client:
        ending = threading.Event()
        printer = threading.Thread(target=watch_answers, args=(client, ending), daemon=True)
        printer.start()
        steps = case(lab)
        since = next(steps)
        if moves:
            client.wait_served_by(("n2", "n3"))
        time.sleep(0.5)
        moved = client.moved_ms(since, "n1") if moves is not False else None
        lost = len(client.lost(since - 0.05))
        back = time.monotonic()
        time.sleep(SETTLE_SECONDS[lab.routing] if lab.routing != "bgp" else 0)
        for _ in steps:
            pass
        lab.wait_for_routes(("n1",))
        client.wait_served_by("n1")
        time.sleep(0.3)
        returned = len(client.lost(back))
        ending.set()
        printer.join()
        beyond = beyond_tick_ms(client, since, moved, back) if moved and moves and lab.daemon in TICKING else None
    return moved, lost, returned, beyond


def beyond_tick_ms(client, since, moved, back):
    """How much later than the first tick of r1 after `since` the client was served. n1 came back with a tick, too."""
    tick = client.first_answer(back, "n1")
    return moved - (tick - since) % 1.0 * 1000 if tick else None


def spread(figures):
    return f"{statistics.median(figures):.0f} ({min(figures):.0f} to {max(figures):.0f})" if figures else "-"


def table(results):
    lines = ["| case | routing | until served by the next node, ms | of it beyond the router's next tick, ms "
             "| queries lost (one each 5 ms) | lost on the return |", "|---|---|---|---|---|---|"]
    for (routing, name), runs in results.items():
        moved = [run[0] for run in runs if run[0] is not None]
        beyond = [run[3] for run in runs if run[3] is not None]
        lines.append(f"| {CASES[name][0]} | {routing} | {spread(moved) if moved else 'stays'} | {spread(beyond)} "
                     f"| {min(r[1] for r in runs)} to {max(r[1] for r in runs)} | {max(r[2] for r in runs)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("routing", nargs="*", default=["bgp", "ospf", "stub"])
    parser.add_argument("--hello", type=int, default=1)
    parser.add_argument("--dead", type=int, default=4)
    parser.add_argument("--bfd", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--cases", default=",".join(name for name in CASES if name != "old"))
    arguments = parser.parse_args()
    if not labs.available():
        sys.exit("make lab needs root, ip(8), bird(8) (package bird2) and /dev/net/tun")
    for routing in arguments.routing:
        if routing in others.DAEMONS and others.missing(routing):
            sys.exit(f"{routing} needs the package {others.missing(routing)}")
    results = {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run_all(arguments, results)
    except KeyboardInterrupt:
        print("interrupted")
    print("\n" + table({key: runs for key, runs in results.items() if runs}))


def run_all(arguments, results):
    for routing in arguments.routing:
        folder = tempfile.mkdtemp(prefix="dotmesh-lab-")
        try:
            print(f"{routing}: building the lab", flush=True)
            kind = others.OtherLab if routing in others.DAEMONS else Lab
            with kind(folder, routing.removesuffix("6"), anycast='hold_down_most = "4s"',  # else ten hangs take an hour
                      hello=arguments.hello, dead=arguments.dead, bfd=arguments.bfd, family=6 if routing.endswith("6") else 4) as lab:
                for name in arguments.cases.split(","):
                    for run in range(arguments.runs):
                        try:
                            results.setdefault((routing, name), []).append(measure(lab, name, run / arguments.runs))
                            print("      " + str(results[routing, name][-1]), flush=True)
                        except servers.ServerError as error:
                            print(f"   {name}: {error}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
