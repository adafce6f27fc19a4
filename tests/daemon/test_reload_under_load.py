"""Generations change while questions come: nothing is lost, nothing is wrong. Also run under ThreadSanitizer."""
import gitrepo
import serving
from load import SteadyLoad

COMMITS = 30
ZONES = 20


def zone_text(round_number, index):
    lines = [f"changing A 192.0.2.{round_number}"] if index == 0 else []
    return gitrepo.zone("stable A 192.0.2.200", *lines, *(f"h{i} A 10.{index}.0.{i}" for i in range(50)))


def test_reload_under_load(nodes, repository):
    names = [f"zone{i}.example" for i in range(ZONES)]
    repository.commit("first", {f"{name}.zone": zone_text(1, i) for i, name in enumerate(names)})
    node = nodes(source=repository.source(), zones={"zone0.example.": None})
    questions = [(f"stable.{name}.", 1) for name in names] + [("changing.zone0.example.", 1), ("nowhere.zone1.example.", 1),
                                                            ("zone2.example.", 6)]

    def accept(question, reply):
        rcode, answers = reply[3] & 15, reply[7]
        return (rcode, answers) == ((3, 0) if question[0].startswith("nowhere") else (0, 1))

    with SteadyLoad(node, questions, accept=accept) as load:
        last = serving.serial(node.asker, "zone0.example.")
        for i in range(2, COMMITS + 2):
            commit = repository.commit(f"round {i}", {"zone0.example.zone": zone_text(i, 0)})
            node.reload()
            assert serving.addresses(node.asker, "changing.zone0.example.") == [f"192.0.2.{i}"]
            assert serving.served_commit(node.asker) == commit
            serial = serving.serial(node.asker, "zone0.example.")
            assert serial > last
            last = serial
    load.check()


def test_bad_commits_under_load_change_nothing(nodes, repository):
    good = repository.commit("good", {"zone0.example.zone": zone_text(1, 0)})
    node = nodes(source=repository.source(), zones={"zone0.example.": None})
    with SteadyLoad(node, [("stable.zone0.example.", 1), ("changing.zone0.example.", 1)]) as load:
        for i in range(10):
            repository.commit("bad", {"zone0.example.zone": zone_text(1, 0) + f"broken{i} 192.0.2.1\n"})
            assert node.reload(check=False).returncode != 0
            assert serving.served_commit(node.asker) == good
            assert serving.addresses(node.asker, "changing.zone0.example.") == ["192.0.2.1"]
        again = repository.commit("mended", {"zone0.example.zone": zone_text(7, 0)})
        node.reload()
        assert serving.served_commit(node.asker) == again
    load.check()
    assert serving.addresses(node.asker, "changing.zone0.example.") == ["192.0.2.7"]
