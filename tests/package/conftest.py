"""The package under test, a newer one, and a base system to put them into."""
import os
import pathlib
import shutil
import subprocess

import pytest

import containers
import machine
import servers

# Beside the package's own dependencies: systemd as the first process, what looks at the network, and the servers that
# docs/moving-from-knot.md moves from; one base system for all tests.
OLD_SERVERS = ["knot", "knot-resolver", "bind9-dnsutils"]
BASE_PACKAGES = ["systemd-sysv", "iproute2", "bird2", *OLD_SERVERS]


@pytest.fixture(scope="session")
def package():
    """The .deb: of the folder DOTMESH_PACKAGES, as `make test-package` has built it, or packed now out of the program
    under test, of the tree as committed."""
    folder = os.environ.get("DOTMESH_PACKAGES")
    if folder is None:
        for program in ("dpkg-buildpackage", "dh"):
            if shutil.which(program) is None:
                pytest.skip(f"no {program}: scripts/install-deps.sh package")
        folder = machine.CACHE / "deb"
        built = subprocess.run([str(servers.ROOT / "scripts" / "build-deb.sh")], capture_output=True, text=True, timeout=600,
                               env={**os.environ, "OUT": str(folder), "DOTMESH_PREBUILT": servers.dotmesh_binary()})
        assert built.returncode == 0, built.stdout + built.stderr
    return sorted(path for path in pathlib.Path(folder).glob("dotmesh_*.deb"))[-1]


@pytest.fixture(scope="session")
def base(package):
    return machine.base_system(BASE_PACKAGES + machine.dependencies(package))


@pytest.fixture(scope="session")
def newer_package(package, tmp_path_factory):
    """The same with another version number: what an upgrade installs."""
    folder = tmp_path_factory.mktemp("newer")
    tree, newer = folder / "tree", folder / "dotmesh_newer.deb"
    subprocess.run(["dpkg-deb", "-R", str(package), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    text = control.read_text()
    assert "\nVersion: " in text
    control.write_text("".join(line.rstrip("\n") + "+newer\n" if line.startswith("Version: ") else line
                               for line in text.splitlines(keepends=True)))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(tree), str(newer)], check=True, capture_output=True)
    return pathlib.Path(newer)


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    one = containers.engine(tmp_path_factory.mktemp("podman"), machine.base_system(["ca-certificates"]))
    yield one
    one.close()


@pytest.fixture(scope="session")
def packed(engine, package, tmp_path_factory):
    """The options of a build that takes the package from a folder."""
    folder = tmp_path_factory.mktemp("packed")
    (folder / "package").mkdir()
    shutil.copy(package, folder / "package" / "dotmesh.deb")
    return ["--file", containers.DOCKERFILE, "--build-arg", "BASE=localhost/dotmesh-test-base", "--build-context",
            f"package={folder}"]


@pytest.fixture(scope="session")
def image(engine, packed):
    return engine.build("dotmesh-test", *packed, "--target", "dotmesh", ".")


@pytest.fixture(scope="session")
def bird_image(engine, packed):
    return engine.build("dotmesh-test-bird", *packed, "--target", "bird", ".")
