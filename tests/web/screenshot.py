"""Takes the picture of the status page that the README shows: the example network, two commits, queries, a fleet."""
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import browser  # noqa: E402
import gitrepo  # noqa: E402
import load  # noqa: E402
import servers  # noqa: E402

SECONDS = 40   # of queries, each second one point of the plot
NODES = ("sn3", "grand", "sn10")   # the one shown, another, and one that is not there
NAMES = ["wiki.mesh.", "ns.mesh.", "no-such-name.mesh."]


def node_of(folder, repository, name, port):
    return servers.Dotmesh(folder / name, source=repository.source(), node_name=name, zones={"mesh.": None},
                           extra=f'[http]\naddress = "127.0.0.1@{port}"\n[fleet]\ninterval = "1s"\n')


def take(target, folder):
    network = folder / "network"
    shutil.copytree(servers.ROOT / "examples" / "network", network)
    repository = gitrepo.GitRepository(network)
    ports = {name: servers.free_port() for name in NODES}
    with open(network / "dotmesh.toml", "a") as text:
        text.writelines(f'\n[[node]]\nname = "{name}"\naddress = "127.0.0.1@{port}"\n' for name, port in ports.items())
    repository.commit("Example network")
    shown, other = (node_of(folder, repository, name, ports[name]) for name in NODES[:2])
    with shown, other, browser.chromium() as page:
        zone = network / "zones" / "mesh.zone"
        repository.commit("Add the printer of the workshop", {"zones/mesh.zone": zone.read_text() + "printer 3600 A 10.70.90.86\n"})
        repository.git("commit", "-q", "--amend", "--no-edit", "--author", "Example volunteer <volunteer@example.net>")
        shown.reload()
        other.reload()
        browser.resize(page, browser.DESK)
        page.get(f"http://127.0.0.1:{ports[NODES[0]]}/")
        for rate in (300, 800, 500, 1200):
            with load.SteadyLoad(shown, [(name, 1) for name in NAMES], rate=rate, accept=lambda *_: True):
                page.execute_async_script(f"setTimeout(arguments[0], {SECONDS * 250})")
        browser.resize(page, (browser.DESK[0], page.execute_script("return document.scrollingElement.scrollHeight")))
        page.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        page.save_screenshot(str(target))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="example-") as made:
        take(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(made))
