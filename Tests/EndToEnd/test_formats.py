"""What goes through where both sides speak one format, what is fetched, dropped, refused and forwarded where they do not."""

import http.server
import json
import threading

import httpx
import pytest

from support.callers import _png
from support.configuration import MANAGEMENT, SECRETS, UNHURRIED, USER, endpoint, model, write
from support.processes import Process
from support.provider import ExactProvider

PICTURE = _png()
ANSWER = {
    "id": "msg_theirs", "type": "message", "role": "assistant", "model": "claude-x", "new_member": [1.0, {"a": None}],
    "content": [{"type": "text", "text": "Hello.", "citations": None}, {"type": "novelty", "deep": {"x": 1e2}}],
    "stop_reason": "end_turn", "stop_sequence": None,
    "usage": {"input_tokens": 10, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 20, "output_tokens": 3},
}


@pytest.fixture(scope="module")
def pictures():
    """A web server with a picture, a large file, a picture that is none, and ways elsewhere."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            pages = {"/a.png": (PICTURE, "image/png"), "/large": (b"\x89PNG\r\n\x1a\n" + b"x" * 200_000, "image/png"),
                     "/fake.png": (b"<html>no</html>", "image/png"), "/p.pdf": (b"%PDF-1.4 x", "application/pdf")}
            self.server.asked.append((self.path, dict(self.headers)))
            if self.path.startswith("/away"):
                self.send_response(302)
                self.send_header("location", self.path[5:])
                return self.end_headers()
            body, kind = pages.get(self.path, (b"nothing", "text/plain"))
            self.send_response(200 if self.path in pages else 404)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                pass

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def theirs():
    """A provider of Anthropic's dialect whose every byte is the test's."""
    provider = ExactProvider()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory, pictures, theirs, alpha):
    folder = tmp_path_factory.mktemp("formats")
    price = {"prompt": 1, "completion": 2, "cache_read": 0.1, "cache_write": 1.25}
    parameters = ["tools", "tool_choice", "max_tokens", "temperature", "top_k", "seed", "stop"]
    models = [
        model("a/claude", endpoint("theirs", "claude-x", price, supported_parameters=parameters)),
        *[model(name, endpoint("theirs", "claude-x", price, supported_parameters=parameters),
                endpoint("alpha", "echo", {"prompt": 50, "completion": 50000}, supported_parameters=parameters))
          for name in ("a/both", "a/both-again")],
        model("g/gemini", endpoint("google", "echo", price, supported_parameters=parameters),
              input_modalities=["text", "image"]),
        model("v/vertex", endpoint("vertex", "echo", price)),
        model("a/alone", endpoint("theirs", "claude-x", price)),
        model("x/two-wants", endpoint("busy", "echo+status=503", price), endpoint("google", "echo", {
            "prompt": 50, "completion": 50000}), input_modalities=["text", "image", "file"]),
        model("b/echoing", endpoint("aws", "claude-x", price)),
        model("g/strict", endpoint("google", "echo", price), input_modalities=["text", "image"]),
        model("r/both", endpoint("responses", "gpt-x", price),
              endpoint("alpha", "echo", {"prompt": 50, "completion": 50000})),
        model("o/embed", endpoint("alpha", "embedding", price), output_modalities=["embeddings"]),
        model("a/embed", endpoint("theirs", "claude-x", price), output_modalities=["embeddings"]),
        model("b/throttled", endpoint("aws", "claude-x", price)),
        model("b/embed", endpoint("aws", "cohere.embed-v4:0", price), output_modalities=["embeddings"]),
    ]
    path = write(folder, {
        "server": {"listen": "127.0.0.1:0", "limits": UNHURRIED},
        "access": {"management_keys": [MANAGEMENT], "keys": [{"name": "user", "key": USER}]},
        "storage": {"url": f"sqlite:{folder}/books.db"},
        "privacy": {"fetch": {"hosts": [pictures.url.removeprefix("http://")], "max_bytes": 100_000}},
        "providers": [
            {"slug": "theirs", "name": "Theirs", "dialect": "anthropic", "base_url": theirs.url + "/v1",
             "api_key": SECRETS["exact"]},
            {"slug": "alpha", "name": "Alpha", "dialect": "openai", "base_url": alpha.url + "/v1",
             "api_key": SECRETS["alpha"]},
            {"slug": "google", "name": "Google", "dialect": "gemini", "base_url": alpha.url + "/v1beta",
             "api_key": SECRETS["beta"]},
            {"slug": "busy", "name": "Busy", "dialect": "ollama", "base_url": alpha.url + "/api"},
            {"slug": "aws", "name": "AWS", "dialect": "bedrock", "base_url": theirs.url, "aws": {
                "access_key_id": "ASIAEXAMPLEEXAMPLE00", "secret_access_key": "canary-aws-1234567890abcdefghijkl",
                "session_token": "canary-session-token-0123456789", "region": "us-east-1"}},
            {"slug": "responses", "name": "Responses", "dialect": "openai-responses", "base_url": theirs.url + "/v1",
             "api_key": SECRETS["exact"]},
            {"slug": "vertex", "name": "Vertex", "dialect": "vertex",
             "base_url": alpha.url + "/v1/projects/p/locations/l/publishers/google",
             "google": {"metadata": True, "metadata_url": alpha.url}},
        ],
        "models": models,
        "presets": [{"slug": "calm", "name": "calm", "model": "a/claude", "system_prompt": "Be calm.",
                     "parameters": {"temperature": 0.25}}],
    })
    process = Process("serve", "--config", path, folder=folder)
    client = httpx.Client(base_url=process.url, headers={"authorization": f"Bearer {USER}"}, timeout=60)
    yield client
    assert process.stop() == 0


def whole(body, kind="application/json"):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\n\r\n").encode() + text


def record(world, result):
    return world.get("/v1/generation", params={"id": result.headers["x-generation-id"]},
                     headers={"authorization": f"Bearer {MANAGEMENT}"}).json()["data"]


def picture(url, name="g/gemini"):
    return {"model": name, "messages": [{"role": "user", "content": [
        {"type": "text", "text": "count attachments"}, {"type": "image_url", "image_url": {"url": url}}]}]}


# MARK: The same format on both sides


def test_a_callers_bytes_reach_a_provider_of_its_format_untouched(world, theirs):
    theirs.reset(whole(ANSWER))
    body = ('{ "model":"a/claude", "max_tokens": 1e2,\n "unheard_of": {"b":[1.50,"caf\\u00e9"]}, "messages" :'
            '[{"role":"user","content":"x"}],"provider":{"sort":"price"} }')
    result = world.post("/v1/messages?beta=true", content=body, headers={
        "content-type": "application/json", "anthropic-version": "2023-06-01", "anthropic-beta": "one,two",
        "x-anthropic-beta": "three", "x-private": "mine"})
    assert result.status_code == 200, result.text
    received, = theirs.wait_for_requests()
    assert received.body.decode() == body.replace('"a/claude"', '"claude-x"').replace(
        ',"provider":{"sort":"price"}', "")
    assert received.line.startswith("POST /v1/messages ")
    assert received.fields["x-api-key"] == SECRETS["exact"] and received.fields["anthropic-version"] == "2023-06-01"
    assert received.fields["anthropic-beta"] == "one,two,three"
    assert "authorization" not in received.fields and "x-private" not in received.fields
    answer = result.json()
    assert answer["id"] == "msg_" + result.headers["x-generation-id"][4:] and answer["model"] == "a/claude"
    assert answer["content"] == ANSWER["content"] and answer["new_member"] == ANSWER["new_member"]
    # 10 at 1, 20 read at 0.1, 5 written at 1.25 and 3 out at 2, per million.
    assert answer["usage"]["cost"] == 0.00002425
    known = record(world, result)
    assert known["native_tokens_cached"] == 20 and known["tokens_prompt"] == 35 and known["total_cost"] == 0.00002425
    assert known["upstream_id"] == "msg_theirs" and known["native_finish_reason"] == "end_turn"
    assert known["finish_reason"] == "stop"


def event(kind, **more):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()


START = event("message_start", message={**ANSWER, "content": [], "stop_reason": None})
BLOCK = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
TEXT = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hello."})
END = (event("content_block_stop", index=0)
       + event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 3}) + event("message_stop"))


def streamed(*pieces):
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + b"".join(pieces)


def ask(world, name="a/claude", **more):
    return world.post("/v1/messages", json={
        "model": name, "max_tokens": 50, "stream": True, "messages": [{"role": "user", "content": "x"}], **more})


def test_a_stream_goes_through_event_by_event(world, theirs):
    odd = event("content_block_delta", index=0, delta={"type": "novelty", "x": 1.0})
    theirs.reset(streamed(START, event("ping"), BLOCK, TEXT, odd, END))
    text = ask(world).text
    assert odd.decode() in text and TEXT.decode() in text
    assert text.count("message_stop") == 2 and "event: error" not in text
    assert '"cost":0.00002425' in text


def test_a_stream_that_ends_early_is_told_and_billed_for_what_came(world, theirs):
    theirs.reset(streamed(START, BLOCK, TEXT))
    result = ask(world)
    assert "message_stop" not in result.text and "event: error" in result.text
    known = record(world, result)
    assert known["outcome"] == "truncated" and known["total_cost"] > 0


def test_before_its_first_word_another_dialect_takes_over(world, theirs):
    theirs.reset(streamed(START, BLOCK))
    result = ask(world, "a/both")
    assert result.headers["x-patchbay-provider"] == "alpha"
    assert '"text":"x"' in result.text and "event: error" not in result.text and "message_stop" in result.text
    assert result.text.count("event: message_start") == 1


def test_after_its_first_word_a_passed_stream_ends_truthfully(world, theirs):
    theirs.reset(streamed(START, BLOCK, TEXT))
    result = ask(world, "a/both-again")
    assert "event: error" in result.text and "message_stop" not in result.text


def test_an_error_within_a_success_is_an_error(world, theirs):
    theirs.reset(whole({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}))
    result = world.post("/v1/messages", json={
        "model": "a/claude", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]})
    assert result.status_code in (502, 503) and result.json()["type"] == "error"


def test_a_preset_reaches_a_provider_of_the_callers_format(world, theirs):
    theirs.reset(whole(ANSWER))
    result = world.post("/v1/messages", json={
        "model": "@preset/calm", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]})
    assert result.status_code == 200, result.text
    sent = json.loads(theirs.wait_for_requests()[0].body)
    assert sent["model"] == "claude-x" and sent["temperature"] == 0.25 and "Be calm." in json.dumps(sent["system"])


# MARK: Between formats


def test_what_cannot_be_said_is_named_or_refused(world):
    body = {"model": "g/gemini", "messages": [{"role": "user", "content": "x"}], "logit_bias": {"1": 2}, "seed": 1}
    result = world.post("/v1/chat/completions", json=body)
    assert result.status_code == 200 and result.headers["x-patchbay-dropped"] == "logit_bias"
    assert record(world, result)["dropped_parameters"] == "logit_bias"
    refused = world.post("/v1/chat/completions", json={**body, "provider": {"require_parameters": True}})
    assert refused.status_code == 404


def test_a_choice_without_equivalent_is_refused_where_all_must_arrive(world):
    body = {"model": "g/gemini", "messages": [{"role": "user", "content": "x"}], "temperature": 0.5,
            "provider": {"require_parameters": True}}
    assert world.post("/v1/chat/completions", json=body).status_code == 200
    body["messages"][0]["name"] = "Ada"
    assert world.post("/v1/chat/completions", json=body).status_code == 200
    body["messages"] += [{"role": "assistant", "content": "y", "name": "Eve"}, {"role": "user", "content": "z"}]
    refused = world.post("/v1/chat/completions", json=body)
    assert refused.status_code == 404 and "name" in refused.json()["error"]["message"]


def test_a_picture_is_fetched_for_a_provider_that_wants_bytes(world, pictures):
    pictures.asked.clear()
    result = world.post("/v1/chat/completions", json=picture(pictures.url + "/a.png"))
    assert result.status_code == 200, result.text
    assert f"images: 1 ({len(PICTURE)} bytes)" in result.json()["choices"][0]["message"]["content"]
    (path, fields), = pictures.asked
    assert path == "/a.png" and not any(secret in str(fields) for secret in SECRETS.values())


@pytest.mark.parametrize("path", ["/large", "/fake.png", "/missing", "/awayhttp://localhost/x", "/away//10.0.0.1/x"])
def test_what_cannot_be_fetched_is_the_callers_error(world, pictures, path):
    result = world.post("/v1/chat/completions", json=picture(pictures.url + path))
    assert result.status_code == 400, result.text
    assert "URL" in result.json()["error"]["message"] or "fetch" in result.json()["error"]["message"].lower()


@pytest.mark.parametrize("url", [
    "http://localhost:1/a.png", "http://169.254.169.254/latest", "http://[::1]/a.png", "file:///etc/passwd",
    "http://127.0.0.1:1/a.png", "http://2130706433/a.png"])
def test_nothing_is_fetched_from_a_host_that_is_not_listed(world, url):
    result = world.post("/v1/chat/completions", json=picture(url))
    assert result.status_code == 400, result.text


def test_a_token_is_fetched_once_and_kept(world, alpha):
    body = {"model": "v/vertex", "messages": [{"role": "user", "content": "x"}]}
    assert world.post("/v1/chat/completions", json=body).status_code == 200
    alpha.clear()
    for _ in range(3):
        assert world.post("/v1/chat/completions", json=body).status_code == 200
    assert not [each for each in alpha.log() if "computeMetadata" in each["path"]], "the token is kept"


# MARK: Embeddings


def test_embeddings_in_googles_format(world):
    result = world.post("/v1beta/models/o/embed:embedContent", json={"content": {"parts": [{"text": "hello"}]}})
    assert result.status_code == 200, result.text
    values = result.json()["embedding"]["values"]
    assert len(values) > 2 and all(isinstance(value, float) for value in values)
    both = world.post("/v1beta/models/o/embed:batchEmbedContents", json={"requests": [
        {"model": "models/o/embed", "content": {"parts": [{"text": text}]}} for text in ("hello", "you")]})
    assert [each["values"] for each in both.json()["embeddings"]][0] == values


def test_an_operation_that_a_dialect_has_not_is_said(world):
    result = world.post("/v1/embeddings", json={"model": "a/embed", "input": "x"})
    assert result.status_code == 404 and result.json()["error"]["metadata"]["excluded_by"] == ["operation"]


def test_bedrock_counts_embeddings_in_the_head(world, theirs):
    answer = json.dumps({"embeddings": {"float": [[0.50, -1e-3]]}, "response_type": "embeddings_by_type"}).encode()
    theirs.reset(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Amzn-Bedrock-Input-Token-Count: 321\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(answer) + answer)
    result = world.post("/v1/embeddings", json={"model": "b/embed", "input": "x"})
    assert result.status_code == 200, result.text
    assert theirs.requests[0].line == "POST /model/cohere.embed-v4%3A0/invoke HTTP/1.1"
    assert result.json()["usage"]["prompt_tokens"] == 321 and "is_estimated" not in result.json()["usage"]
    theirs.reset(whole({"embeddings": {"float": [[1], [2]]}}), whole({"embeddings": {"float": []}}))
    result = world.post("/v1/embeddings", json={"model": "b/embed", "input": "x"})
    assert result.status_code == 502 and record(world, result)["total_cost"] == 0


# MARK: Errors in every format


def test_bedrocks_word_for_a_failure_stands_in_the_head(world, theirs):
    answer = (b"HTTP/1.1 400 Bad Request\r\nx-amzn-ErrorType: ThrottlingException:http://internal.amazon.com/coral/\r\n"
              b"Content-Type: application/json\r\nContent-Length: 24\r\n\r\n{\"message\":\"Slow down.\"}")
    theirs.reset(answer, answer)
    result = world.post("/v1/chat/completions", json={
        "model": "b/throttled", "messages": [{"role": "user", "content": "x"}]})
    assert result.status_code == 429 and result.json()["error"]["message"] == "Slow down.", result.text


@pytest.mark.parametrize("path,check", [
    ("/v1/messages", lambda error: error["type"] == "error" and error["error"]["type"].endswith("_error")),
    ("/v1/responses", lambda error: error["error"]["message"]),
    ("/v1beta/models/g/gemini:generateContent", lambda error: error["error"]["status"]),
    ("/v1/chat/completions", lambda error: error["error"]["code"])])
def test_every_error_comes_in_the_callers_format(world, path, check):
    json_type = {"content-type": "application/json"}
    for status, send in {
        400: lambda: world.post(path, content="{", headers=json_type),
        401: lambda: httpx.post(str(world.base_url) + path, content="{}", headers=json_type),
        405: lambda: world.get(path),
        415: lambda: world.post(path, content="{}", headers={"content-type": "text/plain"}),
    }.items():
        result = send()
        assert result.status_code == status, result.text
        assert check(result.json()), result.text


# MARK: Found by a review


def refused_once(answer):
    return [b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}", answer]


def test_a_repeat_goes_the_way_of_the_first_attempt(world, theirs):
    theirs.reset(*refused_once(whole(ANSWER)))
    result = world.post("/v1/messages", json={
        "model": "a/alone", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]})
    assert result.status_code == 200, result.text
    assert result.json()["content"] == ANSWER["content"], "the answer goes through"
    first, second = theirs.wait_for_requests(2)
    assert first.body == second.body


def test_each_provider_gets_the_bytes_it_wants(world, pictures):
    body = picture(pictures.url + "/a.png", "x/two-wants")
    body["messages"][0]["content"].append(
        {"type": "file", "file": {"filename": "p.pdf", "file_data": pictures.url + "/p.pdf"}})
    result = world.post("/v1/chat/completions", json=body)
    assert result.status_code == 200, result.text
    text = result.json()["choices"][0]["message"]["content"]
    assert "images: 1" in text and "documents: 1" in text and "addresses: 0" in text, text


def test_a_signature_is_not_repeated_in_an_error(world, theirs):
    def echo(raw):
        received = theirs.requests[-1]
        text = json.dumps({"message": " ".join(f"{name}={value}" for name, value in received.fields.items())}).encode()
        raw.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            len(text), text))
        return True

    theirs.reset(echo)
    result = world.post("/v1/chat/completions", json={
        "model": "b/echoing", "messages": [{"role": "user", "content": "x"}]})
    assert result.status_code == 400, result.text
    sent = theirs.requests[0].fields
    assert sent["x-amz-security-token"] not in result.text and "Signature=" not in result.text
    assert "ASIAEXAMPLEEXAMPLE00" not in result.text


def test_a_cut_stream_is_billed_by_the_prompt_that_was_reported(world, theirs):
    start = event("message_start", message={
        **ANSWER, "content": [], "usage": {"input_tokens": 1000, "cache_read_input_tokens": 90000, "output_tokens": 1}})
    theirs.reset(streamed(start, BLOCK, TEXT))
    known = record(world, ask(world))
    assert known["outcome"] == "truncated" and known["tokens_prompt"] == 91000 and known["native_tokens_cached"] == 90000
    assert 0.01 < known["total_cost"] < 0.011
    theirs.reset(streamed(start, BLOCK, TEXT))
    translated = world.post("/v1/chat/completions", json={
        "model": "a/claude", "stream": True, "messages": [{"role": "user", "content": "x"}]})
    assert record(world, translated)["tokens_prompt"] == 91000


@pytest.mark.parametrize("members", [
    {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, {"verbosity": 5},
    {"response_format": {"type": "json_schema"}}])
def test_what_one_format_cannot_read_is_a_400(world, members):
    result = world.post("/v1/chat/completions", json={
        "model": "g/strict", "messages": [{"role": "user", "content": "x"}], **members})
    assert result.status_code == 400, result.text


def test_a_preset_leaves_what_only_the_callers_format_can_say(world, theirs):
    theirs.reset(whole(ANSWER))
    result = world.post("/v1/messages", json={
        "model": "@preset/calm", "max_tokens": 5, "container": "c1", "messages": [{"role": "user", "content": "x"}],
        "tools": [{"type": "web_search_20250305", "name": "web_search"}]})
    assert result.status_code == 200, result.text
    sent = json.loads(theirs.wait_for_requests()[0].body)
    assert sent["tools"][0]["type"] == "web_search_20250305" and sent["container"] == "c1"
    assert sent["temperature"] == 0.25 and "Be calm." in json.dumps(sent["system"])


def test_a_picture_that_will_be_fetched_is_not_lost(world, pictures):
    body = picture(pictures.url + "/a.png")
    body["provider"] = {"require_parameters": True}
    assert world.post("/v1/chat/completions", json=body).status_code == 200


def test_the_names_of_what_was_dropped_stay_short(world):
    body = {"model": "g/gemini", "messages": [{"role": "user", "content": "x"}], "x" * 100_000: 1}
    body.update({f"member{number}": 1 for number in range(100)})
    result = world.post("/v1/chat/completions", json=body)
    assert result.status_code == 200, result.text
    assert 100 < len(result.headers["x-patchbay-dropped"]) < 1100


@pytest.mark.parametrize("path,body", [
    ("/v1/messages", '{"model":"a/claude","max_tokens":5,"max_tokens":50000,"messages":[{"role":"user","content":"x"}]}'),
    ("/v1/responses", '{"model":"a/claude","input":"x","input":"y"}'),
    ("/v1beta/models/g/gemini:generateContent",
     '{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{},"generation_config":{}}')])
def test_a_member_given_twice_is_refused_in_every_format(world, path, body):
    result = world.post(path, content=body, headers={"content-type": "application/json"})
    assert result.status_code == 400 and "twice" in result.text


def test_what_repeats_the_request_does_not_commit_the_answer(world, theirs):
    response = {"object": "response", "id": "r", "status": "in_progress", "instructions": "i" * 60_000, "output": []}
    begun = b"".join(event(f"response.{kind}", sequence_number=number, response=response)
                     for number, kind in enumerate(["created", "in_progress"]))
    theirs.reset(streamed(begun))
    result = world.post("/v1/responses", json={
        "model": "r/both", "stream": True, "input": "hello", "instructions": "i" * 60_000})
    assert "response.completed" in result.text and result.headers["x-patchbay-provider"] == "alpha"
