"""Streams that break after they have begun: the caller is told, and never sees a clean end."""

import time

import pytest

from support.configuration import LATE_FAULTS
from support.provider import chunk, events, response, stream
from support.wire import Stream


def check_truthful_end(result, status=None):
    assert result.status_code == 200
    received = Stream(result.text)
    assert received.done_count == 0
    assert len(received.errors) == 1 and received.chunks[-1] is received.errors[0]
    last = received.chunks[-1]
    assert last["choices"][0]["finish_reason"] == "error"
    assert last["id"] == received.chunks[0]["id"] == result.headers["x-generation-id"]
    assert last["model"] == received.chunks[0]["model"] and last["provider"] == received.chunks[0]["provider"]
    assert last["error"]["message"] and isinstance(last["error"]["code"], int)
    if status:
        assert last["error"]["code"] == status
    return received


@pytest.mark.parametrize("fault", LATE_FAULTS)
@pytest.mark.parametrize("rescue", [True, False], ids=["alone", "rescue off"])
def test_a_broken_stream_ends_with_an_error_event(gateway, once, fault, rescue):
    own = gateway if rescue else once
    received = check_truthful_end(own.chat(own.alone(fault) if rescue else own.rescued(fault), stream=True))
    assert len(received.chunks) > 1
    assert {each["provider"] for each in received.chunks} == {"Alpha"}


def test_a_stall_is_a_timeout_and_a_cut_is_the_providers_failure(gateway):
    check_truthful_end(gateway.chat(gateway.alone("stall=5"), stream=True), 504)
    check_truthful_end(gateway.chat(gateway.alone("cut=5"), stream=True), 502)


@pytest.mark.parametrize("fault", ["cut=5", "reset=5", "wrong-length=10"])
def test_a_whole_answer_that_breaks_is_tried_elsewhere(gateway, fault):
    alone = gateway.chat(gateway.alone(fault))
    assert alone.status_code == 502, alone.text
    assert gateway.chat(gateway.rescued(fault)).json()["provider"] == "Beta"


WHOLE = events(chunk({"role": "assistant", "content": "漢"}), chunk({"content": "字"}), chunk(finish="stop")).encode()


def cut_at(length):
    """The stream's beginning, as a chunked response whose connection then ends."""
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        + b"%x\r\n%s\r\n" % (length, WHOLE[:length]))


def test_a_cut_at_any_byte_is_never_a_clean_end(gateway, exact):
    """Every byte of three events and the terminator, between them and inside of characters."""
    exact.reset(*[cut_at(length) for length in range(1, len(WHOLE))])
    for length in range(1, len(WHOLE)):
        result = gateway.chat(exact.fresh(), stream=True)
        whole_events = WHOLE[:length].count(b"\n\n")
        if whole_events == 0:
            assert result.status_code == 502
        elif whole_events < 4:
            received = check_truthful_end(result)
            assert received.text == "漢字"[:whole_events], f"cut at byte {length}"
            assert "\ufffd" not in result.text


def test_a_connection_that_just_closes_is_a_clean_end_only_when_the_answer_is_finished(gateway, exact):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    exact.reset(head + events(chunk({"content": "a"}), done=False).encode())
    check_truthful_end(gateway.chat(exact.model, stream=True))
    exact.reset(head + events(chunk({"content": "a"}), chunk(finish="stop"), done=False).encode())
    received = Stream(gateway.chat(exact.model, stream=True).text)
    assert received.is_done and not received.errors


def test_a_last_event_without_its_blank_line_counts_when_it_is_whole(gateway, exact):
    """Of bodies that end in order, with a length or with the connection. A piece of an event stays a cut."""
    text, last = events(chunk({"content": "a"}), done=False), events(chunk(finish="stop"), done=False).strip()
    for head in ("Connection: close\r\n\r\n", "Content-Length: %d\r\n\r\n"):
        for end, is_whole in [
            (last, True), (last + "\n", True), (last + "\n\ndata: [DONE]", True), (last[:-1], False), (last[:20], False),
        ]:
            body = text + end
            exact.reset((
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + head.replace("%d", str(len(body))) + body
            ).encode())
            result = gateway.chat(exact.fresh(), stream=True)
            if is_whole:
                received = Stream(result.text)
                assert received.is_done and received.text == "a" and not received.errors, (head, end)
            else:
                assert check_truthful_end(result).text == "a"


def test_an_empty_finish_reason_ends_nothing(gateway, exact):
    exact.reset(stream(chunk({"content": "a"}, finish=""), done=False))
    check_truthful_end(gateway.chat(exact.model, stream=True))


def test_an_event_without_data_is_passed_over(gateway, exact):
    text = events(chunk({"content": "a"}), done=False) + "data: \n\nevent: ping\n\n" + events(chunk(finish="stop"))
    exact.reset(response(text, "text/event-stream"))
    received = Stream(gateway.chat(exact.model, stream=True).text)
    assert received.is_done and received.text == "a"


def test_every_choice_must_have_finished(gateway, exact):
    exact.reset(stream(chunk({"content": "a"}), chunk({"content": "b"}, index=1), chunk(finish="stop")))
    check_truthful_end(gateway.chat(exact.model, stream=True, n=2))


def test_a_finished_answer_without_its_terminator_is_completed(gateway, exact):
    exact.reset(stream(chunk({"content": "a"}), chunk(finish="stop"), done=False))
    received = Stream(gateway.chat(exact.model, stream=True).text)
    assert received.done_count == 1 and len(received.usages) == 1


def test_an_error_in_the_first_event_is_still_tried_elsewhere(gateway, exact):
    exact.reset(stream({"error": {"code": 503, "message": "Overloaded"}}, done=False))
    result = gateway.chat(exact.model, stream=True, models=["test/beta"])
    assert {each["model"] for each in Stream(result.text).chunks} == {"test/beta"}


def test_an_event_without_end_is_cut_off(gateway, exact):
    def endless(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        connection.sendall(events(chunk({"content": "a"}), done=False).encode() + b"data: ")
        for _ in range(40):
            connection.sendall(b"x" * (1 << 20))

    exact.reset(endless)
    before = gateway.process.resident_bytes
    check_truthful_end(gateway.chat(exact.model, stream=True))
    assert gateway.process.resident_bytes - before < 60 << 20


def test_the_next_request_on_the_same_connection_is_unharmed(gateway):
    for _ in range(3):
        check_truthful_end(gateway.chat(gateway.alone("malformed=5"), stream=True))
        assert gateway.chat("test/echo").status_code == 200


@pytest.mark.slow
def test_a_waiting_caller_is_sent_a_comment_after_ten_seconds(serve, alpha, beta, exact, tmp_path):
    from support.configuration import configuration

    document = configuration(alpha.url, beta.url, exact.url, tmp_path)
    document["routing"]["timeouts"].update(first_token_ms=60000)
    own = serve(document)
    begin = time.monotonic()
    with own.http.stream("POST", "/v1/chat/completions", json={
            "model": "test/late", "messages": [{"role": "user", "content": "x"}], "stream": True}) as response:
        assert response.status_code == 200
        first = next(response.iter_lines())
    assert first == ": PATCHBAY PROCESSING"
    assert 9 < time.monotonic() - begin < 40
