"""The processes that the tests talk to. Most tests share one gateway and its two simulated providers."""

import collections
import itertools
import time

import httpx
import openai
import pytest

from support.configuration import SECRETS, USER, configuration, numbered, slug, write
from support.processes import Process
from support.provider import ExactProvider


#: Models of which every test takes its own, so that no test sees what an earlier one did to an endpoint's health.
SPARES = 24
EXACT_SPARES = 2000


class Simulator:
    """A simulated provider and its log."""

    def __init__(self, process):
        self.process = process
        self.url = process.url
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def log(self):
        return self.http.get("/__simulator/log").raise_for_status().json()

    def clear(self):
        assert self.http.delete("/__simulator/log").status_code < 300

    def script(self, *faults):
        assert self.http.post("/__simulator/script", json=list(faults)).status_code < 300


class Gateway:
    """A gateway with ways to call it."""

    def __init__(self, process, key=USER):
        self.process = process
        self.url = process.url
        self.port = process.port
        self.key = key
        self.used = collections.Counter()
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self.http = httpx.Client(
            base_url=self.url, headers=headers, timeout=60, event_hooks={"response": [check_for_secrets]})

    def unused(self, name):
        """A model like the one of that name that no test has used; the configuration has `SPARES` of them."""
        self.used[name] += 1
        assert self.used[name] <= SPARES, f"all models like {name} have been used"
        return numbered(name, self.used[name])

    def alone(self, fault):
        """An unused model at a provider that fails so and is the only one."""
        return self.unused(f"alone/{slug(fault)}")

    def rescued(self, fault):
        """An unused model at a provider that fails so, and a second provider."""
        return self.unused(f"rescued/{slug(fault)}")

    def openai(self, **more):
        return openai.OpenAI(base_url=self.url + "/v1", **{"api_key": self.key or "none", "max_retries": 0, **more})

    def chat(self, model, content="One two three four five six seven eight.", **more):
        """A whole answer, with its status."""
        body = {"model": model, "messages": [{"role": "user", "content": content}], **more}
        return self.http.post("/v1/chat/completions", json=body)


def check_for_secrets(response):
    """No answer repeats a secret."""
    response.read() if "text/event-stream" not in response.headers.get("content-type", "") else None
    text = str(response.headers) + (response.text if response.is_closed or response.is_stream_consumed else "")
    found = [name for name, secret in SECRETS.items() if secret in text]
    assert not found, f"secrets in an answer: {found}"


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("patchbay")


def start_simulator(folder):
    return Process(
        "simulate", "--listen", "127.0.0.1:0", "--ttft-ms", "0", "--tokens-per-second", "0", folder=folder)


@pytest.fixture(scope="session")
def alpha(session_folder):
    process = start_simulator(session_folder)
    yield Simulator(process)
    process.stop()


@pytest.fixture(scope="session")
def beta(session_folder):
    process = start_simulator(session_folder)
    yield Simulator(process)
    process.stop()


@pytest.fixture(scope="session")
def exact_provider():
    provider = ExactProvider()
    provider.models = itertools.cycle([numbered("test/exact", number) for number in range(1, EXACT_SPARES + 1)])
    yield provider
    provider.close()


@pytest.fixture
def exact(exact_provider):
    exact_provider.reset()
    exact_provider.fresh()
    return exact_provider


@pytest.fixture(scope="session")
def gateway(session_folder, alpha, beta, exact_provider):
    path = write(
        session_folder,
        configuration(alpha.url, beta.url, exact_provider.url, session_folder, SPARES, EXACT_SPARES))
    process = Process("serve", "--config", path, folder=session_folder)
    yield Gateway(process)
    assert process.stop() == 0


@pytest.fixture(scope="session")
def once(tmp_path_factory, alpha, beta, exact_provider):
    """A gateway that asks an endpoint once, waits for no provider and continues no broken stream elsewhere: what the caller
    gets is what one response made of it."""
    folder = tmp_path_factory.mktemp("once")
    document = configuration(alpha.url, beta.url, exact_provider.url, folder, SPARES, EXACT_SPARES)
    document["routing"].update(retry={"attempts_per_endpoint": 1, "wait_for_model_ms": 0}, stream_rescue="off")
    process = Process("serve", "--config", write(folder, document), folder=folder)
    yield Gateway(process)
    assert process.stop() == 0


@pytest.fixture(autouse=True)
def survival(request):
    """Without the shared gateway nothing else can be learned: its end stops the whole run."""
    yield
    if "gateway" in request.fixturenames:
        check_alive(request, request.getfixturevalue("gateway").process)
    if "once" in request.fixturenames:
        check_alive(request, request.getfixturevalue("once").process)


def check_alive(request, process):
    if process.process.poll() is not None:
        pytest.exit(
            f"{request.node.nodeid} ended the gateway with {process.process.returncode}; it said:\n{process.text}", 1)


@pytest.fixture
def one_day():
    """For tests whose sums are a day's, a week's or a month's: the next day is waited for when this one is nearly over."""
    left = 86_400 - time.time() % 86_400
    if left < 60:
        time.sleep(left + 1)


@pytest.fixture
def client(gateway):
    return gateway.openai()


@pytest.fixture
def start(tmp_path):
    """Starts further processes for one test and ends them after it."""
    running = []

    def begin(*arguments, **more):
        process = Process(*arguments, **{"folder": tmp_path, **more})
        running.append(process)
        return process

    yield begin
    for process in running:
        process.stop()


@pytest.fixture
def serve(start, tmp_path):
    """Starts a gateway of a test's own with a configuration."""

    def begin(document, key=USER, more=None):
        return Gateway(start("serve", "--config", write(tmp_path, document), more=more), key)

    return begin
