"""policy-server as a process: started with a module, asked, and read off what it has used."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def pinned(cpus):
    """Called in a child before it becomes another program."""
    return lambda: os.sched_setaffinity(0, cpus) if cpus else None


class Server:
    """With `settings` as its policies: the path of a policy is its number in that list."""

    def __init__(self, module, settings, workers=1, cpus=None):
        self.folder = tempfile.TemporaryDirectory(prefix="load-")
        folder = Path(self.folder.name)
        policy = {"module": Path(module).resolve().as_uri(), "allowedToMutate": True}
        policies = {str(at): {**policy, "settings": one} for at, one in enumerate(settings)}
        (folder / "policies.yml").write_text(json.dumps(policies))
        self.port, self.probe = free_ports(2)
        # No cluster and no Sigstore: the path of a trust root that is not there keeps it from asking the network for one.
        command = ["policy-server", "--workers", str(workers), "--addr", "127.0.0.1", "--port", str(self.port)]
        command += ["--readiness-probe-port", str(self.probe), "--policies", "policies.yml", "--policies-download-dir", "."]
        command += ["--sigstore-trust-config", "none.json", "--ignore-kubernetes-connection-failure"]
        kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "KUBECONFIG": "none.yml"}
        self.log = open(folder / "log", "wb")
        begun = time.monotonic()
        # Logged as it is by default, to nowhere: a file would be written to a disk that others use too.
        self.process = subprocess.Popen(
            command, cwd=folder, env=kept, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log, preexec_fn=pinned(cpus)
        )
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise
        self.started = time.monotonic() - begun

    def wait(self):
        while True:
            if self.process.poll() is not None:
                sys.exit(f"load: policy-server ends at once: {Path(self.log.name).read_text()}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.probe}/readiness", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.01)

    def ask(self, path, body):
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)["response"]

    def cpu(self):
        """CPU seconds of all its threads so far, in the kernel too, and its page faults."""
        # After the name, which may have spaces; see proc_pid_stat(5).
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS, int(fields[7])

    def memory(self, what="VmRSS"):
        """MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in status if line.startswith(f"{what}:")) / 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
