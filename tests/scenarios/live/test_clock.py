"""The daemon's clock under libfaketime, whose readings leap by years when threads read at once: an outside
harness that plays scenarios would otherwise see SERVFAIL now and then."""
import os
import pathlib
import subprocess

import pytest

import resolvers


def test_threads_that_read_at_once_see_no_leap(tmp_path):
    binary = pathlib.Path(os.environ.get("DOTMESH_BASE_TEST", resolvers.ROOT / "build" / "src" / "base" / "base_test"))
    if not binary.exists():
        pytest.skip(f"no {binary}")
    if not pathlib.Path(resolvers.FAKETIME).exists():
        pytest.skip("libfaketime is not installed (package faketime)")
    clock = resolvers.FakeTime(tmp_path, 1714564800)
    done = subprocess.run([binary, "--gtest_filter=Clock.ThreadsThatReadAtOnceSeeNoLeap"], capture_output=True, text=True,
                          env={**os.environ, **clock.environment()}, timeout=120)
    assert done.returncode == 0 and "1 test from" in done.stdout, done.stdout + done.stderr
