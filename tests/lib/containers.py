"""Containers of a test's own, by podman as root: images built out of packaging/container, containers that end with the test.

Where podman runs nothing (no root, no cgroups, no overlay) the tests are skipped with what it said. The base image is made by
mmdebstrap from this machine's package sources, so no registry of images is asked.
"""
import contextlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import uuid

import pytest

import namespaces
import servers

DOCKERFILE = "packaging/container/Dockerfile"
RUNTIMES = ["runc", "crun"]   # crun knows no cgroups in hybrid mode


def limits():
    """podman asks for more than a root without CAP_SYS_RESOURCE may have."""
    files, processes = (resource.getrlimit(which)[1] for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC))
    files = 65536 if files == resource.RLIM_INFINITY else min(files, 65536)
    processes = 8192 if processes == resource.RLIM_INFINITY else min(processes // 2, 8192)
    return ["--ulimit", f"nofile={files}:{files}", "--ulimit", f"nproc={processes}:{processes}"]


class Engine:
    """podman with images and containers in a folder of its own."""

    def __init__(self, folder, runtime):
        self.folder = folder
        self.command = ["podman", "--root", str(folder / "images"), "--runroot", str(folder / "run"), "--runtime", runtime,
                        "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--storage-driver", "overlay"]

    def run(self, *arguments, check=True, timeout=600):
        done = subprocess.run([*self.command, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, cwd=servers.ROOT)
        if check and done.returncode != 0:
            raise AssertionError(f"podman {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}"[-4000:])
        return done

    def build(self, tag, *arguments):
        self.run("build", "--quiet", "--isolation", "chroot", "--network", "host", "--format", "docker", "--tag", tag, *arguments)
        return tag

    @contextlib.contextmanager
    def container(self, image, *command, options=()):
        """A running container; stopped and removed at the end."""
        name = f"dotmesh-{uuid.uuid4().hex[:8]}"
        self.run("run", "--detach", "--name", name, *limits(), *options, image, *command)
        try:
            yield Container(self, name)
        finally:
            self.run("rm", "--force", "--time", "10", "--volumes", name, check=False)

    def close(self):
        self.run("rm", "--all", "--force", "--time", "5", check=False)
        self.run("volume", "rm", "--all", "--force", check=False)
        for tree in ("images", "run"):   # overlays that a stopped container has left mounted
            mounts = [line.split()[1] for line in open("/proc/self/mounts") if line.split()[1].startswith(str(self.folder / tree))]
            for mount in reversed(mounts):
                subprocess.run(["umount", "-l", mount], check=False)


class Container:
    def __init__(self, engine, name):
        self.engine, self.name = engine, name

    def inspect(self):
        return json.loads(self.engine.run("inspect", self.name).stdout)[0]

    def pid(self):
        return self.inspect()["State"]["Pid"]

    def exec(self, *command, check=True):
        return self.engine.run("exec", self.name, *command, check=check)

    def logs(self):
        done = self.engine.run("logs", self.name)
        return done.stdout + done.stderr

    def is_healthy(self):
        return self.engine.run("healthcheck", "run", self.name, check=False).returncode == 0

    def stop(self):
        """The exit status."""
        self.engine.run("stop", "--time", "20", self.name)
        return self.inspect()["State"]["ExitCode"]

    def network(self):
        """This thread's new sockets belong to the container."""
        return namespaces.of_process(self.pid())


def engine(folder, base):
    """An engine that was seen to run a container of `base`, a tar file; else the test is skipped with the reason."""
    if os.geteuid() != 0 or shutil.which("podman") is None:
        pytest.skip("containers need root and podman")
    reasons = []
    for runtime in RUNTIMES:
        if shutil.which(runtime) is None:
            continue
        one = Engine(folder, runtime)
        imported = one.run("import", base, "dotmesh-test-base", check=False)
        ran = imported if imported.returncode else one.run("run", "--rm", "--network", "none", *limits(), "dotmesh-test-base", "true",
                                                            check=False)
        if ran.returncode == 0:
            return one
        reasons.append(f"{runtime}: {ran.stderr.strip()[-300:]}")
        one.close()
    pytest.skip(f"podman runs no container here: {reasons}")


def service_options(service, volumes):
    """What `podman run` needs to start a service of compose.yaml; `volumes`: what stands for its sources."""
    options = []
    for key, flag in (("cap_drop", "--cap-drop"), ("cap_add", "--cap-add"), ("group_add", "--group-add")):
        options += [part for value in service.get(key, []) for part in (flag, str(value))]
    for device in service.get("devices", []):
        options += ["--device", volumes.get(device, device)]
    if service.get("read_only"):
        options.append("--read-only")
    for volume in service.get("volumes", []):
        source, _, rest = volume.partition(":")
        options += ["--volume", f"{volumes[source]}:{rest}"]
    return options


def compose():
    import yaml
    return yaml.safe_load((servers.ROOT / pathlib.Path(DOCKERFILE).parent / "compose.yaml").read_text())
