"""Shared by all whole-program tests. DOTMESH_BINARY names the program under test (default build/dotmesh)."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "lib"))
os.environ["PATH"] += os.pathsep + "/usr/sbin"

import pytest  # noqa: E402

import asking  # noqa: E402
import gitrepo  # noqa: E402
import servers  # noqa: E402

@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, "report_" + outcome.get_result().when, outcome.get_result())


@pytest.fixture
def nodes(tmp_path, request):
    """nodes(source=..., zones=..., ...) starts a dotmesh; all of them are stopped at the end of the test."""
    started = []

    def start(ready=True, folder=None, **kwargs):
        server = servers.Dotmesh(folder or tmp_path / f"node{len(started)}", **kwargs)
        started.append(server)
        server.start(ready=ready)
        server.asker = asking.Asker(server.host, server.port)
        return server
    yield start
    report = getattr(request.node, "report_call", None)
    for server in started:
        if report is not None and report.failed:
            print(f"--- log of {server.folder}\n{server.log_tail(80)}")
        servers.check_and_stop(server)


@pytest.fixture
def repository(tmp_path):
    return gitrepo.GitRepository(tmp_path / "network")
