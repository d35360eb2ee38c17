"""What the gateway remembers of endpoints: patience they asked for, circuits, refused keys; and how little a failing
provider is asked meanwhile."""

import concurrent.futures
import re
import threading
import time

import pytest

from support.configuration import DEAR_PRICE, configuration, endpoint, model, provider
from support.processes import eventually
from support.provider import answer, chunk, response, stream, usage_chunk
from support.wire import Stream, close_hard, connection
from test_callers import chat_bytes


#: What is allowed for some time is divided over so many loops.
LOOPS = 2
FAST = stream(chunk({"content": "fast"}), chunk(finish="stop"), usage_chunk())


def refusal(status, *fields):
    return response('{"error":{"message":"no"}}', status=f"{status} No", fields=fields)


def metric(gateway, name):
    """The value of a metric without labels."""
    return float(re.search(rf"(?m)^{name} (\S+)$", gateway.http.get("/metrics").text)[1])


@pytest.fixture
def own(serve, alpha, beta, exact, tmp_path):
    """Starts a gateway with further models and rules for attempts."""

    def begin(models=(), providers=(), **routing):
        document = configuration(alpha.url, beta.url, exact.url, tmp_path)
        document["models"] += models
        document["providers"] += providers
        document["server"]["loops"] = LOOPS
        timeouts = routing.pop("timeouts", {})
        document["routing"].update(routing)
        document["routing"]["timeouts"].update(timeouts)
        return serve(document)

    return begin


# Patience

def test_a_short_patience_is_waited_out(gateway, exact):
    exact.reset(refusal(429, "Retry-After: 1"), answer("at last"))
    result = gateway.chat(exact.model)
    assert result.json()["choices"][0]["message"]["content"] == "at last"
    first, second = exact.requests
    assert second.at - first.at >= 0.99, "the provider was asked before its time"


def test_patience_is_shown_once(gateway, exact):
    exact.reset(refusal(429, "Retry-After: 1"), refusal(429, "Retry-After: 1"), answer())
    result = gateway.chat(exact.model)
    assert result.status_code == 429 and len(exact.requests) == 2
    assert [attempt["status"] for attempt in result.json()["error"]["metadata"]["attempts"]] == [429, 429]


@pytest.mark.parametrize("status", [429, 503])
def test_a_long_patience_is_passed_on_and_the_endpoint_left_alone_until_then(own, exact, status):
    gateway = own()
    exact.reset(refusal(status, "Retry-After: 3000"))
    assert gateway.chat("test/exact").headers["retry-after"] == "3000"
    for _ in range(5):
        result = gateway.chat("test/exact")
        assert result.status_code == status and 2900 <= int(result.headers["retry-after"]) <= 3000
        assert result.json()["error"]["metadata"]["attempts"] == []
    assert len(exact.requests) == 1, "the provider was asked before its time"


def test_a_limited_endpoint_is_passed_over_for_another(own, exact):
    gateway = own([model("test/pair", endpoint("exact"), endpoint("beta", price=DEAR_PRICE))])
    exact.reset(refusal(429, "Retry-After: 3000"))
    for number in range(5):
        result = gateway.http.post("/v1/chat/completions", headers={"x-openrouter-metadata": "enabled"}, json={
            "model": "test/pair", "messages": [{"role": "user", "content": "x"}]}).json()
        assert result["provider"] == "Beta"
        assert len(result["openrouter_metadata"]["attempts"]) == (2 if number == 0 else 1)
    assert len(exact.requests) == 1


def test_when_everything_is_limited_the_earliest_time_is_waited_for(own, exact):
    gateway = own([model("test/limited", endpoint("exact", tag="exact/a"), endpoint("exact", tag="exact/b"))])
    exact.reset(refusal(429, "Retry-After: 3000"), refusal(429, "Retry-After: 1"), answer("the second one"))
    result = gateway.chat("test/limited")
    assert result.json()["choices"][0]["message"]["content"] == "the second one"
    assert len(exact.requests) == 3 and exact.requests[2].at - exact.requests[1].at >= 0.99


def test_a_short_patience_is_waited_out_before_the_model_is_left_and_a_long_one_is_not(own, exact):
    gateway = own([model("test/other", endpoint("exact"))], retry={"wait_for_model_ms": 30_000})
    exact.reset(refusal(429, "Retry-After: 1"), answer("from the first model"))
    assert gateway.chat("test/exact", models=["test/beta"]).json()["model"] == "test/exact"
    exact.reset(refusal(429, "Retry-After: 31"))
    begin = time.monotonic()
    assert gateway.chat("test/other", models=["test/beta"]).json()["model"] == "test/beta"
    assert time.monotonic() - begin < 15


def test_a_patience_without_bounds_is_bounded(own, exact):
    gateway = own()
    exact.reset(refusal(429, "Retry-After: 99999999"))
    assert gateway.chat("test/exact").status_code == 429
    assert int(gateway.chat("test/exact").headers["retry-after"]) <= 3600


def test_a_patience_that_makes_no_sense_is_short(once, exact):
    for value in ["-5", "soon", ""]:
        exact.fresh()
        exact.reset(refusal(429, f"Retry-After: {value}"))
        assert once.chat(exact.model).status_code == 429
        eventually(lambda: once.chat(exact.model).status_code == 200, "the end of a patience without a time")


# Circuits

def test_a_circuit_opens_after_five_failures_in_a_row(once, exact):
    exact.reset(*[refusal(500)] * 9)
    statuses = [once.chat(exact.model).status_code for _ in range(5)]
    assert statuses == [502] * 5
    for _ in range(10):
        result = once.chat(exact.model)
        assert result.status_code == 503 and 1 <= int(result.headers["retry-after"]) <= 10
        assert result.json()["error"]["metadata"]["attempts"] == []
    assert len(exact.requests) == 5
    # Other models at the same provider are not held responsible.
    exact.reset(answer("well"))
    assert once.chat(exact.fresh()).status_code == 200


def test_a_circuit_opens_when_half_of_ten_attempts_fail(once, exact):
    exact.reset(*[answer(), refusal(500)] * 5, answer())
    statuses = [once.chat(exact.model).status_code for _ in range(10)]
    assert statuses == [200, 502] * 5
    assert once.chat(exact.model).status_code == 503
    assert len(exact.requests) == 10


@pytest.mark.parametrize("status, answered", [(400, 400), (413, 400), (422, 400)])
def test_a_callers_own_mistakes_open_no_circuit(once, exact, status, answered):
    exact.reset(*[refusal(status)] * 20, answer("fine"))
    for _ in range(20):
        assert once.chat(exact.model).status_code == answered
    assert once.chat(exact.model).status_code == 200
    assert len(exact.requests) == 21


def test_callers_that_leave_open_no_circuit(once, exact):
    def silent(raw):
        raw.recv(1)

    exact.reset(*[silent] * 12)
    for number in range(12):
        with connection(once.port) as raw:
            raw.sendall(chat_bytes(exact.model, stream=True))
            exact.wait_for_requests(number + 1)
            close_hard(raw)
    eventually(lambda: metric(once, "patchbay_requests_in_flight") == 0, what="the end of all requests")
    exact.reset(answer("still trusted"))
    assert once.chat(exact.model).status_code == 200


@pytest.mark.slow
def test_one_probe_at_a_time_finds_out_and_closes_the_circuit(once, exact):
    """The first request after the pause goes through; those that come while it runs do not."""
    exact.reset(*[refusal(500)] * 5)
    for _ in range(5):
        assert once.chat(exact.model).status_code == 502
    release, probing = threading.Event(), threading.Event()

    def probed(raw):
        probing.set()
        release.wait(60)
        raw.sendall(answer("recovered"))
        return True

    exact.reset(probed)
    results = []

    def knock():
        while not probing.is_set():
            result = once.chat(exact.model)
            results.append(result)
            if result.status_code != 503:
                return
            probing.wait(0.05)

    knocking = threading.Thread(target=knock)
    knocking.start()
    # A probe is due within 10 s of the circuit's opening.
    begin = time.monotonic()
    assert probing.wait(40), "nothing was let through"
    print(f"a probe after {time.monotonic() - begin:.1f} s")
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        others = list(pool.map(lambda _: once.chat(exact.model), range(50)))
    assert {result.status_code for result in others} == {503}
    assert all(1 <= int(result.headers["retry-after"]) for result in others)
    assert len(exact.requests) == 1, "more than one probe"
    release.set()
    knocking.join(60)
    assert results[-1].status_code == 200, "the probe's own caller has the answer"
    exact.reset()
    assert [once.chat(exact.model).status_code for _ in range(12)] == [200] * 12, "the circuit is closed"
    assert len(exact.requests) == 12


def test_refused_credentials_are_held_against_the_whole_provider(own, exact):
    """After one 401 the provider's other models are served by others first."""
    gateway = own([
        model(f"test/pair-{number}", endpoint("exact"), endpoint("beta", price=DEAR_PRICE)) for number in range(3)])
    exact.reset(refusal(401))
    assert gateway.chat("test/pair-0").json()["provider"] == "Beta"
    assert gateway.chat("test/pair-1").json()["provider"] == "Beta"
    assert gateway.chat("test/pair-2").json()["provider"] == "Beta"
    assert len(exact.requests) == 1
    # Where it is the only one it is asked all the same.
    assert gateway.chat("test/exact").status_code == 200


@pytest.mark.slow
def test_an_endpoint_that_slows_down_is_left(own, exact):
    """43: a brown-out, noticed by the requests that wait for it. How soon is a matter of `HealthTests.swift::steady`."""
    gateway = own(
        [model("test/brown", endpoint("exact"), endpoint("beta", price=DEAR_PRICE))],
        timeouts={"first_token_ms": 60_000, "first_token_fallback_ms": 60_000})
    slow = threading.Event()

    def play(raw):
        if slow.is_set():
            raw.settimeout(4)
            try:
                raw.recv(1)
            except TimeoutError:
                pass
        raw.sendall(FAST)
        return True

    exact.reset(*[play] * 1000)
    for _ in range(10):
        assert "Exact" in gateway.chat("test/brown", stream=True).text
    slow.set()
    begin = time.monotonic()
    asks = []

    def ask():
        return "Beta" in gateway.chat("test/brown", stream=True).text

    def has_left():
        """Whether those that asked last were all answered elsewhere."""
        return len(asks) >= 8 and all(answer.done() and answer.result() for _, answer in asks[-8:])

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        while not has_left():
            assert time.monotonic() - begin < 30, [(start, answer.done() and answer.result()) for start, answer in asks]
            asks.append((time.monotonic() - begin, pool.submit(ask)))
            threading.Event().wait(0.25)
    elsewhere = [start for start, answer in asks if answer.result()]
    print(f"first left after {min(elsewhere):.2f} s")


# Storms

def test_a_storm_of_failures_is_not_made_worse(own, alpha):
    """46: attempts stay within the retry budget however many endpoints could still be asked."""
    names = [f"copy-{number}" for number in range(8)]
    gateway = own(
        [model("test/storm", *[endpoint(name, "echo+status=503") for name in names])],
        [provider(name, alpha.url) for name in names], retry={"budget_percent": 20, "budget_floor": 20})
    alpha.clear()
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda _: gateway.chat("test/storm"), range(300)))
    # The floor holds for any 10 s; it is divided over the loops and rounded up.
    windows = 1 + int((time.monotonic() - begin) / 10)
    assert {result.status_code for result in results} == {503}
    assert all(int(result.headers["retry-after"]) >= 1 for result in results)
    asked = len(alpha.log())
    print(f"{asked} calls for 300 requests")
    assert asked <= 300 * 1.2 + windows * (20 + LOOPS)


def test_one_of_three_providers_failing_half_the_time_is_not_noticed(own, alpha):
    """42: no request fails, and attempts stay within 1.2 per request."""
    names = ["one", "two", "three"]
    gateway = own(
        [model("test/three", *[endpoint(name, "echo" + ("+flap=1" if name == "one" else "")) for name in names])],
        [provider(name, alpha.url) for name in names])
    alpha.clear()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: gateway.chat("test/three"), range(600)))
    assert {result.status_code for result in results} == {200}
    asked = len(alpha.log())
    print(f"{asked} calls for 600 requests")
    assert asked <= 600 * 1.2


def test_all_providers_down_is_said_at_once(own):
    """44: once the circuits are open nothing is tried and nothing is charged."""
    gateway = own([model("test/down", endpoint("nowhere"), endpoint("nowhere", tag="nowhere/two"))])
    eventually(lambda: gateway.chat("test/down").status_code == 503, "open circuits")
    before = metric(gateway, "patchbay_attempts_started_total")
    for _ in range(10):
        result = gateway.chat("test/down", stream=True)
        assert result.status_code == 503 and int(result.headers["retry-after"]) >= 1
    assert metric(gateway, "patchbay_attempts_started_total") == before


# Waiting callers

def test_a_caller_that_leaves_while_the_gateway_waits_costs_no_further_attempt(own, exact):
    gateway = own(retry={"backoff_ms": [60_000, 60_000]})
    exact.reset(refusal(500))
    with connection(gateway.port) as raw:
        raw.sendall(chat_bytes("test/exact"))
        exact.wait_for_requests(1)
        failed = re.compile(r'patchbay_attempts_total\{[^}]*model="test/exact",result="provider"\} 1')
        eventually(lambda: failed.search(gateway.http.get("/metrics").text), what="the failure")
        assert metric(gateway, "patchbay_requests_in_flight") == 1, "the request was not waiting"
        close_hard(raw)
    # A request that has ended makes no attempt: its pause ends with it.
    eventually(lambda: metric(gateway, "patchbay_requests_in_flight") == 0, "the end of the request", seconds=20)
    assert metric(gateway, "patchbay_attempts_started_total") == 1 and len(exact.requests) == 1


def test_the_total_deadline_ends_a_pause_and_what_was_tried_is_told(own, exact):
    gateway = own(retry={"backoff_ms": [60_000, 60_000]}, timeouts={"total_ms": 3000})
    exact.reset(refusal(500))
    result = gateway.chat("test/exact")
    assert result.status_code == 504
    assert [attempt["status"] for attempt in result.json()["error"]["metadata"]["attempts"]] == [500]
    assert len(exact.requests) == 1


@pytest.mark.slow
@pytest.mark.parametrize("second, ends", [("echo", "whole"), ("echo+hang", "error")])
def test_a_comment_commits_nothing_but_the_status(own, second, ends):
    """A caller who was sent a comment after ten seconds still gets another endpoint's answer, or an error event."""
    gateway = own(
        [model("test/patient", endpoint("alpha", "echo+hang"), endpoint("beta", second, DEAR_PRICE))],
        timeouts={"first_token_ms": 3000, "first_token_fallback_ms": 10_500})
    received = Stream(gateway.chat("test/patient", stream=True).text)
    assert received.comments == [": PATCHBAY PROCESSING"]
    if ends == "whole":
        assert received.is_done and not received.errors and received.text
        assert {chunk["provider"] for chunk in received.chunks} == {"Beta"}
    else:
        assert received.done_count == 0 and len(received.chunks) == 1
        assert received.errors[0]["error"]["code"] == 504
