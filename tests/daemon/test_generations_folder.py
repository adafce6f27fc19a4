"""A plain folder as source: changes are noticed by themselves, mistakes refused, the last good files kept."""
import gitrepo
import servers
import serving

SECONDS = 20


def write_wiki(folder, last_octet, extra=""):
    (folder / "mesh.zone").write_text(gitrepo.zone(f"wiki A 10.70.1.{last_octet}") + extra)


def wiki(node):
    return serving.addresses(node.asker, "wiki.mesh.")


def start(nodes, folder):
    return nodes(source=f'path = "{folder}"\ninterval = "1h"', zones={"mesh.": None})


def test_changes_are_noticed_without_asking(nodes, tmp_path):
    folder = tmp_path / "zones"
    folder.mkdir()
    write_wiki(folder, 1)
    node = start(nodes, folder)
    serials = [serving.serial(node.asker, "mesh.")]
    for octet in (2, 3):
        write_wiki(folder, octet)
        servers.wait_until(lambda: wiki(node) == [f"10.70.1.{octet}"], SECONDS, "inotify")
        serials.append(serving.serial(node.asker, "mesh."))
    temporary = folder / ".mesh.zone.new"     # as editors save
    temporary.write_text(gitrepo.zone("wiki A 10.70.1.4"))
    temporary.rename(folder / "mesh.zone")
    servers.wait_until(lambda: wiki(node) == ["10.70.1.4"], SECONDS, "inotify")
    serials.append(serving.serial(node.asker, "mesh."))
    assert serials == sorted(set(serials)), serials


def test_reload_sees_a_change_of_the_same_size_at_once(nodes, tmp_path):
    folder = tmp_path / "zones"
    folder.mkdir()
    write_wiki(folder, 1)
    node = start(nodes, folder)
    for octet in range(2, 10):
        write_wiki(folder, octet)
        node.reload()
        assert wiki(node) == [f"10.70.1.{octet}"]


def test_a_mistake_is_refused_and_a_restart_serves_the_last_good_files(nodes, tmp_path):
    folder = tmp_path / "zones"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "more").write_text("more A 192.0.2.7\n")
    write_wiki(folder, 1, "$INCLUDE sub/more\n")
    node = start(nodes, folder)
    good = serving.served_commit(node.asker)
    node.reload()  # the follower takes it up when the copy of what it serves is kept
    write_wiki(folder, 2, "printer 10.70.1.77\n")
    said = node.reload(check=False)
    assert said.returncode == 1 and "mesh.zone:6:9: error: " in said.stdout
    node.stop()
    node.start()
    assert (serving.served_commit(node.asker), wiki(node)) == (good, ["10.70.1.1"])
    assert serving.addresses(node.asker, "more.mesh.") == ["192.0.2.7"]
    node.stop()
    folder.rename(tmp_path / "away")
    node.start()
    assert (serving.served_commit(node.asker), wiki(node)) == (good, ["10.70.1.1"])


def test_links_in_the_folder_are_not_followed(nodes, tmp_path):
    folder = tmp_path / "zones"
    folder.mkdir()
    write_wiki(folder, 1)
    outside = tmp_path / "outside"
    outside.write_text("secret A 192.0.2.66\n")
    node = start(nodes, folder)
    (folder / "inside").symlink_to(outside)
    write_wiki(folder, 2, "$INCLUDE inside\n")
    said = node.reload(check=False)
    assert said.returncode == 1 and "192.0.2.66" not in said.stdout
    assert wiki(node) == ["10.70.1.1"]
