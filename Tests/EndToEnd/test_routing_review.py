"""What a review of routing found: what the caller is told about limits, disabled providers, fallbacks and attempts."""

import json

import pytest

from support.configuration import DEAR_PRICE, MANAGEMENT, USER, configuration, endpoint, model, provider
from support.processes import eventually, run
from support.provider import chunk, response, stream, usage_chunk

ASKED = {"x-openrouter-metadata": "enabled"}


def refusal(status, *fields):
    return response('{"error":{"message":"no"}}', status=f"{status} No", fields=fields)


@pytest.fixture
def own(serve, alpha, beta, exact, tmp_path):
    """Starts a gateway with further models, providers, keys and rules for attempts."""

    def begin(*models, providers=(), access=(), key=USER, **routing):
        document = configuration(alpha.url, beta.url, exact.url, tmp_path)
        document["models"] += models
        document["providers"] += providers
        document["access"].update(access)
        document["routing"].update(routing)
        return serve(document, key)

    return begin


def ask(gateway, name, fields=ASKED, **more):
    body = {"model": name, "messages": [{"role": "user", "content": "Hi."}], **more}
    return gateway.http.post("/v1/chat/completions", json=body, headers=fields)


# Limits

@pytest.mark.parametrize("status", [503, 529])
def test_an_overload_stays_one_until_its_time_is_over(own, exact, status):
    gateway = own()
    exact.reset(refusal(status, "Retry-After: 3000"))
    for number in range(4):
        result = ask(gateway, "test/exact")
        assert result.status_code == 503 and 2900 <= int(result.headers["retry-after"]) <= 3000
        error = result.json()["error"]
        assert error["metadata"]["error_type"] == "provider_overloaded"
        assert len(error["metadata"]["attempts"]) == (1 if number == 0 else 0)
    assert len(exact.requests) == 1


def test_a_chain_has_no_more_attempts_than_allowed(own, alpha):
    names = [f"test/chain-{number}" for number in range(3)]
    gateway = own(*[model(name, endpoint("alpha", "echo+status=500")) for name in names], retry={"max_attempts": 2})
    error = ask(gateway, names[0], models=names[1:]).json()["error"]
    assert [attempt["model"] for attempt in error["metadata"]["attempts"]] == names[:2]


# Fallbacks

def test_configured_fallbacks_are_no_way_out_where_fallbacks_are_forbidden(own, alpha):
    gateway = own(model("test/first", endpoint("alpha", "echo+status=500"), fallbacks=["test/beta"]))
    assert ask(gateway, "test/first").json()["model"] == "test/beta"
    strict = {"allow_fallbacks": False}
    assert ask(gateway, "test/first", provider=strict).status_code == 502
    # What the caller names is its own wish.
    assert ask(gateway, "test/first", provider=strict, models=["test/beta"]).json()["model"] == "test/beta"


# Disabled providers

def test_a_disabled_provider_is_the_reason_and_not_a_gap(own, tmp_path):
    off = provider("off", "http://127.0.0.1:9", disabled=True)
    gateway = own(
        model("test/off", endpoint("off")), model("test/half", endpoint("off"), endpoint("beta", price=DEAR_PRICE)),
        model("test/saved", endpoint("off"), fallbacks=["test/beta"]), providers=[off])
    result = ask(gateway, "test/off")
    error = result.json()["error"]
    assert result.status_code == 404 and error["metadata"]["error_type"] == "not_found"
    assert "No endpoint of 'test/off' can serve this request" in error["message"] and "disabled" in error["message"]
    assert [(row["endpoint"], row["excluded_by"]) for row in error["metadata"]["endpoints"]] == [("off", "disabled")]
    evidence = ask(gateway, "test/half").json()["openrouter_metadata"]["endpoints"]
    assert evidence["total"] == 2 and len(evidence["available"]) == 1
    assert ask(gateway, "test/saved").json()["model"] == "test/beta"
    listed = {row["id"] for row in gateway.http.get("/v1/models").json()["data"]}
    assert "test/off" not in listed and "test/half" in listed
    route = run("route", "--model", "test/half", "--config", tmp_path / "patchbay.yaml", "--json", folder=tmp_path)
    excluded = json.loads(route.stdout)["excluded"]
    assert [(row["endpoint"], row["excluded_by"]) for row in excluded] == [("off", "disabled")]


# Keys

def test_a_management_key_calls_no_model_where_no_key_is_needed_either(own, alpha):
    gateway = own(access={"require_key": False}, key=None)
    assert ask(gateway, "test/echo", {"authorization": "Bearer sk-anything"}).status_code == 200
    for path in ["chat/completions", "messages", "embeddings"]:
        result = gateway.http.post(
            f"/v1/{path}", json={"model": "test/echo"}, headers={"authorization": f"Bearer {MANAGEMENT}"})
        assert result.status_code == 403 and "management key" in result.json()["error"]["message"]


def test_speeds_are_for_callers_with_a_key(own, exact):
    gateway = own()
    fast = stream(chunk({"content": "fast"}), chunk(finish="stop"), usage_chunk())
    exact.reset(*[fast] * 6)
    for _ in range(6):
        assert ask(gateway, "test/exact", stream=True).status_code == 200

    def look(url, key):
        fields = {"authorization": f"Bearer {key}"} if key else {"authorization": ""}
        result = gateway.http.get("/v1/models/test/exact/endpoints", headers=fields)
        assert result.status_code == 200
        return result.json()["data"]["endpoints"][0]

    # Measurements of one loop reach the others about once a second.
    eventually(lambda: look(gateway, USER)["latency_last_30m"], "the percentiles")
    assert look(gateway, USER)["throughput_last_30m"]["p50"] > 0
    for key in [None, "sk-not-known-here-000"]:
        row = look(gateway, key)
        assert row["latency_last_30m"] is None and row["throughput_last_30m"] is None
        assert row["uptime_last_5m"] == 100


# What is told

def test_attempts_are_told_with_the_provider_s_own_status(own, exact):
    statuses = [500, 401, 404, 429, 529, 302]
    names = [f"test/told-{status}" for status in statuses]
    gateway = own(
        *[model(name, endpoint("exact", f"m-{name}")) for name in names], model("test/gone", endpoint("nowhere")),
        model("test/inside", endpoint("exact", "inside")),
        retry={"attempts_per_endpoint": 1, "wait_for_model_ms": 0})
    exact.reset(*[refusal(status) for status in statuses], response('{"error":{"code":418,"message":"tea"}}'))
    result = ask(gateway, names[0], models=[*names[1:], "test/inside", "test/gone"])
    expected = [*statuses, 418, 502]
    assert [attempt["status"] for attempt in result.json()["error"]["metadata"]["attempts"]] == expected
    assert [attempt["status"] for attempt in result.json()["openrouter_metadata"]["attempts"]] == expected


@pytest.mark.parametrize("name", ["X-OpenRouter-Metadata", "X-OpenRouter-Experimental-Metadata"])
def test_a_refusal_after_routing_comes_with_the_evidence(own, alpha, name):
    gateway = own(access={"keys": [{"name": "poor", "key": USER, "limit_usd": 0.000001}]})
    asked = {name: "Enabled"}
    evidence = ask(gateway, "test/both", asked, provider={"only": ["nobody"]}).json()["openrouter_metadata"]
    assert evidence["requested"] == "test/both" and evidence["attempt"] == 0 and evidence["strategy"] == "direct"
    assert evidence["endpoints"] == {"total": 2, "available": []}
    poor = ask(gateway, "test/both", asked)
    assert poor.status_code == 402
    evidence = poor.json()["openrouter_metadata"]
    assert evidence["attempt"] == 0 and evidence["attempts"] == []
    assert [row["provider"] for row in evidence["endpoints"]["available"]] == ["Alpha", "Beta"]
    assert not any(row["selected"] for row in evidence["endpoints"]["available"])
    # Before routing there is nothing to tell, and nobody is told who does not ask.
    assert "openrouter_metadata" not in ask(gateway, "test/unheard-of", asked).json()
    assert "openrouter_metadata" not in ask(gateway, "test/both", asked, temperature="hot").json()
    assert "openrouter_metadata" not in ask(gateway, "test/both", {name: "disabled"}).json()


def test_records_name_providers_as_people_do(own, exact):
    gateway = own(model("test/two", endpoint("exact"), endpoint("beta", price=DEAR_PRICE)))
    exact.reset(refusal(500))
    identity = ask(gateway, "test/two").json()["id"]
    rows = gateway.http.get("/v1/generation", params={"id": identity}).json()["data"]["provider_responses"]
    assert [row["provider_name"] for row in rows] == ["Exact", "Beta"]


def test_messages_name_providers_as_people_do(own, exact):
    gateway = own()
    exact.reset(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n"
                b"Connection: close\r\n\r\n{\"choices\":[")
    assert ask(gateway, "test/exact").json()["error"]["message"] == "Provider Exact cut its answer short"
