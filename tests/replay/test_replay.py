"""A real network's history, commit by commit, under steady questions: every commit that loads is served after
`reload`; every one that does not is refused with the right words while the previous one keeps answering."""
import pathlib
import shutil
import subprocess
import tempfile

import dns.zone
import pytest

import serving
from load import SteadyLoad

BUNDLE = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data" / "nyc-mesh-zones.bundle"
pytestmark = pytest.mark.skipif(not BUNDLE.exists(), reason="the bundle of a real network's zones is not beside this tree")

# The commits that do not load, by their first digits: where, and a word that the message must have.
REFUSED = {
    "aa234bc": ("mesh.zone:7:", "preference"),
    "8a5cb6e": ("mesh.zone:168:", "Rivington"),
    "d674df8": ("mesh.zone:181:", "type"),
    "4706535": ("mesh.zone:99:", "type"),
}


def git(folder, *arguments):
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """A bare repository with all commits of the bundle, and their ids, oldest first."""
    folder = tmp_path_factory.mktemp("history") / "all.git"
    subprocess.run(["git", "clone", "-q", "--bare", "-b", "main", str(BUNDLE), str(folder)], check=True)
    return folder, git(folder, "rev-list", "--reverse", "--first-parent", "main").split()


def zone_files(folder, commit):
    return [name for name in git(folder, "ls-tree", "--name-only", commit).splitlines() if name.endswith(".zone")]


def named_checkzone_accepts(folder, commit):
    for name in zone_files(folder, commit):
        with tempfile.NamedTemporaryFile("w", suffix=".zone") as file:
            file.write(git(folder, "show", f"{commit}:{name}") + "\n")
            file.flush()
            command = ["named-checkzone", "-i", "none", name[:-len(".zone")], file.name]
            if subprocess.run(command, capture_output=True).returncode:
                return False
    return True


@pytest.mark.skipif(shutil.which("named-checkzone") is None, reason="named-checkzone (bind9-utils) is not installed")
def test_the_expected_list_is_bind_s_too(history):
    folder, commits = history
    refused = {commit[:7] for commit in commits if not named_checkzone_accepts(folder, commit)}
    assert refused == set(REFUSED)


def test_every_commit_under_load(history, nodes, tmp_path):
    folder, commits = history
    assert len(commits) == 130
    followed = tmp_path / "followed.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(followed)], check=True)

    def publish(commit):
        git(followed, "fetch", "-q", "--no-write-fetch-head", str(folder), f"+{commit}:refs/heads/main")
    publish(commits[0])
    node = nodes(source=f'repo = "{followed}"\nbranch = "main"\ninterval = "1h"', zones={"mesh.": None})
    served, serials, refused = commits[0], [serving.serial(node.asker, "mesh.")], {}

    # These two have an answer in every commit; a refusal or a gap between generations would show.
    with SteadyLoad(node, [("mesh.", 6), ("mesh.", 2)], rate=1000) as load:
        for commit in commits[1:]:
            publish(commit)
            outcome = node.reload(check=False)
            said = outcome.stdout + outcome.stderr
            if commit[:7] in REFUSED:
                assert outcome.returncode != 0, f"{commit} must not load"
                refused[commit[:7]] = said
                assert serving.served_commit(node.asker) == served
                assert serving.serial(node.asker, "mesh.") == serials[-1]
            else:
                assert outcome.returncode == 0, f"{commit} was refused:\n{said}"
                served = commit
                assert serving.served_commit(node.asker) == commit
                serials.append(serving.serial(node.asker, "mesh."))
    load.check()
    assert serials == sorted(set(serials)), "the serial rises with every change"
    for commit, (place, word) in REFUSED.items():
        assert place in refused[commit] and word in refused[commit], f"{commit}:\n{refused[commit]}"
    print(f"{len(commits)} commits, {len(refused)} refused, {load.sent} queries, slowest {load.slowest * 1e3:.1f} ms")


def test_the_tip_is_served_untouched(history, nodes):
    """The real answers: every A record of every file of the tip, read by an oracle of its own."""
    folder, commits = history
    node = nodes(source=f'repo = "{folder}"\nbranch = "main"\ninterval = "1h"', zones={"mesh.": None})
    asked = 0
    for name in zone_files(folder, commits[-1]):
        text = git(folder, "show", f"{commits[-1]}:{name}") + "\n"
        zone = dns.zone.from_text(text, name[:-len("zone")], relativize=False, check_origin=False)
        cuts = {owner for owner, rdataset in zone.iterate_rdatasets("NS") if owner != zone.origin}
        for owner, rdataset in zone.iterate_rdatasets("A"):
            if not any(owner.is_subdomain(cut) for cut in cuts):
                assert serving.addresses(node.asker, str(owner)) == sorted(map(str, rdataset)), owner
                asked += 1
    assert asked > 100
