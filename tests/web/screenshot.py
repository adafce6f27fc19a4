"""Takes the picture of the status page that the README shows: the example network, two commits, a minute of queries."""
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
NAMES = ["wiki.mesh.", "ns.mesh.", "no-such-name.mesh."]


def take(target, folder):
    network = folder / "network"
    shutil.copytree(servers.ROOT / "examples" / "network", network)
    repository = gitrepo.GitRepository(network)
    repository.commit("Example network")
    port = servers.free_port()
    node = servers.Dotmesh(folder / "node", source=repository.source(), node_name="sn3", zones={"mesh.": None},
                           extra=f'[http]\naddress = "127.0.0.1@{port}"\n')
    with node, browser.chromium() as page:
        zone = network / "zones" / "mesh.zone"
        repository.commit("Add the printer of the workshop", {"zones/mesh.zone": zone.read_text() + "printer 3600 A 10.70.90.86\n"})
        repository.git("commit", "-q", "--amend", "--no-edit", "--author", "Example volunteer <volunteer@example.net>")
        node.reload()
        browser.resize(page, (1200, 1500))
        page.get(f"http://127.0.0.1:{port}/")
        for rate in (300, 800, 500, 1200):
            with load.SteadyLoad(node, [(name, 1) for name in NAMES], rate=rate, accept=lambda *_: True):
                page.execute_async_script(f"setTimeout(arguments[0], {SECONDS * 250})")
        page.save_screenshot(str(target))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="example-") as made:
        take(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(made))
