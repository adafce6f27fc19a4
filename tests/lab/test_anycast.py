"""What happens to a service address when things die, by outcome; how fast is `make lab`'s matter (docs/anycast-lab.md)."""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

import lab as labs
import servers
from lab import Client, Lab, StoppedThread

pytestmark = pytest.mark.skipif(not labs.available(), reason="needs root, ip(8), bird(8) and /dev/net/tun")
SECONDS = 30.0
KEEPERS_PATIENCE = 3.2   # and a little more (kSilenceMs in keeper.cc)
QUICK = 'hold_down = "300ms"\nlinger = "1500ms"\n'


# OSPF lets five seconds pass between two changes of a route: its external routes and IPv6 are tried where it matters most.
EVERYWHERE = pytest.mark.parametrize("lab", ["bgp", "stub", "ospf", "bgp6"], indirect=True)


@pytest.fixture(scope="module", params=["bgp", "stub"])
def lab(request, tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab"), request.param.removesuffix("6"), anycast=QUICK,
             family=6 if request.param.endswith("6") else 4) as built:
        yield built


@pytest.fixture(scope="module")
def bgp(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab"), "bgp", anycast=QUICK) as built:
        yield built


def wait(condition, what):
    return servers.wait_until(condition, SECONDS, what, interval=0.02)


def service(lab, node):
    return lab.status(node)["anycast"]["services"][0]


def moved_away_and_back(lab, client, back):
    """The client is served by another node; after back() by n1 again, and the way back loses nothing."""
    client.wait_served_by(("n2", "n3"))
    # What is lost on the way away is not lost on the way back: the routers learn one after the other.
    began = time.monotonic()
    wait(lambda: time.monotonic() - began > 1 and not client.lost(time.monotonic() - 1), "a second without loss")
    since = time.monotonic()
    back()
    client.wait_served_by("n1")
    assert client.lost(since) == []
    lab.wait_for_routes(("n1",))


@EVERYWHERE
def test_a_killed_server_is_withdrawn_and_returns(lab):
    def restart():
        lab.processes["n1", "dotmesh"].wait()
        lab.start_node("n1")
    with Client(lab) as client:
        os.kill(lab.server_pid("n1"), signal.SIGKILL)
        moved_away_and_back(lab, client, restart)


def test_nothing_is_left_when_everything_is_killed(lab):
    with Client(lab) as client:
        keeper, watcher = lab.watcher_pids("n1")
        for pid in (keeper, watcher, lab.server_pid("n1")):
            os.kill(pid, signal.SIGKILL)
        lab.processes["n1", "dotmesh"].wait()
        wait(lambda: "dotmesh" not in lab.sh("n1", "ip", "-br", "addr"), "the interfaces to go")
        assert lab.service not in lab.sh("n1", "ip", "addr")
        moved_away_and_back(lab, client, lambda: lab.start_node("n1"))


def test_a_stopped_server_is_withdrawn_and_returns(lab):
    server = lab.server_pid("n1")
    with Client(lab) as client:
        os.kill(server, signal.SIGSTOP)
        try:
            moved_away_and_back(lab, client, lambda: os.kill(server, signal.SIGCONT))
        finally:
            os.kill(server, signal.SIGCONT)
    assert service(lab, "n1")["withdrawals"] >= 1


def test_a_killed_watcher_is_replaced_and_no_query_lost(lab):
    with Client(lab) as client:
        keeper, watcher = lab.watcher_pids("n1")
        os.kill(watcher, signal.SIGKILL)
        wait(lambda: lab.status("n1")["anycast"]["restarts"] == 1, "a new watcher")
        lab.wait_for_routes(("n1",))
        client.wait_served_by("n1")
    assert client.lost() == []
    assert lab.watcher_pids("n1")[0] == keeper and lab.watcher_pids("n1")[1] != watcher


def test_an_address_is_told_to_the_kernel_once(lab):
    """Each message of the kernel about an address is work for routing daemons; FRR's OSPF makes a new LSA of it."""
    where = "route" if lab.routing == "bgp" else "address"
    addresses = lab.sh("n1", "ip", "addr")
    assert (lab.service in addresses) == (lab.routing == "stub") and f"{lab.service}/32 scope global dotmesh-addr" not in addresses

    def heard():
        for what in ("add", "del"):
            lab.sh("n1", "ip", "addr", what, "192.0.2.77/32", "dev", "lo")
        return lab.log("n1", "monitor").count("192.0.2.77") > 0
    lab.spawn("n1", "monitor", ["ip", "monitor", where])
    try:
        wait(heard, "the monitor to hear of an address")
        told, probes = len(lab.log("n1", "monitor")), service(lab, "n1")["probes"]
        wait(lambda: service(lab, "n1")["probes"] > probes + 30, "thirty rounds")
        assert lab.service not in lab.log("n1", "monitor")[told:]
    finally:
        monitor = lab.processes.pop(("n1", "monitor"))
        monitor.kill()
        monitor.wait()


def test_the_node_itself_may_ask_its_service_address(lab):
    assert lab.sh("n1", "dig", "+short", f"@{lab.service}", "mesh.", "SOA").startswith("ns.mesh.")


def test_a_silent_watcher_is_replaced(bgp):
    keeper, watcher = bgp.watcher_pids("n2")
    os.kill(watcher, signal.SIGSTOP)
    wait(lambda: bgp.status("n2")["anycast"]["restarts"] == 1, "a new watcher")
    bgp.wait_for_routes(("n2",))
    assert "the watcher is silent; it is ended and started again" in bgp.log("n2")


@EVERYWHERE
def test_a_drain_loses_no_query_and_is_kept_over_a_restart(lab):
    with Client(lab) as client:
        drained = lab.command("n1", "drain")
        assert (drained.returncode, client.last) == (0, "n2"), drained
        assert re.fullmatch(r"withdrawn, and \d+ quer(y|ies) came in the last second; it is safe to stop\n", drained.stdout)
        status = lab.status("n1")["anycast"]
        assert (status["alive"], status["drained"], status["moved"]) == (True, True, True)
        assert status["services"][0]["announced"] == "no" and status["services"][0]["why"] == "drained"
        lab.processes["n1", "dotmesh"].terminate()
        assert lab.processes["n1", "dotmesh"].wait(SECONDS) == 0
        lab.start_node("n1")
        wait(lambda: lab.status("n1") and lab.status("n1")["anycast"]["watched"], "the watcher")
        assert lab.status("n1")["anycast"]["drained"] and client.last == "n2"
        assert lab.command("n1", "undrain").returncode == 0
        client.wait_served_by("n1")
    assert client.lost() == []
    lab.wait_for_routes(("n1",))


def test_sigterm_drains_and_loses_no_query(bgp):
    with Client(bgp) as client:
        bgp.processes["n1", "dotmesh"].terminate()
        assert bgp.processes["n1", "dotmesh"].wait(SECONDS) == 0
        client.wait_served_by(("n2", "n3"))
        bgp.start_node("n1")
        client.wait_served_by("n1")
    assert client.lost() == []
    bgp.wait_for_routes(("n1",))
    assert not bgp.status("n1")["anycast"]["drained"]


def test_a_bad_commit_or_a_lost_source_withdraws_nothing(lab):
    source = lab.folder / "n1-network"
    good = (source / "mesh.zone").read_text()
    with Client(lab) as client:
        (source / "mesh.zone").write_text(good + "broken A 10.10.10.300\n")
        assert lab.command("n1", "reload").returncode == 1
        source.rename(lab.folder / "elsewhere")
        lab.command("n1", "reload")
        assert service(lab, "n1")["announced"] == "yes"
        (lab.folder / "elsewhere").rename(source)
        (source / "mesh.zone").write_text(good + "new A 10.10.10.30\n")
        assert lab.command("n1", "reload").returncode == 0
        assert service(lab, "n1")["announced"] == "yes"
    assert client.lost() == [] and {node for _, node in client.answered.values()} == {"n1"}


def test_a_node_that_never_loaded_announces_nothing(bgp):
    bgp.processes["n3", "dotmesh"].terminate()
    bgp.processes["n3", "dotmesh"].wait()
    shutil.rmtree(bgp.folder / "n3-state")
    zone = bgp.folder / "n3-network" / "mesh.zone"
    good = zone.read_text()
    zone.write_text(good + "broken A 10.10.10.300\n")
    bgp.start_node("n3")
    status = wait(lambda: (bgp.status("n3") or {}).get("refused") and bgp.status("n3"), "the refusal")
    assert status["serving"] is None and status["anycast"]["services"] == []
    assert " down " in bgp.birdc("n3", "show", "protocols", "dotmesh_10_10_10_10")
    zone.write_text(good)
    bgp.wait_for_routes(("n3",))


def test_one_worker_that_hangs_is_seen(bgp):
    with Client(bgp) as client:
        with StoppedThread(bgp.server_pid("n1"), "worker-1"):
            client.wait_served_by(("n2", "n3"))
            wait(lambda: service(bgp, "n1")["announced"] == "last resort", "the route of last resort")
            assert not bgp.status("n1")["anycast"]["alive"]
        moved_away_and_back(bgp, client, lambda: None)


def test_a_resolver_says_when_the_mesh_does_not_resolve_and_stays(bgp):
    """It resolves names of the mesh with the authority's help, whose failure is not its own."""
    network = bgp.folder / "n3-network" / "dotmesh.toml"
    good = network.read_text()

    def with_authority(address):
        return (good.replace('role = ["authority", "resolver"]', 'role = "resolver"')
                + f'[[service]]\naddress = "{address}"\nrole = "authority"\n')

    def restart(role):
        bgp.processes["n3", "dotmesh"].kill()
        bgp.processes["n3", "dotmesh"].wait()
        path = bgp.node_file("n3")
        if role:
            path.write_text(path.read_text().replace('role = ["authority"]\n', "").replace('@53"\n', f'@53"\n{role}'))
        bgp.spawn("n3", "dotmesh", [servers.dotmesh_binary(), "serve", "--config", str(path)])
    def mesh_faults():
        return [fault for fault in (bgp.status("n3") or {"faults": []})["faults"] if "does not resolve the mesh" in fault]
    network.write_text(with_authority("192.0.2.99"))   # nobody
    restart('role = ["resolver"]\n')
    fault = wait(mesh_faults, "the fault")[0]
    assert fault.startswith("10.10.10.10@53 does not resolve the mesh (UDP: ")
    assert fault.endswith("); other nodes answer for it, and it stays announced")
    assert service(bgp, "n3")["announced"] == "yes" and service(bgp, "n3")["why"] == ""
    network.write_text(with_authority(labs.address("n1", "r1")))
    bgp.sh("r1", "ip", "route", "add", "198.51.103.0/24", "via", "198.51.102.2")   # the answer's way
    assert bgp.command("n3", "reload").returncode == 0
    wait(lambda: not mesh_faults(), "the fault to go")
    bgp.sh("r1", "ip", "route", "del", "198.51.103.0/24")
    network.write_text(good)
    restart("")
    bgp.wait_for_routes(("n3",))


def test_a_machine_that_stood_still_changes_nothing(bgp):
    """All of a node's processes stop for longer than the keeper's patience with its watcher, and the keeper wakes first."""
    keeper, watcher = bgp.watcher_pids("n2")
    restarts, withdrawals = bgp.status("n2")["anycast"]["restarts"], service(bgp, "n2")["withdrawals"]
    pids = (keeper, watcher, bgp.server_pid("n2"))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    wait(lambda: time.monotonic() - began > KEEPERS_PATIENCE, "the machine's time, which is the event")
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
        wait(lambda: open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] == "S", "it to have looked around")
    probes = service(bgp, "n2")["probes"]
    wait(lambda: service(bgp, "n2")["probes"] > probes + 10, "ten rounds")
    status = bgp.status("n2")["anycast"]
    assert (status["restarts"], service(bgp, "n2")["withdrawals"]) == (restarts, withdrawals)
    assert bgp.watcher_pids("n2") == (keeper, watcher) and service(bgp, "n2")["announced"] == "yes"


def test_the_watcher_is_a_session_of_its_own_and_goes_first(bgp):
    for pid in bgp.watcher_pids("n1"):
        assert os.getsid(pid) == bgp.watcher_pids("n1")[0] and os.getpriority(os.PRIO_PROCESS, pid) == -10
        with contextlib.suppress(FileNotFoundError):   # a kernel without
            assert open(f"/proc/{pid}/autogroup").read().split()[-1] == "-10"


def test_the_watcher_sees_whether_workers_wait_for_a_processor(bgp):
    """By files that the server opened and sent, for a /proc that hides other processes; a new watcher gets them, too."""
    server = bgp.server_pid("n2")
    watcher, restarts = bgp.watcher_pids("n2")[1], bgp.status("n2")["anycast"]["restarts"]

    def workers_seen():
        with contextlib.suppress(FileNotFoundError):
            links = [os.readlink(f"/proc/{watcher}/fd/{number}") for number in os.listdir(f"/proc/{watcher}/fd")]
            tids = [match.group(1) for link in links if (match := re.fullmatch(rf"/proc/{server}/task/(\d+)/stat", link))]
            return sorted(open(f"/proc/{server}/task/{tid}/comm").read().strip() for tid in tids)
    wait(lambda: workers_seen() == ["worker-0", "worker-1"], "the states of both workers")
    os.kill(watcher, signal.SIGKILL)
    wait(lambda: bgp.status("n2")["anycast"]["restarts"] == restarts + 1, "a new watcher")
    watcher = bgp.watcher_pids("n2")[1]
    wait(lambda: workers_seen() == ["worker-0", "worker-1"], "the states of both workers")
    bgp.wait_for_routes(("n2",))


def test_all_sick_are_not_dark(lab):
    stopped = []
    try:
        for node in labs.NODES:
            stopped.append(StoppedThread(lab.server_pid(node), "worker-1").__enter__())
        for node in labs.NODES:
            wait(lambda: service(lab, node)["announced"] == "last resort", f"{node}'s route of last resort")
        wait(lambda: lab.next_hop() is not None, "a route")
    finally:
        for one in stopped:
            one.__exit__()
    lab.wait_for_routes(labs.NODES)


def test_flapping_is_held_down_ever_longer(bgp):
    for _ in range(2):
        os.kill(bgp.server_pid("n3"), signal.SIGSTOP)
        wait(lambda: "UDP" in bgp.log("n3") and bgp.birdc("n3", "show", "protocols", "dotmesh_10_10_10_10").find("down") > 0, "the withdrawal")
        os.kill(bgp.server_pid("n3"), signal.SIGCONT)
        wait(lambda: service(bgp, "n3")["announced"] == "yes", "the return")
    assert service(bgp, "n3")["hold_down_ms"] == 600


def test_bird_that_ends_is_said_and_found_again(bgp):
    bird = bgp.processes["n2", "bird"]
    bird.terminate()
    bird.wait()
    # Its protocols end before its socket does, and that is a fault of its own for a moment.
    wait(lambda: bgp.status("n2")["anycast"]["fault"].startswith(f"BIRD at {bgp.bird_socket('n2')}: "), "the fault")
    out = bgp.command("n2", "status").stdout
    assert "ready, announced: no (BIRD at " in out and "FAULT      BIRD at " in out
    bgp.start_bird("n2")
    bgp.wait_for_routes(("n2",))


class FakeBird(threading.Thread):
    """Listens where n2's BIRD did; greets as it does, and answers the first command with `reply`."""

    def __init__(self, path, reply, close):
        super().__init__(daemon=True)
        self.reply, self.close, self.kept = reply, close, []
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                peer = self.listener.accept()[0]
                peer.sendall(b"0001 BIRD 2.0.12 ready.\n")
                peer.recv(100)
                peer.sendall(self.reply)
                if self.close:
                    peer.close()
                else:
                    self.kept.append(peer)

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.join()
        for sock in (self.listener, *self.kept):
            sock.close()


def test_answers_of_bird_that_are_cut_slow_or_strange_are_said(bgp):
    bgp.processes["n2", "bird"].terminate()
    bgp.processes["n2", "bird"].wait()
    for reply, close, fault in ((b"0009-dotmesh_10_10_10", True, "its answer is cut off"),
                                (b"0009-dotmesh_10_10_10", False, "no answer on its control socket for 1000 ms; is it overloaded or stopped?"),
                                (b"220 mail.example.org\n", False, "its answer is not understood; is this the control socket of BIRD 2?"),
                                (b"0009-" + b"x" * 20000, False, "its answer is too long")):
        fake = FakeBird(bgp.bird_socket("n2"), reply, close)
        fake.start()
        try:
            wait(lambda: bgp.status("n2")["anycast"]["fault"] == f"BIRD at {bgp.bird_socket('n2')}: {fault}", fault)
            assert service(bgp, "n2")["announced"] == "no" and service(bgp, "n2")["ready"]
            assert bgp.sh("n2", "dig", "+short", f"@{labs.address('n2', 'r1')}", "mesh.", "SOA").startswith("ns.mesh.")
        finally:
            fake.end()
    os.unlink(bgp.bird_socket("n2"))
    bgp.start_bird("n2")
    bgp.wait_for_routes(("n2",))


def test_bird_that_is_stopped_is_said_and_its_routes_die(bgp):
    bird = bgp.processes["n2", "bird"]
    bird.send_signal(signal.SIGSTOP)
    wait(lambda: "no answer on its control socket for 1000 ms; is it overloaded or stopped?" in bgp.status("n2")["anycast"]["fault"], "the fault")
    bird.send_signal(signal.SIGCONT)
    bgp.wait_for_routes(("n2",))


def test_bird_without_our_protocols_is_said(bgp):
    bird = bgp.processes["n2", "bird"]
    bird.terminate()
    bird.wait()
    bgp.start_bird("n2", "router id 192.0.2.9;\nprotocol device { }\n")
    wait(lambda: bgp.status("n2")["anycast"]["fault"] == "BIRD has no protocol dotmesh_* (No protocols match); `dotmesh anycast "
         "example` shows what its configuration needs", "the fault")
    bgp.processes["n2", "bird"].terminate()
    bgp.processes["n2", "bird"].wait()
    bgp.start_bird("n2")
    bgp.wait_for_routes(("n2",))


@pytest.mark.parametrize("hop, fault", [
    ("blackhole", "a route of BIRD's dotmesh_10_10_10_10 leads elsewhere (blackhole) than through interface dotmesh, and would "
     "outlive this node; `dotmesh anycast example` shows what its configuration needs"),
    ('via "other"', "a route of BIRD's dotmesh_10_10_10_10 leads elsewhere (dev other (dormant)) than through interface dotmesh, and "
     "would outlive this node; `dotmesh anycast example` shows what its configuration needs")])
def test_a_route_that_would_outlive_the_node_is_not_announced(bgp, hop, fault):
    def restart_bird(text):
        bgp.processes["n2", "bird"].terminate()
        bgp.processes["n2", "bird"].wait()
        bgp.start_bird("n2", text)
    restart_bird(bgp.bird_text("n2").replace('via "dotmesh"', hop))
    wait(lambda: bgp.status("n2")["anycast"]["fault"] == fault, "the fault")
    assert service(bgp, "n2")["announced"] == "no" and service(bgp, "n2")["ready"]
    assert " up " not in bgp.birdc("n2", "show", "protocols", '"dotmesh_*"')
    restart_bird(bgp.bird_text("n2"))
    bgp.wait_for_routes(("n2",))


def test_a_route_that_bird_does_not_use_is_said(bgp):
    bgp.processes["n2", "bird"].terminate()
    bgp.processes["n2", "bird"].wait()
    bgp.start_bird("n2", bgp.bird_text("n2").replace("protocol device { scan time 10; }", ""))
    wait(lambda: bgp.status("n2")["anycast"]["fault"] == "BIRD does not use the route of dotmesh_10_10_10_10: is interface dotmesh "
         "down, or \"protocol device\" missing?", "the fault")
    assert service(bgp, "n2")["announced"] == "no"
    bgp.processes["n2", "bird"].terminate()
    bgp.processes["n2", "bird"].wait()
    bgp.start_bird("n2")
    bgp.wait_for_routes(("n2",))


def test_an_interface_that_somebody_sets_down_is_set_up_again(bgp):
    bgp.sh("n2", "ip", "link", "set", "dotmesh", "down")
    wait(lambda: ",UP" in bgp.sh("n2", "ip", "link", "show", "dotmesh"), "the interface to be up")
    wait(lambda: "dormant" not in bgp.birdc("n2", "show", "static", bgp.protocol), "BIRD to use the route")
    bgp.wait_for_routes(("n2",))


def test_a_second_dotmesh_leaves_the_routes_of_the_first_alone(bgp):
    first = bgp.folder / "n1.toml"
    second = bgp.folder / "second.toml"
    second.write_text(first.read_text().replace("n1-state", "second-state").replace("n1.control", "second.control").replace("@53", "@5353"))
    with Client(bgp) as client:
        bgp.spawn("n1", "second", [servers.dotmesh_binary(), "serve", "--config", str(second)])

        def said():
            out = subprocess.run([servers.dotmesh_binary(), "status", "--config", str(second)], capture_output=True, text=True).stdout
            return ("FAULT      cannot make interface dotmesh: Device or resource busy; another program has an interface of that name: is "
                    "a second dotmesh running?") in out
        try:
            wait(said, "the fault")
            probes = service(bgp, "n1")["probes"]
            wait(lambda: service(bgp, "n1")["probes"] > probes + 30, "thirty rounds, in which the second tries again")
        finally:
            process = bgp.processes.pop(("n1", "second"))
            process.kill()
            process.wait()
    assert client.lost() == [] and {node for _, node in client.answered.values()} == {"n1"}


@pytest.mark.parametrize("interface", ["to-r1", "lo"])
def test_an_address_on_another_interface_is_said(bgp, interface):
    bgp.sh("n2", "ip", "addr", "add", "10.10.10.10/32", "dev", interface)
    wait(lambda: service(bgp, "n2")["why"] == f"10.10.10.10 is already on interface {interface}, where dotmesh cannot withdraw it: take it "
         f"off (ip address del 10.10.10.10/32 dev {interface})", "the fault")
    assert service(bgp, "n2")["announced"] == "no"
    bgp.sh("n2", "ip", "addr", "del", "10.10.10.10/32", "dev", interface)
    bgp.wait_for_routes(("n2",))


def test_a_lost_keeper_is_said_with_the_way_out(bgp):
    """Another cannot do what the first could: the server has given up its privileges."""
    os.kill(bgp.watcher_pids("n3")[0], signal.SIGKILL)
    lost = "the watcher was lost, and what came in its place may not announce: restart dotmesh ("
    wait(lambda: service(bgp, "n3")["why"].startswith(lost + "cannot make interface dotmesh-addr: Operation not permitted;"), "the fault")
    assert any(lost in fault for fault in bgp.status("n3")["faults"])
    assert bgp.sh("n3", "dig", "+short", f"@{labs.address('n3', 'r2')}", "mesh.", "SOA").startswith("ns.mesh.")
    bgp.processes["n3", "dotmesh"].terminate()
    bgp.processes["n3", "dotmesh"].wait()
    bgp.start_node("n3")
    bgp.wait_for_routes(("n3",))


def test_a_node_that_starts_before_the_old_one_has_gone_announces_in_the_end(bgp):
    old = bgp.watcher_pids("n3")
    for pid in old:
        os.kill(pid, signal.SIGSTOP)
    os.kill(bgp.server_pid("n3"), signal.SIGKILL)
    bgp.processes["n3", "dotmesh"].wait()
    bgp.start_node("n3")
    try:
        wait(lambda: bgp.status("n3") and bgp.status("n3")["anycast"]["services"] and service(bgp, "n3")["why"] ==
             "cannot make interface dotmesh-addr: Device or resource busy; another program has an interface of that name: is a "
             "second dotmesh running?", "the fault")
    finally:
        for pid in old:
            os.kill(pid, signal.SIGKILL)
    bgp.wait_for_routes(("n3",))
    assert bgp.status("n3")["anycast"]["restarts"] == 0


def test_without_the_capability_it_serves_and_says_so(bgp):
    bgp.processes["n3", "dotmesh"].terminate()
    bgp.processes["n3", "dotmesh"].wait()
    # Its keeper ends a moment later; the interface would be taken, and that is another fault.
    wait(lambda: "dotmesh" not in bgp.sh("n3", "ip", "-o", "link"), "the end of the interfaces")
    bgp.spawn("n3", "dotmesh", ["setpriv", "--bounding-set=-net_admin,-sys_resource",
                                "--inh-caps=-net_admin,-sys_resource", servers.dotmesh_binary(), "serve",
                                "--config", str(bgp.node_file("n3"))])
    why = ("cannot make interface dotmesh-addr: Operation not permitted; it needs CAP_NET_ADMIN: start as root, or give the unit "
           "AmbientCapabilities=CAP_NET_ADMIN")
    wait(lambda: bgp.status("n3") and bgp.status("n3")["anycast"]["services"] and service(bgp, "n3")["why"] == why, "the fault")
    assert f"10.10.10.10@53 is not announced: {why}" in bgp.status("n3")["faults"]
    assert bgp.status("n3")["anycast"]["note"] == ("when memory is short the kernel may end the watcher before others, and its routes "
        "with it: oom_score_adj -900: Permission denied; it needs CAP_SYS_RESOURCE at the start, or OOMScoreAdjust=-900 in the unit")
    answer = bgp.sh("n3", "dig", "+short", "@198.51.103.2", "mesh.", "SOA")
    assert answer.startswith("ns.mesh.")
    bgp.processes["n3", "dotmesh"].terminate()
    bgp.processes["n3", "dotmesh"].wait()
    bgp.start_node("n3")
    bgp.wait_for_routes(("n3",))


def test_a_socket_that_is_not_ours_is_said(bgp):
    bgp.processes["n3", "dotmesh"].terminate()
    bgp.processes["n3", "dotmesh"].wait()
    os.chown(bgp.bird_socket("n3"), 65534, 65534)
    os.chmod(bgp.bird_socket("n3"), 0o600)
    bgp.spawn("n3", "dotmesh", ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", servers.dotmesh_binary(), "serve",
                                "--config", str(bgp.node_file("n3"))])
    wait(lambda: bgp.status("n3") and bgp.status("n3")["anycast"]["fault"] == f"BIRD at {bgp.bird_socket('n3')}: Permission denied; "
         "start dotmesh as root or as a member of BIRD's group", "the fault")
    os.chown(bgp.bird_socket("n3"), 0, 0)
    bgp.wait_for_routes(("n3",))


@pytest.mark.parametrize("kind", ["bird-ospf", "bird-ospf-stub", "bird-bgp"])
def test_examples_are_good_configuration(kind, tmp_path):
    (tmp_path / "node.toml").write_text(f'[node]\nstate = "{tmp_path}"\n')
    out = subprocess.run([servers.dotmesh_binary(), "anycast", "example", kind, "--config", str(tmp_path / "node.toml")],
                         capture_output=True, text=True, check=True).stdout
    (tmp_path / "bird.conf").write_text("router id 192.0.2.2;\n" + out)
    checked = subprocess.run([labs.BIRD, "-p", "-c", str(tmp_path / "bird.conf")], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
