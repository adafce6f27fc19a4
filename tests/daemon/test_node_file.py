"""A node file that is right as such, and wrong on this machine: each fault is told at its line, all of them in one run."""
import socket
import subprocess

import servers


def serve(tmp_path, text):
    config = tmp_path / "node.toml"
    config.write_text(text)
    done = subprocess.run([servers.dotmesh_binary(), "serve", "--config", str(config)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr.replace(str(tmp_path) + "/", "")


def test_an_unknown_user_and_unreadable_files_are_told_beside_other_faults(tmp_path):
    status, said = serve(tmp_path, """[node]
state = "state"
user = "no-such-user"
nmae = "n1"
[source]
path = "net"
[resolver]
root_hints = "no-hints"
trust_anchors = "no-anchors"
""")
    assert status == 2
    assert said == """node.toml:3:8: error: there is no user "no-such-user" on this machine
    3 | user = "no-such-user"
      |        ^~~~~~~~~~~~~~  make it with adduser --system --group no-such-user, or set user = ""
node.toml:4:1: error: no setting "nmae" in [node]
    4 | nmae = "n1"
      | ^~~~  did you mean "name"?
node.toml:8:14: error: cannot read no-hints: No such file or directory
    8 | root_hints = "no-hints"
      |              ^~~~~~~~~~  name a file of the root's NS records and their addresses, or leave the setting out
node.toml:9:17: error: cannot read no-anchors: No such file or directory
    9 | trust_anchors = "no-anchors"
      |                 ^~~~~~~~~~~~  name a file of DS or DNSKEY records, or an empty one for no validation
4 errors, 0 warnings
"""


def test_every_port_that_is_taken_and_a_state_folder_that_is_none(tmp_path):
    (tmp_path / "state").write_text("")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        other.listen()
        udp, tcp = one.getsockname()[1], other.getsockname()[1]
        status, said = serve(tmp_path, f"""[node]
state = "state"
[source]
path = "."
[[listen]]
address = "127.0.0.1@{udp}"
[[listen]]
address = "127.0.0.1@{tcp}"
""")
    assert status == 1
    way_out = "another program has this address and port, `ss -lnp` names it: stop it or listen elsewhere"
    assert said == f"""node.toml:2:9: error: state: cannot be used as state folder: Not a directory
    2 | state = "state"
      |         ^~~~~~~  give another with --state or [node] state
node.toml:5:1: error: cannot listen on 127.0.0.1@{udp} (UDP): Address already in use
    5 | [[listen]]
      | ^~~~~~~~~~  {way_out}
node.toml:7:1: error: cannot listen on 127.0.0.1@{tcp} (TCP): Address already in use
    7 | [[listen]]
      | ^~~~~~~~~~  {way_out}
3 errors, 0 warnings
"""


def test_what_does_not_keep_it_from_serving_is_told_in_the_log_with_its_line(tmp_path, nodes, repository):
    repository.commit("first", {"mesh.zone": "@ 60 SOA ns h 1 1 1 1 1\n@ 60 NS ns\nns 60 A 10.0.0.1\n"})
    (tmp_path / "no-socket").write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        extra = (f'[http]\naddress = "127.0.0.1@{taken.getsockname()[1]}"\n[control]\nsocket = "{tmp_path}/no-socket"\n')
        node = nodes(source=repository.source() + '\nssh_key = "no-key"\n', zones={"mesh.": None}, extra=extra)
    log = node.log_text()
    lines = node.config.read_text().splitlines()

    def place(setting):
        number = next(i for i, line in enumerate(lines, 1) if line.startswith(setting))
        return f":{number}:{lines[number - 1].index('= ') + 3}: "
    assert "for HTTP: Address already in use" in log
    assert f"{place('ssh_key')}" in log and "no-key: No such file or directory" in log
    assert f"{place('socket')}{tmp_path}/no-socket: control socket: Address already in use (something that is no socket stands there)" in log
