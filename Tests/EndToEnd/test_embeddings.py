"""Embeddings of every caller's format by every provider that has them, through the real program. The providers are the
simulator, which reads requests strictly and has nothing in common with the gateway's codecs; a text has one vector, whoever
embeds it."""

import base64
import json
import struct

import httpx
import openai
import pytest
from google import genai
from google.genai import types
from langchain_openai import OpenAIEmbeddings
from openrouter import OpenRouter

from support.configuration import MANAGEMENT, USER, model, write
from support.processes import Process

AWS = {"access_key_id": "AKIAEXAMPLEEXAMPLE00", "secret_access_key": "canary-aws-7d1f3a5c9e2b4d6f8a0c1e3b5d7f9a2c4e6b8d0f"}
VERTEX = "/v1/projects/p/locations/l/publishers/google"
#: A provider for each way in which embeddings are asked for: its dialect, where it is, what it wants, its model.
PROVIDERS = {
    "openai": ("openai", "/v1", {"api_key": "k"}, "text-embedding-3-small+strict"),
    "azure": ("azure", "", {"api_key": "k"}, "text-embedding-3-large"),
    "gemini": ("gemini", "/v1beta", {"api_key": "k"}, "gemini-embedding-001"),
    "gemini2": ("gemini", "/v1beta", {"api_key": "k"}, "gemini-embedding-2"),
    "vertex": ("vertex", VERTEX, {"google": {"metadata": True}}, "text-embedding-005"),
    "vertex2": ("vertex", VERTEX, {"google": {"metadata": True}}, "gemini-embedding-2"),
    "cohere": ("cohere", "/v2", {"api_key": "k"}, "embed-v4.0"),
    "cohere3": ("cohere", "/v2", {"api_key": "k"}, "embed-multilingual-v3.0"),
    "titan": ("bedrock", "", {"aws": {**AWS, "region": "us-east-1"}}, "amazon.titan-embed-text-v2:0"),
    "bedrock": ("bedrock", "", {"aws": {**AWS, "region": "us-east-1"}}, "us.cohere.embed-v4:0"),
    "ollama": ("ollama", "/api", {}, "nomic-embed-text"),
}
#: Those that embed one text per request.
SINGLE = {"titan", "vertex2"}
#: Those that can be sent tokens.
TOKENS = {"openai", "azure"}
#: Those that do not say how long the input was.
SILENT = {"gemini"}
#: Those whose vectors have one length only.
FIXED = {"cohere3"}
#: Bedrock's and Vertex's failures are their own; a fault is named behind the model.
FAULTS = {"refused": "status=400", "limited": "status=429,retry-after=7", "broken": "status=500", "long": "context-length"}
CALLERS = ["openai", "gemini"]
JSON_TYPE = {"content-type": "application/json"}

each = pytest.mark.parametrize("name", PROVIDERS)
pairs = pytest.mark.parametrize("caller", CALLERS)


def endpoint(provider, upstream_model, price):
    """An endpoint that declares nothing."""
    return {"provider": provider, "upstream_model": upstream_model, "pricing": price}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    process = Process(
        "simulate", "--listen", "127.0.0.1:0", "--ttft-ms", 0, "--tokens-per-second", 0,
        "--models", ",".join(sorted({name.split("+")[0] for _, _, _, name in PROVIDERS.values()})),
        "--aws-access-key", AWS["access_key_id"], "--aws-secret-key", AWS["secret_access_key"],
        folder=tmp_path_factory.mktemp("simulator"))
    process.http = httpx.Client(base_url=process.url, timeout=5)
    yield process
    assert process.stop() == 0


@pytest.fixture(scope="module")
def world(tmp_path_factory, simulated):
    folder = tmp_path_factory.mktemp("embeddings")
    providers, models = [], []
    price = {"prompt": 2, "completion": 0}
    for name, (dialect, path, credentials, upstream) in PROVIDERS.items():
        credentials = json.loads(json.dumps(credentials))
        if dialect == "vertex":
            credentials["google"]["metadata_url"] = simulated.url
        providers.append({"slug": name, "name": name.title(), "dialect": dialect, "base_url": simulated.url + path, **credentials})
        models.append(model(f"{name}/embed", endpoint(name, upstream, price), output_modalities=["embeddings"]))
        for word, fault in FAULTS.items():
            joint = "," if "+" in upstream else "+"
            models.append(model(
                f"{name}/{word}", endpoint(name, upstream + joint + fault, price), output_modalities=["embeddings"]))
    models.append(model(
        "house/small", endpoint("openai", PROVIDERS["openai"][3], price), output_modalities=["embeddings"], context_length=8))
    models.append(model("house/chat", endpoint("openai", "text-embedding-3-small", price)))
    models.append(model(
        "house/both", endpoint("titan", PROVIDERS["titan"][3], {"prompt": 0, "completion": 0}),
        endpoint("cohere", PROVIDERS["cohere"][3], price), output_modalities=["embeddings"]))
    path = write(folder, {
        "server": {"listen": "127.0.0.1:0"}, "providers": providers, "models": models,
        "access": {"management_keys": [MANAGEMENT], "keys": [{"name": "user", "key": USER}]},
        "storage": {"url": f"sqlite:{folder}/books.db"}, "routing": {"retry": {"attempts_per_endpoint": 1}},
        "presets": [{"slug": "short", "name": "short", "model": "ollama/embed", "parameters": {"dimensions": 16}}],
    })
    process = Process("serve", "--config", path, folder=folder)
    process.http = httpx.Client(base_url=process.url, headers={"authorization": f"Bearer {USER}"}, timeout=15)
    process.office = httpx.Client(base_url=process.url, headers={"authorization": f"Bearer {MANAGEMENT}"}, timeout=15)
    process.openai = openai.OpenAI(base_url=process.url + "/v1", api_key=USER, max_retries=0)
    process.genai = genai.Client(api_key=USER, http_options=types.HttpOptions(base_url=process.url))
    yield process
    assert process.stop() == 0
    assert AWS["secret_access_key"] not in process.text


def record(world, result):
    return world.office.get("/v1/generation", params={"id": result.headers["x-generation-id"]}).json()["data"]


def sent(simulated):
    """The last request that the provider got."""
    entry = simulated.http.get("/__simulator/log").json()[-1]
    return entry, json.loads(entry["body"])


def post(world, caller, name, texts, **more):
    """Asks in a caller's format without an SDK; members are named in OpenAI's format."""
    if caller == "openai":
        return world.http.post("/v1/embeddings", json={"model": name, "input": texts, **more})
    names = {"dimensions": "outputDimensionality", "input_type": "taskType"}
    settings = {names.get(key, key): value for key, value in more.items() if key != "provider"}
    own = {"provider": more["provider"]} if "provider" in more else {}
    if isinstance(texts, str):
        return world.http.post(f"/v1beta/models/{name}:embedContent", json={
            "content": {"parts": [{"text": texts}]}, **settings, **own})
    return world.http.post(f"/v1beta/models/{name}:batchEmbedContents", json={
        "requests": [{"model": "models/" + name, "content": {"parts": [{"text": text}]}, **settings} for text in texts], **own})


def vectors(caller, result):
    assert result.status_code == 200, result.text
    document = result.json()
    if caller == "openai":
        assert document["object"] == "list" and [row["index"] for row in document["data"]] == list(range(len(document["data"])))
        return [row["embedding"] for row in document["data"]]
    return [row["values"] for row in document.get("embeddings") or [document["embedding"]]]


def message(caller, result):
    error = result.json()["error"]
    assert error["code"] == result.status_code
    if caller == "gemini":
        assert error["status"]
    return error["message"]


def unpacked(text):
    data = base64.b64decode(text)
    return list(struct.unpack(f"<{len(data) // 4}f", data))


@pytest.fixture(scope="module")
def truth(world):
    """The vectors of some texts, as OpenAI's simulated server sends them."""
    texts = ["alpha", "beta gamma", "alpha beta"]
    return dict(zip(texts, vectors("openai", post(world, "openai", "openai/embed", texts))))


# MARK: What arrives


@pairs
@each
def test_one_text_is_embedded_counted_and_billed(world, truth, caller, name):
    result = post(world, caller, f"{name}/embed", "beta gamma")
    assert vectors(caller, result) == [truth["beta gamma"]]
    assert result.headers["x-patchbay-provider"] == name and "x-patchbay-dropped" not in result.headers
    kept = record(world, result)
    assert kept["api_type"] == "embeddings" and kept["tokens_completion"] == 0
    tokens = kept["tokens_prompt"]
    assert tokens > 0 if name in SILENT else tokens == 2
    assert kept["total_cost"] == pytest.approx(tokens * 2e-6)
    if caller == "openai":
        usage = result.json()["usage"]
        assert usage["prompt_tokens"] == usage["total_tokens"] == tokens
        assert usage["cost"] == pytest.approx(tokens * 2e-6)
        assert usage.get("is_estimated", False) == (name in SILENT)
        assert result.json()["model"] == f"{name}/embed" and result.json()["provider"] == name.title()
    else:
        assert result.json()["usageMetadata"]["promptTokenCount"] == tokens


@pairs
@each
def test_several_texts_come_in_their_order_or_are_refused(world, truth, caller, name):
    texts = ["beta gamma", "alpha", "alpha beta"]
    result = post(world, caller, f"{name}/embed", texts)
    if name not in SINGLE:
        assert vectors(caller, result) == [truth[text] for text in texts]
        return
    assert result.status_code == 400
    assert "one text per request, not 3" in message(caller, result)


@pairs
@each
def test_the_length_of_vectors_is_asked_for_or_named(world, caller, name):
    result = post(world, caller, f"{name}/embed", "alpha", dimensions=512)
    found = vectors(caller, result)[0]
    dropped = {"openai": "dimensions", "gemini": "outputDimensionality"}[caller]
    if name in FIXED:
        assert len(found) != 512 and result.headers["x-patchbay-dropped"] == dropped
        assert record(world, result)["dropped_parameters"] == dropped
    else:
        assert len(found) == 512 and "x-patchbay-dropped" not in result.headers


@each
def test_base64_is_what_the_numbers_are(world, truth, name):
    result = post(world, "openai", f"{name}/embed", "alpha", encoding_format="base64")
    assert unpacked(vectors("openai", result)[0]) == pytest.approx(truth["alpha"], rel=1e-6)


@each
def test_tokens_are_embedded_or_refused(world, name):
    for tokens in [[1, 2, 3], [[1, 2], [3]]]:
        result = post(world, "openai", f"{name}/embed", tokens)
        if name in TOKENS:
            assert len(vectors("openai", result)) == (1 if tokens[0] == 1 else 2)
        else:
            assert result.status_code == 400 and "tokens" in message("openai", result)
            assert result.json()["error"]["metadata"]["field"] == "input"


@pytest.mark.parametrize("name,place,word", [
    ("gemini", lambda body: body["requests"][0]["taskType"], "RETRIEVAL_QUERY"),
    ("vertex", lambda body: body["instances"][0]["task_type"], "RETRIEVAL_QUERY"),
    ("cohere", lambda body: body["input_type"], "search_query"),
    ("cohere3", lambda body: body["input_type"], "search_query"),
    ("bedrock", lambda body: body["input_type"], "search_query"),
    ("gemini2", None, None), ("vertex2", None, None), ("titan", None, None), ("ollama", None, None), ("azure", None, None),
])
@pairs
def test_what_vectors_are_for_is_said_in_the_providers_words(world, simulated, caller, name, place, word):
    if caller == "openai" and name == "azure":
        return  # the caller's own bytes go there
    asked = {"openai": "search_query", "gemini": "RETRIEVAL_QUERY"}[caller]
    result = post(world, caller, f"{name}/embed", "alpha", input_type=asked)
    assert result.status_code == 200, result.text
    _, body = sent(simulated)
    if place:
        assert place(body) == word and "x-patchbay-dropped" not in result.headers
    else:
        assert result.headers["x-patchbay-dropped"] == {"openai": "input_type", "gemini": "taskType"}[caller]


def test_an_openai_callers_bytes_reach_a_server_of_that_format_untouched(world, simulated):
    text = '{ "input" : ["caf\\u00e9"],"model":"openai/embed", "encoding_format": "float" }'
    assert world.http.post("/v1/embeddings", content=text, headers=JSON_TYPE).status_code == 200
    assert sent(simulated)[0]["body"] == text.replace("openai/embed", PROVIDERS["openai"][3])


def test_members_of_a_providers_own_reach_it_and_others_are_named(world, simulated):
    more = {"truncate": "END", "keep_alive": "1m", "priority": 3, "user": "u-1", "unheard_of": 1}
    result = post(world, "openai", "cohere/embed", "alpha", **more)
    assert result.status_code == 200, result.text
    assert sent(simulated)[1]["truncate"] == "END" and sent(simulated)[1]["priority"] == 3
    assert result.headers["x-patchbay-dropped"] == "user, keep_alive, unheard_of"
    result = post(world, "openai", "ollama/embed", "alpha", **more)
    assert sent(simulated)[1]["truncate"] is True and sent(simulated)[1]["keep_alive"] == "1m"
    assert result.headers["x-patchbay-dropped"] == "user, priority, unheard_of"


def test_titles_reach_models_that_read_them(world, simulated):
    request = {"content": {"parts": [{"text": "alpha"}]}, "taskType": "RETRIEVAL_DOCUMENT", "title": "A title"}
    result = world.http.post("/v1beta/models/gemini/embed:embedContent", json=request)
    assert result.status_code == 200 and sent(simulated)[1]["requests"][0]["title"] == "A title"
    result = world.http.post("/v1beta/models/vertex/embed:embedContent", json=request)
    assert result.status_code == 200 and sent(simulated)[1]["instances"][0]["title"] == "A title"
    result = world.http.post("/v1beta/models/cohere/embed:embedContent", json=request)
    assert result.status_code == 200 and result.headers["x-patchbay-dropped"] == "title"


def test_openrouters_parts_are_embedded_where_they_are_text(world, truth):
    result = post(world, "openai", "cohere/embed", [{"content": [{"type": "text", "text": "alpha"}]}])
    assert vectors("openai", result) == [truth["alpha"]]
    picture = [{"content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]
    refused = post(world, "openai", "cohere/embed", picture)
    assert refused.status_code == 400 and refused.json()["error"]["metadata"]["field"] == "input[0].content[0]"


def test_a_preset_adds_what_is_missing(world):
    result = post(world, "openai", "@preset/short", "alpha")
    assert len(vectors("openai", result)[0]) == 16
    result = world.http.post("/v1beta/models/@preset/short:embedContent", json={"content": {"parts": [{"text": "alpha"}]}})
    assert len(vectors("gemini", result)[0]) == 16


# MARK: Where it goes


@pairs
def test_an_endpoint_that_would_lose_something_can_be_excluded(world, caller):
    for more, lost in [({"dimensions": 512}, {"openai": "dimensions", "gemini": "outputDimensionality"}[caller])]:
        result = post(world, caller, "cohere3/embed", "alpha", provider={"require_parameters": True}, **more)
        assert result.status_code == 404 and lost in message(caller, result)
    kept = post(world, caller, "cohere/embed", "alpha", provider={"require_parameters": True}, dimensions=512)
    assert kept.status_code == 200, kept.text


def test_what_an_endpoint_cannot_be_asked_goes_to_one_that_can(world, truth):
    several = ["alpha", "beta gamma"]
    result = post(world, "openai", "house/both", several, provider={"require_parameters": True})
    assert result.headers["x-patchbay-provider"] == "cohere"
    assert vectors("openai", result) == [truth[text] for text in several]
    result = post(world, "openai", "titan/embed", several, models=["ollama/embed"])
    assert result.headers["x-patchbay-provider"] == "ollama"
    alone = post(world, "openai", "house/both", "alpha", provider={"require_parameters": True})
    assert alone.headers["x-patchbay-provider"] == "titan"
    tokens = post(world, "openai", "ollama/embed", [1, 2], provider={"require_parameters": True})
    assert tokens.status_code == 404 and tokens.json()["error"]["metadata"]["excluded_by"] == ["dialect"]


def test_a_batch_may_be_longer_than_what_the_model_reads_at_a_time(world):
    result = post(world, "openai", "house/small", ["one two three four five"] * 40)
    assert len(vectors("openai", result)) == 40 and record(world, result)["tokens_prompt"] == 200
    assert "billed more than was held" not in world.text


def test_a_chat_model_embeds_nothing(world):
    result = post(world, "gemini", "house/chat", "alpha")
    assert result.status_code == 400 and "not an embedding model" in message("gemini", result)


# MARK: Failures


@pytest.mark.parametrize("word,status", [("refused", 400), ("limited", 429), ("broken", 502), ("long", 400)])
@pairs
@each
def test_failures_have_the_callers_form(world, caller, name, word, status):
    result = post(world, caller, f"{name}/{word}", "alpha")
    assert result.status_code == status, result.text
    assert message(caller, result)
    if word == "limited":
        assert result.headers["retry-after"] == "7"
    if word == "long" and caller == "openai":
        assert result.json()["error"]["metadata"]["error_type"] == "context_length_exceeded"
    assert record(world, result)["total_cost"] == 0


# MARK: With the SDKs


@each
def test_openais_sdk_embeds(world, truth, name):
    answer = world.openai.embeddings.create(model=f"{name}/embed", input=["alpha"])
    assert answer.data[0].embedding == pytest.approx(truth["alpha"], rel=1e-6)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 0
    plain = world.openai.embeddings.create(model=f"{name}/embed", input="alpha", encoding_format="float")
    assert plain.data[0].embedding == truth["alpha"]
    if name in SINGLE:
        with pytest.raises(openai.BadRequestError, match="one text per request"):
            world.openai.embeddings.create(model=f"{name}/embed", input=["alpha", "beta"])


@each
def test_googles_sdk_embeds(world, truth, name):
    answer = world.genai.models.embed_content(model=f"{name}/embed", contents=["alpha"])
    assert [each.values for each in answer.embeddings] == [truth["alpha"]]
    if name in SINGLE:
        with pytest.raises(genai.errors.ClientError, match="INVALID_ARGUMENT"):
            world.genai.models.embed_content(model=f"{name}/embed", contents=["alpha", "beta"])
        return
    config = types.EmbedContentConfig(output_dimensionality=512, task_type="CLUSTERING")
    both = world.genai.models.embed_content(model=f"{name}/embed", contents=["alpha", "beta"], config=config)
    assert [len(each.values) for each in both.embeddings] == ([256, 256] if name in FIXED else [512, 512])


@each
def test_openrouters_sdk_embeds(world, truth, name):
    with OpenRouter(api_key=USER, server_url=world.url + "/api/v1") as client:
        answer = client.embeddings.generate(model=f"{name}/embed", input="alpha", dimensions=256)
        assert answer.data[0].embedding == pytest.approx(truth["alpha"]) and answer.data[0].index == 0
        assert answer.model == f"{name}/embed" and answer.usage.prompt_tokens > 0


@each
def test_langchain_embeds(world, truth, name):
    # Unless told otherwise it sends tokens, which OpenAI's models alone understand.
    client = OpenAIEmbeddings(
        model=f"{name}/embed", base_url=world.url + "/v1", api_key=USER, check_embedding_ctx_length=False, max_retries=0)
    assert client.embed_query("alpha") == pytest.approx(truth["alpha"], rel=1e-6)
    if name not in SINGLE:
        assert client.embed_documents(["beta gamma", "alpha"])[0] == pytest.approx(truth["beta gamma"], rel=1e-6)
