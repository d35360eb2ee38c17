"""The fault table: what a caller gets when a provider fails, one row per fault and way to be configured.

Numbers are those of the fault matrix in the project's design; a fault stands in the table with one endpoint ("single"),
with a second endpoint of the same model ("pair"), and with another model behind it ("chain"), as far as that differs.
"""

import dataclasses
import gzip
import socket
import time

import pytest

from conftest import Gateway
from support.configuration import DEAR_PRICE, configuration, endpoint, model, provider, write
from support.processes import Process
from support.provider import answer, chunk, events, response
from support.wire import Stream

SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
TEXT = "One two three four five six seven eight nine ten."


def hold(beginning):
    """Sends the beginning of a response and then nothing more, until the gateway has had enough."""

    def play(raw):
        raw.sendall(beginning)
        raw.recv(1)

    return play


BOMB = response(gzip.compress(b" " * (140 << 20), 1), fields=["Content-Encoding: gzip"])
DECORATED = response(
    answer(TEXT).split(b"\r\n\r\n", 1)[1],
    fields=["Set-Cookie: session=stolen", "X-Powered-By: a\tb", "Access-Control-Allow-Origin: *", "Server: canary"])


@dataclasses.dataclass
class Row:
    """One fault in one setup. `fault`: words of the simulator, what the exact provider sends, or the name of a provider that
    cannot be talked to. `end`: "whole" (the answer), "told" (an error event behind a beginning), or the status of an
    error. `provider`: who answered. `attempts`: what the caller is told was tried. `deadline`: the one that ends it, if any;
    all others are so long that waiting for them shows."""
    number: int
    fault: object
    setup: str
    end: object
    provider: str = None
    attempts: int = 1
    streaming: bool = True
    deadline: str = None
    code: int = None

    @property
    def name(self):
        fault = self.fault if isinstance(self.fault, str) else getattr(self.fault, "__name__", "bytes")
        return f"{self.number} {fault} {self.setup} {'streamed' if self.streaming else 'whole'}"


def early(number, fault, status, tries=1, **more):
    """A fault before anything of an answer could be passed on: alone an error, else somebody else answers."""
    return [
        row
        for streaming in (True, False)
        for row in [
            Row(number, fault, "single", status, attempts=tries, streaming=streaming, **more),
            Row(number, fault, "pair", "whole", "Beta", 2, streaming, **more),
            # What is safe to repeat is repeated before the model is left.
            Row(number, fault, "chain", "whole", "Beta", tries + 1, streaming, **more),
        ]
    ]


def broken(number, fault, code):
    """A fault in the middle of a stream: alone it is told, a second endpoint finishes the answer, another model does not."""
    return [
        Row(number, fault, "single", "told", code=code),
        Row(number, fault, "pair", "whole", "Beta", 2),
        Row(number, fault, "chain", "told", code=code),
    ]


def harmless(number, fault, **more):
    """A peculiarity of a provider that is no fault."""
    return [Row(number, fault, "single", "whole", "Alpha", **more)]


def named(name, play):
    """A script of the exact provider with a name for the table."""
    script = (lambda raw: raw.sendall(play)) if isinstance(play, bytes) else play
    wrapped = lambda raw: script(raw)  # noqa: E731
    wrapped.__name__ = name
    return wrapped


STREAMED = events(chunk({"role": "assistant", "content": "One"}), chunk({"content": " two"}), done=False).encode()

TABLE = [
    *early(18, "nowhere", 502, 2),
    *early(18, "reset=0", 502, 2),
    *early(19, "hole", 504, 2, deadline="connect"),
    Row(20, "hang", "single", 504, deadline="last"), Row(20, "hang", "pair", "whole", "Beta", 2, deadline="fallback"),
    Row(20, "hang", "chain", "whole", "Beta", 2, deadline="fallback"),
    Row(21, named("head and silence", hold(SSE)), "single", 504, deadline="last"),
    Row(21, named("head and silence", hold(SSE)), "pair", "whole", "Beta", 2, deadline="fallback"),
    Row(21, named("comments and silence", hold(SSE + b": wait\n\n")), "pair", "whole", "Beta", 2, deadline="fallback"),
    Row(22, "stall=5", "single", "told", code=504, deadline="idle"),
    Row(22, "stall=5", "pair", "whole", "Beta", 2, deadline="idle fallback"),
    Row(22, "stall=5", "chain", "told", code=504, deadline="idle"),
    *broken(23, "cut=5", 502), *broken(23, "reset=5", 502), *broken(23, "no-finish", 502),
    *broken(24, "cut-bytes=700", 502),
    Row(25, "slow-loris", "single", 504, deadline="last"),
    Row(25, "slow-loris", "pair", "whole", "Beta", 2, deadline="fallback"),
    *broken(26, "malformed=5", 502), *broken(26, "error-event=4", 502),
    *broken(27, "giant-event=2000000", 502),
    Row(28, "tokens=100000,tps=50", "single", "told", code=504, deadline="total"),
    *[row for fault in ["split", "crlf", "comments", "crlf,comments", "gzip", "no-done"] for row in harmless(29, fault)],
    Row(30, named("no UTF-8", SSE + STREAMED + b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xff\xfe\"}}]}\n\n"),
        "single", "told", code=502),
    Row(31, "wrong-length=10", "single", 502, streaming=False),
    Row(31, "wrong-length=10", "pair", "whole", "Beta", 2, streaming=False),
    Row(31, "wrong-length=-10", "pair", "whole", "Beta", 2, streaming=False),
    # The text is whole and has its finish reason, only the body has no end: nothing is left to rescue.
    *[Row(31, "wrong-length=10", setup, "told", code=502) for setup in ("single", "pair", "chain")],
    Row(32, named("hints", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100 + answer(TEXT)), "single", "whole", "Exact",
        streaming=False),
    *early(33, "redirect", 502),
    Row(34, named("gzip bomb", BOMB), "single", 502, streaming=False),
    Row(34, named("gzip bomb", BOMB), "pair", "whole", "Beta", 2, streaming=False),
    Row(35, named("strange fields", DECORATED), "single", "whole", "Exact", streaming=False),
    *early(36, "html", 502), *early(36, "empty", 502), *early(36, "error-200", 502), *early(36, "garbage", 502),
    Row(37, "error-event=0", "single", 502), Row(37, "error-event=0", "pair", "whole", "Beta", 2),
    Row(37, "error-event=0", "chain", "whole", "Beta", 2),
    *early(38, "status=429,retry-after=30", 429), *early(38, "status=429,retry-after-date=30", 429),
    *early(38, "status=429", 429), *early(38, "status=503", 503, 2), *early(38, "status=500", 502, 2),
    *early(38, "status=529", 503, 2), *early(38, "status=504", 504),
    *early(39, "status=401", 502), *early(39, "status=403", 502), *early(39, "credentials", 502),
    Row(39, "moderation", "pair", 403), Row(39, "moderation", "chain", "whole", "Beta", 2),
    Row(39, "context-length", "pair", 400), Row(39, "context-length", "chain", "whole", "Beta", 2),
    *harmless(40, "no-usage"), *harmless(40, "usage-in-chunks"), *harmless(40, "no-usage", streaming=False),
    *early(49, "plain", 502, 2),
]

#: Providers that cannot be talked to, by name.
UNREACHABLE = ["nowhere", "hole", "plain"]


def model_of(row, index):
    """The failing model of a row, with a second endpoint where the row has one."""
    if callable(row.fault):
        bad = endpoint("exact")
    elif row.fault in UNREACHABLE:
        bad = endpoint(row.fault)
    else:
        # Refused credentials are held against a provider: these rows have providers of their own.
        bad = endpoint(f"row-{index}" if row.number == 39 else "alpha", f"echo+{row.fault}")
    second = [endpoint("beta", price=DEAR_PRICE)] if row.setup == "pair" else []
    return model(f"row/{index}", bad, *second)


#: A row waits for one deadline at most, and that one is short in its gateway. Unit: milliseconds.
SHORT = {
    None: {}, "connect": {"connect_ms": 500}, "last": {"first_token_ms": 900}, "fallback": {"first_token_fallback_ms": 500},
    "idle": {"idle_ms": 900}, "idle fallback": {"idle_fallback_ms": 500}, "total": {"total_ms": 4000}}
#: All the others. Unit: milliseconds.
LONG = 100_000
#: Within this a row is over, unless it has waited for a deadline that is none of its own. Unit: seconds.
BOUND = 60


@pytest.fixture(scope="module")
def hole():
    """The port of a listener whose queue is full, so that it answers no connection at all."""
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
    yield full.getsockname()[1]
    for each in [full, *fillers]:
        each.close()


@pytest.fixture(scope="module")
def tables(tmp_path_factory, alpha, beta, exact_provider, hole):
    """For every deadline a gateway in which it is short, with a model for every row that waits for it."""
    running = {}
    for deadline, short in SHORT.items():
        folder = tmp_path_factory.mktemp("table")
        document = configuration(alpha.url, beta.url, exact_provider.url, folder)
        document["server"]["limits"]["event_bytes"] = 1 << 20
        timeouts = document["routing"]["timeouts"]
        timeouts.update({**{name: LONG for name in timeouts}, **short})
        document["providers"] += [
            provider("hole", f"http://127.0.0.1:{hole}"), provider("plain", alpha.url.replace("http:", "https:"))]
        for index, row in enumerate(TABLE):
            if row.number == 39:
                document["providers"].append(provider(f"row-{index}", alpha.url))
            if row.deadline == deadline:
                document["models"].append(model_of(row, index))
        running[deadline] = Gateway(Process("serve", "--config", write(folder, document), folder=folder))
        running[deadline].http.timeout = 2 * BOUND
    yield running
    for each in running.values():
        assert each.process.stop() == 0


def ask(table, row, index):
    body = {"model": f"row/{index}", "messages": [{"role": "user", "content": TEXT}], "stream": row.streaming}
    if row.setup == "chain":
        body["models"] = ["test/beta"]
    return table.http.post("/v1/chat/completions", json=body, headers={"x-openrouter-metadata": "enabled"})


@pytest.mark.parametrize("index", range(len(TABLE)), ids=[f"{row.name} {index}" for index, row in enumerate(TABLE)])
def test_a_fault(tables, exact, index):
    row = TABLE[index]
    if callable(row.fault):
        exact.reset(row.fault, row.fault)
    begin = time.monotonic()
    result = ask(tables[row.deadline], row, index)
    elapsed = time.monotonic() - begin
    if isinstance(row.end, int):
        evidence = check_error(result, row)
    elif row.streaming:
        evidence = check_stream(result, row)
    else:
        evidence = check_answer(result, row)
    assert len(evidence["attempts"]) == row.attempts, evidence
    assert elapsed < BOUND, evidence
    assert "set-cookie" not in result.headers and "access-control-allow-origin" not in result.headers
    assert "canary" not in str(result.headers)


def check_error(result, row):
    assert result.status_code == row.end, result.text
    error = result.json()["error"]
    assert error["code"] == row.end and error["message"]
    assert len(error["metadata"]["attempts"]) == row.attempts
    for attempt in error["metadata"]["attempts"]:
        assert attempt["provider"] and attempt["status"] >= 300 and attempt["milliseconds"] >= 0
    if row.end in (429, 503):
        assert int(result.headers["retry-after"]) >= 1
    return result.json()["openrouter_metadata"]


def check_answer(result, row):
    assert result.status_code == 200, result.text
    body = result.json()
    assert body["provider"] == row.provider and body["choices"][0]["message"]["content"] == TEXT
    assert body["usage"]["cost"] >= 0
    return body["openrouter_metadata"]


def check_stream(result, row):
    assert result.status_code == 200, result.text
    received = Stream(result.text)
    if row.end == "told":
        assert received.done_count == 0 and received.errors == [received.chunks[-1]]
        assert received.errors[0]["error"]["code"] == row.code
        assert received.text and (received.text.startswith(TEXT[:3]) or row.number == 28)
        return received.errors[0]["openrouter_metadata"]
    assert received.is_done and received.done_count == 1 and not received.errors, result.text
    assert received.text == TEXT
    assert received.chunks[-1]["provider"] == row.provider
    assert received.usages == [received.chunks[-1]] and received.usages[0]["usage"]["cost"] >= 0
    return received.usages[0]["openrouter_metadata"]


def test_every_fault_of_providers_has_its_row():
    # 41 to 46 have tests of their own in test_health.py and below; 47 belongs to a cache; 48 stands in test_names.py.
    assert {row.number for row in TABLE} >= {*range(18, 41), 49}


def test_the_providers_own_id_names_nothing(gateway, exact):
    """41: a provider that gives every answer the same id."""
    ids = {gateway.chat(exact.model).json()["id"] for _ in range(20)}
    assert len(ids) == 20 and all(each.startswith("gen-") for each in ids)


def test_a_connection_that_the_provider_closed_is_replaced_once_and_silently(gateway, exact):
    """50: an idle connection that turns out to be closed."""
    def answer_and_close(raw):
        raw.sendall(answer(TEXT))
        raw.shutdown(socket.SHUT_RDWR)

    for _ in range(5):
        exact.reset(answer_and_close)
        result = gateway.http.post("/v1/chat/completions", headers={"x-openrouter-metadata": "enabled"}, json={
            "model": exact.model, "messages": [{"role": "user", "content": TEXT}]})
        assert result.status_code == 200, result.text
        assert len(result.json()["openrouter_metadata"]["attempts"]) == 1
