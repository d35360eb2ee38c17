"""What reaches the provider, and what reaches the caller, to the byte."""

import json
from decimal import Decimal

import pytest

from support.configuration import SECRETS
from support.provider import answer, chunk, events, response, stream, usage_chunk
from support.wire import Stream

MESSAGES = '[{"role":"user","content":"Hi"}]'


def post(gateway, body, path="/v1/chat/completions", **fields):
    headers = {"content-type": "application/json", **fields}
    return gateway.http.post(path, content=body.encode() if isinstance(body, str) else body, headers=headers)


def sent(gateway, exact, body, path="/v1/chat/completions"):
    """What the provider received for a body."""
    result = post(gateway, body, path)
    assert result.status_code == 200, result.text
    return exact.requests[-1].body.decode()


@pytest.mark.parametrize("rest", [
    '"seed":18446744073709551615', '"temperature":1.0', '"temperature":1', '"top_p":1e0', '"temperature":0.30000000000000004',
    '"user":"\\u00e9\\ud83d\\ude00\\/"', '"future":{"z":1,"a":[1, 2.50, -0.0, 1E+2],"m":null}', '"a":1,"Z":2,"b":3',
    '"metadata":{"team":"night"}', '"user":"someone"', '"stop":["\\n\\n"]', '"logit_bias":{"50256":-100}',
    '"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"b":1,"a":2}}}',
])
def test_the_provider_receives_every_digit(gateway, exact, rest):
    body = '{"model":"test/exact","messages":%s,%s}' % (MESSAGES, rest)
    assert sent(gateway, exact, body) == body.replace("test/exact", "exact-1")


def test_white_space_and_order_survive(gateway, exact):
    body = '{\n  "messages" : %s ,\r\n\t"max_tokens": 5,  "model" :  "test/exact"\n}\n' % MESSAGES
    assert sent(gateway, exact, body) == body.replace("test/exact", "exact-1")


def test_text_in_any_script_survives(gateway, exact):
    body = json.dumps({"model": "test/exact", "messages": [{"role": "user", "content": "漢字 ελληνικά 👩‍👩‍👧 \u2028"}]},
                      ensure_ascii=False)
    assert sent(gateway, exact, body) == body.replace("test/exact", "exact-1")


@pytest.mark.parametrize("member", [
    '"models":["test/exact"]', '"route":"fallback"', '"provider":{"allow_fallbacks":true}', '"usage":{"include":true}',
    '"session_id":"s-1"', '"trace":{"trace_id":"t"}', '"debug":{}', '"include_reasoning":false', '"max_tool_calls":3',
    '"stop_server_tools_when":[{"type":"x"}]', '"transforms":["middle-out"]', '"plugins":[]', '"preset":null',
])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_the_gateways_own_members_are_removed_and_nothing_else(gateway, exact, member, place):
    members = ['"model":"test/exact"', '"messages":' + MESSAGES, '"seed":1']
    expected = "{" + ",".join(members).replace("test/exact", "exact-1") + "}"
    members.insert({"first": 0, "middle": 1, "last": 3}[place], member)
    assert json.loads(sent(gateway, exact, "{" + ",".join(members) + "}")) == json.loads(expected)
    assert len(exact.requests[-1].body) == len(expected)


@pytest.mark.parametrize("body", [
    '{"model":"test/exact","messages":%s,"stream":true,"models":["test/exact"]}',
    '{"stream":true,"models":["test/exact"],"messages":%s,"usage":{"include":true}}',
    '{"models":["test/exact"],"stream":true,"provider":null,"trace":{},"messages":%s}',
    '{"usage":{},"model":"test/exact","debug":{},"messages":%s,"route":null,"stream":true ,"session_id":"s"  }',
])
def test_edits_that_meet_do_not_harm_each_other(gateway, exact, body):
    exact.reset(stream(chunk({"content": "Hi"}), chunk(finish="stop"), usage_chunk()))
    assert Stream(post(gateway, body % MESSAGES).text).is_done
    assert json.loads(exact.requests[-1].body) == {
        "model": "exact-1", "messages": json.loads(MESSAGES), "stream": True, "stream_options": {"include_usage": True}}


def test_models_without_model_becomes_the_model_of_the_provider(gateway, exact):
    received = json.loads(sent(gateway, exact, '{"models":["test/exact"],"messages":%s}' % MESSAGES))
    assert received == {"model": "exact-1", "messages": json.loads(MESSAGES)}


@pytest.mark.parametrize("given, expected", [
    ("", ',"stream_options":{"include_usage":true}'),
    (',"stream_options":null', ',"stream_options":{"include_usage":true}'),
    (',"stream_options":{}', ',"stream_options":{"include_usage":true}'),
    (',"stream_options":{"include_usage":false}', ',"stream_options":{"include_usage":true}'),
    (',"stream_options":{"include_usage":true}', ',"stream_options":{"include_usage":true}'),
    (',"stream_options":{"x":1}', ',"stream_options":{"include_usage":true,"x":1}'),
    (',"stream_options":{"x":1, "include_usage" : false }', ',"stream_options":{"x":1, "include_usage" : true }'),
])
def test_usage_is_always_requested_of_a_streaming_provider(gateway, exact, given, expected):
    exact.reset(stream(chunk({"content": "Hi"}), chunk(finish="stop"), usage_chunk()))
    result = post(gateway, '{"model":"test/exact","messages":%s,"stream":true%s}' % (MESSAGES, given))
    assert exact.requests[-1].body.decode() == (
        '{"model":"exact-1","messages":%s,"stream":true%s}' % (MESSAGES, expected))
    events_received = Stream(result.text)
    assert len(events_received.usages) == 1 and events_received.is_done


def test_no_stream_options_are_added_to_a_plain_request(gateway, exact):
    body = '{"model":"test/exact","messages":%s,"stream":false}' % MESSAGES
    assert sent(gateway, exact, body) == body.replace("test/exact", "exact-1")


def test_the_provider_gets_its_key_and_nothing_of_the_caller(gateway, exact):
    fields = {"cookie": "session=1", "x-forwarded-for": "10.0.0.1", "x-own": "secret", "user-agent": "caller/1"}
    assert post(gateway, '{"model":"test/exact","messages":%s}' % MESSAGES, **fields).status_code == 200
    received = exact.requests[-1]
    assert received.line == "POST /v1/chat/completions HTTP/1.1"
    assert received.fields["authorization"] == "Bearer " + SECRETS["exact"]
    assert received.fields["content-type"] == "application/json"
    assert not {"cookie", "x-forwarded-for", "x-own", "expect"} & set(received.fields)
    assert "caller" not in received.fields.get("user-agent", "")
    assert SECRETS["user"] not in str(received.fields)


def test_configured_headers_go_to_their_provider_only(gateway, alpha, exact):
    alpha.clear()
    gateway.chat("test/echo")
    gateway.chat("test/exact")
    assert SECRETS["header"] in str(alpha.log()[-1]["headers"])
    assert SECRETS["header"] not in str(exact.requests[-1].fields)


def test_legacy_completions_and_embeddings_have_their_own_paths(gateway, exact):
    exact.reset(response({"object": "text_completion", "choices": [{"index": 0, "text": "x", "finish_reason": "stop"}]}))
    assert post(gateway, '{"model":"test/exact","prompt":"x"}', "/v1/completions").status_code == 200
    assert exact.requests[-1].line == "POST /v1/completions HTTP/1.1"


def test_headers_of_the_provider_are_an_allow_list(gateway, exact):
    exact.reset(response(answer().split(b"\r\n\r\n", 1)[1], fields=[
        "Set-Cookie: a=b", "X-Evil: 1", "Server: evil", "X-Request-Id: req-of-the-provider", "Access-Control-Allow-Origin: *"]))
    result = gateway.chat("test/exact")
    assert result.status_code == 200
    assert not {"set-cookie", "x-evil", "access-control-allow-origin"} & set(result.headers)
    assert result.headers.get("server") != "evil"
    assert result.headers["x-request-id"] != "req-of-the-provider"
    assert result.headers["x-provider-request-id"] == "req-of-the-provider"


def test_whole_answers_keep_their_digits_and_unknown_members(gateway, exact):
    exact.reset(response(
        '{"id":"x","object":"chat.completion","created":1,"model":"exact-1","service_tier":"flex","n":18446744073709551615,'
        '"choices":[{"index":0,"message":{"role":"assistant","content":"\\u00e9","future":{"b":1.0,"a":2}},'
        '"logprobs":{"content":[{"token":"a","logprob":-0.30000000000000004}]},"finish_reason":"stop"}],'
        '"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}}'))
    text = gateway.chat("test/exact").text
    for part in ['"service_tier":"flex"', '"n":18446744073709551615', '"future":{"b":1.0,"a":2}', '"\\u00e9"',
                 '"logprob":-0.30000000000000004', '"cached_tokens":1']:
        assert part in text
    assert json.loads(text)["model"] == "test/exact"


def test_chunks_keep_their_digits_and_unknown_members(gateway, exact):
    first = chunk({"content": "a", "reasoning": "because"}, system_fingerprint="fp", obfuscation="xx")
    exact.reset(stream(first, chunk(finish="length"), usage_chunk(7, 9, prompt_tokens_details={"cached_tokens": 4})))
    received = Stream(gateway.chat("test/exact", stream=True).text)
    assert received.chunks[0]["choices"] == first["choices"]
    assert received.chunks[0]["obfuscation"] == "xx"
    assert received.chunks[1]["choices"][0]["finish_reason"] == "length"
    assert received.usages[0]["usage"]["prompt_tokens_details"] == {"cached_tokens": 4}


@pytest.mark.parametrize("price, usage, expected", [
    ("test/exact", {"prompt_tokens": 1, "completion_tokens": 0}, "0.00000015"),
    ("test/exact", {"prompt_tokens": 3, "completion_tokens": 7}, "0.00000465"),
    ("test/exact", {"prompt_tokens": 123456789, "completion_tokens": 987654321}, "611.11111095"),
    ("test/exact", {"prompt_tokens": 100, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 40}},
     "0.0000156"),
    ("test/priceless", None, None),
])
def test_cost_is_exact_to_the_last_digit(gateway, exact, price, usage, expected):
    exact.reset(answer(usage=usage and {**usage, "total_tokens": sum(usage[k] for k in ("prompt_tokens", "completion_tokens"))}))
    parsed = json.loads(gateway.chat(price).text, parse_float=Decimal)
    cost = parsed["usage"]["cost"]
    assert (None if cost is None else Decimal(cost)) == (None if expected is None else Decimal(expected))


def test_an_empty_answer_for_which_the_provider_counts_nothing_costs_nothing(gateway, exact):
    exact.reset(answer("", usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}))
    assert gateway.chat("test/exact").json()["usage"]["cost"] == 0


def test_a_cost_of_the_provider_is_replaced_by_ours(gateway, exact):
    exact.reset(answer(usage={"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3, "cost": 99}))
    usage = json.loads(gateway.chat("test/exact").text, parse_float=Decimal)["usage"]
    assert usage["cost"] == Decimal("0.0000009")


def test_images_are_counted_and_priced(gateway, exact):
    parts = [{"type": "text", "text": "What is this?"},
             {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
             {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]
    result = gateway.http.post("/v1/chat/completions", json={
        "model": "test/exact-images", "messages": [{"role": "user", "content": parts}]})
    assert json.loads(exact.requests[-1].body)["messages"][0]["content"] == parts
    usage = json.loads(result.text, parse_float=Decimal)["usage"]
    assert usage["cost"] == Decimal("0.002007")


@pytest.mark.parametrize("reported", [[], [usage_chunk(0, 0)]], ids=["none", "zero"])
def test_missing_usage_is_estimated_and_marked(gateway, exact, reported):
    exact.reset(stream(chunk({"content": "12345678"}), chunk(finish="stop"), *reported))
    usage = Stream(gateway.chat("test/exact", stream=True).text).usages[0]["usage"]
    assert usage["is_estimated"] is True
    assert usage["completion_tokens"] > 0 and usage["cost"] > 0


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r"])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_events_cut_anywhere_come_out_the_same(gateway, exact, end, size):
    text = events(chunk({"content": "漢字👩‍👩‍👧"}), chunk({"content": " Ω"}), chunk(finish="stop"), usage_chunk())
    whole = text.replace("\n\n", end).encode()

    def in_pieces(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(whole), size):
            piece = whole[start:start + size]
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.sendall(b"0\r\n\r\n")
        return True

    exact.reset(in_pieces)
    received = Stream(gateway.chat("test/exact", stream=True).text)
    assert received.text == "漢字👩‍👩‍👧 Ω"
    assert received.is_done and len(received.usages) == 1


def test_a_provider_may_send_early_hints_first(gateway, exact):
    exact.reset(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 20 + answer("after the hints"))
    assert gateway.chat("test/exact").json()["choices"][0]["message"]["content"] == "after the hints"


def test_a_body_in_gzip_is_understood(gateway, exact):
    import gzip

    body = ('{"model":"test/exact","messages":%s}' % MESSAGES).encode()
    result = post(gateway, gzip.compress(body), **{"content-encoding": "gzip"})
    assert result.status_code == 200, result.text
    assert exact.requests[-1].body == body.replace(b"test/exact", b"exact-1")
    assert "content-encoding" not in exact.requests[-1].fields
