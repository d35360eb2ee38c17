"""Every hostile or odd response of the corpus, through the whole gateway: the outcome is one of those that are right,
nothing of the provider's head leaks, no stream pretends to be whole, and the next answer is unharmed."""

import json
import os
import random
import socket

import pytest

from support.provider import answer
from support.provider_corpus import CANARY, ENTRIES
from support.wire import Stream

#: All header fields that a caller may see.
ALLOWED = {
    "cache-control", "connection", "content-length", "content-type", "date", "retry-after", "transfer-encoding",
    "x-content-type-options", "x-generation-id", "x-patchbay-provider", "x-provider-request-id", "x-request-id",
}


def script(pieces, keeps):
    def play(connection):
        try:
            for piece in pieces:
                connection.sendall(piece)
        except OSError:
            return False  # the gateway has had enough
        if keeps:
            return True
        connection.shutdown(socket.SHUT_WR)
        return False

    return play


def outcome(exact, result, is_stream):
    """What came, once the invariants hold."""
    assert set(result.headers) <= ALLOWED, set(result.headers) - ALLOWED
    assert CANARY not in str(result.headers.raw)
    if result.status_code != 200:
        body = result.json()
        assert body["error"]["message"] and body["error"]["code"] == result.status_code
        assert 0 <= int(result.headers.get("retry-after", 0)) <= 86400
        return result.status_code
    generation = result.headers["x-generation-id"]
    if not is_stream:
        body = result.json()
        assert body["id"] == generation and body["model"] == exact.model and body["provider"] == "Exact"
        assert "cost" in body["usage"] and CANARY not in result.text
        return "answer"
    received = Stream(result.text)
    for chunk in received.chunks:
        assert chunk["id"] == generation and chunk["model"] == exact.model and chunk["provider"] == "Exact"
    if received.errors:
        assert received.done_count == 0 and received.errors == [received.chunks[-1]] and not received.usages
        assert received.chunks[-1]["choices"][0]["finish_reason"] == "error"
        return "truncated"
    assert received.done_count == 1 and received.is_done
    assert received.usages == [received.chunks[-1]]
    return "complete"


def check_next(once, exact):
    """A good request behind it gets its own answer; one for another model, should the provider have asked for patience."""
    exact.fresh()
    exact.reset(answer("Unharmed."))
    result = once.chat(exact.model)
    assert result.status_code == 200 and result.json()["choices"][0]["message"]["content"] == "Unharmed."


def test_the_corpus_is_large_and_its_names_are_unique():
    assert len(ENTRIES) >= 300
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_providers_response(once, exact, entry):
    # What names no time to wait is asked again at once, and says the same.
    exact.reset(*[script(entry.pieces, entry.keeps)] * 2)
    result = once.chat(exact.model, stream=entry.is_stream)
    assert outcome(exact, result, entry.is_stream) in entry.outcomes, result.text[:500]
    is_patient = b" 429 " in entry.bytes
    assert len(exact.requests) <= (1 if entry.bytes and not is_patient else 2), "the request was sent again"
    check_next(once, exact)


def test_damaged_responses(once, exact):
    """PATCHBAY_MUTATIONS and PATCHBAY_SEED make it a longer or another run."""
    generator = random.Random(int(os.environ.get("PATCHBAY_SEED", 5)))
    small = [entry for entry in ENTRIES if len(entry.bytes) < 4000 and not entry.keeps]
    for _ in range(int(os.environ.get("PATCHBAY_MUTATIONS", 500))):
        entry = generator.choice(small)
        raw = bytearray(entry.bytes)
        for _ in range(generator.randint(1, 4)):
            place = generator.randint(0, len(raw))
            if generator.random() < 0.4:
                del raw[place:place + 1]
            elif generator.random() < 0.5:
                raw[place:place] = generator.choice([b"\r", b"\n", b"\0", b":", b" ", b"data: ", b"\xff", b"9"])
            else:
                raw[place:place + 1] = bytes([generator.randint(0, 255)])
        exact.reset(script([bytes(raw)], False))
        result = once.chat(exact.model, stream=entry.is_stream)
        try:
            outcome(exact, result, entry.is_stream)
        except (AssertionError, KeyError, json.JSONDecodeError) as problem:
            raise AssertionError(f"{problem!r}: {bytes(raw)!r} gave {result.headers} {result.text[:1000]}") from None
        check_next(once, exact)
