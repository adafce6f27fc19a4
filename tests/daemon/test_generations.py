"""A node follows its repository: commits come and go, histories are rewritten, serials rise everywhere alike."""
import json
import signal

import gitrepo
import servers
import serving

SECONDS = 20


def status(node):
    return json.loads(node.cli("status", "--json").stdout)


def commit_wiki(repository, last_octet, message="change", extra=()):
    text = gitrepo.zone(f"wiki A 10.70.1.{last_octet}", *extra)
    return repository.commit(message, {"mesh.zone": text})


def wiki(node):
    return serving.addresses(node.asker, "wiki.mesh.")


def start(nodes, repository, **kwargs):
    return nodes(source=repository.source(), zones={"mesh.": None}, **kwargs)


def test_a_commit_is_served_after_reload(nodes, repository):
    first = commit_wiki(repository, 1)
    node = start(nodes, repository)
    assert (serving.served_commit(node.asker), wiki(node)) == (first, ["10.70.1.1"])
    second = commit_wiki(repository, 2, "move the wiki")
    said = node.reload().stdout
    assert said == f"serving commit {second[:7]}\n"
    assert (serving.served_commit(node.asker), wiki(node)) == (second, ["10.70.1.2"])
    assert node.reload().stdout == f"commit {second[:7]} is served already\n"
    now = status(node)
    assert now["serving"]["commit"] == second and now["serving"]["subject"] == "move the wiki"
    assert now["serving"]["serial"] == serving.serial(node.asker, "mesh.")
    assert now["refused"] is None and now["faults"] == []


def test_a_commit_is_served_by_itself_and_on_sighup(nodes, repository):
    commit_wiki(repository, 1)
    node = nodes(source=repository.source(interval="1s"), zones={"mesh.": None})
    commit_wiki(repository, 2)
    servers.wait_until(lambda: wiki(node) == ["10.70.1.2"], SECONDS, "the poll")
    node.stop()
    node.source = repository.source(interval="1h")
    node.start()
    commit_wiki(repository, 3)
    node.process.send_signal(signal.SIGHUP)
    servers.wait_until(lambda: wiki(node) == ["10.70.1.3"], SECONDS, "the reload by SIGHUP")


def test_a_bad_commit_keeps_the_one_before(nodes, repository):
    good = commit_wiki(repository, 1)
    node = start(nodes, repository)
    bad = commit_wiki(repository, 2, extra=["printer 10.70.1.77"])
    refused = node.reload(check=False)
    assert refused.returncode == 1
    assert "mesh.zone:6:9: error: " in refused.stdout and "printer" in refused.stdout
    assert f"zones of commit {good[:7]} are still being served" in refused.stdout
    assert refused.stdout.endswith(f"commit {bad[:7]} refused; commit {good[:7]} is still being served\n")
    assert (serving.served_commit(node.asker), wiki(node)) == (good, ["10.70.1.1"])
    now = status(node)
    assert now["refused"]["commit"] == bad and now["refused"]["errors"] == 1
    assert "mesh.zone:6:9: error: " in now["refused"]["text"] and "mesh.zone:6:9: error: " in node.log_text()
    assert "mesh.zone:6:9: error: " in node.cli("status").stdout

    node.stop()                              # and a restart with the bad commit at the tip
    node.start()
    assert (serving.served_commit(node.asker), wiki(node)) == (good, ["10.70.1.1"])

    fixed = commit_wiki(repository, 3)
    node.reload()
    assert (serving.served_commit(node.asker), wiki(node)) == (fixed, ["10.70.1.3"])
    assert status(node)["refused"] is None


def test_all_faults_of_a_commit_in_one_run(nodes, repository):
    commit_wiki(repository, 1)
    node = start(nodes, repository)
    repository.commit("three faults in two files", {
        "mesh.zone": gitrepo.zone("a 10.0.0.1", "b A 10.0.0.256"), "other.zone": gitrepo.zone("c MX mail")})
    said = node.reload(check=False).stdout
    assert "mesh.zone:5:" in said and "mesh.zone:6:" in said and "other.zone:5:" in said
    assert "3 errors" in said


def test_a_rewritten_branch_is_followed_and_the_serial_rises(nodes, repository):
    first = commit_wiki(repository, 1)
    commit_wiki(repository, 2)
    node = start(nodes, repository)
    serials = [serving.serial(node.asker, "mesh.")]

    repository.git("reset", "-q", "--hard", first)
    node.reload()
    assert wiki(node) == ["10.70.1.1"]
    serials.append(serving.serial(node.asker, "mesh."))
    assert "rewritten history?" in status(node)["serving"]["serial_note"]

    repository.git("checkout", "-q", "--orphan", "fresh")
    commit_wiki(repository, 3)
    repository.git("branch", "-q", "-f", "main")
    node.reload()
    assert wiki(node) == ["10.70.1.3"]
    serials.append(serving.serial(node.asker, "mesh."))
    assert serials == sorted(set(serials)), serials

    node.stop()
    node.start()
    assert serving.serial(node.asker, "mesh.") == serials[-1]


def test_a_deleted_branch_and_its_return(nodes, repository):
    commit_wiki(repository, 1)
    node = start(nodes, repository)
    repository.git("checkout", "-q", "-b", "elsewhere")
    repository.git("branch", "-q", "-D", "main")
    said = node.reload(check=False)
    assert said.returncode == 1 and 'no branch "main"; it has: elsewhere' in said.stdout
    assert wiki(node) == ["10.70.1.1"]
    assert any('no branch "main"' in fault for fault in status(node)["faults"])
    commit_wiki(repository, 2)
    repository.git("branch", "-q", "main")
    node.reload()
    assert wiki(node) == ["10.70.1.2"] and status(node)["faults"] == []


def test_remote_gone_and_restart_serves_the_last_good_commit(nodes, repository, tmp_path):
    good = commit_wiki(repository, 1)
    node = start(nodes, repository)
    serial = serving.serial(node.asker, "mesh.")
    repository.path.rename(tmp_path / "away")
    said = node.reload(check=False)
    assert said.returncode == 1 and f"commit {good[:7]} is still being served" in said.stdout
    node.stop()
    node.start()
    assert (serving.served_commit(node.asker), wiki(node)) == (good, ["10.70.1.1"])
    assert serving.serial(node.asker, "mesh.") == serial
    (tmp_path / "away").rename(repository.path)
    commit_wiki(repository, 2)
    node.reload()
    assert wiki(node) == ["10.70.1.2"]


def test_an_empty_repository_and_its_first_commit(nodes, repository):
    node = nodes(source=repository.source(), ready=False)
    servers.wait_until(lambda: node.asker.raw(servers.plain_query("mesh.", 6), 0.1), SECONDS, "any answer")
    assert node.asker.ask("wiki.mesh.").rcode() in (2, 5)          # SERVFAIL or REFUSED, not silence
    refused = node.cli("status", check=False)
    assert refused.returncode == 1 and "the repository has no commit yet; push one" in refused.stdout
    commit_wiki(repository, 1)
    node.reload()
    assert wiki(node) == ["10.70.1.1"]


def test_the_serial_is_the_same_on_every_node_and_rises_with_every_change(nodes, repository):
    commit_wiki(repository, 1)
    follower = start(nodes, repository)
    seen = [serving.serial(follower.asker, "mesh.")]
    for octet in range(2, 6):                                       # well within one hundredth of a day
        commit_wiki(repository, octet)
        follower.reload()
        seen.append(serving.serial(follower.asker, "mesh."))
    repository.git("checkout", "-q", "-b", "side", "HEAD~2")
    repository.commit("side", {"side.zone": gitrepo.zone("x A 192.0.2.1")})
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    follower.reload()
    seen.append(serving.serial(follower.asker, "mesh."))
    assert seen == sorted(set(seen)), seen
    newcomer = start(nodes, repository)                             # knows the history only from git
    assert serving.serial(newcomer.asker, "mesh.") == seen[-1]
    assert serving.serial(newcomer.asker, "side.") == seen[-1]


def test_the_serial_is_never_below_the_files(nodes, repository):
    high = gitrepo.zone("wiki A 10.70.1.1").replace("hostmaster 1 ", "hostmaster 3000000000 ")
    repository.commit("typed by hand", {"mesh.zone": high})
    node = start(nodes, repository)
    assert serving.serial(node.asker, "mesh.") == 3000000000
    commit_wiki(repository, 2)                                      # and back to 1
    node.reload()
    assert serving.serial(node.asker, "mesh.") == 3000000001
    assert serving.serial(start(nodes, repository).asker, "mesh.") == 3000000001
