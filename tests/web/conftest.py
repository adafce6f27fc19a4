"""One browser for all tests of the page; a node for each."""
import shutil

import pytest

import browser
import servers
from web_network import NETWORK, ZONE, npm

NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "EHOSTUNREACH", "ETIMEDOUT")  # as npm prints them


@pytest.fixture(scope="session")
def chromium():
    with browser.chromium() as driver:
        yield driver


@pytest.fixture(scope="session")
def fresh_web(tmp_path_factory):
    """A copy of web/ without what was built, with its packages as the lock file has them."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not there, which this needs; Node.js brings it")
    fresh = tmp_path_factory.mktemp("fresh") / "web"
    shutil.copytree(servers.ROOT / "web", fresh, ignore=shutil.ignore_patterns("node_modules", "dist"))
    try:
        npm(fresh, "ci", "--no-audit", "--no-fund", "--fetch-retries=1")
    except AssertionError as fault:
        if any(code in str(fault) for code in NO_NETWORK):
            pytest.skip("npm cannot reach its registry from here")
        raise
    return fresh


@pytest.fixture
def node(nodes, repository):
    repository.commit("A wiki", {"mesh.zone": ZONE, "dotmesh.toml": NETWORK})
    port = servers.free_port()
    node = nodes(source=repository.source(), zones={"mesh.": None}, extra=f'[http]\naddress = "127.0.0.1@{port}"\n')
    node.repository, node.url = repository, f"http://127.0.0.1:{port}"
    return node


@pytest.fixture
def page(chromium, node):
    """The page of `node`, loaded and filled, at a desk."""
    browser.resize(chromium, browser.DESK)
    browser.complaints(chromium)
    chromium.get(node.url + "/")
    browser.wait_text(chromium, "#state", lambda text: "Loading" not in text)
    browser.wait_text(chromium, "#zones", lambda text: "mesh." in text)
    yield chromium
    chromium.get("about:blank")
