"""dotmesh and Unbound upon the small signed internet of real servers answer alike."""
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent


def test_answers_as_unbound_does():
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("a network namespace needs root and unshare")
    for program in ("knotd", "unbound"):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin"):
            pytest.skip(f"{program} is not installed")
    if importlib.util.find_spec("cryptography") is None:
        pytest.skip("python3-cryptography is not installed")
    done = subprocess.run([sys.executable, "-B", str(HERE / "compare.py")], cwd=HERE, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
