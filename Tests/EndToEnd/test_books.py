"""Every admitted request is recorded once and billed right, whatever ends it; limits hold, whatever runs beside each other."""

import concurrent.futures
import json
import os
import re
import resource
import signal
import subprocess
import threading
import time
from decimal import Decimal

import httpx
import pytest

from conftest import Gateway
from support.books import audit, command, explain, hold_the_store, settled, usage
from support.configuration import MANAGEMENT, USER, configuration, endpoint, model
from support.processes import eventually
from support.provider import answer, chunk, events, usage_chunk
from support.wire import Stream, connection, read_to_end, read_until
from test_callers import chat_bytes
from test_dispatch_review import begin, begin_and_stay

#: Of the configuration's `PRICE`, per token.
PROMPT, COMPLETION = Decimal("0.00000015"), Decimal("0.0000006")
#: A million dollars per million tokens: a hold is the number of tokens in dollars.
DOLLAR = {"prompt": 0, "completion": 1_000_000}


@pytest.fixture
def document(alpha, beta, exact, tmp_path):
    return configuration(alpha.url, beta.url, exact.url, tmp_path)


@pytest.fixture
def own(serve, document):
    return serve(document)


def chat(own, key=None, **body):
    headers = {"authorization": f"Bearer {key}"} if key else {}
    body = {"model": "test/echo", "messages": [{"role": "user", "content": "One two"}], **body}
    return own.http.post("/v1/chat/completions", json=body, headers=headers)


# MARK: Records


def test_a_whole_answer_is_recorded_with_the_evidence_of_where_it_came_from(own, tmp_path):
    result = own.http.post(
        "/v1/chat/completions",
        json={"model": "test/beta", "messages": [{"role": "user", "content": "One two three."}], "user": "u-1",
              "session_id": "s-1"},
        headers={"http-referer": "https://app.example", "x-title": "An app", "user-agent": "agent/1"})
    body = json.loads(result.text, parse_float=Decimal)
    record = explain(tmp_path, body["id"])
    generation, decision = record["generation"], record["decision"]
    assert generation["id"] == body["id"] == result.headers["x-generation-id"]
    assert generation["request_id"] == result.headers["x-request-id"]
    assert (generation["model"], generation["provider_name"]) == ("test/beta", "Beta")
    assert generation["data_policy"] == {"training": False, "retention_days": 0, "zdr": True}
    assert (generation["external_user"], generation["session_id"]) == ("u-1", "s-1")
    assert (generation["http_referer"], generation["user_agent"]) == ("https://app.example", "agent/1")
    assert generation["outcome"] == "complete" and generation["usage_source"] == "reported"
    assert not generation["streamed"] and not generation["cancelled"]
    assert generation["tokens_prompt"] == body["usage"]["prompt_tokens"]
    assert generation["tokens_completion"] == body["usage"]["completion_tokens"]
    assert generation["total_cost"] == body["usage"]["cost"]
    assert generation["finish_reason"] == generation["native_finish_reason"] == "stop"
    assert [attempt["status"] for attempt in generation["provider_responses"]] == [200]
    assert decision["strategy"] == "direct" and len(decision["config"]) == 16 and int(decision["seed"]) >= 0
    assert [attempt["endpoint"] for attempt in decision["attempts"]] == ["beta"]
    files = [tmp_path / "patchbay.db", tmp_path / "patchbay.db-wal", tmp_path / "patchbay.db.records" / "1"]
    text = subprocess.run(["grep", "-c", "-a", "One two three", *files], capture_output=True, text=True).stdout
    assert re.findall(r":(\d+)", text) == ["0", "0", "0"], "a prompt is in the store"


def test_a_stream_is_recorded_with_what_its_usage_chunk_says(own, tmp_path):
    text = chat(own, stream=True, messages=[{"role": "user", "content": "One two three four."}]).text
    received = Stream(text)
    record = explain(tmp_path, received.chunks[0]["id"])["generation"]
    last = received.usages[0]["usage"]
    assert record["streamed"] and record["outcome"] == "complete" and record["finish_reason"] == "stop"
    assert record["tokens_prompt"] == last["prompt_tokens"] and record["tokens_completion"] == last["completion_tokens"]
    assert record["total_cost"] == PROMPT * last["prompt_tokens"] + COMPLETION * last["completion_tokens"]
    assert record["latency"] is not None and record["generation_time"] is not None


def test_a_fallback_bills_the_attempt_that_answered_and_names_the_others(own, tmp_path):
    body = own.chat("rescued/status-500").json()
    record = explain(tmp_path, body["id"])["generation"]
    assert [(row["provider_name"], row["status"]) for row in record["provider_responses"]] == [("Alpha", 500), ("Beta", 200)]
    assert record["provider_name"] == "Beta" and record["outcome"] == "complete"
    # The price of the one that answered, not of the one that failed.
    assert record["total_cost"] == Decimal(str(body["usage"]["cost"])) > 1000 * COMPLETION


def test_a_request_that_fails_everywhere_costs_nothing_and_is_recorded(own, tmp_path):
    result = own.chat("alone/status-400")
    record = explain(tmp_path, result.headers["x-generation-id"])["generation"]
    assert result.status_code == 400 and record["outcome"] == "failed" and record["total_cost"] == 0
    assert [row["status"] for row in record["provider_responses"]] == [400] and record["provider_name"] is None


def test_a_stream_whose_caller_leaves_is_billed_for_what_it_got(own, exact, tmp_path):
    exact.reset(begin_and_stay(chunk({"role": "assistant", "content": "x" * 400})))
    with connection(own.port) as raw:
        raw.sendall(chat_bytes("test/exact"))
        head = read_until(raw, b'"xxxx')
    generation = re.search(rb"x-generation-id: (\S+)", head).group(1).decode()
    record = explain(tmp_path, generation)["generation"]
    assert record["outcome"] == "cancelled" and record["cancelled"]
    assert record["usage_source"] == "estimated" and record["tokens_completion"] == 100
    assert record["total_cost"] == PROMPT * record["tokens_prompt"] + COMPLETION * 100
    assert record["generation_time"] is not None
    assert audit(tmp_path)["estimated"]["ids"] == [generation]


def test_a_whole_answer_whose_caller_leaves_costs_nothing(own, tmp_path, alpha):
    alpha.clear()
    with connection(own.port) as raw:
        raw.sendall(chat_bytes("test/late", stream=False))
        eventually(alpha.log, "the provider's request")
    found = settled(tmp_path, 1)
    assert found["usd"] == 0
    assert usage(tmp_path, "model")[0]["requests"] == 1


def test_a_stream_that_breaks_off_is_billed_for_what_was_delivered(own, tmp_path):
    received = Stream(own.chat("alone/cut-5", stream=True).text)
    assert received.errors and not received.is_done
    record = explain(tmp_path, received.chunks[0]["id"])["generation"]
    assert record["outcome"] == "truncated" and record["usage_source"] == "estimated"
    assert 0 < record["total_cost"] < Decimal("0.001") and record["tokens_completion"] > 0


def test_a_rescued_stream_is_one_record_with_the_sum_of_its_parts(own, tmp_path):
    received = Stream(own.chat("rescued/cut-5", stream=True, temperature=0).text)
    assert received.is_done
    record = explain(tmp_path, received.chunks[0]["id"])["generation"]
    last = received.usages[0]["usage"]
    assert record["outcome"] == "rescued" and len(record["provider_responses"]) == 2
    assert record["tokens_completion"] == last["completion_tokens"]
    assert record["total_cost"] == Decimal(str(last["cost"]))


def test_cached_tokens_are_a_part_of_the_prompt(own, exact, tmp_path):
    exact.reset(answer(usage={"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010,
                              "prompt_tokens_details": {"cached_tokens": 900}}))
    body = own.chat("test/exact").json()
    record = explain(tmp_path, body["id"])["generation"]
    assert (record["tokens_prompt"], record["native_tokens_cached"]) == (1000, 900)
    assert usage(tmp_path, "model")[0]["prompt_tokens"] == 1000
    assert usage(tmp_path, "model")[0]["cached_tokens"] == 900


def test_an_answer_that_costs_more_than_was_held_is_charged_and_raises_an_alarm(own, exact, tmp_path):
    exact.reset(answer(usage={"prompt_tokens": 90_000_000, "completion_tokens": 90_000_000, "total_tokens": 180_000_000}))
    body = own.chat("test/exact", max_tokens=10).json()
    own.process.wait_for("error a provider billed more than was held")
    assert "patchbay_overruns_total 1" in own.http.get("/metrics").text
    record = explain(tmp_path, body["id"])["generation"]
    assert record["total_cost"] == 90_000_000 * (PROMPT + COMPLETION)
    assert audit(tmp_path)["overruns"]["ids"] == [body["id"]]


def test_records_are_in_the_store_when_the_process_has_ended(own, tmp_path):
    bodies = [chat(own).json() for _ in range(20)]
    assert own.process.stop() == 0
    found = audit(tmp_path)
    assert found["records"] == 20 and found["open"] == 0
    assert found["usd"] == sum(Decimal(str(body["usage"]["cost"])) for body in bodies)
    assert not list((tmp_path / "patchbay.db.journal").iterdir())


def test_with_sync_power_answers_come_after_their_records(serve, document, tmp_path):
    document["storage"]["sync"] = "power"
    own = serve(document)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda index: chat(own, stream=index % 2 == 0).text, range(60)))
    assert all(("[DONE]" in text) == (index % 2 == 0) for index, text in enumerate(bodies))
    assert settled(tmp_path, 60)["records"] == 60
    assert own.process.stop() == 0
    audit(tmp_path)


# MARK: Keys and limits


def with_key(document, **limits):
    document["access"]["keys"].append({"name": "limited", "key": "sk-limited-0123456789", **limits})
    document["models"] += [model("test/dollar", endpoint("alpha", price=DOLLAR))]
    return document


LIMITED = "sk-limited-0123456789"


def test_what_does_not_fit_into_a_key_s_limit_is_refused_with_what_would_fit(one_day, serve, document, tmp_path):
    own = serve(with_key(document, limit_usd=5.5, limit_reset="daily"))
    refused = chat(own, LIMITED, model="test/dollar", max_tokens=6)
    error = refused.json()["error"]
    assert refused.status_code == 402 and error["code"] == 402
    assert "5.5 USD left of its daily limit of 5.5 USD" in error["message"] and "max_tokens to 5" in error["message"]
    assert error["metadata"]["max_tokens_that_fit"] == 5 and error["metadata"]["left_usd"] == "5.5"
    assert chat(own, LIMITED, model="test/dollar", max_tokens=5).status_code == 200
    error = chat(own, LIMITED, model="test/dollar", max_tokens=5).json()["error"]
    assert error["code"] == 402 and error["metadata"]["left_usd"] == "3.5"
    # Other keys have nothing to do with it.
    assert chat(own, USER, model="test/dollar", max_tokens=100).status_code == 200
    assert usage(tmp_path, "model") is not None and audit(tmp_path)


def test_with_a_limit_a_model_without_a_price_is_refused(serve, document):
    own = serve(with_key(document, limit_usd=5))
    error = chat(own, LIMITED, model="test/priceless").json()["error"]
    assert error["code"] == 402 and "price" in error["message"]
    assert chat(own, USER, model="test/priceless").status_code == 200


def test_requests_per_minute_are_held_with_retry_after(serve, document):
    own = serve(with_key(document, requests_per_minute=3))
    assert [chat(own, LIMITED).status_code for _ in range(3)] == [200] * 3
    refused = chat(own, LIMITED)
    assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["x-ratelimit-limit"] == "3" and refused.headers["x-ratelimit-remaining"] == "0"
    reset = int(refused.headers["x-ratelimit-reset"]) / 1000
    assert 0 < reset - time.time() <= 61
    assert "3 requests per minute" in refused.json()["error"]["message"]
    assert "x-ratelimit-limit" not in chat(own, USER).headers


def test_tokens_per_minute_are_held(serve, document):
    own = serve(with_key(document, tokens_per_minute=2000))
    long = [{"role": "user", "content": "word " * 1000}]
    assert chat(own, LIMITED, messages=long).status_code == 200
    refused = chat(own, LIMITED, messages=long)
    assert refused.status_code == 429 and "2000 tokens per minute" in refused.json()["error"]["message"]
    never = chat(own, LIMITED, messages=[{"role": "user", "content": "word " * 10000}])
    assert never.status_code == 429 and "it never fits" in never.json()["error"]["message"]


def test_requests_at_a_time_are_held_and_given_back(serve, document):
    own = serve(with_key(document, max_concurrent=2))
    headers = {"authorization": f"Bearer {LIMITED}"}
    body = {"model": "test/slow", "stream": True, "messages": [{"role": "user", "content": "x"}]}
    with own.http.stream("POST", "/v1/chat/completions", json=body, headers=headers) as first:
        lines = first.iter_lines()
        next(lines)
        with own.http.stream("POST", "/v1/chat/completions", json=body, headers=headers) as second:
            more = second.iter_lines()
            next(more)
            refused = chat(own, LIMITED)
            assert refused.status_code == 429 and "2 requests under way" in refused.json()["error"]["message"]
    eventually(lambda: chat(own, LIMITED).status_code == 200, "a free place")


def test_free_variants_have_limits_of_their_own(serve, document):
    document["access"]["free_limits"] = {"per_minute": 2}
    document["models"] += [model("test/gift", endpoint("alpha", price={"prompt": 0, "completion": 0}))]
    own = serve(document)
    assert [chat(own, model="test/gift:free").status_code for _ in range(3)] == [200, 200, 429]
    assert chat(own, model="test/gift").status_code == 200


def test_a_budget_for_ten_never_lets_an_eleventh_through(serve, document, tmp_path):
    """64 at a time; every request holds 1 USD, costs 1 USD or nothing. PATCHBAY_ROUNDS makes it more rounds."""
    rounds = int(os.environ.get("PATCHBAY_ROUNDS", 12))
    document["models"] += [model("test/dollar", endpoint("alpha", price=DOLLAR))]
    document["access"]["keys"] += [
        {"name": f"budget-{number}", "key": f"sk-budget-{number:012}", "limit_usd": 10} for number in range(rounds)]
    own = serve(document)
    body = {"model": "test/dollar", "messages": [{"role": "user", "content": "One."}], "max_tokens": 1}
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    with httpx.Client(base_url=own.url, timeout=60, limits=limits) as http, \
            concurrent.futures.ThreadPoolExecutor(64) as pool:
        for number in range(rounds):
            headers = {"authorization": f"Bearer sk-budget-{number:012}"}
            results = list(pool.map(
                lambda _: http.post("/v1/chat/completions", json=body, headers=headers), range(64)))
            statuses = [result.status_code for result in results]
            assert statuses.count(200) == 10 and statuses.count(402) == 54, statuses
    assert "patchbay_forgotten_holds_total 0" in own.http.get("/metrics").text
    assert own.process.stop() == 0
    assert audit(tmp_path)["usd"] == 10 * rounds
    assert {row["requests"] for row in usage(tmp_path)} == {10}


def test_credits_limit_the_account_from_the_first_on(serve, document, tmp_path):
    document["models"] += [model("test/dollar", endpoint("alpha", price=DOLLAR))]
    own = serve(document)
    config = tmp_path / "patchbay.yaml"
    assert chat(own, model="test/dollar", max_tokens=2).status_code == 200
    command(tmp_path, "credits", "add", "5", "--note", "first", "--config", config)
    # What has no price cannot be held against a balance. 2 of the 5 were spent before.
    eventually(lambda: chat(own, model="test/priceless").status_code == 402, "credits in force")
    error = chat(own, model="test/dollar", max_tokens=100).json()["error"]
    assert "3 USD left of 5 USD of credits" in error["message"]
    assert chat(own, model="test/dollar", max_tokens=3).status_code == 200
    command(tmp_path, "credits", "add", "100", "--note", "second", "--config", config)
    eventually(lambda: chat(own, model="test/dollar", max_tokens=50).status_code == 200, "more credits")


def test_keys_made_and_changed_on_the_command_line_are_soon_in_force(own, tmp_path):
    config = ["--config", tmp_path / "patchbay.yaml"]
    made = command(tmp_path, "keys", "create", "--name", "ci", "--limit", "50", "--reset", "daily", *config)
    key = made["key"]
    assert re.fullmatch(r"sk-pb-v1-\S{48}", key)
    eventually(lambda: chat(own, key).status_code == 200, "the new key", pause=0.02)
    rotated = command(tmp_path, "keys", "rotate", "ci", "--grace", "1h", *config)["key"]
    eventually(lambda: chat(own, rotated).status_code == 200, "the rotated key", pause=0.02)
    assert chat(own, key).status_code == 200, "the old key is good for its grace"
    command(tmp_path, "keys", "disable", "ci", *config)
    eventually(lambda: chat(own, rotated).status_code == 401, "the end of the key", pause=0.02)
    assert "disabled" in chat(own, rotated).json()["error"]["message"]
    command(tmp_path, "keys", "enable", "ci", *config)
    eventually(lambda: chat(own, rotated).status_code == 200, "the key again", pause=0.02)
    command(tmp_path, "keys", "delete", "ci", *config)
    eventually(lambda: chat(own, rotated).status_code == 401, "the end of the key", pause=0.02)
    assert key not in own.process.text and rotated not in own.process.text
    files = [tmp_path / "patchbay.db", tmp_path / "patchbay.db-wal", tmp_path / "patchbay.db.records" / "1"]
    store = b"".join(file.read_bytes() for file in files)
    assert key.encode() not in store and rotated.encode() not in store


def test_an_expired_key_is_refused(own, tmp_path):
    """It is good until then; a machine that is too busy to ask in time is given more."""
    for seconds in [2, 10, 30]:
        key = command(
            tmp_path, "keys", "create", "--name", f"short-{seconds}", "--expires-in", f"{seconds}s",
            "--config", tmp_path / "patchbay.yaml")["key"]
        answers = []

        def is_told():
            answers.append(chat(own, key))
            return answers[-1].status_code == 401 and "expired" in answers[-1].json()["error"]["message"]

        eventually(is_told, "the end of the key", seconds=seconds + 30, pause=0.02)
        if 200 in [answer.status_code for answer in answers]:
            return
    raise AssertionError("the key was never good")


def test_limits_of_a_reloaded_configuration_are_in_force_and_spending_stays(serve, document, tmp_path):
    own = serve(with_key(document, limit_usd=3))
    assert chat(own, LIMITED, model="test/dollar", max_tokens=2).status_code == 200
    document["access"]["keys"][-1]["limit_usd"] = 4
    (tmp_path / "patchbay.yaml").write_text(json.dumps(document))
    own.process.signal(signal.SIGHUP)
    own.process.wait_for("configuration reloaded")
    error = chat(own, LIMITED, model="test/dollar", max_tokens=3).json()["error"]
    assert error["metadata"]["limit_usd"] == "4" and error["metadata"]["left_usd"] == "2"


def test_spending_is_remembered_over_restarts(one_day, serve, document, start, tmp_path):
    own = serve(with_key(document, limit_usd=3, limit_reset="monthly"))
    assert chat(own, LIMITED, model="test/dollar", max_tokens=2).status_code == 200
    own.process.process.kill()
    own.process.wait()
    again = Gateway(start("serve", "--config", tmp_path / "patchbay.yaml"))
    error = chat(again, LIMITED, model="test/dollar", max_tokens=2).json()["error"]
    assert error["code"] == 402 and error["metadata"]["left_usd"] == "1"


def test_many_wrong_keys_of_one_address_are_answered_later_and_right_ones_at_once(serve, document):
    # Every loop counts for itself.
    document["server"]["loops"] = 1
    own = serve(document)

    def seconds(key):
        began = time.monotonic()
        status = chat(own, key).status_code
        return status, time.monotonic() - began

    results = [seconds("sk-wrong-0123456789") for _ in range(308)]
    assert {status for status, _ in results} == {401}
    # From 50 ms on each waits twice as long as the one before, up to 2 s.
    waits = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2]
    assert all(took >= 0.99 * wait for (_, took), wait in zip(results[300:], waits)), results[300:]
    waiting = threading.Event()

    def knock():
        with httpx.Client(base_url=own.url, timeout=60) as http:
            for _ in range(2):
                http.get("/v1/models/user", headers={"authorization": "Bearer sk-wrong-0123456789"})
        waiting.set()

    delayed = threading.Thread(target=knock)
    delayed.start()
    statuses = []
    while not waiting.is_set():
        statuses.append(seconds(USER)[0])
    delayed.join()
    print(f"{len(statuses)} right keys while two wrong ones waited")
    assert len(statuses) > 2 and set(statuses) == {200}


# MARK: What breaks


def complete_ids(text):
    """The generation id of an answer that a client has whole, else nothing."""
    if text.startswith("{"):
        try:
            return [json.loads(text)["id"]]
        except (ValueError, KeyError):
            return []
    return [json.loads(text.split("data: ", 2)[1].split("\n")[0])["id"]] if "data: [DONE]" in text else []


def load(url, stop, got):
    """Sends requests until told to stop, and notes what came back whole."""
    index = 0
    while not stop.is_set():
        index += 1
        try:
            result = httpx.post(
                url + "/v1/chat/completions", timeout=60, headers={"authorization": f"Bearer {USER}"},
                json={"model": "test/tens", "stream": index % 2 == 0, "messages": [{"role": "user", "content": "x"}]})
        except httpx.HTTPError:
            continue
        if result.status_code == 200:
            got.extend(complete_ids(result.text))


def test_no_complete_answer_is_lost_by_kill_9(start, document, tmp_path):
    """PATCHBAY_KILLS makes it more of them."""
    from support.configuration import write

    path = write(tmp_path, document)
    got, slowest = [], 0.0
    for round in range(int(os.environ.get("PATCHBAY_KILLS", 8))):
        began = time.monotonic()
        own = start("serve", "--config", path)
        url = own.url
        eventually(lambda: httpx.get(url + "/ready").status_code == 200, "a ready gateway")
        slowest = max(slowest, time.monotonic() - began)
        stop, threads = threading.Event(), []
        for _ in range(6):
            threads.append(threading.Thread(target=load, args=(url, stop, got)))
            threads[-1].start()
        target = len(got) + 5 + 37 * round % 60
        eventually(lambda: len(got) > target, "answers")
        own.process.kill()
        stop.set()
        for thread in threads:
            thread.join()
        own.wait()
    last = start("serve", "--config", path)
    assert last.url and last.stop() == 0
    found = audit(tmp_path)
    records = {row["id"] for row in generations(tmp_path, got)}
    print(f"{len(got)} complete answers, {found['records']} records, {found['unknown']['count']} unknown, "
          f"ready after at most {slowest:.2f} s")
    assert len(set(got)) == len(got) and records == set(got)
    # A record is unknown only when its caller has no whole answer.
    assert not set(found["unknown"]["ids"]) & set(got)


def generations(folder, ids):
    """Records by id, read with one process each: the store has nothing quicker for so few."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda id: explain(folder, id)["generation"], ids))


def test_a_locked_store_delays_folding_and_no_request(own, tmp_path):
    chat(own)
    settled(tmp_path, 1)
    lock = hold_the_store(tmp_path / "patchbay.db")
    requests = 0

    def is_said():
        nonlocal requests
        requests += 1
        assert chat(own).status_code == 200
        return "error the store takes no records" in own.process.text

    eventually(is_said, "the store's trouble", seconds=60, pause=0.1)
    lock.close()
    own.process.wait_for("info the store takes records again")
    count = len([line for line in own.process.lines if "takes no records" in line])
    assert count == 1 and settled(tmp_path, requests + 1)["records"] == requests + 1
    audit(tmp_path)


def test_a_full_disk_refuses_before_dispatch_and_recovers_by_itself(serve, document, tmp_path, alpha):
    document["server"]["loops"] = 1
    own = serve(document)
    pid = own.process.process.pid
    alpha.clear()
    # No file may grow beyond this: neither the journal nor the store.
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
    admitted = 0
    with httpx.Client(base_url=own.url, timeout=60, headers={"authorization": f"Bearer {USER}"}) as http:
        body = {"model": "test/echo", "messages": [{"role": "user", "content": "x"}], "user": "u" * 250}
        for _ in range(4000):
            result = http.post("/v1/chat/completions", json=body)
            if result.status_code != 200:
                break
            admitted += 1
        assert result.status_code == 503 and int(result.headers["retry-after"]) > 0
        assert "the books cannot be written" in result.json()["error"]["message"]
        assert http.post("/v1/chat/completions", json=body).status_code == 503
        assert len(alpha.log()) == admitted, "something was sent to a provider without a record"
        assert http.get("/health").status_code == 200
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert eventually(lambda: http.post("/v1/chat/completions", json=body).status_code == 200, "recovery")
    assert own.process.stop() == 0
    assert audit(tmp_path)["records"] == admitted + 1


def test_a_store_that_may_not_be_written_any_more_stops_no_request(own, tmp_path):
    chat(own)
    settled(tmp_path, 1)
    files = [tmp_path / "patchbay.db", tmp_path / "patchbay.db-wal"]
    if subprocess.run(["chattr", "+i", *files], capture_output=True).returncode != 0:
        pytest.skip("this file system cannot make a file immutable")
    try:
        assert [chat(own).status_code for _ in range(5)] == [200] * 5
        own.process.wait_for("error the store takes no records")
        assert chat(own).status_code == 200 and chat(own, "sk-wrong-0123456789").status_code == 401
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)
    own.process.wait_for("info the store takes records again")
    assert settled(tmp_path, 7)["records"] == 7


def test_a_store_of_a_newer_program_stops_the_start_and_says_so(own, start, tmp_path):
    import sqlite3

    assert own.process.stop() == 0
    with sqlite3.connect(tmp_path / "patchbay.db") as store:
        store.execute("UPDATE schema_version SET version = 99")
    store.close()
    again = start("serve", "--config", tmp_path / "patchbay.yaml")
    assert again.wait() == 1 and "schema 99" in again.text and "newer program" in again.text


def test_a_locked_store_at_the_start_stops_it_and_says_so(own, start, tmp_path):
    assert own.process.stop() == 0
    lock = hold_the_store(tmp_path / "patchbay.db")
    again = start("serve", "--config", tmp_path / "patchbay.yaml")
    assert again.wait() == 1 and "in use by another process" in again.text
    lock.close()


# MARK: Sums


def test_callers_providers_and_books_agree_on_every_sum(serve, document, alpha, exact, tmp_path):
    """PATCHBAY_REQUESTS makes it more of them. Whole and streamed, complete, failed, cut, rescued, cancelled."""
    count = int(os.environ.get("PATCHBAY_REQUESTS", 400))
    faults = ["test/echo", "test/tens", "rescued/status-500", "alone/status-400", "alone/cut-5", "rescued/cut-5",
              "alone/no-usage", "test/beta"]
    document["routing"]["retry"] = {"attempts_per_endpoint": 1, "budget_percent": 100, "budget_floor": 100000}
    own = serve(document)
    answered = []

    def one(index):
        name = faults[index % len(faults)]
        result = own.chat(name, stream=index % 3 == 0, temperature=0)
        if result.status_code != 200:
            return
        if index % 3 == 0:
            received = Stream(result.text)
            if received.is_done:
                answered.append((received.chunks[0]["id"], received.usages[0]["usage"]))
        else:
            body = json.loads(result.text, parse_float=Decimal)
            answered.append((body["id"], body["usage"]))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(count)))
    for _ in range(10):
        with connection(own.port) as raw:
            raw.sendall(chat_bytes("test/slow"))
            read_until(raw, b"data: {")
    assert own.process.stop() == 0
    found = audit(tmp_path)
    assert found["records"] == count + 10 and found["unknown"]["count"] == 0
    cut = [row for row in usage(tmp_path, "model") if row["model"] in ("alone/cut-5", "test/slow")]
    rest = found["usd"] - sum(row["usd"] for row in cut)
    complete = [(id, figures) for id, figures in answered]
    assert rest == sum(Decimal(str(figures["cost"])) for _, figures in complete)
    by_model = {row["model"]: row for row in usage(tmp_path, "model")}
    tokens = sum(figures["prompt_tokens"] + figures["completion_tokens"] for _, figures in complete)
    assert tokens == sum(
        row["prompt_tokens"] + row["completion_tokens"] for name, row in by_model.items()
        if name not in ("alone/cut-5", "test/slow"))
    # What the provider says it counted for the model that always answers.
    reported = [row["usage"] for row in alpha.log() if row["usage"] and json.loads(row["body"])["model"] == "echo"]
    echo = by_model["test/echo"]
    assert (echo["prompt_tokens"], echo["completion_tokens"]) <= (
        sum(row["prompt_tokens"] for row in reported), sum(row["completion_tokens"] for row in reported))


# MARK: A provider whose count is waited for


def test_with_drain_a_cancelled_stream_is_billed_by_the_provider_s_count(serve, document, exact, tmp_path):
    gate = threading.Event()

    def play(raw):
        begin(chunk({"role": "assistant", "content": "Hello"}))(raw)
        assert gate.wait(60)
        raw.sendall(events(chunk({"content": " world"}), chunk(finish="stop"), usage_chunk(30, 20)).encode())

    next(row for row in document["providers"] if row["slug"] == "exact")["on_cancel"] = "drain"
    own = serve(document)
    exact.reset(play)
    with connection(own.port) as raw:
        raw.sendall(chat_bytes("test/exact"))
        head = read_until(raw, b"Hello")
    eventually(lambda: "patchbay_requests_in_flight 1" in own.http.get("/metrics").text, "the drain")
    gate.set()
    record = explain(tmp_path, re.search(rb"x-generation-id: (\S+)", head).group(1).decode())["generation"]
    assert record["outcome"] == "cancelled" and record["usage_source"] == "reported"
    assert (record["tokens_prompt"], record["tokens_completion"]) == (30, 20)
    assert record["total_cost"] == 30 * PROMPT + 20 * COMPLETION


def test_a_drain_that_fails_is_billed_by_an_estimate(serve, document, exact, tmp_path):
    next(row for row in document["providers"] if row["slug"] == "exact")["on_cancel"] = "drain"
    own = serve(document)
    exact.reset(begin_and_stay(chunk({"role": "assistant", "content": "x" * 400})))
    with connection(own.port) as raw:
        raw.sendall(chat_bytes("test/exact"))
        head = read_until(raw, b'"xxxx')
    # The provider goes silent: the idle deadline ends it.
    record = explain(tmp_path, re.search(rb"x-generation-id: (\S+)", head).group(1).decode())["generation"]
    assert record["outcome"] == "cancelled" and record["usage_source"] == "estimated"
    assert record["tokens_completion"] == 100
    eventually(lambda: "patchbay_requests_in_flight 0" in own.http.get("/metrics").text, "the end")


def test_a_drain_that_the_end_of_the_process_cuts_short_is_no_unknown(serve, document, exact, tmp_path):
    next(row for row in document["providers"] if row["slug"] == "exact")["on_cancel"] = "drain"
    document["routing"]["timeouts"]["idle_ms"] = 20000
    own = serve(document)
    exact.reset(begin_and_stay(chunk({"role": "assistant", "content": "x" * 400})))
    with connection(own.port) as raw:
        raw.sendall(chat_bytes("test/exact"))
        head = read_until(raw, b'"xxxx')
    eventually(lambda: "patchbay_requests_in_flight 1" in own.http.get("/metrics").text, "the drain")
    assert own.process.stop() == 0
    record = explain(tmp_path, re.search(rb"x-generation-id: (\S+)", head).group(1).decode())["generation"]
    assert record["outcome"] == "cancelled" and record["tokens_completion"] == 100
    assert audit(tmp_path)["unknown"]["count"] == 0
