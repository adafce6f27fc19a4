"""One tiny zone per fault, named after it. Its first lines say what `dotmesh check` must find, in order and nothing
else: "; expect: error CODE LINE[:COLUMN]", without a line for a fault of the whole file, or "; expect: good".
Warnings that a fault draws behind it need no line.
A file is checked as the zone mesh.; a folder as a network, with "# expect: error CODE FILE[:LINE[:COLUMN]]" in its
dotmesh.toml. To add a case, add a file."""
import json
import pathlib
import re
import subprocess

import pytest

import servers

FOLDER = pathlib.Path(__file__).parent
CASES = sorted(path for path in FOLDER.iterdir()
               if path.suffix == ".zone" or (path / "dotmesh.toml").exists())
EXPECT = re.compile(rb"^[;#] expect: (.*?)\r?$", re.M)


def expected(path):
    text = (path if path.is_file() else path / "dotmesh.toml").read_bytes()
    return [found.decode() for found in EXPECT.findall(text)]


def told(finding, is_folder):
    """A finding as an expect line has it, to the column."""
    place = [finding["file"]] if is_folder else []
    if finding["line"]:
        place += [str(finding["line"])] + ([str(finding["column"])] if finding["column"] else [])
    return " ".join([finding["severity"], finding["code"], ":".join(place)]).rstrip()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_findings(path):
    wanted = expected(path)
    assert wanted, f"{path.name} has no line \"; expect: ...\""
    command = [servers.dotmesh_binary(), "check", "--format", "json", str(path)]
    if path.is_file():
        command += ["--origin", "mesh."]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode in (0, 1), result.stderr
    report = json.loads(result.stdout)
    found = [told(finding, path.is_dir()) for finding in report["diagnostics"]]
    good = wanted == ["good"]
    if not good and all(line.startswith("error") for line in wanted):
        found = [line for line in found if line.startswith("error")]
    assert len(found) == (0 if good else len(wanted)), found
    for have, want in zip(found, [] if good else wanted):
        assert have == want or have.startswith(want + ":"), found
    assert result.returncode == (1 if any(line.startswith("error") for line in found) else 0)
    for finding in report["diagnostics"]:
        assert finding["way_out"], f"no way out: {finding}"


def test_there_are_cases():
    assert len(CASES) > 60
