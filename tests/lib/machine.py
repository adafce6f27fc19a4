"""A Debian machine of a test's own: an unpacked base system that systemd-nspawn boots, with systemd in it and a network
namespace that has loopback only. Needs root, mmdebstrap and systemd-nspawn; commands run in it by nsenter(1).

The base comes from the package sources of this machine, once: build/package-test/base.tar.
"""
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import uuid

import pytest

import namespaces
import servers

CACHE = servers.ROOT / "build" / "package-test"
BOOT_SECONDS = 90.0


def package_sources():
    """The files that say where this machine's packages come from."""
    folder = pathlib.Path("/etc/apt")
    return [path for path in [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
            if path.suffix in (".list", ".sources") and path.exists() and path.read_text().strip()]


def dependencies(package):
    """What a .deb depends on, the first of alternatives."""
    text = subprocess.run(["dpkg-deb", "-f", str(package), "Depends"], capture_output=True, text=True, check=True).stdout
    return [re.sub(r"[|(].*", "", one).strip() for one in text.strip().split(",")]


def base_system(packages):
    """The tar file of a Debian 12 with `packages`; made once for each set of them."""
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None:
        pytest.skip("a base system needs root and mmdebstrap")
    CACHE.mkdir(parents=True, exist_ok=True)
    tar = CACHE / f"base-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:12]}.tar"
    if not tar.exists():
        made = subprocess.run(["mmdebstrap", "--variant=minbase", "--mode=root", f"--include={','.join(packages)}", "bookworm",
                               str(tar) + ".new", "--format=tar", *map(str, package_sources())], capture_output=True, text=True)
        if made.returncode != 0:
            pytest.skip(f"mmdebstrap cannot make a base system here: {made.stderr.splitlines()[-1:]}")
        os.rename(str(tar) + ".new", tar)
    return tar


class Machine:
    def __init__(self, folder, base):
        self.root = folder / "machine"
        self.root.mkdir()
        subprocess.run(["tar", "-xf", str(base), "-C", str(self.root), "--exclude=./dev/*"], check=True)
        self.console = folder / "console.txt"
        self.nspawn = self.leader = None

    def boot(self, *options):
        """`options`: further ones of systemd-nspawn."""
        if shutil.which("systemd-nspawn") is None:
            pytest.skip("package systemd-container")
        (self.root / "etc/machine-id").write_text(uuid.uuid4().hex + "\n")  # or it asks questions at its first boot
        with open(self.console, "wb") as console:
            self.nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--private-network", "--register=no", "--keep-unit", "--console=pipe",
                 "--resolv-conf=off", "--timezone=off", "--link-journal=no", *options, "-D", str(self.root), "--boot"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
        servers.wait_until(self.is_up, BOOT_SECONDS, "systemd to be up", interval=0.1)
        return self

    def is_up(self):
        if self.nspawn.poll() is not None:
            text = self.console.read_text(errors="replace")
            pytest.skip(f"systemd-nspawn boots nothing here: {text.strip().splitlines()[-1:]}")
        with contextlib.suppress(OSError, ValueError, IndexError):
            children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
            self.leader = int(children[0])
            state = self.run("systemctl", "is-system-running", check=False, timeout=20).stdout.strip()
            return state in ("running", "degraded")
        return False

    def run(self, *command, check=True, timeout=120):
        """A command in the machine, as root."""
        done = subprocess.run(["nsenter", "--target", str(self.leader), "--all", "--root", "--wd", "env", "-i",
                               "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", *command],
                              capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def property(self, unit, name):
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def network(self):
        """This thread's new sockets belong to the machine."""
        return namespaces.of_process(self.leader)

    def power_off(self):
        """By the signal that means so to systemd-nspawn; then by force."""
        if self.nspawn is None or self.nspawn.poll() is not None:
            return
        self.nspawn.terminate()
        try:
            self.nspawn.wait(60)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()
