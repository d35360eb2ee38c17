"""Every route, asked by everybody: no key, a key of each role, disabled, expired, unknown, deleted. The routes and who may use them
come from `patchbay routes --json`, so that a new route is tested the day it is made."""

import datetime
import json
import re

import httpx
import pytest

from support.configuration import MANAGEMENT, USER
from support.office import Office
from support.processes import ROOT, eventually, run
from support.wire import client_at

SAMPLES = {"hash": "0" * 64, "id": "default", "interval": "daily", "author": "test", "name": "echo",
           "model": "test/echo"}
ACCESS = {"open": set(), "key": {"user", "management"}, "user": {"user"}, "management": {"management"}}


def routes(folder):
    result = run("routes", "--json", folder=folder)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def error_type(document):
    """What kind of error a body tells, in whatever format it is."""
    error = document["error"]
    google = {"UNAUTHENTICATED": "authentication", "PERMISSION_DENIED": "permission_denied"}
    return google.get(error.get("status")) or error.get("error_type") or error["metadata"]["error_type"]


def calls(folder):
    """Every method of every path, aliases too, with a sample for what varies."""
    for row in routes(folder):
        for path in [row["path"], *row["aliases"]]:
            filled = re.sub(r"\{(\w+)\}", lambda name: SAMPLES[name[1]], path)
            for method in [row["method"]] + (["HEAD"] if row["method"] == "GET" else []):
                yield method, filled, row["access"]


@pytest.fixture(scope="module")
def office(tmp_path_factory, alpha):
    office = Office(tmp_path_factory.mktemp("roles"), alpha.url, httpx.Client)
    yield office
    assert office.process.stop() == 0


@pytest.fixture(scope="module")
def callers(office):
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
    _, expired = office.make_key(expires_at=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    off, disabled = office.make_key()
    office.do("PATCH", f"/v1/keys/{off['hash']}", {"disabled": True})
    gone, deleted = office.make_key()
    office.do("DELETE", f"/v1/keys/{gone['hash']}")
    _, made = office.make_key()
    eventually(lambda: office.call("GET", "/v1/key", key=expired).status_code != 200, "the end of the key", pause=0.05)
    return {
        "nobody": (None, None), "user": (USER, "user"), "made": (made, "user"), "management": (MANAGEMENT, "management"),
        "disabled": (disabled, None), "expired": (expired, None), "deleted": (deleted, None),
        "unknown": ("sk-pb-v1-" + "a" * 48, None),
    }


def test_every_route_serves_whom_its_table_names_and_nobody_else(office, callers, tmp_path):
    count = 0
    for number, (method, path, access) in enumerate(calls(tmp_path)):
        body = "{}" if method in ("POST", "PUT", "PATCH") else None
        with client_at(number, office.process.url) as http:
            results = {name: office.call(method, path, body, key, http) for name, (key, _) in callers.items()}
        for name, (_, role) in callers.items():
            result = results[name]
            status = result.status_code
            where = f"{method} {path} by {name}: {status} {result.text[:200]}"
            count += 1
            if access == "open" or role in ACCESS[access]:
                assert status not in (401, 403, 405, 500, 503), where
                assert status != 404 or "0" * 64 in path or path.endswith("/budgets/daily"), where
            elif role:
                assert status == 403, where
            else:
                assert status == 401, where
            if status in (401, 403) and method != "HEAD":
                expected = "authentication" if status == 401 else "permission_denied"
                assert error_type(result.json()) == expected, where
    assert count > 500


def test_the_reason_of_a_401_is_told_apart(office, callers):
    for name, word in [("nobody", "No API key"), ("disabled", "disabled"), ("expired", "expired"), ("unknown", "not known"),
                       ("deleted", "not known")]:
        assert word in office.call("GET", "/v1/key", key=callers[name][0]).json()["error"]["message"]


def test_a_method_that_is_not_in_the_table_is_a_405_with_those_that_are(office, tmp_path):
    methods = {}
    for method, path, _ in calls(tmp_path):
        methods.setdefault(path, set()).add(method)
    for path, known in methods.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
            result = office.call(method, path, "{}")
            assert result.status_code == 405, f"{method} {path}"
            assert set(result.headers["allow"].split(", ")) == known | {"OPTIONS"}
        assert office.call("OPTIONS", path, key=None).status_code == 204


def test_every_route_of_the_table_stands_in_the_documents(tmp_path):
    text = (ROOT / "Docs/http.md").read_text() + (ROOT / "Docs/administration.md").read_text()
    for row in routes(tmp_path):
        path = re.sub(r"^/v1", "", row["path"])
        forms = [path, path.replace("{hash}", "$HASH").replace("{id}", "team").replace("{interval}", "monthly")]
        assert any(form in text for form in forms), row["path"]


def test_without_keys_the_administration_still_wants_one(tmp_path, alpha):
    office = Office(tmp_path, alpha.url, httpx.Client, require_key=False)
    try:
        assert office.chat(None).status_code == 200
        assert office.chat("sk-anything").status_code == 200
        assert office.do("GET", "/v1/key", key=None)["data"]["label"] == "anonymous"
        assert office.do("GET", "/v1/key", key=None)["data"]["usage"] > 0
        for key, status in [(None, 401), ("sk-anything", 401), (USER, 403), (MANAGEMENT, 200)]:
            assert office.call("GET", "/v1/keys", key=key).status_code == status
        assert office.call("GET", "/v1/keys", key=None).json()["error"]["message"].startswith("This needs a management key")
    finally:
        office.process.stop()
