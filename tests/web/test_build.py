"""web/dist, which the program embeds, is what web/ builds; its TypeScript has no fault of type, its figures are right."""
import filecmp

import servers
from web_network import npm

WEB = servers.ROOT / "web"
BUILT = ["app.css", "app.js", "icon.svg", "index.html"]


def test_a_fresh_build_gives_the_committed_bytes(fresh_web):
    npm(fresh_web, "run", "check")
    npm(fresh_web, "test")
    npm(fresh_web, "run", "build")
    assert sorted(p.name for p in (fresh_web / "dist").iterdir()) == BUILT == sorted(p.name for p in (WEB / "dist").iterdir())
    same, different, missing = filecmp.cmpfiles(WEB / "dist", fresh_web / "dist", BUILT, shallow=False)
    assert (different, missing) == ([], []), "npm run build in web/, and commit web/dist with it"


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (WEB / "package-lock.json").read_text()
