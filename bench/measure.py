"""What the benchmark reads from /proc and from dnsperf."""
import os
import pathlib
import re
import subprocess

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Cpu:
    """CPU seconds of a set of processes so far: the exact sum, and its user/system split."""

    def __init__(self, pids):
        self.total = self.user = self.system = 0.0
        for pid in pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                base = pathlib.Path("/proc", str(pid), "task", task)
                fields = (base / "stat").read_text().rpartition(")")[2].split()
                self.user += int(fields[11]) / TICK
                self.system += int(fields[12]) / TICK
                self.total += int((base / "schedstat").read_text().split()[0]) / 1e9

    def since(self, earlier):
        difference = Cpu([])
        for part in ("total", "user", "system"):
            setattr(difference, part, getattr(self, part) - getattr(earlier, part))
        return difference


def proportional_memory(pids):
    """Bytes resident, shared pages counted once (a forking server shares its zones)."""
    total = 0
    for pid in pids:
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) * 1024
    return total


def peak_memory(pids):
    """The kernel's own high-water mark, summed over processes; exact for a server of one process."""
    total = 0
    for pid in pids:
        try:
            total += int(re.search(r"^VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1)) * 1024
        except OSError:
            continue
    return total


def reset_peak_memory(pids):
    for pid in pids:
        pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


class Load:
    """One dnsperf run of so many seconds, or ended sooner after `passes` through the file. rate None: as fast
    as it goes."""

    def __init__(self, port, queries, seconds, rate=None, core=None, outstanding=200, clients=8, passes=None):
        command = ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(queries), "-l", str(seconds),
                   "-c", str(clients), "-T", "1", "-q", str(outstanding), "-t", "2"]
        if rate:
            command += ["-Q", str(rate)]
        if passes:
            command += ["-n", str(passes)]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self):
        text = self.process.communicate()[0]

        def number(pattern):
            found = re.search(pattern, text)
            if not found:
                raise RuntimeError(f"dnsperf said:\n{text}")
            return float(found.group(1))
        self.sent = int(number(r"Queries sent:\s+(\d+)"))
        self.completed = int(number(r"Queries completed:\s+(\d+)"))
        self.lost = int(number(r"Queries lost:\s+(\d+)"))
        failed = re.search(r"SERVFAIL (\d+)", text)
        self.failed = int(failed.group(1)) if failed else 0
        self.seconds = number(r"Run time \(s\):\s+([\d.]+)")
        self.rate = number(r"Queries per second:\s+([\d.]+)")
        self.slowest = number(r"Average Latency.*max ([\d.]+)")
        self.average = number(r"Average Latency \(s\):\s+([\d.]+)")
        return self
