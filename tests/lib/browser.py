"""Headless Chromium, for the status page: Debian's chromium, chromium-driver and python3-selenium."""
import contextlib
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import servers

PHONE = (360, 740)
DESK = (1200, 900)


@contextlib.contextmanager
def chromium():
    """A browser that reaches loopback and nothing else; ends with the block."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    folder = tempfile.mkdtemp(prefix="dotmesh-browser-")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
                     "--disable-sync", "--no-proxy-server", f"--user-data-dir={folder}", "--lang=en-GB",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service(shutil.which("chromedriver") or "/usr/bin/chromedriver"), options=options)
    try:
        driver.set_page_load_timeout(30)
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(folder, ignore_errors=True)


def resize(driver, size, dark=False):
    width, height = size
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})


def text(driver, selector):
    """What a person reads there; None when there is no such element or it is hidden."""
    return driver.execute_script(
        "const e = document.querySelector(arguments[0]); return e && e.checkVisibility() ? e.innerText : null", selector)


def wait_text(driver, selector, accept, seconds=15):
    """Waits until the text at `selector` is accepted; returns it."""
    seen = [None]

    def looks():
        seen[0] = text(driver, selector)
        return seen[0] is not None and accept(seen[0])
    try:
        servers.wait_until(looks, seconds, f"{selector} of the page", 0.05)
    except servers.ServerError as error:
        raise AssertionError(f"{error}; it says {seen[0]!r}") from None
    return seen[0]


def facts(driver, selector):
    """A list of terms as a dict."""
    return driver.execute_script(
        "return Object.fromEntries([...document.querySelectorAll(arguments[0] + ' > div')]"
        ".map((d) => [d.querySelector('dt').innerText, d.querySelector('dd').innerText]))", selector)


def complaints(driver):
    """Errors and warnings of the console since the last call."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
