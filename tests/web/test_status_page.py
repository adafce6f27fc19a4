"""The status page in headless Chromium: what a person sees when a node lives, is asked, and gets commits."""
import json
import subprocess

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import browser
import load
import servers
from web_network import ZONE


# How many points of a plot have the colour of its first line.
DRAWN = """
    const canvas = document.querySelector(arguments[0] + ' canvas'), wanted = arguments[1].split(', ').map(Number);
    const octets = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let points = 0;
    for (let i = 0; i < octets.length; i += 4) points += octets[i + 3] > 200 && wanted.every((v, k) => octets[i + k] === v);
    return points"""


def search(page, question):
    box = page.find_element(By.ID, "question")
    box.clear()
    box.send_keys(question, Keys.ENTER)


def test_it_loads_whole_and_from_the_node_alone(page, node):
    assert page.title == "test-node: Well"
    assert browser.text(page, "#state") == "✓ Well" and browser.text(page, "#faults") is None
    commit = browser.facts(page, "#commit-facts")
    assert commit["Commit"] == node.repository.head()[:7] and commit["Message"] == "A wiki" and commit["Author"] == "Test"
    assert "ago" in commit["Written"] and commit["Zones"] == "3" and commit["Serial"].isdigit()
    assert f"127.0.0.1@{node.port}" in browser.facts(page, "#node-facts")["Listening on"]
    zones = browser.text(page, "#zones")
    assert "twin of mesh." in zones and "10.in-addr.arpa." in zones and "mesh.zone" in zones
    assert browser.text(page, "#refused") is None and browser.text(page, "#fleet") is None
    asked = page.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert asked and all(name.startswith(node.url) for name in asked), asked
    assert browser.complaints(page) == []


def test_live_values_move_while_queries_come(page, node):
    browser.wait_text(page, "#rate-caption", lambda text: "now 0.0" in text or "now 0" in text)
    with load.SteadyLoad(node, [("web.mesh.", 1)], rate=500):
        browser.wait_text(page, "#rate-caption", lambda text: text.startswith("Queries per second, now ")
                          and float(text.split()[-1].replace(",", "")) > 50)
        first = browser.facts(page, "#live-facts")["Queries since the start"]
        servers.wait_until(lambda: browser.facts(page, "#live-facts")["Queries since the start"] != first, 5, "the next sample", 0.05)
        browser.wait_text(page, "#times-caption", lambda text: "half within" in text and text.endswith(" ms"))
    for plot, colour in (("#rate-plot", "11, 110, 79"), ("#times-plot", "11, 110, 79")):
        servers.wait_until(lambda: int(page.execute_script(DRAWN, plot, colour)) > 50, 5, f"a line in {plot}", 0.05)


def test_search_finds_addresses_and_names(page):
    search(page, "10.70.90.82")
    assert browser.wait_text(page, "#search-said", lambda text: "found" in text) == "2 names found."
    found = browser.text(page, "#search-results")
    assert "web.mesh." in found and "82.90.70.10.in-addr.arpa." in found
    search(page, "wiki.mesh")
    browser.wait_text(page, "#search-results", lambda text: text.startswith("wiki.mesh."))
    assert "CNAME" in browser.text(page, "#search-results") and "wiki.mesh.example.net." in browser.text(page, "#search-results")
    search(page, "phone.guest.mesh")
    browser.wait_text(page, "#search-results", lambda text: "There is no such name; this answers for it." in text)
    search(page, "no-such-name")
    browser.wait_text(page, "#search-said", lambda text: text == "No name found.")
    assert not browser.text(page, "#search-results")
    search(page, "<img src=x onerror=alert(1)>")
    browser.wait_text(page, "#search-said", lambda text: text == "No name found.")


def test_a_commit_appears_with_what_it_changed(page, node):
    before = node.repository.head()
    assert "no commit before" in browser.text(page, "#changes")
    node.repository.commit("Move the wiki", {"mesh.zone": ZONE.replace("10.70.90.82", "10.70.90.99") + "new AAAA 2001:db8::7\n"})
    node.reload()
    browser.wait_text(page, "#commit-facts", lambda text: "Move the wiki" in text)
    changes = browser.wait_text(page, "#changes", lambda text: before[:7] in text)
    assert "mesh.: 1 added, 0 removed, 1 changed" in changes and "mesh.example.net. (twin of mesh.)" in changes
    rows = page.execute_script("return [...document.querySelectorAll('#changes tbody tr')].map((r) => [...r.cells].map((c) => c.innerText))")
    assert ["new.mesh.", "+ added", "AAAA", "", "3600 2001:db8::7"] in rows
    assert ["web.mesh.", "± changed", "A", "3600 10.70.90.82", "3600 10.70.90.99"] in rows
    search(page, "10.70.90.99")
    browser.wait_text(page, "#search-results", lambda text: "web.mesh." in text)


def test_markup_of_strangers_is_text(page, node):
    """Whoever may commit writes names, texts and messages; nothing of it runs."""
    attack = "<img src=x onerror=document.title='taken'>"
    node.repository.commit(attack, {"mesh.zone": ZONE + f'evil TXT "{attack}"\n\\<b\\>x\\</b\\> A 10.0.0.8\n'})
    node.reload()
    assert browser.wait_text(page, "#commit-facts", lambda text: "<img" in text).count(attack) == 1
    browser.wait_text(page, "#changes", lambda text: attack in text)
    search(page, "evil.mesh")
    browser.wait_text(page, "#search-results", lambda text: attack in text)
    search(page, "10.0.0.8")
    browser.wait_text(page, "#search-results", lambda text: "<b" in text and "10.0.0.8" in text)
    assert page.find_elements(By.CSS_SELECTOR, "main img, main b") == [] and page.title == "test-node: Well"
    assert browser.complaints(page) == []


def test_a_broken_commit_appears_with_its_faults_and_goes(page, node):
    good = node.repository.head()
    bad = node.repository.commit("Oops", {"mesh.zone": ZONE + "wiki A 10.0.0.1\n"})
    assert node.reload(check=False).returncode != 0
    shown = browser.wait_text(page, "#refused-text", lambda text: text != "")
    told = json.loads(node.cli("status", "--json").stdout)["refused"]
    assert shown.strip() == told["text"].strip()
    checked = subprocess.run([servers.dotmesh_binary(), "check", str(node.repository.path)], capture_output=True, text=True, timeout=30)
    lines = [line for line in shown.splitlines() if "error" in line]
    assert lines and all(line in checked.stdout + checked.stderr for line in lines), (lines, checked.stdout)
    assert bad[:7] in browser.text(page, "#refused-about") and "refused" in browser.text(page, "#faults")
    assert browser.text(page, "#state") == "! 1 fault"
    assert browser.facts(page, "#commit-facts")["Commit"] == good[:7]
    node.repository.commit("Mended", {"mesh.zone": ZONE})
    node.reload()
    servers.wait_until(lambda: browser.text(page, "#refused") is None, 15, "the refusal to go", 0.05)
    browser.wait_text(page, "#state", lambda text: text == "✓ Well")


def test_an_address_that_is_not_announced_is_said_with_the_reason(chromium, nodes, repository, tmp_path):
    """A node that should announce through BIRD, and there is none."""
    port, dns_port = servers.free_port(), servers.free_port()
    repository.commit("Service", {"mesh.zone": ZONE, "dotmesh.toml": '[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n'
                                  f'[[service]]\naddress = "127.0.0.1@{dns_port}"\nrole = "authority"\n'})
    node = nodes(source=repository.source(), zones={"mesh.": None}, port=dns_port,
                 extra=f'[http]\naddress = "127.0.0.1@{port}"\n[anycast]\nmethod = "bird"\nbird_socket = "{tmp_path / "no-bird.ctl"}"\n')
    browser.resize(chromium, browser.DESK)
    chromium.get(f"http://127.0.0.1:{port}/")
    # Once the watcher has found out, it says the same at every look.
    told = servers.wait_until(lambda: (s := json.loads(node.cli("status", "--json").stdout))["faults"] and
                              s["anycast"]["services"] and s["anycast"]["services"][0]["why"] and s, 15, "the watcher's word")
    rows = "return [...document.querySelectorAll('#announcements tbody tr')].map((r) => [...r.cells].map((c) => c.innerText))"
    wanted = [f"127.0.0.1@{dns_port}", "✕ withdrawn"]
    servers.wait_until(lambda: [row[:2] for row in chromium.execute_script(rows)] == [wanted], 15, "the table of addresses", 0.05)
    servers.wait_until(lambda: chromium.execute_script(rows)[0][3] != "", 15, "the reason", 0.05)
    assert "no-bird.ctl" in told["anycast"]["services"][0]["why"] + told["anycast"]["fault"] + browser.text(chromium, "#faults")
    assert browser.text(chromium, "#state").startswith("! ") and "no-bird.ctl" in browser.text(chromium, "#faults")
    chromium.get("about:blank")


def test_a_node_that_is_gone_is_said(page, node):
    assert browser.text(page, "#unreachable") is None
    servers.check_and_stop(node)
    assert "does not answer" in browser.wait_text(page, "#unreachable", lambda text: text != "")
    assert browser.facts(page, "#commit-facts")["Message"] == "A wiki"
