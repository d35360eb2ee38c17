"""Providers whose names do not resolve, resolve slowly, or change: bounded, and nobody else waits."""

import os
import shutil
import signal
import subprocess
import threading

import pytest

from conftest import Gateway
from support.configuration import DEAR_PRICE, configuration, endpoint, model, provider, write
from support.processes import ROOT, eventually
from support.provider import answer
from support.wire import connection
from test_callers import chat_bytes

CONNECT_MILLISECONDS = 5000


@pytest.fixture(scope="module")
def resolver(tmp_path_factory):
    """A library that answers for names below .test."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    if "ASAN_OPTIONS" in os.environ:
        pytest.skip("a sanitizer's runtime must be the first library")
    library = tmp_path_factory.mktemp("names") / "names.so"
    source = ROOT / "Tests/EndToEnd/support/names.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


class Asked:
    """The names that have been asked for, in order."""

    def __init__(self, path):
        self.path = path

    def count(self, name):
        return self.path.read_text().split().count(name) if self.path.exists() else 0


@pytest.fixture
def named(start, alpha, beta, exact, tmp_path, resolver):
    """A gateway of one loop whose models lead to names, and the list of questions."""
    document = configuration(alpha.url, beta.url, exact.url, tmp_path)
    document["server"]["loops"] = 1
    document["routing"]["retry"] = {"attempts_per_endpoint": 1}
    document["routing"]["timeouts"].update(connect_ms=CONNECT_MILLISECONDS, first_token_ms=60_000, first_token_fallback_ms=60_000)
    port = exact.url.rsplit(":", 1)[1]
    for name in ["gone", "broken", "slow", "flips", "good"]:
        document["providers"].append(provider(name, f"http://{name}.test:{port}"))
        document["models"] += [
            model(f"alone/{name}", endpoint(name)),
            model(f"rescued/{name}", endpoint(name), endpoint("beta", price=DEAR_PRICE)),
        ]
    asked = tmp_path / "asked"
    own = Gateway(start("serve", "--config", write(tmp_path, document), more={
        "LD_PRELOAD": str(resolver), "PATCHBAY_TEST_NAMES": str(asked)}))
    return own, Asked(asked)


@pytest.mark.parametrize("name", ["gone", "broken"])
def test_a_name_that_does_not_resolve_is_a_failure_of_its_provider(named, name):
    own, asked = named
    result = own.chat(f"alone/{name}")
    assert result.status_code == 502 and asked.count(f"{name}.test") > 0, result.text
    assert own.chat(f"rescued/{name}").json()["provider"] == "Beta"


def test_a_slow_resolver_keeps_nobody_else_waiting(named):
    """Six calls wait for a name, on the only loop there is; the others are answered meanwhile."""
    own, asked = named
    results = []
    waiting = [threading.Thread(target=lambda: results.append(own.chat("rescued/slow"))) for _ in range(6)]
    for thread in waiting:
        thread.start()
    eventually(lambda: asked.count("slow.test"), what="the question for the slow name")
    for _ in range(5):
        assert own.chat("test/echo").status_code == 200
    assert results == [], "the others waited until the slow name was given up"
    for thread in waiting:
        thread.join(60)
    assert [each.json()["provider"] for each in results] == ["Beta"] * 6
    result = own.chat("alone/slow")
    assert result.status_code == 504, result.text


def test_a_caller_that_leaves_a_slow_resolver_keeps_nobody_waiting(named):
    own, asked = named
    for _ in range(3):
        before = asked.count("slow.test")
        with connection(own.port) as raw:
            raw.sendall(chat_bytes("alone/slow"))
            eventually(lambda: asked.count("slow.test") > before, what="the question for the slow name")
        assert own.chat("test/echo").status_code == 200


def test_the_end_of_the_process_does_not_wait_for_a_resolver(named):
    own, asked = named
    with connection(own.port) as raw:
        raw.sendall(chat_bytes("alone/slow"))
        eventually(lambda: asked.count("slow.test"), what="the question for the slow name")
        own.process.signal(signal.SIGTERM)
        # It would take half a minute.
        assert own.process.wait(20) == 0


def test_an_address_is_asked_for_once_and_kept(named, exact):
    """Every answer closes its connection, so that each request connects anew; the name changes after the first time."""
    own, asked = named
    for number in range(10):
        exact.reset(answer(f"number {number}").replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        result = own.chat("alone/flips")
        assert result.status_code == 200, result.text
    assert len(exact.requests) == 1 and asked.count("flips.test") == 1
