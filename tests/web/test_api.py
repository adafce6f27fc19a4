"""The JSON behind the page, asked as a program asks it; what a browser is told; what keeps the page there for others."""
import contextlib
import json
import socket
import urllib.error
import urllib.parse
import urllib.request

import pytest

import servers
from web_network import ZONE

IDLE = 60  # connections on which nothing is asked; more than requests that may wait


def get(node, path):
    with urllib.request.urlopen(node.url + path, timeout=5) as response:
        return response, response.read().decode()


def api(node, path):
    response, text = get(node, "/api/" + path)
    assert response.headers["Content-Type"] == "application/json"
    return json.loads(text)


def test_it_is_what_the_commands_say(node):
    for name in ("status", "zones"):
        told, printed = api(node, name), json.loads(node.cli(name, "--json").stdout)
        assert told.keys() == printed.keys()
    assert api(node, "zones") == json.loads(node.cli("zones", "--json").stdout)


def test_a_node_that_was_started_knows_what_its_commit_changed(nodes, repository):
    repository.commit("Before", {"mesh.zone": ZONE})
    repository.commit("Broken", {"mesh.zone": "broken\n"})
    repository.commit("After", {"mesh.zone": ZONE + "new A 10.0.0.7\n"})
    port = servers.free_port()
    node = nodes(source=repository.source(), zones={"mesh.": None}, extra=f'[http]\naddress = "127.0.0.1@{port}"\n')
    node.url = f"http://127.0.0.1:{port}"
    changes = servers.wait_until(lambda: (found := api(node, "changes"))["to"] and found, 5, "the comparison")
    assert changes["to"] == repository.head() and changes["from"] == repository.git("rev-parse", "HEAD~2")
    assert [(r["owner"], r["before"], r["after"]) for r in changes["zones"][0]["records"]] == [("new.mesh.", None, "3600 10.0.0.7")]


def test_search_takes_any_question(node):
    def names(question):
        return [r["name"] for r in api(node, "search?q=" + urllib.parse.quote(question, safe=""))["results"]]
    assert names("10.70.90.0/24") == ["web.mesh."] and names("WIKI.mesh.") == ["wiki.mesh."]
    assert names("\0") == names("\u00e9") == names("%") == names("a" * 2000) == names("&q=wiki.mesh") == []
    assert api(node, "search")["fault"] == "nothing to search for; give a name, a part of one, or an address"
    with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)):
        get(node, "/api/search?q=" + "a" * 100_000)
    assert names("wiki.mesh") == ["wiki.mesh."]


def test_a_browser_is_told_to_trust_nobody_else(node):
    for path in ("/", "/app.js", "/api/status"):
        headers = get(node, path)[0].headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy and "http" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store" and "Access-Control-Allow-Origin" not in headers


def test_silent_connections_take_nobodys_place(node):
    with contextlib.ExitStack() as stack:
        for _ in range(IDLE):
            stack.enter_context(socket.create_connection(("127.0.0.1", int(node.url.rsplit(":", 1)[1])), timeout=5))
        for _ in range(5):
            assert api(node, "status")["node"] == "test-node"
