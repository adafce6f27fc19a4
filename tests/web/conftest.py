"""One browser for all tests of the page; a node for each."""
import pytest

import browser
import gitrepo
import servers

ZONE = gitrepo.zone("wiki CNAME web", "web A 10.70.90.82", "web TXT \"of the wiki\"", "*.guest A 10.9.9.9")
NETWORK = ('[[zone]]\nname = "mesh."\nfile = "mesh.zone"\ntwins = ["mesh.example.net."]\n'
           '[[zone]]\nname = "10.in-addr.arpa."\nreverse_of = ["mesh."]\n')


@pytest.fixture(scope="session")
def chromium():
    with browser.chromium() as driver:
        yield driver


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
