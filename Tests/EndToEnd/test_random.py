"""Random requests and answers against what a plain reading of the rules expects. Seeds are fixed: a failure repeats."""

import json
import random

import pytest

from support.provider import chunk, events, response, usage_chunk
from support.wire import Stream

OWN = {
    "models": ["test/exact"], "route": "fallback", "provider": {"allow_fallbacks": True}, "usage": {"include": True},
    "session_id": "s", "trace": {"a": [1, {}]}, "debug": {}, "include_reasoning": True, "max_tool_calls": 2,
    "transforms": [], "plugins": [], "preset": None,
}
OTHERS = {
    "temperature": 0.5, "seed": 7, "user": "someone", "metadata": {"a": "b"}, "future": [1, [2], {"x": None}],
    "stop": ["\n"], "max_tokens": 9, "tools": None, "x" * 300: "long", "": 1, "é\n\"\\": {"é": "😀"}, "logit_bias": {},
}
SPACES = ["", " ", "\n", "\t ", "\r\n  "]


def written(value, source):
    """JSON with white space and escapes strewn in."""
    def space():
        return source.choice(SPACES) if source.random() < 0.2 else ""

    if isinstance(value, dict):
        inner = ",".join(
            f"{space()}{written(name, source)}{space()}:{space()}{written(each, source)}{space()}"
            for name, each in value.items())
        return "{" + (inner or space()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(space() + written(each, source) + space() for each in value) + "]"
    return json.dumps(value, ensure_ascii=source.random() < 0.5)


@pytest.mark.parametrize("seed", range(300))
def test_any_request_reaches_the_provider_with_the_edits_and_no_others(gateway, exact, seed):
    source = random.Random(seed)
    members = {"messages": [{"role": "user", "content": source.choice(["Hi", "漢字", "a\nb", "\\u0041"])}]}
    own = dict(source.sample(list(OWN.items()), source.randrange(5)))
    members.update(own)
    members.update(source.sample(list(OTHERS.items()), source.randrange(6)))
    if "models" not in own or source.random() < 0.5:
        members["model"] = "test/exact"
    streaming = source.random() < 0.5
    if streaming or source.random() < 0.3:
        members["stream"] = streaming
    if source.random() < 0.4:
        members["stream_options"] = source.choice([None, {}, {"include_usage": False}, {"x": 1}, {"x": {}, "include_usage": True}])
    names = list(members)
    source.shuffle(names)
    members = {name: members[name] for name in names}

    exact.reset(*([response(events(chunk({"content": "x"}), chunk(finish="stop"), usage_chunk()), "text/event-stream")]
                  if streaming else []))
    result = gateway.http.post(
        "/v1/chat/completions", content=written(members, source).encode(), headers={"content-type": "application/json"})
    assert result.status_code == 200, result.text

    expected = {name: value for name, value in members.items() if name not in OWN}
    expected["model"] = "exact-1"
    if streaming:
        expected["stream_options"] = {**(expected.get("stream_options") or {}), "include_usage": True}
    assert json.loads(exact.requests[-1].body) == expected
    kept = [name for name in json.loads(exact.requests[-1].body) if name in members]
    assert [name for name in kept if name != "model"] == [
        name for name in members if name in expected and name != "model" or name == "stream_options" and name in kept]


@pytest.mark.parametrize("seed", range(300))
def test_any_chunk_comes_out_with_the_edits_and_no_others(gateway, exact, seed):
    source = random.Random(seed)

    def make(base, usage=None):
        members = {name: value for name, value in base.items() if source.random() < 0.85 or name == "choices"}
        members.update(source.sample(list(OTHERS.items()), source.randrange(4)))
        members.pop("tools", None)
        if usage:
            members["usage"] = usage
        elif source.random() < 0.3:
            members["usage"] = None
        if source.random() < 0.3:
            members["provider"] = source.choice(["other", None, 7])
        if source.random() < 0.2:
            members["error"] = None
        names = list(members)
        source.shuffle(names)
        return {name: members[name] for name in names}

    def usage():
        return {"prompt_tokens": source.randrange(1, 99), "completion_tokens": source.randrange(99), "more": {"a": 1}}

    chunks = [make(chunk({"content": f"{number}漢"}), usage() if source.random() < 0.2 else None) for number in range(4)]
    chunks.append(make(chunk(finish="stop"), usage() if source.random() < 0.5 else None))
    if source.random() < 0.5:
        chunks.append(make({**chunk(), "choices": []}, usage()))
    text = "".join(f"data: {written(each, source).replace(chr(13), ' ').replace(chr(10), ' ')}\n\n" for each in chunks)
    exact.reset(response(text + "data: [DONE]\n\n", "text/event-stream"))
    result = gateway.chat(exact.model, stream=True)
    received = Stream(result.text)
    assert received.is_done and not received.errors, result.text

    identity = {"id": result.headers["x-generation-id"], "model": exact.model, "provider": "Exact"}
    sent = [each for each in chunks if each["choices"]]
    assert len(received.chunks) == len(sent) + 1
    for before, after in zip(sent, received.chunks):
        assert after == {**{name: value for name, value in before.items() if name != "usage"}, **identity}
    reported = [each["usage"] for each in chunks if each.get("usage")]
    final = received.chunks[-1]
    assert final["choices"] == [] and final["id"] == identity["id"]
    if reported:
        assert {**reported[-1], "cost": final["usage"]["cost"]} == final["usage"]
    else:
        assert final["usage"]["is_estimated"]


@pytest.mark.parametrize("seed", range(300))
def test_a_mangled_stream_never_yields_a_mangled_event_or_a_false_end(gateway, exact, seed):
    source = random.Random(seed)
    whole = events(
        chunk({"role": "assistant", "content": "漢字 👩‍👩‍👧"}), chunk({"content": " and"}), chunk({"content": " more"}),
        chunk(finish="stop"), usage_chunk()).encode()
    mangled = bytearray(whole)
    for _ in range(source.randrange(1, 6)):
        place = source.randrange(len(mangled))
        kind = source.randrange(4)
        if kind == 0:
            mangled[place] = source.randrange(256)
        elif kind == 1:
            del mangled[place:place + source.randrange(1, 40)]
        elif kind == 2:
            mangled[place:place] = bytes(source.randrange(256) for _ in range(source.randrange(1, 9)))
        else:
            mangled[place:place] = mangled[place:place + source.randrange(1, 120)]
        if not mangled:
            break
    exact.reset(response(bytes(mangled), "text/event-stream"))
    result = gateway.chat(exact.model, stream=True)
    if result.status_code != 200:
        assert result.json()["error"]["code"] == result.status_code
        return
    received = Stream(result.text)
    for each in received.chunks:
        assert each["id"] == result.headers["x-generation-id"] and each["model"] == exact.model
    assert received.is_done != bool(received.errors)
    if received.is_done:
        assert any(choice["finish_reason"] for each in received.chunks for choice in each["choices"])


@pytest.mark.parametrize("seed", range(200))
def test_a_mangled_body_is_answered_and_does_no_harm(gateway, exact, seed):
    source = random.Random(seed)
    members = {
        "messages": [{"role": "user", "content": "Hi"}], **OWN, **OTHERS, "stream": True, "model": exact.model,
        "models": [exact.model]}
    mangled = bytearray(written(members, source).encode())
    for _ in range(source.randrange(1, 6)):
        place = source.randrange(len(mangled))
        if source.random() < 0.5:
            mangled[place] = source.randrange(256)
        else:
            del mangled[place:place + source.randrange(1, 60)]
    exact.reset()
    result = gateway.http.post(
        "/v1/chat/completions", content=bytes(mangled), headers={"content-type": "application/json"})
    assert result.status_code in (200, 400, 404, 502), result.text
    if result.status_code == 400:
        assert result.json()["error"]["message"]
    for received in exact.requests:
        json.loads(received.body)
