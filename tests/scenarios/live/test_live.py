"""Every scenario of the folder beside the project against the real daemon, each in a network namespace of
its own, with libfaketime: as an outside harness would. Needs root (for the namespace)."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ.get("DOTMESH_SCENARIOS", HERE.parents[2] / ".." / "shared" / "data" / "rpl"))
OWN = HERE.parent / "own"
GIVEN = sorted(FOLDER.glob("*.rpl")) if FOLDER.is_dir() else []
FILES = [*GIVEN, *sorted(OWN.glob("*.rpl"))]


def not_applicable():
    lines = (HERE.parent / "not_applicable.txt").read_text().splitlines()
    return dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))


def test_folder_of_scenarios():
    if not GIVEN:
        pytest.skip(f"no scenarios at {FOLDER}")


@pytest.mark.parametrize("silent", [False, True], ids=["servfail", "silent"])
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_scenario(path, silent):
    if path.stem in not_applicable():
        pytest.skip(not_applicable()[path.stem])
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("a network namespace needs root and unshare")
    import resolvers
    if not pathlib.Path(resolvers.FAKETIME).exists():
        pytest.skip("libfaketime is not installed (package faketime)")
    command = ["unshare", "-n", sys.executable, "-B", str(HERE / "play.py"), str(path), *(["--silent"] if silent else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
