"""The checks of the tree itself can fail; the installer says what it could not do."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import layout_test  # noqa: E402


def tree(folder, files):
    (folder / "CMakeLists.txt").write_text("add_subdirectory(src/base)\nadd_subdirectory(src/dns)\n")
    for name, text in files.items():
        path = folder / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return layout_test.faults(folder)


def test_layout_accepts_what_points_upward(tmp_path):
    assert tree(tmp_path, {"base/a.h": '#include <vector>\n#include "base/b.h"\n', "dns/c.cc": '#include "base/a.h"\n'}) == []


def test_layout_refuses_an_include_of_a_lower_folder(tmp_path):
    assert tree(tmp_path, {"base/a.h": '#pragma once\n#include "dns/name.h"\n', "dns/name.h": ""}) == [
        "src/base/a.h:2: base includes dns, which stands below it; move what both need to a folder above base"]


def test_layout_refuses_a_folder_that_nobody_declared(tmp_path):
    assert tree(tmp_path, {"base/a.h": "", "dns/b.h": "", "extra/c.h": ""}) == ["src/extra: not in CMakeLists.txt"]


def stub(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def install(folder, **stubs):
    for name, body in stubs.items():
        stub(folder, name.replace("_", "-"), body)
    for name in ("awk", "grep", "sort", "dirname", "bash", "cat", "env", "tee", "chmod", "rm"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    return subprocess.run(["/bin/bash", str(ROOT / "scripts/install-deps.sh"), "run"], capture_output=True, text=True,
                          env={**os.environ, "PATH": str(folder), "POLICY_RC_D": str(folder / "policy")})


def test_installer_is_silent_when_nothing_is_missing(tmp_path):
    result = install(tmp_path, dpkg_query="echo installed", apt_get="echo apt was called; exit 1")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_installer_without_root_and_sudo_says_what_to_do(tmp_path):
    result = install(tmp_path, dpkg_query="exit 1", id="echo 1000")
    assert result.returncode == 1
    assert "as root run:\n  apt-get update && apt-get install --no-install-recommends bind9-dnsutils" in result.stderr.replace(
        "As root", "as root")


def test_installer_names_what_it_could_not_install(tmp_path):
    result = install(tmp_path, dpkg_query="exit 1", id="echo 1000", sudo='"$@"', apt_get="echo no network >&2; exit 100")
    assert result.returncode == 1
    assert "could not install: bind9-dnsutils" in result.stderr and "no network" in result.stderr
