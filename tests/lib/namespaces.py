"""Network namespaces of a test's own, for clients that do not come from loopback. Need root and ip(8)."""
import contextlib
import ctypes
import os
import shutil
import subprocess
import uuid

import pytest

CLONE_NEWNET = 0x40000000


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@contextlib.contextmanager
def pair(here, there):
    """Two namespaces joined by a cable: (server, client) names; `here` and `there` are their addresses, as lists
    of ADDRESS/LENGTH. The client's way to everything else is the server's first address."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and ip(8)")
    names = [f"dm-{uuid.uuid4().hex[:8]}" for _ in range(2)]
    try:
        for name in names:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", names[0], "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", names[1])
        for name, addresses in zip(names, (here, there)):
            ip("-n", name, "link", "set", "cable", "up")
            for address in addresses:
                ip("-n", name, "address", "add", address, "dev", "cable", *(["nodad"] if ":" in address else []))
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


@contextlib.contextmanager
def alone():
    """This thread, and what it starts (threads, processes), is in a network namespace of its own, which has loopback
    and nothing else."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as before:
        if shutil.which("ip") is None or libc.unshare(CLONE_NEWNET) != 0:
            pytest.skip("network namespaces need root and ip(8)")
        try:
            ip("link", "set", "lo", "up")
            yield
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)


def inside(name):
    """This thread's new sockets belong to that namespace."""
    return entered(f"/run/netns/{name}")


def of_process(pid):
    """This thread's new sockets belong to the namespace of that process."""
    return entered(f"/proc/{pid}/ns/net")


@contextlib.contextmanager
def entered(path):
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as before, open(path) as wanted:
        if libc.setns(wanted.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)
