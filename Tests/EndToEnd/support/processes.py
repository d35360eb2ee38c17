"""Starts the real program and watches what it says."""

import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest

from support.configuration import SECRETS

ROOT = pathlib.Path(__file__).resolve().parents[3]


def find_binary():
    if path := os.environ.get("PATCHBAY_BINARY"):
        return pathlib.Path(path).resolve()
    for kind in ["release", "debug"]:
        path = ROOT / ".build" / kind / "patchbay"
        if path.exists():
            return path
    raise RuntimeError("there is no binary; build it with: swift build -c release --product patchbay")


def environment(folder, more=None):
    """An environment without anybody's keys or settings."""
    sanitizers = {name: os.environ[name] for name in ["ASAN_OPTIONS", "TSAN_OPTIONS"] if name in os.environ}
    return {
        "PATH": os.environ["PATH"], "HOME": str(folder), "SWIFT_BACKTRACE": "enable=no", **sanitizers, **(more or {})}


def memory_is_plain():
    """Whether the program's memory is its own; a sanitizer's bookkeeping is a multiple of it."""
    return not {"ASAN_OPTIONS", "TSAN_OPTIONS"} & set(os.environ)


def run(*arguments, folder, more=None, seconds=60):
    """Runs a command to its end."""
    return subprocess.run(
        [find_binary(), *map(str, arguments)], cwd=folder, env=environment(folder, more), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=seconds)


#: How long anything may take that must happen at all. Nothing is learned from less: machines may be slow and busy.
#: Unit: seconds.
PATIENCE = 30.0


def eventually(check, what="the condition", seconds=PATIENCE, pause=0.002):
    """Calls `check` until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        if value := check():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(pause)


class Process:
    """A running `patchbay`, with every line it writes."""

    def __init__(self, *arguments, folder, more=None):
        self.folder = folder
        self.lines = []
        self._changed = threading.Condition()
        self._open = 2
        self.process = subprocess.Popen(
            [find_binary(), *map(str, arguments)], cwd=folder, env=environment(folder, more), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        self._threads = [
            threading.Thread(target=self._pump, args=(pipe,), daemon=True)
            for pipe in (self.process.stdout, self.process.stderr)
        ]
        for thread in self._threads:
            thread.start()

    def _pump(self, pipe):
        for line in pipe:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    @property
    def text(self):
        with self._changed:
            return "\n".join(self.lines)

    def wait_for(self, pattern, seconds=60.0, after=0):
        """The match of `pattern` in the first line, from line `after` on, that has one."""
        expression = re.compile(pattern)

        def find():
            return next((match for line in self.lines[after:] if (match := expression.search(line))), None)

        with self._changed:
            self._changed.wait_for(lambda: find() or self._open == 0, seconds)
            if match := find():
                return match
        raise AssertionError(f"'{pattern}' was not said; the program said:\n{self.text}")

    @property
    def url(self):
        return self.wait_for(r"listening on (http://\S+)").group(1).replace("0.0.0.0", "127.0.0.1").rstrip("/")

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    @property
    def resident_bytes(self):
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except PermissionError:
            pytest.skip("only root may look into a process that forbids it")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=60.0):
        """The exit code."""
        code = self.process.wait(seconds)
        for thread in self._threads:
            thread.join(10)
        return code

    def stop(self):
        """Ends the process and holds what it wrote against the secrets it was given."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"SIGTERM did not end the process; it said:\n{self.text}") from None
        code = self.wait()
        found = [name for name, secret in SECRETS.items() if secret in self.text]
        assert not found, f"secrets in the log: {found}"
        assert code not in (-4, -5, -6, -11), f"the program crashed with {code}; it said:\n{self.text}"
        return code
