"""Keys, credits, books and workspaces over HTTP, against the real program and a real store."""

import base64
import concurrent.futures
import datetime
import decimal
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import time
import uuid

import httpx
import pytest

from support.configuration import MANAGEMENT, NARROW, USER
from support.office import Office
from support.processes import ROOT, eventually

ZEROS = "0" * 64


@pytest.fixture(scope="module")
def office(tmp_path_factory, alpha):
    office = Office(tmp_path_factory.mktemp("office"), alpha.url, httpx.Client)
    yield office
    assert office.process.stop() == 0


@pytest.fixture
def own(tmp_path, alpha):
    """A gateway of a test's own: its account and its store are not everybody's."""
    office = Office(tmp_path, alpha.url, httpx.Client)
    yield office
    office.process.stop()


def exact(result):
    """The document with its numbers as they were written."""
    return json.loads(result.text, parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def sums(result):
    return exact(result)["data"]


# Keys


def test_a_key_is_good_as_soon_as_it_is_made_and_shown_once(office):
    data, key = office.make_key(name="once", limit=5, limit_reset="daily")
    assert re.fullmatch(r"sk-pb-v1-[a-z2-7]{48}", key)
    assert data["hash"] == hashlib.sha256(key.encode()).hexdigest()
    assert office.chat(key, max_tokens=100).status_code == 200
    shown = [office.do("GET", f"/v1/keys/{data['hash']}"), office.do("GET", "/v1/keys"), office.do("GET", "/v1/key", key=key)]
    assert all(key not in json.dumps(document) for document in shown)
    assert office.do("GET", "/api/v1/keys/")["data"] == office.do("GET", "/v1/keys")["data"]


def test_a_change_is_in_force_before_its_answer(office):
    """Over many connections, that is on every loop."""
    data, key = office.make_key()
    for number in range(10):
        office.do("PATCH", f"/v1/keys/{data['hash']}", {"disabled": number % 2 == 0})
        for _ in range(4):
            with httpx.Client(base_url=office.process.url, timeout=60, headers={"authorization": f"Bearer {key}"}) as fresh:
                assert fresh.get("/v1/key").status_code == (401 if number % 2 == 0 else 200)
    assert office.do("DELETE", f"/v1/keys/{data['hash']}") == {"deleted": True}
    assert office.chat(key).status_code == 401
    assert office.call("GET", f"/v1/keys/{data['hash']}").status_code == 404


def test_a_limit_is_in_force_at_once_and_key_says_what_is_left(office):
    data, key = office.make_key(limit=1)
    assert office.chat(key, max_tokens=100).status_code == 200
    standing = sums(office.call("GET", "/v1/key", key=key))
    assert standing["usage"] > 0
    assert standing["limit_remaining"] == 1 - standing["usage"]
    office.do("PATCH", f"/v1/keys/{data['hash']}", {"limit": 0})
    refused = office.chat(key, max_tokens=100)
    assert refused.status_code == 402, refused.text
    office.do("PATCH", f"/v1/keys/{data['hash']}", {"limit": None})
    assert office.chat(key).status_code == 200


def test_key_is_right_the_moment_an_answer_has_ended(office):
    _, key = office.make_key()
    spent = decimal.Decimal(0)
    for number in range(20):
        answer = exact(office.chat(key, f"Number {number}."))
        spent += answer["usage"]["cost"]
        assert sums(office.call("GET", "/v1/key", key=key))["usage"] == spent
    with office.http.stream(
            "POST", "/v1/chat/completions", headers={"authorization": f"Bearer {key}"},
            json={"model": "test/echo", "stream": True, "messages": [{"role": "user", "content": "Streamed."}]}) as stream:
        chunks = [line[6:] for line in stream.iter_lines() if line.startswith("data: {")]
    spent += json.loads(chunks[-1], parse_float=decimal.Decimal)["usage"]["cost"]
    assert sums(office.call("GET", "/v1/key", key=key))["usage"] == spent


def test_what_the_command_line_changes_is_soon_in_force(office):
    data, key = office.make_key(name="cli-" + uuid.uuid4().hex)
    assert office.command("keys", "disable", data["name"]).returncode == 0
    begin = time.monotonic()
    eventually(lambda: office.call("GET", "/v1/key", key=key).status_code == 401, "the end of the key")
    print(f"in force after {time.monotonic() - begin:.2f} s")
    assert office.do("GET", f"/v1/keys/{data['hash']}")["data"]["disabled"] is True


def test_keys_of_the_configuration_are_shown_and_stay_as_they_are(office):
    listed = {row["name"]: row for row in office.do("GET", "/v1/keys")["data"]}
    assert listed["narrow"]["limit"] == 3 and listed["user"]["limit"] is None
    path = "/v1/keys/" + hashlib.sha256(NARROW.encode()).hexdigest()
    assert office.do("GET", path)["data"]["name"] == "narrow"
    assert office.call("PATCH", path, {"limit": 1}).status_code == 403
    assert office.call("DELETE", path).status_code == 403


def test_keys_are_made_by_many_at_once(office):
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        made = list(threads.map(lambda number: office.make_key(name=f"many-{number}"), range(32)))
    assert len({key for _, key in made}) == 32
    for _, key in made:
        assert office.call("GET", "/v1/key", key=key).status_code == 200


@pytest.mark.parametrize("method, path, body, field", [
    ("POST", "/v1/keys", {}, "name"), ("POST", "/v1/keys", {"name": "n", "limit": "5"}, "limit"),
    ("POST", "/v1/keys", {"name": "n", "expires_at": "2030-01-01T00:00:00+01:00"}, "expires_at"),
    ("POST", "/v1/keys", {"name": "n", "workspace_id": str(uuid.UUID(int=7))}, "workspace_id"),
    ("POST", "/v1/credits", {"amount": 5}, "note"), ("POST", "/v1/credits", {"note": "n"}, "amount"),
    ("POST", "/v1/workspaces", {"name": "n", "slug": "A"}, "slug"),
    ("POST", "/v1/auth/keys/code", {"callback_url": "http://a.example"}, "callback_url"),
    ("PUT", "/v1/workspaces/default/budgets/daily", {"limit_usd": 0}, "limit_usd"),
    ("GET", "/v1/activity?date=2020-01-01", None, "date"), ("GET", "/v1/keys?offset=-1", None, "offset"),
    ("GET", "/v1/generation", None, "id"),
])
def test_a_wrong_field_is_named(office, method, path, body, field):
    result = office.call(method, path, body)
    assert result.status_code == 400, result.text
    assert result.json()["error"]["metadata"]["field"] == field
    assert field in result.json()["error"]["message"]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"name": "a", "name": "b"}', "\x00"])
def test_a_body_that_is_no_object_is_a_400(office, body):
    assert office.call("POST", "/v1/keys", body).status_code == 400


def test_a_form_is_no_json(office):
    result = office.http.post("/v1/keys", data={"name": "n"}, headers={"authorization": f"Bearer {MANAGEMENT}"})
    assert result.status_code == 415


# Login


def test_a_login_with_pkce_ends_in_a_key_of_the_users_own(office):
    verifier = base64.urlsafe_b64encode(uuid.uuid4().bytes * 3).decode().rstrip("=")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {"callback_url": "http://localhost:3000/done", "code_challenge": challenge, "code_challenge_method": "S256",
             "key_label": "laptop", "limit": 2}
    assert office.call("POST", "/v1/auth/keys/code", asked, key=USER).status_code == 403
    code = office.do("POST", "/v1/auth/keys/code", asked)["data"]
    assert isinstance(code["app_id"], int) and code["created_at"].endswith("Z")
    exchange = {"code": code["id"], "code_verifier": verifier, "code_challenge_method": "S256"}
    made = office.do("POST", "/v1/auth/keys", exchange, key=None)
    assert made["user_id"] is None
    assert office.do("GET", "/v1/key", key=made["key"])["data"]["limit"] == 2
    assert office.chat(made["key"], max_tokens=100).status_code == 200
    assert office.call("POST", "/v1/auth/keys", exchange, key=None).status_code == 403
    other = office.do("POST", "/v1/auth/keys/code", asked)["data"]["id"]
    assert office.call("POST", "/v1/auth/keys", {**exchange, "code": other, "code_verifier": "x"}, key=None).status_code == 403


# Money and books


def test_credits_are_exact_and_limit_the_account_from_the_first_on(own):
    assert own.do("GET", "/api/endpoints/openrouter/credits", key=USER)["balance"] is None
    added = own.do("POST", "/v1/credits", {"amount": 1, "note": "first"}, status=201)["data"]
    assert (added["amount"], added["note"], added["total_credits"]) == (1, "first", 1)
    cost = exact(own.chat(USER, max_tokens=100))["usage"]["cost"]
    assert sums(own.call("GET", "/v1/credits")) == {"total_credits": 1, "total_usage": cost}
    balance = exact(own.call("GET", "/api/endpoints/openrouter/credits", key=USER))
    assert balance == {"balance": 1 - cost, "currency": "USD", "usage": {"total_credits": 1, "total_usage": cost}}
    own.do("POST", "/v1/credits", {"amount": -1, "note": "taken back"}, status=201)
    assert own.chat(USER, max_tokens=100).status_code == 402
    own.do("POST", "/v1/credits", {"amount": 10, "note": "again"}, status=201)
    assert own.chat(USER, max_tokens=100).status_code == 200
    assert "taken back" in own.command("credits").stdout


def test_a_record_is_found_the_moment_its_answer_has_ended(office):
    _, key = office.make_key()
    _, stranger = office.make_key()
    for number in range(10):
        answer = exact(office.chat(key, f"Record {number}.", user=f"u{number}"))
        record = sums(office.call("GET", "/v1/generation", key=key, id=answer["id"]))
        assert record["total_cost"] == answer["usage"]["cost"]
        assert record["native_tokens_prompt"] == answer["usage"]["prompt_tokens"]
        assert record["external_user"] == f"u{number}"
        assert record["outcome"] == "complete"
        assert office.call("GET", "/v1/generation", key=MANAGEMENT, id=answer["id"]).status_code == 200
        assert office.call("GET", "/v1/generation", key=stranger, id=answer["id"]).status_code == 404


def test_activity_agrees_with_the_answers(one_day, office):
    data, key = office.make_key(creator_user_id="ann")
    answers = [exact(office.chat(key, f"Activity {number}.")) for number in range(5)]
    rows = exact(office.call("GET", "/v1/activity", api_key_hash=data["hash"]))["data"]
    assert len(rows) == 1
    row = rows[0]
    assert row["date"] == datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    assert (row["model"], row["provider_name"], row["requests"]) == ("test/echo", "Alpha", 5)
    assert row["usage"] == sum(answer["usage"]["cost"] for answer in answers)
    assert row["prompt_tokens"] == sum(answer["usage"]["prompt_tokens"] for answer in answers)
    assert exact(office.call("GET", "/v1/activity", user_id="ann"))["data"] == rows
    grouped = exact(office.call("GET", "/v1/activity", api_key_hash=data["hash"], group_by="workspace"))["data"]
    assert grouped[0]["workspace_id"] == data["workspace_id"]
    assert office.call("GET", "/v1/activity", api_key_hash=ZEROS).status_code == 404


# Workspaces


def test_a_workspace_with_a_budget_stops_its_keys_and_no_others(office):
    slug = "w-" + uuid.uuid4().hex[:12]
    made = office.do("POST", "/v1/workspaces", {"name": "Team", "slug": slug}, status=201)["data"]
    assert office.call("POST", "/v1/workspaces", {"name": "Twin", "slug": slug}).status_code == 409
    data, key = office.make_key(workspace_id=made["id"])
    assert [row["hash"] for row in office.do("GET", "/v1/keys", workspace_id=slug)["data"]] == [data["hash"]]
    assert office.chat(key, max_tokens=100).status_code == 200
    budget = office.do("PUT", f"/v1/workspaces/{slug}/budgets/monthly", {"limit_usd": 0.000001})
    assert budget["data"]["reset_interval"] == "monthly"
    refused = office.chat(key, max_tokens=100)
    assert refused.status_code == 403 and "Team" in refused.json()["error"]["message"]
    assert office.chat(USER).status_code == 200
    assert office.do("DELETE", f"/v1/workspaces/{slug}/budgets/monthly") == {"deleted": True}
    assert office.chat(key).status_code == 200
    assert office.call("DELETE", f"/v1/workspaces/{slug}").status_code == 400
    office.do("DELETE", f"/v1/keys/{data['hash']}")
    assert office.do("DELETE", f"/v1/workspaces/{slug}") == {"deleted": True}


def test_members_come_and_go(office):
    path = "/v1/workspaces/default/members"
    added = office.do("POST", path + "/add", {"user_ids": ["ann", "bob"]})
    assert added["added_count"] == 2 and {row["role"] for row in added["data"]} == {"member"}
    assert office.do("GET", path, limit=1)["total_count"] == 2
    assert office.do("POST", path + "/remove", {"user_ids": ["ann", "bob", "eve"]}) == {"removed_count": 2}


# The store in trouble


def test_a_locked_store_is_a_503_that_changes_nothing_and_memory_answers_on(own):
    data, key = own.make_key()
    other = sqlite3.connect(own.folder / "books.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as thread:
            slow = thread.submit(own.call, "PATCH", f"/v1/keys/{data['hash']}", {"disabled": True})
            while not slow.done():
                assert own.do("GET", "/v1/key", key=key)["data"]["usage"] >= 0
                assert "total_usage" in own.do("GET", "/v1/credits")["data"]
                assert own.chat(key).status_code == 200
            result = slow.result()
        assert result.status_code == 503, result.text
        assert "retry-after" in result.headers
        assert "another process" in result.json()["error"]["message"]
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert own.do("GET", f"/v1/keys/{data['hash']}")["data"]["disabled"] is False
    assert own.do("PATCH", f"/v1/keys/{data['hash']}", {"disabled": True})["data"]["disabled"] is True


def test_the_audit_log_names_the_key_and_the_address(own):
    data, _ = own.make_key(name="traced")
    own.do("DELETE", f"/v1/keys/{data['hash']}")
    said = own.command("audit", "log", "--json")
    entries = [entry for entry in json.loads(said.stdout) if entry["subject"] == data["hash"]]
    assert [entry["action"] for entry in entries] == ["key.create", "key.delete"]
    assert {entry["actor"] for entry in entries} == {"key:management-1 from 127.0.0.1"}


# Documents


def test_the_curl_lines_of_the_page_work(one_day, own):
    """Every line is run as it stands, deletions last, with the answers of earlier ones in the place of what varies."""
    data, key = own.make_key(name="documented")
    own.do("POST", "/v1/workspaces", {"name": "Team", "slug": "team"}, status=201)
    replacements = {
        "http://localhost:8080": own.process.url, "gen-…": own.chat(key).json()["id"],
        "2026-11-20": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        '"slug": "team"': '"slug": "another"', '"disabled": true': '"disabled": false',
        '"code_challenge": "…"': '"code_challenge": "proof"', '"code_verifier": "…"': '"code_verifier": "proof"',
        '"S256"': '"plain"',
    }
    environment = {
        "PATH": os.environ["PATH"], "PATCHBAY": own.process.url + "/v1", "MANAGEMENT_KEY": MANAGEMENT, "KEY": key,
        "HASH": data["hash"],
    }
    text = (ROOT / "Docs/administration.md").read_text().replace("\\\n", " ").replace(",\n", ", ")
    lines = re.findall(r"^curl .*", text, re.M)
    deletions = [line for line in lines if "-X DELETE" in line]
    assert len(lines) > 25 and len(deletions) == 3
    for line in [line for line in lines if line not in deletions] + deletions[::-1]:
        for old, new in replacements.items():
            line = line.replace(old, new)
        said = subprocess.run(
            ["bash", "-c", line.replace("curl ", "curl -sS -w '\\n%{http_code}' ", 1)], env=environment,
            capture_output=True, text=True, timeout=60)
        body, _, status = said.stdout.rpartition("\n")
        assert status in ("200", "201"), f"{line}: {said.stdout}{said.stderr}"
        if "/auth/keys/code" in line:
            replacements["auth-…"] = json.loads(body)["data"]["id"]
