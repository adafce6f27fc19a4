"""Ten thousand queries, watched from outside by strace(1): what is sent goes to sockets of the Internet family, to the
clients and the servers that were asked, and nothing is written to a file (docs/PRIVACY.md)."""
import contextlib
import ipaddress
import os
import re
import shutil
import socket
import subprocess

import dns.message
import pytest

import asking
import canaries
import gitrepo
import namespaces
import servers

QUERIES = 10_000
TCP_EVERY = 20        # every so many queries one over TCP
IN_FLIGHT = 50        # what the scripted Internet answers in time
SECONDS = 60

CALL = re.compile(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed>)")
# Calls that put data somewhere, by their descriptor; those that change a file by its name or make a new way out.
SENDING = {"write", "writev", "pwrite64", "pwritev", "pwritev2", "send", "sendto", "sendmsg", "sendmmsg", "sendfile", "splice",
           "tee", "vmsplice", "copy_file_range"}
CHANGING = {"creat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "mkdir",
            "mkdirat", "truncate", "ftruncate", "fallocate", "chmod", "fchmodat", "fchmod", "setxattr", "fsetxattr",
            "lsetxattr", "utimensat", "memfd_create", "shmget", "mq_open", "io_uring_setup", "execve", "execveat", "fork",
            "vfork", "ptrace", "process_vm_writev", "syslog"}
NOT_SHOWN = "futex,epoll_wait,epoll_pwait,clock_gettime,clock_nanosleep,gettimeofday,madvise,munmap,mprotect,brk,getrandom"


@contextlib.contextmanager
def watched(pid, file):
    """strace on every thread of `pid`, now and later."""
    command = ["strace", "-f", "-qq", "-yy", "-s", "0", "-e", "abbrev=none", "-e", f"trace=!{NOT_SHOWN}", "-o", str(file),
               "-p", str(pid)]
    strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def attached():
        if strace.poll() is not None:
            pytest.skip(f"strace cannot watch here: {strace.stderr.read().strip()}")
        return all(re.search(r"^TracerPid:\s+[1-9]", open(f"/proc/{pid}/task/{task}/status").read(), re.M)
                   for task in os.listdir(f"/proc/{pid}/task"))
    try:
        servers.wait_until(attached, 20, "strace to attach")
        yield
    finally:
        strace.terminate()
        strace.wait(20)


def ask_ten_thousand(names):
    """Answers to QUERIES questions of both clients: zone, cache, new names, absent ones, over UDP and TCP."""
    answered = 0
    kinds = ["ns.mesh.", "out.mesh.", "popular.example.", "new{}.example.", "absent{}.mesh.", "sick{}.fail."]
    with namespaces.inside(names[1]), contextlib.ExitStack() as open_sockets:
        sockets = []
        for host, client in canaries.PLACES:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            sock = open_sockets.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            sock.settimeout(asking.TIMEOUT)
            sock.connect((host, canaries.PORT))
            stream = open_sockets.enter_context(socket.create_connection((host, canaries.PORT), asking.TIMEOUT))
            sockets.append((sock, stream))
        waiting = [0, 0]
        for number in range(QUERIES):
            place = number % 2
            sock, stream = sockets[place]
            packet = dns.message.make_query(kinds[number % len(kinds)].format(number), "A").to_wire()
            if number % TCP_EVERY == place:
                stream.sendall(asking.framed(packet))
                answered += asking.read_message(stream) is not None
                continue
            sock.send(packet)
            waiting[place] += 1
            if waiting[place] > IN_FLIGHT:
                answered += len(sock.recv(65535)) > 12
                waiting[place] -= 1
        for (sock, _), rest in zip(sockets, waiting):
            for _ in range(rest):
                answered += len(sock.recv(65535)) > 12
    return answered


def descriptor(line):
    """What strace -yy says of the first argument: "UDP:[...]", "/path", "anon_inode:[eventfd]", "pipe:[1]"."""
    found = re.search(r"^\d+ +\w+\(\d+<(.*?)>[,)]", line)
    return found.group(1) if found else ""


def opens_for_writing(line):
    return re.search(r"\bopen(at2?)?\(.*O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", line) is not None


def maps_a_file_for_writing(line):
    return "mmap(" in line and "MAP_SHARED" in line and "PROT_WRITE" in line and "MAP_ANONYMOUS" not in line


def is_a_write(line):
    """Whether this call lets data out in another way than by a socket of the Internet family."""
    call = CALL.match(line)
    if call is None or "resumed>" in line:   # the first half has told the descriptor
        return False
    name = call.group(1)
    if name in SENDING:
        return not re.match(r"(UDP|TCP)(v6)?:|anon_inode:\[eventfd", descriptor(line))
    to_elsewhere = name == "connect" and "AF_INET" not in line
    return name in CHANGING or opens_for_writing(line) or maps_a_file_for_writing(line) or to_elsewhere


def receivers(lines):
    """Addresses that something was sent to, on sockets that are not connected or as strace shows their peer."""
    for line in lines:
        call = CALL.match(line)
        if call is None or call.group(1) not in SENDING | {"connect"}:
            continue
        for pattern in (r'inet_addr\("([^"]+)"\)', r'inet_pton\(AF_INET6, "([^"]+)"', r"->\[?([0-9a-f.:]+?)\]?:\d+\]"):
            for address in re.findall(pattern, line):
                yield str(ipaddress.ip_address(address))


def test_ten_thousand_queries_write_to_sockets_only(nodes, tmp_path):
    if shutil.which("strace") is None:
        pytest.skip("package strace")
    trace = tmp_path / "trace"
    with canaries.cable() as names, canaries.internet(names):
        # Two clients ask what many would: no limit, so that every query has an answer.
        node = canaries.public_node(nodes, names, tmp_path, more='[limits]\namplification = "0B"\n')
        if b"__asan_init" in open(servers.dotmesh_binary(), "rb").read():
            pytest.skip("a sanitizer's run-time makes calls of its own")
        with watched(node.process.pid, trace):
            assert ask_ten_thousand(names) == QUERIES
            end_of_queries = trace.stat().st_size
            # The counter-proof: a commit is told in the log and kept in the state folder, and the trace shows both.
            (tmp_path / "network" / "mesh.zone").write_text(gitrepo.zone("wiki A 10.70.1.10"))
            node.cli("reload")
            servers.wait_until(lambda: is_seen(trace, end_of_queries, node), 20, "the trace of a reload")
    octets = trace.read_bytes()
    during = octets[:end_of_queries].decode().splitlines()
    assert sum("sendmmsg" in line or "sendto" in line or "sendmsg" in line for line in during) > QUERIES / TCP_EVERY
    writes = [line for line in during if is_a_write(line)]
    assert not writes, writes[:10]
    met = set(receivers(during))
    assert met <= {*canaries.CLIENTS, "127.0.0.1"} and set(canaries.CLIENTS) <= met, met


def is_seen(trace, offset, node):
    """Whether both the log and the state folder were written to behind `offset`."""
    with open(trace, "rb") as file:
        file.seek(offset)
        writes = [line for line in file.read().decode().splitlines() if is_a_write(line)]
    return all(any(str(place) in line for line in writes) for place in (node.log_path, node.folder / "state"))
