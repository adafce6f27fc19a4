"""The Grafana dashboard: every query of it is PromQL, about metrics and labels that a real node gives."""
import json
import re
import subprocess
import urllib.request

import pytest

import servers

DASHBOARD = servers.ROOT / "packaging" / "grafana" / "dotmesh.json"
# What Prometheus itself adds, and what a histogram's function needs.
LABELS_OF_PROMETHEUS = {"instance", "job", "le"}
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*"}


def queries():
    board = json.loads(DASHBOARD.read_text())
    panels = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    return panels + [note["expr"] for note in board["annotations"]["list"]]


@pytest.fixture
def told(nodes, tmp_path):
    """/metrics of a node of both roles that lists itself."""
    (tmp_path / "no-anchors").write_text("")
    zones = tmp_path / "zones"
    zones.mkdir()
    port = servers.free_port("127.0.0.1")
    (zones / "mesh.zone").write_text("@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\n")
    (zones / "dotmesh.toml").write_text(f'[network]\nname = "x"\n[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n'
                                        f'[[node]]\nname = "n"\naddress = "127.0.0.1@{port}"\n')
    nodes(source=f'path = "{zones}"', roles='["authority", "resolver"]', zones={"mesh.": None}, node_name="n",
          extra=f'[http]\naddress = "127.0.0.1@{port}"\n[resolver]\ntrust_anchors = "{tmp_path / "no-anchors"}"\n')

    def read():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
            return response.read().decode()
    servers.wait_until(lambda: "dotmesh_fleet_node_up" in read(), 10, "the fleet's metrics")
    return read()


def test_panels_stand_apart_and_have_words():
    board = json.loads(DASHBOARD.read_text())
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids)) and all(panel["title"] for panel in board["panels"])
    places = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & places, panel["title"]
        places |= cells


def test_every_query_is_promql(tmp_path):
    rules = []
    for number, query in enumerate(queries()):
        for name, text in VARIABLES.items():
            query = query.replace(name, text)
        assert "$" not in query, query
        rules.append({"record": f"query:{number}", "expr": query})
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))  # JSON is YAML
    checked = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert len(rules) > 20


def test_every_metric_and_label_is_told_by_a_node(told):
    sources = (servers.ROOT / "src" / "observe" / "node_metrics.cc").read_text()
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", told, re.M))
    labels = set(re.findall(r'[{,](\w+)="', told)) | LABELS_OF_PROMETHEUS | {"address"}  # of service addresses
    for query in queries():
        for name in re.findall(r"\b(?:dotmesh|process)_\w+", query):
            bare = re.sub(r"_bucket$", "", name)
            only_with_anycast = name.startswith("dotmesh_anycast_") and f'"{name}"' in sources
            assert bare in kinds or only_with_anycast, name
            assert (bare == name) or kinds[bare] == "histogram", name
            rate_of = re.search(rf"rate\({name}\b", query)
            if rate_of and bare in kinds:
                assert kinds[bare] in ("counter", "histogram"), name
        for group in re.findall(r"by \(([^)]*)\)", query):
            assert set(re.split(r",\s*", group)) <= labels, query
    board = DASHBOARD.read_text()
    assert set(re.findall(r"{{(\w+)}}", board)) <= labels
