"""`dotmesh check` from the outside: what it takes, what it prints in each form, how it ends."""
import json
import pathlib
import subprocess

import pytest

import gitrepo
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUNDLE = ROOT.parent / "shared" / "data" / "nyc-mesh-zones.bundle"

# Behind the four lines of gitrepo.zone().
FAULTS = ("wiki 192.0.2.1", "@ MX mail.example.org.", "map CNAME ns", "map A 192.0.2.4")
GOOD, ERRORS, COULD_NOT = 0, 1, 2


def check(*arguments, **kwargs):
    return subprocess.run([servers.dotmesh_binary(), "check", *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, **kwargs)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "mesh.zone").write_text(gitrepo.zone(*FAULTS))
    return folder


def test_all_faults_of_a_file_in_one_run_as_text(folder):
    result = check(folder)
    assert result.returncode == ERRORS and result.stderr == ""
    assert result.stdout == '''\
mesh.zone:5:6: error: record type left out before "192.0.2.1"
    5 | wiki 192.0.2.1
      |      ^~~~~~~~~  write wiki A 192.0.2.1
mesh.zone:6:6: error: MX preference left out before "mail.example.org."
    6 | @ MX mail.example.org.
      |      ^~~~~~~~~~~~~~~~~  write MX 10 mail.example.org.
mesh.zone:7:1: error: CNAME at "map.mesh." beside other records (A at mesh.zone:8:1)
    7 | map CNAME ns
      | ^~~  keep one of the two
3 errors, 0 warnings
'''


def test_json(folder):
    result = check(folder, "--format", "json")
    assert result.returncode == ERRORS
    report = json.loads(result.stdout)
    assert (report["errors"], report["warnings"], report["zones"], report["records"]) == (3, 0, 0, 0)
    found = [(d["severity"], d["code"], d["file"], d["line"], d["column"]) for d in report["diagnostics"]]
    assert found == [("error", "missing-type", "mesh.zone", 5, 6), ("error", "missing-preference", "mesh.zone", 6, 6),
                     ("error", "cname-and-other-data", "mesh.zone", 7, 1)]
    assert report["diagnostics"][2]["counterpart"] == {"record": "A", "file": "mesh.zone", "line": 8, "column": 1}
    assert report["diagnostics"][0]["counterpart"] is None


def test_github_annotations_name_files_from_the_working_folder(folder):
    result = check("net", "--format", "github", cwd=folder.parent)
    assert result.returncode == ERRORS
    lines = result.stdout.splitlines()
    assert lines[0] == ('::error file=net/mesh.zone,line=5,col=6,title=missing-type::record type left out before '
                        '"192.0.2.1"%0Awrite wiki A 192.0.2.1')
    assert lines[2].startswith("::error file=net/mesh.zone,line=7,col=1,title=cname-and-other-data::")
    assert lines[3] == "3 errors, 0 warnings"
    inside = check("--format", "github", cwd=folder)
    assert inside.stdout.startswith("::error file=mesh.zone,line=5,")


def test_text_that_is_no_utf8_is_still_json(folder):
    (folder / "mesh.zone").write_bytes(gitrepo.zone("caf\xe9 A 192.0.2.1").encode("latin-1"))
    report = json.loads(check(folder, "--format", "json").stdout)
    assert report["diagnostics"][0]["code"] == "bad-name"


def test_a_good_network_says_what_it_is(tmp_path):
    (tmp_path / "mesh.zone").write_text(gitrepo.zone("wiki A 192.0.2.1"))
    result = check(cwd=tmp_path)
    assert (result.returncode, result.stdout) == (GOOD, "1 zone, 4 records: good\n")
    assert json.loads(check("--format=json", cwd=tmp_path).stdout) == {
        "errors": 0, "warnings": 0, "zones": 1, "records": 4, "diagnostics": []}


def test_warnings_are_good(tmp_path):
    """One address with two names is told, and refuses nothing."""
    (tmp_path / "mesh.zone").write_text(gitrepo.zone("a A 10.70.1.1", "b A 10.70.1.1"))
    (tmp_path / "dotmesh.toml").write_text('[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n'
                                           '[[zone]]\nname = "10.in-addr.arpa."\nreverse_of = ["mesh."]\n')
    result = check(tmp_path)
    assert result.returncode == GOOD
    assert "warning: " in result.stdout and "0 errors, " in result.stdout
    assert result.stdout.endswith("2 zones, 8 records: good\n")


def test_the_example_network_is_clean():
    result = check(ROOT / "examples" / "network")
    assert result.returncode == GOOD
    assert result.stdout.count("\n") == 1 and result.stdout.endswith(": good\n"), result.stdout
    alone = check(ROOT / "examples" / "network" / "zones" / "mesh.zone")  # its child zones are in other files
    assert alone.stdout.count("\n") == 1 and alone.stdout.endswith(": good\n"), alone.stdout


def test_a_single_file(folder):
    (folder / "other.zone").write_text("nonsense\n")
    (folder / "dotmesh.toml").write_text("nonsense\n")
    (folder / "db.mesh").write_text(gitrepo.zone("$INCLUDE hosts"))
    (folder / "hosts").write_text("wiki A 192.0.2.1\n")
    assert "3 errors" in check(folder / "mesh.zone").stdout
    assert check("db.mesh", "--origin", "mesh.", cwd=folder).stdout == "1 zone, 4 records: good\n"
    (folder / "hosts").write_text("wiki 192.0.2.1\n")
    assert check(folder / "db.mesh", "--origin", "mesh").stdout.startswith("hosts:1:6: error: ")
    (folder / "db.mesh").write_text("wiki 192.0.2.1\n")
    assert check(folder / "db.mesh", "--origin", "mesh").stdout.startswith("db.mesh:1:6: error: ")
    unnamed = check(folder / "db.mesh")
    assert unnamed.returncode == COULD_NOT and "--origin" in unnamed.stderr


def test_commits_of_work_trees_and_bare_repositories(repository, tmp_path):
    bad = repository.commit("bad", {"mesh.zone": gitrepo.zone(*FAULTS)})
    repository.commit("good", {"mesh.zone": gitrepo.zone("wiki A 192.0.2.1")})
    bare = tmp_path / "bare.git"
    repository.git("clone", "-q", "--bare", ".", str(bare))
    for path in (repository.path, bare):
        assert check(path).returncode == GOOD
        for arguments in ([path, "--commit", "HEAD~1"], [f"{path}@HEAD~1"], [path, "--commit", bad[:8]], [f"{path}@{bad}"]):
            assert check(*arguments).returncode == ERRORS, arguments
    repository.write("mesh.zone", gitrepo.zone(*FAULTS))  # not committed: what would be committed next
    assert check(repository.path).returncode == ERRORS
    assert check(repository.path, "--commit", "HEAD").returncode == GOOD


def test_what_cannot_be_checked(repository, folder, tmp_path):
    repository.commit("first", {"mesh.zone": gitrepo.zone()})
    for arguments, words in [
            ([tmp_path / "absent"], "no such file or folder"),
            (["https://example.org/net.git"], "clone it"),
            ([repository.path, "--commit", "nonsense"], 'no commit "nonsense"'),
            ([f"{repository.path}@nonsense"], 'no commit "nonsense"'),
            ([folder, "--commit", "HEAD"], "no git repository"),
            ([folder / "mesh.zone", "--commit", "HEAD"], "--commit goes with a repository"),
            ([folder / "mesh.zone", "--origin", "a..b"], "--origin a..b"),
            ([folder, "--origin", "mesh."], "single zone file"),
            ([folder, "--format", "jsn"], "did you mean json?"),
            (["/dev/null"], "neither a file nor a folder")]:
        result = check(*arguments)
        assert result.returncode == COULD_NOT, arguments
        assert result.stdout == "" and words in result.stderr and result.stderr.count("\n") == 1, result.stderr
    assert check("--nonsense").returncode == COULD_NOT


def test_nothing_outside_the_folder_is_read(tmp_path):
    (tmp_path / "secret").write_text("wiki A 192.0.2.1\n")
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "link").symlink_to("../secret")
    (folder / "mesh.zone").write_text(gitrepo.zone("$INCLUDE ../secret", "$INCLUDE link"))
    for target in (folder, folder / "mesh.zone"):
        result = check(target, "--format", "json")
        codes = [d["code"] for d in json.loads(result.stdout)["diagnostics"]]
        assert result.returncode == ERRORS and codes == ["include-outside", "include-unreadable"]


@pytest.mark.skipif(not BUNDLE.exists(), reason="the bundle of a real network's zones is not beside this tree")
@pytest.mark.parametrize("commit,place,word", [
    ("aa234bc", "mesh.zone:7:6: error: ", "MX preference left out"),
    ("8a5cb6e", "mesh.zone:168:31: error: ", '"Rivington" stands after the end'),
    ("d674df8", "mesh.zone:181:17: error: ", "record type left out"),
    ("4706535", "mesh.zone:99:15: error: ", "record type left out")])
def test_the_commits_that_broke_a_real_network(tmp_path, commit, place, word):
    clone = tmp_path / "clone.git"
    subprocess.run(["git", "clone", "-q", "--bare", "-b", "main", str(BUNDLE), str(clone)], check=True)
    result = check(f"{clone}@{commit}")
    assert result.returncode == ERRORS
    assert place + word in result.stdout


@pytest.mark.parametrize("arguments, says", [
    (["serve", "--lisen", "127.0.0.1"], 'dotmesh serve: no option "--lisen"; did you mean "--listen"?'),
    (["status", "--cofig=x"], 'did you mean "--config"?'),
    (["check", "--zzzz"], 'dotmesh check: no option "--zzzz"'),
    (["serv"], 'did you mean "serve"?')])
def test_a_slip_on_the_command_line_is_told_what_was_meant(arguments, says):
    done = subprocess.run([servers.dotmesh_binary(), *arguments], capture_output=True, text=True)
    assert done.returncode == 2 and says in done.stderr
