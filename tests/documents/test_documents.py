"""What the documents say is true: named paths exist, the README's commands give what it shows."""
import os
import pathlib
import re
import subprocess

import pytest

import asking
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
# docs/plans speaks of what is not there yet.
DOCUMENTS = sorted(path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")]
                   if "plans" not in path.parts)
TOP = {path.name for path in ROOT.iterdir()} - {"build"}


def named_paths(text):
    """Link targets, and words in backticks that begin with a folder or file of this tree."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)\)", text):
        if "://" not in target:
            yield target, True
    for word in re.findall(r"`([\w./-]+)`", text):
        if "/" in word and word.split("/")[0] in TOP:
            yield word, False


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_paths_exist(document):
    missing = []
    for name, is_link in named_paths(document.read_text()):
        base = document.parent if is_link else ROOT
        if not list(base.glob(name.rstrip("/"))) and not (base / name).exists():
            missing.append(name)
    assert not missing, f"{document.relative_to(ROOT)} names what is not there: {missing}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_path_of_somebodys_machine(document):
    assert not re.search(r"(?<![\w.])/(work|home|root)/\w", document.read_text())


def console_steps(text):
    """[(command, expected output)] of the console blocks, in order."""
    steps = []
    for block in re.findall(r"```console\n(.*?)```", text, flags=re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append([line[2:], ""])
            else:
                steps[-1][1] += line + "\n"
    return steps


@pytest.fixture
def example(tmp_path):
    """`make run` without its build: the script that it starts, on another port and folder."""
    port = servers.free_port()
    environment = {**os.environ, "EXAMPLE_DIR": str(tmp_path), "EXAMPLE_PORT": str(port), "EXAMPLE_HTTP_PORT": str(servers.free_port()),
                   "DOTMESH_BINARY": servers.dotmesh_binary()}
    log = open(tmp_path / "log.txt", "wb")
    process = subprocess.Popen([str(ROOT / "scripts" / "run-example.sh")], stdout=log, stderr=log, env=environment,
                               start_new_session=True)
    try:
        asker = asking.Asker("127.0.0.1", port)
        servers.wait_until(lambda: process.poll() is not None or (asker.raw(servers.plain_query("mesh.", 6), 0.1) or b"\0" * 8)[7],
                           30, "the example node")
        assert process.poll() is None, (tmp_path / "log.txt").read_text()
        yield port, tmp_path, (tmp_path / "log.txt")
    finally:
        process.terminate()
        process.wait(20)


def adapted(command, port, folder):
    """The README's command on the test's port, folder and program."""
    return (command.replace("-p 5353", f"-p {port}").replace("build/example", str(folder))
            .replace("build/dotmesh", servers.dotmesh_binary()))


def run(command):
    return subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_the_readme_does_what_it_shows(example):
    port, folder, _ = example
    executed = 0
    for command, expected in console_steps((ROOT / "README.md").read_text()):
        if command.startswith("make") or " serve " in command:
            continue
        result = run(adapted(command, port, folder))
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
        if expected:
            assert result.stdout == expected, command
        executed += 1
    assert executed >= 8


def test_make_run_says_what_to_try_and_it_works(example):
    port, folder, log = example
    said = log.read_text()
    steps = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    digs = [line.split("   ")[0] for line in steps if line.startswith("dig")]
    assert len(digs) >= 6
    for command in digs:
        result = run(command)
        assert result.returncode == 0 and ("NOERROR" in result.stdout or "+short" in command), result.stdout
    changes = [line for line in steps if not line.startswith("dig")]
    for command in changes[:3]:
        result = run(command)
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    assert run(f"dig +short @127.0.0.1 -p {port} wiki.mesh").stdout == "10.70.1.99\n"
    mistake, check = changes[3:5]
    assert run(mistake).returncode == 0
    checked = run(check)
    assert checked.returncode == 1 and "mesh.zone" in checked.stdout + checked.stderr


def test_the_example_network_is_clean():
    result = run(f"{servers.dotmesh_binary()} check examples/network")
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    assert "warning" not in said or "0 warnings" in said, said


def test_every_alert_has_a_section():
    rules = re.findall(r"- alert: (\S+)", (ROOT / "packaging/prometheus/dotmesh.rules.yml").read_text())
    sections = re.findall(r"^### (Dotmesh\S+)$", (ROOT / "docs/OPERATIONS.md").read_text(), re.M)
    assert len(rules) >= 6 and sections == rules
