"""The reading routes, against what OpenRouter's interface says they hold."""

import re
from decimal import Decimal

import pytest

MODALITY = {"text", "image", "audio", "file", "video", "embeddings", "rerank", "speech", "transcription"}


def check_pricing(pricing):
    assert {"prompt", "completion"} <= set(pricing)
    for name, price in pricing.items():
        assert isinstance(price, str) and re.fullmatch(r"-?\d+(\.\d+)?", price), (name, price)


def check_architecture(architecture):
    assert set(architecture["input_modalities"]) <= MODALITY and architecture["input_modalities"]
    assert set(architecture["output_modalities"]) <= MODALITY and architecture["output_modalities"]
    assert re.fullmatch(r"[a-z+]+->[a-z+]+", architecture["modality"])
    assert "tokenizer" in architecture and "instruct_type" in architecture


def check_model(model):
    assert "/" in model["id"] and isinstance(model["name"], str) and isinstance(model["canonical_slug"], str)
    assert isinstance(model["created"], int) and isinstance(model["description"], str)
    assert model["context_length"] is None or model["context_length"] > 0
    check_architecture(model["architecture"])
    check_pricing(model["pricing"])
    assert {"context_length", "max_completion_tokens", "is_moderated"} <= set(model["top_provider"])
    assert isinstance(model["top_provider"]["is_moderated"], bool)
    assert isinstance(model["supported_parameters"], list)
    for name in ["per_request_limits", "default_parameters", "supported_voices", "expiration_date"]:
        assert name in model
    assert model["links"]["details"] == f"/api/v1/models/{model['id']}/endpoints"
    assert model["object"] == "model" and model["owned_by"] == model["id"].split("/")[0]


def check_endpoint(endpoint):
    for name in ["name", "model_id", "model_name", "provider_name", "tag"]:
        assert isinstance(endpoint[name], str) and endpoint[name]
    assert isinstance(endpoint["context_length"], int)
    for name in ["max_completion_tokens", "max_prompt_tokens", "quantization", "status", "uptime_last_5m",
                 "uptime_last_30m", "uptime_last_1d", "latency_last_30m", "throughput_last_30m"]:
        assert name in endpoint
    assert isinstance(endpoint["supports_implicit_caching"], bool)
    assert isinstance(endpoint["supported_parameters"], list)
    check_pricing(endpoint["pricing"])


def read(gateway, path, status=200):
    result = gateway.http.get(path)
    assert result.status_code == status, result.text
    return result.json()


def test_models_are_listed_in_openrouters_and_openais_shape(gateway):
    document = read(gateway, "/api/v1/models")
    assert document["object"] == "list"
    assert document["total_count"] == len(document["data"]) and document["links"] == {"next": None}
    for model in document["data"]:
        check_model(model)
    echo = next(model for model in document["data"] if model["id"] == "test/echo")
    assert Decimal(echo["pricing"]["prompt"]) == Decimal("0.00000015")
    assert Decimal(echo["pricing"]["completion"]) == Decimal("0.0000006")
    assert "test/embed" not in [model["id"] for model in document["data"]]


def test_the_price_of_a_model_is_its_cheapest_endpoints(gateway):
    both = read(gateway, "/v1/models/test/both")["data"]
    assert Decimal(both["pricing"]["prompt"]) == Decimal("0.00000015")


@pytest.mark.parametrize("path", ["/v1/models/test/echo", "/v1/models/test%2Fecho", "/v1/model/test/echo",
                                  "/v1/models/echo", "/v1/models/openrouter/test/echo", "/v1/models/TEST/Echo"])
def test_a_model_is_found_under_all_its_names(gateway, path):
    document = read(gateway, path)
    assert document["id"] == "test/echo" and document["object"] == "model"
    check_model(document["data"])


def test_endpoints_of_a_model_are_listed_with_their_prices(gateway):
    data = read(gateway, "/v1/models/test/both/endpoints")["data"]
    assert {"id", "name", "created", "description", "architecture", "endpoints"} <= set(data)
    check_architecture(data["architecture"])
    for endpoint in data["endpoints"]:
        check_endpoint(endpoint)
    assert [endpoint["provider_name"] for endpoint in data["endpoints"]] == ["Alpha", "Beta"]
    assert [Decimal(endpoint["pricing"]["prompt"]) for endpoint in data["endpoints"]] == [
        Decimal("0.00000015"), Decimal("0.000003")]


def test_an_unknown_model_is_not_found_anywhere(gateway):
    for path in ["/v1/models/a/b", "/v1/model/a/b", "/v1/models/a/b/endpoints"]:
        assert read(gateway, path, 404)["error"]["metadata"]["error_type"] == "model_not_found"


def test_models_are_counted_filtered_and_paged(gateway):
    everything = read(gateway, "/v1/models")["data"]
    assert read(gateway, "/v1/models/count")["data"]["count"] == len(everything)
    assert [m["id"] for m in read(gateway, "/v1/models?q=echo")["data"]] == ["test/echo"]
    images = read(gateway, "/v1/models?input_modalities=image")["data"]
    assert {model["id"] for model in images} == {"test/image", "test/exact-images"}
    tools = read(gateway, "/v1/models?supported_parameters=tools")["data"]
    assert "test/plain" not in [model["id"] for model in tools] and len(tools) > 10
    first = read(gateway, "/v1/models?limit=2")
    assert len(first["data"]) == 2 and first["links"]["next"]
    second = read(gateway, first["links"]["next"])
    assert [m["id"] for m in first["data"] + second["data"]] == [m["id"] for m in everything[:4]]
    assert read(gateway, "/v1/models?limit=0", 400)["error"]["metadata"]["field"] == "limit"


def test_embedding_models_have_a_list_of_their_own(gateway):
    document = read(gateway, "/v1/embeddings/models")
    assert [model["id"] for model in document["data"]] == ["test/embed"]
    check_model(document["data"][0])


def test_providers_are_listed_without_their_credentials(gateway):
    rows = read(gateway, "/v1/providers")["data"]
    assert {"Alpha", "Beta", "Exact"} <= {row["name"] for row in rows}
    for row in rows:
        assert {"name", "slug", "privacy_policy_url", "terms_of_service_url", "status_page_url"} <= set(row)
        assert "api_key" not in row and "base_url" not in row


def test_endpoints_that_retain_nothing_are_listed(gateway):
    rows = read(gateway, "/v1/endpoints/zdr")["data"]
    assert rows and {row["provider_name"] for row in rows} == {"Beta"}
    for row in rows:
        check_endpoint(row)


def test_privacy_preferences_choose_the_provider(gateway):
    assert gateway.chat("test/both").json()["provider"] == "Alpha"
    assert gateway.chat("test/both", provider={"zdr": True}).json()["provider"] == "Beta"
    assert gateway.chat("test/both", provider={"data_collection": "deny"}).json()["provider"] == "Beta"
    header = gateway.http.post(
        "/v1/chat/completions", headers={"x-openrouter-zdr": "true"},
        json={"model": "test/both", "messages": [{"role": "user", "content": "x"}]})
    assert header.json()["provider"] == "Beta"
    refused = gateway.chat("test/echo", provider={"zdr": True})
    assert refused.status_code == 404
    assert refused.json()["error"]["metadata"]["endpoints"][0]["reason"]


def test_provider_preferences_order_restrict_and_ignore(gateway):
    for preferences, name in [({"order": ["beta"]}, "Beta"), ({"only": ["BETA"]}, "Beta"), ({"ignore": ["Alpha"]}, "Beta"),
                              ({"order": ["alpha", "beta"]}, "Alpha"), ({"sort": "price"}, "Alpha")]:
        assert gateway.chat("test/both", provider=preferences).json()["provider"] == name
    assert gateway.chat("test/both", provider={"only": ["gamma"]}).status_code == 404
    assert gateway.chat("test/both", provider={"order": 7}).status_code == 400


def test_tools_go_only_where_they_are_understood(gateway):
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    refused = gateway.chat("test/plain", tools=[tool])
    assert refused.status_code == 404
    assert gateway.chat("test/plain").status_code == 200


def test_kinds_of_models_are_not_confused(gateway):
    assert gateway.chat("test/embed").status_code == 400
    wrong = gateway.http.post("/v1/embeddings", json={"model": "test/echo", "input": "x"})
    assert wrong.status_code == 400
