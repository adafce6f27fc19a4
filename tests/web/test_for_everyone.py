"""The page on a phone, in the dark, by keyboard, and for who hears it."""
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import browser
import servers
from web_network import ZONE


@pytest.fixture
def full_page(page, node):
    """With everything on it: a change, a refused commit, results of a search."""
    node.repository.commit("More", {"mesh.zone": ZONE + "a-rather-long-name-of-a-rooftop-node.building-with-a-long-name AAAA 2001:db8:1234:5678:9abc:def0:1234:5678\n"})
    node.reload()
    node.repository.commit("Oops", {"mesh.zone": ZONE + "wiki A 10.0.0.1\n"})
    node.reload(check=False)
    browser.wait_text(page, "#refused-text", lambda text: text != "")
    browser.wait_text(page, "#changes", lambda text: "rooftop" in text)
    page.find_element(By.ID, "question").send_keys("mesh", Keys.ENTER)
    browser.wait_text(page, "#search-said", lambda text: "found" in text)
    return page


def contrasts(page):
    """Each colour of text against its background, as WCAG 2 computes it."""
    return page.execute_script("""
        const luminance = (c) => c.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
          .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
          if (!/, 0\\)$|transparent/.test(c)) return c; } return "rgb(255, 255, 255)"; };
        return [...document.querySelectorAll("body *")]
          .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
          .map((e) => { const [a, b] = [luminance(getComputedStyle(e).color), luminance(behind(e))];
            return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.tagName + "#" + e.id + "." + e.className]; })""")


def test_text_can_be_read_by_day_and_by_night(full_page):
    for dark, colour in ((False, "rgb(246, 247, 246)"), (True, "rgb(16, 21, 18)")):
        browser.resize(full_page, browser.DESK, dark)
        assert full_page.execute_script("return getComputedStyle(document.body).backgroundColor") == colour
        measured = contrasts(full_page)
        assert len(measured) > 50
        assert [m for m in measured if m[0] < 4.5] == [], colour


def test_a_phone_needs_no_sideways_scrolling(full_page):
    browser.resize(full_page, browser.PHONE)
    servers.wait_until(lambda: full_page.execute_script("return innerWidth") == browser.PHONE[0], 5, "the window")
    wide = "return document.scrollingElement.scrollWidth"
    servers.wait_until(lambda: full_page.execute_script(wide) <= browser.PHONE[0], 5, "the page to fit", 0.05)
    small = full_page.execute_script(
        "return [...document.querySelectorAll('button, input')].filter((e) => e.offsetHeight < 44).map((e) => e.outerHTML)")
    assert small == []


def test_everything_is_reached_by_keyboard_and_seen_there(full_page):
    full_page.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    full_page.get(full_page.current_url)
    browser.wait_text(full_page, "#zones", lambda text: "mesh." in text)
    reached = []
    for _ in range(25):
        full_page.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(full_page.execute_script(
            "const e = document.activeElement, s = getComputedStyle(e);"
            "return [e.id || e.getAttribute('aria-label') || e.innerText, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]"))
        if reached[-1][0] == "Status as JSON":
            break
    names = [name for name, _ in reached]
    assert names[0] == "Skip to content" and "question" in names and "Search" in names and "refused-text" not in names[:1]
    assert names[-1] == "Status as JSON" and all(seen for _, seen in reached), reached


def test_what_a_screen_reader_is_told(full_page):
    nodes = full_page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]

    def name(node):
        return node.get("name", {}).get("value", "").strip()
    roles = [node.get("role", {}).get("value") for node in nodes if not node.get("ignored")]
    for landmark in ("banner", "main", "contentinfo", "search"):
        assert landmark in roles, landmark
    controls = [node for node in nodes if not node.get("ignored")
                and node.get("role", {}).get("value") in ("button", "link", "searchbox", "textbox", "region", "image", "img", "table")]
    named = [node for node in controls if node["role"]["value"] != "table"]
    assert named and all(name(node) for node in named), [node for node in named if not name(node)]
    assert full_page.execute_script(
        "return [...document.querySelectorAll('.scroll table')].every((t) => t.caption && t.tHead && "
        "[...t.tHead.rows[0].cells].every((c) => c.scope === 'col') && [...t.tBodies[0].rows].every((r) => r.cells[0].scope === 'row'))")
    levels = full_page.execute_script("return [...document.querySelectorAll('h1,h2,h3')].filter((h) => h.checkVisibility()).map((h) => +h.tagName[1])")
    assert levels[0] == 1 and levels.count(1) == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:]))
    assert full_page.execute_script("return document.documentElement.lang") == "en"


def test_axe_finds_nothing(full_page, fresh_web):
    full_page.execute_script((fresh_web / "node_modules" / "axe-core" / "axe.min.js").read_text())
    for size, dark in ((browser.DESK, False), (browser.PHONE, True)):
        browser.resize(full_page, size, dark)
        result = full_page.execute_async_script("const done = arguments[0]; axe.run().then(done, (e) => done({error: String(e)}))")
        assert "error" not in result, result
        assert len(result["passes"]) > 15
        assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in result["violations"]] == [], size
