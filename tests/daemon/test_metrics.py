"""/metrics of a real node: what Prometheus' own linter says of it, and that it tells what happened."""
import re
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

import servers

ZONE = """$ORIGIN mesh.
@ 60 SOA ns ns 1 1 1 1 30
@ 60 NS ns
ns 60 A 10.0.0.1
"""


@pytest.fixture
def node(nodes, tmp_path):
    (tmp_path / "hints").write_text(". 3600000 NS a.root.test.\na.root.test. 3600000 A 127.0.0.1\n")
    (tmp_path / "no-anchors").write_text("")
    zones = tmp_path / "zones"
    zones.mkdir()
    (zones / "mesh.zone").write_text(ZONE)
    port = servers.free_port("127.0.0.1")
    node = nodes(source=f'path = "{zones}"', roles='["authority", "resolver"]', zones={"mesh.": None},
                 extra=f'[http]\naddress = "127.0.0.1@{port}"\n[resolver]\ntrust_anchors = "{tmp_path / "no-anchors"}"\n'
                       f'root_hints = "{tmp_path / "hints"}"\n')
    node.zones_folder, node.url = zones, f"http://127.0.0.1:{port}"
    return node


def metrics(node):
    with urllib.request.urlopen(node.url + "/metrics", timeout=5) as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return response.read().decode()


def value(text, sample):
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.M)
    assert found, sample
    return float(found.group(1))


def test_prometheus_finds_no_fault(node):
    assert shutil.which("promtool"), "package prometheus"
    result = subprocess.run(["promtool", "check", "metrics"], input=metrics(node), capture_output=True, text=True, timeout=30)
    assert result.returncode == 0 and not result.stdout and not result.stderr, result.stdout + result.stderr


def test_alert_rules_are_rules_about_metrics_that_exist(node):
    rules = servers.ROOT / "packaging" / "prometheus" / "dotmesh.rules.yml"
    result = subprocess.run(["promtool", "check", "rules", str(rules)], capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stdout + result.stderr
    told = set(re.findall(r"^# TYPE (\S+)", metrics(node), re.M))
    sources = (servers.ROOT / "src" / "observe" / "node_metrics.cc").read_text()
    for name in re.findall(r"\bdotmesh_\w+", rules.read_text()):
        assert name in told or f'"{name}"' in sources, name


def test_queries_and_commits_are_counted(node):
    received = 'dotmesh_queries_received_total{transport="udp"}'
    before = metrics(node)
    for _ in range(10):
        node.asker.ask("ns.mesh.")
    servers.wait_until(lambda: value(metrics(node), received) >= value(before, received) + 10, 5, "ten queries more")
    assert value(before, "dotmesh_zones") == 1 and value(before, "dotmesh_commit_refused") == 0
    (node.zones_folder / "mesh.zone").write_text(ZONE + "broken\n")
    node.run(servers.dotmesh_binary(), "reload", "--config", str(node.folder / "node.toml"), check=False)
    after = metrics(node)
    assert value(after, "dotmesh_commit_refused") == 1 and value(after, "dotmesh_commit_refused_errors") == 1
    assert str(node.asker.ask("ns.mesh.").answer[0][0]) == "10.0.0.1"


ANSWERED = 'dotmesh_queries_answered_total{transport="%s",role="%s",class="loopback",rcode="%s"}'


def test_answers_are_counted_by_what_they_were(node):
    before = metrics(node)
    node.asker.ask("no.mesh.")
    node.asker.ask("no.mesh.", tcp=True)
    node.asker.ask("www.localhost.", rd=True)
    after = metrics(node)
    for transport, role, rcode in (("udp", "authority", "NXDOMAIN"), ("tcp", "authority", "NXDOMAIN"), ("udp", "resolver", "NOERROR")):
        sample = ANSWERED % (transport, role, rcode)
        assert value(after, sample) == value(before, sample) + 1, sample


def test_answer_times_are_a_histogram(node):
    for _ in range(64):  # one batch in sixteen is timed
        node.asker.ask("ns.mesh.")
    text = metrics(node)
    buckets = [float(v) for v in re.findall(r'^dotmesh_immediate_answer_duration_seconds_bucket\{le="[^"]+"\} (\S+)$', text, re.M)]
    assert buckets == sorted(buckets) and len(buckets) == 19
    assert buckets[-1] == value(text, "dotmesh_immediate_answer_duration_seconds_count") >= 4
    assert 0 < value(text, "dotmesh_immediate_answer_duration_seconds_sum") < 5


def test_nothing_of_a_client_is_told(node):
    node.asker.ask("canary-name.mesh.")
    node.asker.ask("canary-name.localhost.", rd=True)
    text = metrics(node)
    assert "canary" not in text and "localhost" not in text and node.host not in text


def test_only_get_of_what_is_there(node):
    for path, method in (("/nothing", "GET"), ("/../etc/passwd", "GET"), ("/metrics", "POST"), ("/metrics", "DELETE")):
        request = urllib.request.Request(node.url + path, method=method, data=b"x" if method == "POST" else None)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=5)
        assert refused.value.code in (400, 404, 413), (path, method)
