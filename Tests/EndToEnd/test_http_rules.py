"""Routes, methods, keys, content types, CORS: what stands around every request."""

import json

import pytest

from support.configuration import MANAGEMENT, NARROW, USER
from support.wire import connection, read_until, request_bytes

BODY = {"model": "test/echo", "messages": [{"role": "user", "content": "x"}]}
OPEN = ["/health", "/ready", "/v1/models", "/v1/models/count", "/v1/model/test/echo", "/v1/models/test/echo",
        "/v1/models/test/echo/endpoints", "/v1/providers", "/v1/endpoints/zdr", "/v1/embeddings/models"]


def get(gateway, path, key=None, method="GET", **fields):
    request = gateway.http.build_request(method, path, headers=fields)
    request.headers.pop("authorization", None)
    if key:
        request.headers["authorization"] = f"Bearer {key}"
    return gateway.http.send(request)


def post(gateway, fields, path="/v1/chat/completions", **more):
    request = gateway.http.build_request("POST", path, json=BODY, **more)
    request.headers.pop("authorization", None)
    request.headers.update(fields)
    return gateway.http.send(request)


@pytest.mark.parametrize("path", OPEN)
def test_the_catalogue_and_the_state_need_no_key(gateway, path):
    assert get(gateway, path).status_code == 200


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"])
def test_every_inference_route_needs_a_key(gateway, path):
    result = post(gateway, {}, path)
    assert result.status_code == 401
    assert result.json()["error"]["metadata"]["error_type"] == "authentication"
    assert "Authorization: Bearer" in result.json()["error"]["message"]


@pytest.mark.parametrize("fields, status", [
    ({"authorization": f"Bearer {USER}"}, 200), ({"authorization": f"bearer {USER}"}, 200), ({"x-api-key": USER}, 200),
    ({"x-goog-api-key": USER}, 200), ({"authorization": f"Bearer {USER}", "x-api-key": USER}, 200),
    ({"authorization": f"Bearer {USER}", "x-api-key": NARROW}, 400), ({"authorization": f"Bearer {USER}x"}, 401),
    ({"authorization": f"Bearer {USER[:-1]}"}, 401), ({"authorization": f"Basic {USER}"}, 401),
    ({"authorization": "Bearer"}, 401), ({"authorization": "Bearer ' OR 1=1 --"}, 401), ({"x-api-key": ""}, 401),
    ({"authorization": f"Bearer {MANAGEMENT}"}, 403),
])
def test_keys_are_taken_where_sdks_put_them(gateway, fields, status):
    assert post(gateway, fields).status_code == status


def test_a_narrow_key_reaches_only_what_it_may(gateway):
    fields = {"authorization": f"Bearer {NARROW}"}
    assert post(gateway, fields).status_code == 200
    for model in ["test/beta", "test/both"]:
        request = gateway.http.post("/v1/chat/completions", json={**BODY, "model": model}, headers=fields)
        assert request.status_code == 404, request.text
        assert request.json()["error"]["metadata"]["endpoints"]


def test_the_callers_models_are_those_of_the_key(gateway):
    assert get(gateway, "/v1/models/user").status_code == 401
    narrow = get(gateway, "/v1/models/user", NARROW).json()["data"]
    assert [model["id"] for model in narrow] == ["test/echo"]
    assert len(get(gateway, "/v1/models/user", USER).json()["data"]) > 5


@pytest.mark.parametrize("prefix", ["/v1", "/api/v1"])
def test_both_prefixes_serve_the_same(gateway, prefix):
    assert gateway.http.post(prefix + "/chat/completions", json=BODY).json()["model"] == "test/echo"
    assert gateway.http.get(prefix + "/models").json() == gateway.http.get("/v1/models").json()


@pytest.mark.parametrize("content_type", [
    "application/json", "application/json; charset=utf-8", "Application/JSON", "application/vnd.own+json"])
def test_json_may_be_called_by_its_names(gateway, content_type):
    result = gateway.http.post(
        "/v1/chat/completions", content=json.dumps(BODY), headers={"content-type": content_type})
    assert result.status_code == 200


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""])
def test_another_content_type_is_refused_with_the_flag_for_curl(gateway, content_type):
    result = gateway.http.post(
        "/v1/chat/completions", content=json.dumps(BODY), headers={"content-type": content_type})
    assert result.status_code == 415
    assert "-H 'Content-Type: application/json'" in result.json()["error"]["message"]


@pytest.mark.parametrize("path", [
    "/", "/v1", "/v1/", "/v2/models", "/v1/chat", "/v1/chat/completions/", "/V1/models", "//health",
    "/v1/model/echo", "/metrics/x"])
def test_what_is_not_there_is_a_json_404(gateway, path):
    result = get(gateway, path, USER)
    assert result.status_code == 404, result.text
    assert result.json()["error"]["code"] == 404


@pytest.mark.parametrize("path", ["/v1/../health", "/v1/%2e%2e/health", "/v1/./models", "/v1/models%00", "/%2e%2e/x"])
def test_a_path_that_climbs_is_refused(gateway, path):
    with connection(gateway.port) as raw:
        raw.sendall(request_bytes(path, method="GET"))
        assert read_until(raw, b"\r\n\r\n").startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))


@pytest.mark.parametrize("method, path, allowed", [
    ("GET", "/v1/chat/completions", "POST, OPTIONS"), ("PUT", "/v1/models", "GET, HEAD, OPTIONS"),
    ("DELETE", "/health", "GET, HEAD, OPTIONS"), ("POST", "/v1/models", "GET, HEAD, OPTIONS"),
    ("PATCH", "/v1/embeddings", "POST, OPTIONS"),
])
def test_another_method_is_a_405_that_says_which(gateway, method, path, allowed):
    result = get(gateway, path, USER, method)
    assert result.status_code == 405
    assert result.headers["allow"] == allowed
    assert result.json()["error"]["code"] == 405


def test_head_has_the_fields_of_get_and_no_body(gateway):
    whole, head = get(gateway, "/v1/models"), get(gateway, "/v1/models", method="HEAD")
    assert head.status_code == 200 and head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_options_says_which_methods_there_are(gateway):
    result = get(gateway, "/v1/chat/completions", method="OPTIONS")
    assert result.status_code == 204
    assert result.headers["allow"] == "POST, OPTIONS"


def test_a_configured_origin_may_call_and_another_may_not(gateway):
    asked = {"origin": "http://localhost:3000", "access-control-request-method": "POST",
             "access-control-request-headers": "authorization,content-type"}
    preflight = get(gateway, "/v1/chat/completions", method="OPTIONS", **asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert "Origin" in preflight.headers["vary"]
    own = post(gateway, {"authorization": f"Bearer {USER}", "origin": "http://localhost:3000"})
    assert own.headers["access-control-allow-origin"] == "http://localhost:3000"
    refused = post(gateway, {"origin": "http://localhost:3000"})
    assert refused.status_code == 401 and refused.headers["access-control-allow-origin"] == "http://localhost:3000"
    foreign = post(gateway, {"authorization": f"Bearer {USER}", "origin": "http://evil.example"})
    assert "access-control-allow-origin" not in foreign.headers


def test_every_answer_carries_its_own_request_id(gateway):
    results = [get(gateway, path) for path in ["/health", "/v1/models", "/nothing", "/v1/chat/completions"]]
    assert len({result.headers["x-request-id"] for result in results}) == len(results)


def test_with_keys_any_host_is_served(gateway):
    assert get(gateway, "/v1/models", host="gateway.example:8080").status_code == 200


def test_an_absolute_target_is_understood(gateway):
    with connection(gateway.port) as raw:
        raw.sendall(b"GET http://gateway.example/health HTTP/1.1\r\nHost: gateway.example\r\n\r\n")
        assert read_until(raw, b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


def test_answers_of_models_are_not_cached(gateway):
    assert gateway.chat("test/echo").headers["cache-control"] == "private, no-store"
    assert gateway.chat("test/echo", stream=True).headers["cache-control"] == "private, no-store"


def test_no_answer_and_no_failure_repeats_a_key(gateway):
    """Every answer in this suite is searched for secrets; here the ones that quote the request."""
    from support.configuration import SECRETS

    for fields in [{"authorization": f"Bearer {SECRETS['alpha']}"}, {"x-api-key": SECRETS["beta"]}]:
        assert post(gateway, fields).status_code == 401
    result = gateway.chat(gateway.alone("credentials"))
    assert result.status_code == 502


def test_header_injection_through_the_model_name_is_harmless(gateway):
    result = gateway.chat("test/echo\r\nSet-Cookie: a=b")
    assert result.status_code == 404
    assert "set-cookie" not in result.headers
