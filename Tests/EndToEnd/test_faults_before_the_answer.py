"""Providers that fail before anything of their answer could be passed on."""

import time

import pytest

from support.configuration import CREDENTIAL_FAULTS, EARLY_FAULTS, HARMLESS, REFUSALS, REPEATABLE_FAULTS, slug
from support.provider import response
from support.wire import Stream

#: What the caller gets when nothing else is left to try: status and error_type.
EXPECTED = {
    "status=500": (502, "provider_unavailable"), "status=502": (502, "provider_unavailable"),
    "status=503": (503, "provider_overloaded"), "status=529": (503, "provider_overloaded"),
    "status=504": (504, "timeout"), "status=401": (502, "provider_unavailable"),
    "status=403": (502, "provider_unavailable"), "status=404": (502, "provider_unavailable"),
    "status=429,retry-after=7": (429, "rate_limit_exceeded"), "html": (502, "provider_unavailable"),
    "empty": (502, "provider_unavailable"), "error-200": (502, "provider_unavailable"),
    "garbage": (502, "provider_unavailable"), "credentials": (502, "provider_unavailable"),
    "redirect": (502, "provider_unavailable"), "status=400": (400, "invalid_request"),
    "moderation": (403, "content_policy_violation"), "context-length": (400, "context_length_exceeded"),
}

BOTH = pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streamed"])


@BOTH
@pytest.mark.parametrize("fault", [*EARLY_FAULTS, *REFUSALS])
def test_a_provider_that_fails_alone_is_reported_with_its_attempt(gateway, fault, streaming):
    result = gateway.chat(gateway.alone(fault), stream=streaming)
    status, error_type = EXPECTED[fault]
    assert result.status_code == status, result.text
    assert result.headers["content-type"] == "application/json"
    error = result.json()["error"]
    assert error["code"] == status
    assert error["message"]
    assert error["metadata"]["error_type"] == error_type
    attempts = 2 if fault in REPEATABLE_FAULTS else 1
    tried = [attempt["provider"].split(".")[0] for attempt in error["metadata"]["attempts"]]
    assert tried == ["Keyless" if fault in CREDENTIAL_FAULTS else "Alpha"] * attempts
    assert result.headers["x-request-id"] and result.headers["x-generation-id"].startswith("gen-")
    if status in (429, 503):
        assert int(result.headers["retry-after"]) >= 1


@BOTH
@pytest.mark.parametrize("fault", EARLY_FAULTS)
def test_another_provider_answers_instead(gateway, fault, streaming):
    result = gateway.chat(gateway.rescued(fault), stream=streaming)
    assert result.status_code == 200, result.text
    if streaming:
        received = Stream(result.text)
        assert {chunk["provider"] for chunk in received.chunks} == {"Beta"}
        assert received.is_done and received.text
    else:
        assert result.json()["provider"] == "Beta"
        assert result.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refused_request_is_not_tried_at_another_provider_of_the_model(gateway, beta, fault):
    beta.clear()
    assert gateway.chat(gateway.rescued(fault)).status_code == EXPECTED[fault][0]
    assert beta.log() == []


@pytest.mark.parametrize("fault", [*EARLY_FAULTS, *REFUSALS])
def test_the_next_model_of_the_chain_answers(gateway, fault):
    result = gateway.chat(gateway.alone(fault), models=["test/beta"])
    assert result.status_code == 200, result.text
    assert result.json()["model"] == "test/beta"


@BOTH
@pytest.mark.parametrize("oddity", HARMLESS)
def test_a_peculiar_but_complete_answer_is_an_answer(gateway, oddity, streaming):
    plain = gateway.chat("test/echo").json()["choices"][0]["message"]["content"]
    result = gateway.chat(f"alone/{slug(oddity)}", stream=streaming)
    assert result.status_code == 200, result.text
    if not streaming:
        assert result.json()["choices"][0]["message"]["content"] == plain
        assert result.json()["usage"]["cost"] >= 0
        return
    received = Stream(result.text)
    assert received.text == plain
    assert received.done_count == 1 and received.is_done
    assert len(received.usages) == 1 and received.chunks[-1] is received.usages[0]


def test_a_redirect_is_never_followed(gateway, exact):
    exact.reset(response("", status="302 Found", fields=["Location: /v1/elsewhere"]))
    assert gateway.chat(exact.model).status_code == 502
    assert len(exact.requests) == 1


def test_a_provider_that_is_not_there_costs_next_to_nothing(gateway):
    begin = time.monotonic()
    result = gateway.chat("test/nowhere", provider={"order": ["nowhere", "beta"]})
    assert result.json()["provider"] == "Beta"
    assert time.monotonic() - begin < 15
    assert gateway.chat("test/nowhere-alone").status_code == 502


def test_a_silent_provider_is_left_for_another_before_the_caller_notices(gateway):
    begin = time.monotonic()
    received = Stream(gateway.chat(gateway.rescued("hang"), stream=True).text)
    assert {chunk["provider"] for chunk in received.chunks} == {"Beta"}
    assert 2.4 < time.monotonic() - begin < 30


def test_a_silent_provider_alone_is_a_timeout(gateway):
    result = gateway.chat(gateway.alone("hang"), stream=True)
    assert result.status_code == 504
    assert result.json()["error"]["metadata"]["error_type"] == "timeout"


def test_a_trickle_is_not_an_answer(gateway):
    result = gateway.chat(gateway.alone("slow-loris"), stream=True)
    if result.status_code == 200:
        received = Stream(result.text)
        assert received.errors and not received.is_done
    else:
        assert result.status_code == 504


def test_the_words_of_a_provider_about_our_key_are_not_repeated(gateway):
    error = gateway.chat(gateway.alone("credentials")).json()["error"]
    assert "sk-" not in str(error)
    assert "credentials" in error["message"]


def test_a_moderated_request_says_why(gateway):
    error = gateway.chat(gateway.alone("moderation")).json()["error"]
    assert error["metadata"]["reasons"]


def test_attempts_are_listed_in_their_order(gateway):
    chain = [gateway.alone("status=500"), gateway.alone("status=503"), gateway.alone("html")]
    error = gateway.chat(chain[0], models=chain[1:]).json()["error"]
    assert error["code"] == 503
    # What is safe to repeat is repeated before a model is left.
    assert [attempt["status"] for attempt in error["metadata"]["attempts"]] == [500, 500, 503, 503, 502]


@pytest.mark.parametrize("answers", [
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{\"choices\":[",
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
    b"NOT HTTP AT ALL\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\nConnection: close\r\n\r\n{}",
    response("null"), response("[]"), response("{}"), response('{"choices":[]}'), response('{"choices":null}'),
    response(b"\xff\xfe{}"), response('{"choices":[' * 100000),
])
def test_nonsense_from_a_provider_is_a_502(gateway, exact, answers):
    exact.reset(answers)
    result = gateway.chat(exact.model)
    assert result.status_code == 502, result.text
    assert gateway.http.get("/health").status_code == 200
