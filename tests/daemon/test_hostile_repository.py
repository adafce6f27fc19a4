"""Repositories that are large, odd or hostile: a clear word, the last good zones, bounded memory."""
import gitrepo
import servers
import serving

MANY = 10_000
MAX_MANY_BYTES = 600 << 20
GIANT_RECORDS = 20_000


def test_binary_file_named_zone_is_refused_with_few_words(nodes, repository):
    good = repository.commit("good", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10")})
    node = nodes(source=repository.source(), zones={"mesh.": None})
    repository.commit("binary", {"x.zone": bytes(range(256)) * 400})
    refused = node.reload(check=False)
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0 and "x.zone" in said
    assert len(said.splitlines()) < 40, said[:2000]          # one fault, not thousands
    assert serving.served_commit(node.asker) == good
    assert serving.addresses(node.asker, "wiki.mesh.") == ["10.70.1.10"]


def test_ten_thousand_zones(nodes, repository):
    repository.commit("many", {f"z{i}.example.zone": gitrepo.zone(f"host A 10.{i >> 8}.{i & 255}.1") for i in range(MANY)})
    node = nodes(source=repository.source(), zones={f"z{MANY - 1}.example.": None})
    for i in (0, 1, 4999, MANY - 1):
        assert serving.addresses(node.asker, f"host.z{i}.example.") == [f"10.{i >> 8}.{i & 255}.1"]
    assert serving.resident_bytes(node) < MAX_MANY_BYTES
    repository.commit("one changed", {"z77.example.zone": gitrepo.zone("host A 192.0.2.77")})
    node.reload()
    assert serving.addresses(node.asker, "host.z77.example.") == ["192.0.2.77"]
    assert serving.addresses(node.asker, "host.z78.example.") == ["10.0.78.1"]


def test_rrset_beyond_64_kib_breaks_nothing(nodes, repository):
    """20,000 addresses of one name do not fit into any message: refused, or said with an rcode; others are answered."""
    records = [f"giant A 10.{i >> 16}.{i >> 8 & 255}.{i & 255}" for i in range(GIANT_RECORDS)]
    repository.commit("first", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10")})
    node = nodes(source=repository.source(), zones={"mesh.": None})
    before = serving.resident_bytes(node)
    repository.commit("giant", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10", *records)})
    node.reload(check=False)
    for _ in range(50):
        reply = node.asker.raw(servers.plain_query("giant.mesh."))
        assert reply is None or len(reply) <= 512
    assert node.asker.ask("giant.mesh.", tcp=True).rcode() in (0, 2, 3)
    assert serving.addresses(node.asker, "wiki.mesh.") == ["10.70.1.10"]
    assert serving.resident_bytes(node) < before + (32 << 20)


def test_rrset_within_64_kib_is_served_whole(nodes, repository):
    records = [f"giant A 10.0.{i >> 8}.{i & 255}" for i in range(4000)]
    repository.commit("giant", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10", *records)})
    node = nodes(source=repository.source(), zones={"mesh.": None})
    assert len(serving.addresses(node.asker, "giant.mesh.", tcp=True)) == 4000
    assert node.asker.ask("giant.mesh.").flags & 0x0200
