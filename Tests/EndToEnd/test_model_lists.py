"""The lists of models in the formats of Google and Anthropic, with their client libraries, and Google's streams as arrays."""

import json

import anthropic
import httpx
import pytest
from google import genai
from google.genai import types

from support.configuration import MANAGEMENT, SECRETS, USER, endpoint, model, write
from support.processes import Process

PRICE = {"prompt": 1, "completion": 2}


@pytest.fixture(scope="module")
def world(tmp_path_factory, alpha):
    folder = tmp_path_factory.mktemp("lists")
    texts = [
        model(f"house/m{number:02}", endpoint("alpha", "echo", PRICE, max_completion_tokens=4096),
              created=1_700_000_000 + number * 86_400, context_length=32_000, description=f"Number {number}.")
        for number in range(1, 46)
    ]
    document = {
        "server": {"listen": "127.0.0.1:0"},
        "access": {"management_keys": [MANAGEMENT], "keys": [{"name": "user", "key": USER}]},
        "providers": [
            {"slug": "alpha", "name": "Alpha", "base_url": alpha.url + "/v1", "api_key": SECRETS["alpha"]},
            {"slug": "google", "name": "Google", "dialect": "gemini", "base_url": alpha.url + "/v1beta",
             "api_key": SECRETS["beta"]}],
        "models": texts + [
            model("house/plain", endpoint("alpha", "echo", PRICE), aliases=["plain"]),
            model("house/embed", endpoint("alpha", "embedding", PRICE), output_modalities=["embeddings"]),
            model("stream/other", endpoint("alpha", "echo", PRICE)),
            model("stream/same", endpoint("google", "echo", PRICE)),
            model("stream/other-cut", endpoint("alpha", "echo+error-event=3", PRICE)),
            model("stream/same-cut", endpoint("google", "echo+error-event=3", PRICE)),
            model("stream/other-broken", endpoint("alpha", "echo+status=500", PRICE)),
            model("stream/same-broken", endpoint("google", "echo+status=500", PRICE)),
        ],
        "routing": {"retry": {"attempts_per_endpoint": 1}},
        "storage": {"url": f"sqlite:{folder}/books.db"},
    }
    process = Process("serve", "--config", write(folder, document), folder=folder)
    process.http = httpx.Client(base_url=process.url, timeout=15)
    process.ids = [each["id"] for each in document["models"] if each.get("output_modalities") != ["embeddings"]]
    yield process
    assert process.stop() == 0


@pytest.fixture(scope="module")
def google(world):
    return genai.Client(api_key=USER, http_options=types.HttpOptions(base_url=world.url))


@pytest.fixture(scope="module")
def claude(world):
    return anthropic.Anthropic(base_url=world.url, api_key=USER, max_retries=0)


# MARK: Google


def test_googles_sdk_lists_every_model_page_by_page(world, google):
    found = list(google.models.list(config={"page_size": 7}))
    assert sorted(each.name for each in found) == sorted(f"models/{name}" for name in world.ids + ["house/embed"])
    by_name = {each.name: each for each in found}
    first = by_name["models/house/m01"]
    assert (first.display_name, first.description, first.input_token_limit, first.output_token_limit) == (
        "house/m01", "Number 1.", 32_000, 4096)
    assert first.version == "2023-11-15" and first.supported_actions[0] == "generateContent"
    assert by_name["models/house/embed"].supported_actions == ["embedContent", "batchEmbedContents"]


def test_googles_sdk_gets_one_model_and_uses_it(world, google):
    found = google.models.get(model="house/plain")
    assert found.name == "models/house/plain"
    assert google.models.get(model="models/plain").name == "models/house/plain", "an alias will do"
    assert google.models.generate_content(model=found.name.removeprefix("models/"), contents="hello").text == "hello"
    with pytest.raises(genai.errors.ClientError, match="NOT_FOUND"):
        google.models.get(model="house/nothing")


def test_googles_pages_by_hand(world):
    page = world.http.get("/v1beta/models").json()
    assert len(page["models"]) == 50 and set(page["models"][0]) >= {
        "name", "baseModelId", "version", "displayName", "description", "supportedGenerationMethods"}
    rest = world.http.get("/v1beta/models", params={"pageToken": page["nextPageToken"]}).json()
    assert len(page["models"]) + len(rest["models"]) == len(world.ids) + 1 and "nextPageToken" not in rest
    assert len(world.http.get("/v1beta/models", params={"pageSize": 5000}).json()["models"]) == len(world.ids) + 1
    for query in [{"pageSize": "x"}, {"pageSize": -1}, {"pageToken": "nobody/knows"}]:
        result = world.http.get("/v1beta/models", params=query)
        assert result.status_code == 400 and result.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_under_the_plain_version_the_key_tells_whose_list_it_is(world):
    assert "models" in world.http.get("/v1/models", headers={"x-goog-api-key": USER}).json()
    assert "data" in world.http.get("/v1/models", headers={"authorization": f"Bearer {USER}"}).json()
    one = world.http.get("/v1/models/house/plain", headers={"x-goog-api-key": USER}).json()
    assert one["baseModelId"] == "house/plain"


def test_a_key_may_stand_in_the_query_of_googles_routes_only(world):
    body = {"contents": [{"parts": [{"text": "hello"}]}]}
    path = "/v1beta/models/house/plain:generateContent"
    assert world.http.post(path, params={"key": USER}, json=body).status_code == 200
    for more, status in [({"params": {"key": "wrong-key-0123456789"}}, 401), ({}, 401),
                         ({"params": {"key": USER}, "headers": {"x-goog-api-key": "another-key-0123456789"}}, 400),
                         ({"params": {"key": USER}, "headers": {"x-goog-api-key": USER}}, 200)]:
        assert world.http.post(path, json=body, **more).status_code == status
    chat = {"model": "house/plain", "messages": [{"role": "user", "content": "x"}]}
    assert world.http.post("/v1/chat/completions", params={"key": USER}, json=chat).status_code == 401
    assert world.http.get("/v1beta/models", params={"key": USER}).status_code == 200
    assert USER not in world.text


# MARK: Anthropic


def test_anthropics_sdk_lists_every_model_newest_first(world, claude):
    found = list(claude.models.list(limit=7))
    assert sorted(each.id for each in found) == sorted(world.ids)
    assert [each.id for each in found[:3]] == ["house/m45", "house/m44", "house/m43"]
    first = found[0]
    assert (first.type, first.display_name, first.lifecycle) == ("model", "house/m45", "active")
    assert first.created_at.year == 2023 and first.max_input_tokens == 32_000 and first.max_tokens == 4096
    assert found[-1].created_at.year == 1970, "nobody knows when it appeared"


def test_anthropics_sdk_goes_back_and_gets_one(world, claude):
    page = claude.models.list(limit=3, before_id="house/m40")
    assert [each.id for each in page.data] == ["house/m43", "house/m42", "house/m41"]
    assert page.has_more and page.first_id == "house/m43" and page.last_id == "house/m41"
    assert [each.id for each in page.get_next_page().data] == ["house/m45", "house/m44"]
    assert claude.models.retrieve("plain").id == "house/plain"
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.models.retrieve("house/nothing")
    assert caught.value.body["type"] == "error"
    for query in [{"after_id": "nobody"}, {"limit": -1}]:
        with pytest.raises(anthropic.BadRequestError):
            claude.models.list(**query)


def test_other_callers_get_openrouters_list(world):
    document = world.http.get("/v1/models").json()
    assert document["object"] == "list" and document["total_count"] == len(world.ids)


# MARK: Streams as arrays


def ask(world, name, query=""):
    body = {"contents": [{"parts": [{"text": "one two three four"}]}]}
    return world.http.post(f"/v1beta/models/{name}:streamGenerateContent{query}", json=body, headers={"x-goog-api-key": USER})


@pytest.mark.parametrize("name", ["stream/other", "stream/same"])
def test_without_alt_sse_a_stream_is_an_array(world, name):
    result = ask(world, name)
    assert result.status_code == 200 and result.headers["content-type"] == "application/json"
    elements = result.json()
    assert len(elements) > 2, "it came in pieces"
    text = "".join(part.get("text", "") for each in elements for part in each["candidates"][0].get("content", {}).get("parts", []))
    assert text == "one two three four"
    assert elements[-1]["candidates"][0]["finishReason"] == "STOP" and elements[-1]["usageMetadata"]["promptTokenCount"] > 0
    lines = result.text.splitlines()
    assert lines[0].startswith("[{") and all(line.startswith(",{") for line in lines[1:-1]) and lines[-1] == "]"
    events = ask(world, name, "?alt=sse")
    assert events.headers["content-type"].startswith("text/event-stream") and events.text.startswith("data: ")


@pytest.mark.parametrize("name", ["stream/other-cut", "stream/same-cut"])
def test_an_array_that_breaks_off_ends_with_the_error(world, name):
    elements = json.loads(ask(world, name).text)
    assert "candidates" in elements[0] and elements[-1]["error"]["code"] == 502


@pytest.mark.parametrize("name", ["stream/other-broken", "stream/same-broken"])
def test_a_failure_before_the_array_is_its_only_element(world, name):
    result = ask(world, name)
    assert result.status_code == 502
    assert [each["error"]["status"] for each in result.json()] == ["UNAVAILABLE"]
    assert ask(world, name, "?alt=sse").json()["error"]["status"] == "UNAVAILABLE"
