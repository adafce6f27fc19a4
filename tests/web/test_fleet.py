"""The fleet on the page: this node, another that lives, and one that does not."""
import browser
import servers
from web_network import ZONE

NAMES = ("one", "two", "gone")


def fleet_rows(page):
    rows = page.execute_script("return [...document.querySelectorAll('#fleet tbody tr')].map((r) => [...r.cells].map((c) => c.innerText))")
    return {row[0]: row for row in rows}


def test_every_node_of_the_network_is_shown(chromium, nodes, repository):
    ports = {name: servers.free_port() for name in NAMES}
    entries = "".join(f'[[node]]\nname = "{name}"\naddress = "127.0.0.1@{port}"\n' for name, port in ports.items())
    repository.commit("Fleet", {"mesh.zone": ZONE, "dotmesh.toml": f'[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n{entries}'})
    started = {name: nodes(source=repository.source(), zones={"mesh.": None}, node_name=name,
                           extra=f'[http]\naddress = "127.0.0.1@{ports[name]}"\n[fleet]\ninterval = "1s"\n') for name in ("one", "two")}
    browser.resize(chromium, browser.DESK)
    browser.complaints(chromium)
    chromium.get(f"http://127.0.0.1:{ports['one']}/")
    servers.wait_until(lambda: fleet_rows(chromium).get("two", ["", ""])[1] == "✓ well" and fleet_rows(chromium)["gone"][1] == "✕ no answer",
                       30, "the fleet", 0.1)
    shown = fleet_rows(chromium)
    assert list(shown) == list(NAMES) and shown["one"][1] == "✓ well"
    assert shown["two"][2] == repository.head()[:7] and shown["two"][4].endswith(" ms") and shown["two"][5] == f"127.0.0.1@{ports['two']}"
    assert shown["gone"][6] != "" and browser.text(chromium, "#fleet caption") == "3 nodes"
    browser.resize(chromium, browser.PHONE)
    servers.wait_until(lambda: chromium.execute_script("return document.scrollingElement.scrollWidth") <= browser.PHONE[0], 5, "the page to fit", 0.05)
    browser.resize(chromium, browser.DESK)
    repository.commit("Oops", {"mesh.zone": ZONE + "wiki A 10.0.0.1\n"})
    started["two"].reload(check=False)
    servers.wait_until(lambda: fleet_rows(chromium)["two"][1] == "! faults", 30, "the other's fault to be seen", 0.1)
    assert browser.complaints(chromium) == []
    chromium.get("about:blank")
