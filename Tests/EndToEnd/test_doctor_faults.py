"""`patchbay doctor --faults`: the scorecard of a configuration, with nothing sent to its providers."""

import json

import pytest

from support.configuration import SECRETS, endpoint, model, provider, write
from support.processes import run

#: Nothing may ever arrive there.
FORBIDDEN = "http://127.0.0.1:9"


def document(*models, **routing):
    return {
        "routing": {"timeouts": {"first_token_ms": 1500, "first_token_fallback_ms": 1000, "idle_ms": 1500, "idle_fallback_ms": 800},
                    **routing},
        "providers": [
            provider("alpha", FORBIDDEN, headers={"x-extra": SECRETS["header"]}), provider("beta", FORBIDDEN, proxy=FORBIDDEN)],
        "models": list(models),
    }


TWO = model("house/two", endpoint("alpha"), endpoint("beta", price={"prompt": 3, "completion": 7}, prefill=True))
ONE = model("house/one", endpoint("alpha"))
CHAIN = model("house/chain", endpoint("beta"), fallbacks=["house/two"])


def scorecard(folder, document, *more):
    result = run("doctor", "--faults", "--config", write(folder, document), *more, folder=folder, seconds=180)
    for name, secret in SECRETS.items():
        assert secret not in result.stdout + result.stderr, name
    return result


def test_every_fault_is_survived_or_told(tmp_path):
    result = scorecard(tmp_path, document(TWO, ONE, CHAIN), "--json")
    card = json.loads(result.stdout)
    assert result.returncode == 0 and card["ok"] and card["lost"] == 0, result.stdout + result.stderr
    assert card["real_providers_contacted"] is False and card["timeouts_divided_by"] == 1
    assert [subject["kind"] for subject in card["subjects"]] == ["several", "single", "chain"]
    verdicts = {(row["fault"], row["kind"]): row for row in card["checks"]}
    assert len({fault for fault, _ in verdicts}) >= 16
    # Where another endpoint stands beside the failing one, only what the request itself is refused for may reach the caller.
    for (fault, kind), row in verdicts.items():
        if kind == "several" and fault not in ("context length", "content filter"):
            assert row["verdict"] == "survived", row
    for fault in ("context length", "content filter", "503", "no response", "500 once"):
        assert verdicts[fault, "chain"]["verdict"] == "survived", verdicts[fault, "chain"]
    for fault in ("429 with Retry-After", "500 once", "missing [DONE]", "accounting", "accounting of a stream", "flapping"):
        assert verdicts[fault, "single"]["verdict"] == "survived", verdicts[fault, "single"]
    for fault in ("503", "no response", "cut stream", "context length"):
        assert verdicts[fault, "single"]["verdict"] == "told"
    assert verdicts["503", "single"]["attempts"] == 2
    assert verdicts["accounting", "single"]["attempts"] == 1


def test_what_the_configuration_says_decides(tmp_path):
    harsh = document(TWO, retry={"attempts_per_endpoint": 1, "wait_for_model_ms": 0}, stream_rescue="off")
    card = json.loads(scorecard(tmp_path, harsh, "--json").stdout)
    assert [subject["kind"] for subject in card["subjects"]] == ["several"]
    verdicts = {row["fault"]: row["verdict"] for row in card["checks"]}
    assert verdicts["cut stream"] == verdicts["stalled stream"] == verdicts["malformed chunk"] == "told"
    assert verdicts["503"] == "survived"


def test_the_report_is_for_people(tmp_path):
    result = scorecard(tmp_path, document(TWO, ONE))
    assert result.returncode == 0
    assert "nothing is sent to a real one" in result.stdout
    assert "several endpoints: house/two (alpha, beta)" in result.stdout
    assert "chain of models (named by the request): house/two (alpha, beta), then house/one (alpha)" in result.stdout
    assert "0 lost." in result.stdout
    assert "told truthfully" in result.stdout


@pytest.mark.parametrize("content, words", [
    ({"providers": [], "models": []}, "no model to try"), ({"sever": 1}, "did you mean 'server'?")])
def test_nothing_to_try_is_a_failure_with_a_reason(tmp_path, content, words):
    result = scorecard(tmp_path, content)
    assert result.returncode == 1 and words in result.stderr and not result.stdout
