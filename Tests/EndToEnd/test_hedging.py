"""A second endpoint is asked when the first one is slower than it nearly always is; whoever speaks first answers."""

import re

import pytest

from support.configuration import DEAR_PRICE, configuration, endpoint, model
from support.processes import eventually
from support.provider import chunk, stream, usage_chunk
from support.wire import Stream

FAST = stream(chunk({"content": "fast"}), chunk(finish="stop"), usage_chunk())


def hedges(gateway):
    return int(re.search(r"(?m)^patchbay_hedges_total (\d+)$", gateway.http.get("/metrics").text)[1])


@pytest.fixture
def hedger(serve, alpha, beta, exact, tmp_path):
    def begin(enabled=True, percent=100):
        document = configuration(alpha.url, beta.url, exact.url, tmp_path)
        # One loop: what is known of an endpoint is known at once.
        document["server"]["loops"] = 1
        document["routing"]["timeouts"].update(first_token_ms=60_000, first_token_fallback_ms=60_000)
        document["routing"]["hedge"] = {"enabled": enabled, "max_extra_percent": percent}
        document["models"].append(model("test/hedged", endpoint("exact"), endpoint("beta", price=DEAR_PRICE)))
        gateway = serve(document)
        # From five answers on it is known how fast the endpoint usually is; none of these can be hedged yet.
        exact.reset(*[FAST] * 5)
        for _ in range(5):
            assert Stream(gateway.chat("test/hedged", stream=True).text).text == "fast"
        return gateway

    return begin


def ask(gateway, **more):
    result = gateway.http.post("/v1/chat/completions", headers={"x-openrouter-metadata": "enabled"}, json={
        "model": "test/hedged", "messages": [{"role": "user", "content": "Hello hedge."}], "stream": True, **more})
    return Stream(result.text)


def test_a_silent_endpoint_is_overtaken_and_let_go(hedger, exact):
    gateway = hedger()
    let_go = []

    def silent(raw):
        let_go.append(raw.recv(1))

    exact.reset(silent)
    received = ask(gateway)
    assert received.is_done and received.text == "Hello hedge."
    assert {each["provider"] for each in received.chunks} == {"Beta"}
    assert len(received.usages) == 1
    assert hedges(gateway) == 1
    # In the books of health the one that was overtaken has neither failed nor answered.
    assert 'endpoint="exact",model="test/hedged",result="neutral"} 1' in gateway.http.get("/metrics").text
    eventually(lambda: let_go == [b""], what="the end of the slower call")
    # Nothing failed: the endpoint that was overtaken is not held to be bad.
    assert re.search(r'patchbay_endpoint_outage\{[^}]*endpoint="exact",model="test/hedged"\} 0', gateway.http.get("/metrics").text)


def test_a_fast_endpoint_is_never_doubled(hedger, exact, beta):
    gateway = hedger()
    beta.clear()
    for _ in range(3):
        exact.reset(FAST)
        assert ask(gateway).text in ("fast", "Hello hedge.")
    # What came later than usual by chance was doubled at most, never more.
    assert len(beta.log()) <= hedges(gateway) <= 3


def test_whole_answers_are_not_hedged(hedger, exact, beta):
    gateway = hedger()
    beta.clear()
    from support.provider import answer

    exact.reset(answer("whole"))
    assert gateway.chat("test/hedged").json()["choices"][0]["message"]["content"] == "whole"
    assert hedges(gateway) == 0 and beta.log() == []


def test_hedging_is_off_unless_it_is_asked_for(hedger, exact, beta):
    gateway = hedger(enabled=False)
    beta.clear()

    def late(raw):
        # Later than any percentile of what came before, by far; there is no event to wait for in silence.
        raw.settimeout(0.7)
        try:
            raw.recv(1)
        except TimeoutError:
            raw.sendall(FAST)
        return True

    exact.reset(late)
    assert ask(gateway).text == "fast"
    assert hedges(gateway) == 0 and beta.log() == []


def test_extra_calls_are_capped(hedger, exact):
    """One hedge is free; more are saved up slowly."""
    gateway = hedger(percent=0)

    def late(raw):
        raw.settimeout(0.5)
        try:
            raw.recv(1)
        except TimeoutError:
            raw.sendall(FAST)
        return True

    answers = []
    for _ in range(4):
        exact.reset(late)
        answers.append(ask(gateway).text)
    assert hedges(gateway) <= 1
    assert answers.count("fast") >= 3
