"""web/dist, which the program embeds, is what web/ builds; its TypeScript has no fault of type, its figures are right."""
import filecmp
import shutil
import subprocess

import pytest

import servers

WEB = servers.ROOT / "web"
BUILT = ["app.css", "app.js", "icon.svg", "index.html"]


def npm(folder, *arguments):
    result = subprocess.run(["npm", *arguments], cwd=folder, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not there: that web/dist is built from web/ is not tested")
def test_a_fresh_build_gives_the_committed_bytes(tmp_path):
    fresh = tmp_path / "web"
    shutil.copytree(WEB, fresh, ignore=shutil.ignore_patterns("node_modules", "dist"))
    npm(fresh, "ci", "--no-audit", "--no-fund")
    npm(fresh, "run", "check")
    npm(fresh, "test")
    npm(fresh, "run", "build")
    assert sorted(p.name for p in (fresh / "dist").iterdir()) == BUILT == sorted(p.name for p in (WEB / "dist").iterdir())
    same, different, missing = filecmp.cmpfiles(WEB / "dist", fresh / "dist", BUILT, shallow=False)
    assert (different, missing) == ([], []), "npm run build in web/, and commit web/dist with it"


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (WEB / "package-lock.json").read_text()
