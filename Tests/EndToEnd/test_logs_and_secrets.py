"""What the process writes: one line per event whatever was sent, never a secret, never a prompt, and never at a request's cost."""

import base64
import json
import os
import random
import re
import select
import signal
import subprocess
import time
import urllib.parse

import httpx
import pytest

from conftest import Gateway
from support.configuration import (
    EARLY_FAULTS, HARMLESS, LATE_FAULTS, MANAGEMENT, REFUSALS, SECRETS, USER, configuration, numbered, slug,
    write)
from support.processes import environment, eventually, find_binary
from support.provider import chunk, response, stream
from support.wire import client_at, connection, read_to_end, request_bytes

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) \S.*")
PROMPT = "canary-prompt-3b9f6d20"
FORGED = "2026-01-01T00:00:00.000Z error forged outcome=complete"


@pytest.fixture
def document(alpha, beta, exact, tmp_path):
    return configuration(alpha.url, beta.url, exact.url, tmp_path, exact_spares=40)


@pytest.fixture
def talkative(start, document, tmp_path):
    """A gateway that says all it can."""
    document["routing"]["timeouts"]["total_ms"] = 3000
    return Gateway(start("serve", "--config", write(tmp_path, document), more={"PATCHBAY_LOG": "debug"}))


def log_lines(process):
    """Everything behind the banner, which ends with a command to try and an empty line."""
    text = process.text
    return text[text.index("Hello, Patchbay!"):].split("\n")[2:]


SEPARATORS = ["\n", "\r\n", "\r", "\0", "\x0b", "\x0c", "\x1b[2K", "\x85", "\u2028", "\u2029", "\" x=\"", "' ", " "]


@pytest.mark.parametrize("separator", SEPARATORS, ids=[ascii(each) for each in SEPARATORS])
def test_whatever_is_sent_one_event_is_one_line(talkative, exact, separator):
    hostile = "a" + separator + FORGED
    chat = {"messages": [{"role": "user", "content": "x"}]}
    post = talkative.http.post
    for body in [
            {**chat, "model": hostile}, {**chat, "model": "test/echo", "user": hostile},
            {**chat, "model": "test/echo", "metadata": {hostile: hostile}}, {**chat, "model": "test/echo", hostile: 1},
            {**chat, "models": [hostile, "alone/status-500"]}, {**chat, "model": "alone/status-500", "user": hostile},
            {**chat, "model": "test/echo", "provider": {"order": [hostile]}}]:
        assert post("/v1/chat/completions", json=body).status_code in (200, 400, 404, 502)
    encoded = urllib.parse.quote(hostile)
    talkative.http.get(f"/v1/model/{encoded}")
    talkative.http.get(f"/v1/{encoded}")
    # A provider's words go into the log, too.
    for number, script in enumerate([
            response({"error": {"message": hostile, "code": hostile, "type": hostile}}, status="400 No"),
            response({"error": {"message": hostile}}, status="500 No"),
            response({"error": {"message": hostile}}),
            stream(chunk({"content": "a"}), {"error": {"message": hostile}}, done=False)]):
        exact.reset(script)
        talkative.chat(numbered("test/exact", number), stream=script.startswith(b"HTTP/1.1 200"))
    assert talkative.process.stop() == 0
    lines = log_lines(talkative.process)
    # Python and terminals know more line ends than the one that a log is read by.
    assert len(lines) > 5 and all(len(line.splitlines()) <= 1 for line in lines)
    wrong = [line for line in lines if not LINE.fullmatch(line)]
    assert not wrong, wrong
    assert not [line for line in lines if line.startswith(FORGED[:24])]
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]", "".join(lines))


@pytest.mark.parametrize("key", [
    "' OR 1=1 --", "\"; DROP TABLE keys; --", "sk-x' UNION SELECT digest FROM keys --", "../../etc/passwd", "%00", "${USER}",
    "{{7*7}}", "a" * 8000, "\xff\xfe", "sk-canary\tx", USER + " ", USER + "\x00", USER.upper(), USER[:20], "*", "null", "-1"])
def test_a_key_is_compared_and_never_understood(gateway, key):
    request = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
               f"Content-Length: 2\r\nAuthorization: Bearer {key}\r\n\r\n{{}}").encode("latin-1")
    with connection(gateway.port) as raw:
        raw.sendall(request)
        received = read_to_end(raw)
    # White space behind a field's value is no part of it.
    expected = [b"400"] if key == USER + " " else [b"400", b"401"]
    assert received[9:12] in expected, received[:300]
    assert key == USER + " " or b"messages" not in received


def forms(secret):
    """How a secret may look once something has been done to it."""
    raw = secret.encode()
    return {
        "plain": raw, "reversed": raw[::-1], "hex": raw.hex().encode(), "percent": urllib.parse.quote(secret, safe="").encode(),
        "JSON": json.dumps(secret).encode()[1:-1],
        # Base64 of the middle, whatever stands in front of it.
        **{f"base64 at {shift}": base64.b64encode(raw[shift:shift + (len(raw) - shift) // 3 * 3]) for shift in range(3)},
    }


@pytest.mark.slow
def test_a_run_of_faults_leaves_no_secret_anywhere(talkative, document, exact, tmp_path):
    """Every fault, whole and streamed, at the level that says most; then every byte that was written is searched."""
    answers = []

    def note(result):
        answers.append(str(result.headers).encode() + result.content)

    for fault in [*EARLY_FAULTS, *REFUSALS, *LATE_FAULTS, *HARMLESS]:
        for model in [f"alone/{slug(fault)}", f"rescued/{slug(fault)}"]:
            for streaming in [False, True]:
                note(talkative.chat(model, PROMPT, stream=streaming))
    secret = SECRETS["exact"]
    models = (numbered("test/exact", number) for number in range(1, 41))
    for words in [secret, f"Incorrect API key provided: {secret}", f"Bearer {secret}", secret[:12] + "..." + secret[-4:]]:
        for status in [200, 400, 401, 403, 404, 429, 500, 503]:
            exact.reset(response({"error": {"message": words, "code": words, "type": words, "param": words}}, status=f"{status} No",
                                 fields=[f"WWW-Authenticate: {secret}", f"x-request-id: {secret}"]))
            note(talkative.chat(next(models), PROMPT, stream=status % 2 == 0))
    # Where a model or a path is not known the answer names it, also when it is the caller's own key.
    with httpx.Client(base_url=talkative.url) as http:
        for authorization in [
                f"Bearer {USER}", f"Bearer {USER}x", f"Basic {USER}", USER, f"Bearer {MANAGEMENT}", f"Bearer {SECRETS['alpha']}"]:
            for path in ["/v1/chat/completions", "/v1/models/user", "/v1/nothing", f"/v1/model/{USER}"]:
                body = {"model": USER, "user": USER, "messages": [{"role": "user", "content": PROMPT}]}
                note(http.post(path, json=body, headers={"authorization": authorization}))
                note(http.get(path, headers={"authorization": authorization}))
    for reload in [document, {**document, "providers": [{**document["providers"][0], "base_url": SECRETS["alpha"]}]},
                   json.dumps(document)[:-40], {**document, "access": {"keys": [{"name": "user", "kye": USER}]}}]:
        mark = len(talkative.process.lines)
        write(tmp_path, reload)
        talkative.process.signal(signal.SIGHUP)
        talkative.process.wait_for("reload", after=mark)
    (tmp_path / "patchbay.yaml").unlink()
    assert talkative.process.stop() == 0
    said = {"what the process said": talkative.process.text.encode(), "the answers": b"\n".join(answers)}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            said[path.name] = path.read_bytes()
    assert "patchbay.db" in said and len(answers) > 150
    found = [
        (name, how, place) for name, value in SECRETS.items() for how, form in forms(value).items()
        for place, text in said.items() if form in text
        if not (place == "the answers" and name == "user")]
    assert not found
    assert PROMPT.encode() not in said["what the process said"], "the log holds a prompt"


def start_unread(document, folder, **more):
    """A gateway whose standard error nobody reads behind its first line."""
    process = subprocess.Popen(
        [find_binary(), "serve", "--config", write(folder, document)], env=environment(folder, {"PATCHBAY_LOG": "debug"}),
        cwd=folder, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, **more)
    port = int(next(line for line in process.stderr if "listening on" in line).rsplit(":", 1)[1])
    return process, port


def test_a_log_that_nobody_reads_stops_neither_requests_nor_the_end(document, tmp_path):
    process, port = start_unread(document, tmp_path)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, headers={"authorization": f"Bearer {USER}"}) as http:
            body = {"model": "alone/status-500", "messages": [{"role": "user", "content": "x"}]}
            for _ in range(2500):
                assert http.post("/v1/chat/completions", json=body).status_code in (502, 503)
            # Now somebody reads: what was lost is counted.
            os.set_blocking(process.stderr.fileno(), False)
            text = ""

            def drain():
                nonlocal text
                text += os.read(process.stderr.fileno(), 1 << 20).decode(errors="replace") if readable(process) else ""
                return "log lines were dropped" in text

            eventually(drain, "the count of lost lines")
            lost = sum(int(each) for each in re.findall(r"(\d+) log lines were dropped", text))
            kept = len(re.findall(r"(?m)^\S+ warning answer ", text))
            print(f"{kept} lines kept, {lost} counted as lost")
            assert lost > 0 and kept + lost <= 2500 + 500
            # And nobody again.
            for _ in range(2500):
                assert http.post("/v1/chat/completions", json=body).status_code in (502, 503)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.stderr.close()
        process.wait()


def readable(process):
    return bool(select.select([process.stderr], [], [], 0)[0])


def test_a_log_on_a_full_disk_stops_no_request(document, tmp_path):
    try:
        full = open("/dev/full", "w")
    except OSError:
        pytest.skip("there is no /dev/full")
    before = listening_ports()
    process = subprocess.Popen(
        [find_binary(), "serve", "--config", write(tmp_path, document)], env=environment(tmp_path, {"PATCHBAY_LOG": "debug"}),
        cwd=tmp_path, stdout=full, stderr=full, stdin=subprocess.DEVNULL)
    try:
        def address():
            """Where it listens, which it cannot say."""
            for port in listening_ports() - before:
                try:
                    url = f"http://127.0.0.1:{port}"
                    if httpx.get(url + "/health", timeout=5).status_code == 200:
                        return url
                except httpx.HTTPError:
                    pass

        url = eventually(address, "the gateway's start")
        with httpx.Client(base_url=url, timeout=60, headers={"authorization": f"Bearer {USER}"}) as http:
            for model, status in [("test/echo", 200), ("alone/moderation", 403)] * 50:
                body = {"model": model, "messages": [{"role": "user", "content": "x"}]}
                assert http.post("/v1/chat/completions", json=body).status_code == status
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        full.close()


def listening_ports():
    """The ports of this machine that somebody listens on."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    is_listening = "0A"
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == is_listening}


PLAIN = b'{"model":"test/echo","messages":[{"role":"user","content":"inside"}]}'
CHAT = "/v1/chat/completions"
WAYS_AROUND = [
    "/health/../v1/chat/completions", "/v1/models/../chat/completions", "/v1/models/..%2fchat/completions",
    "/v1/models/%2e%2e/chat/completions", "/v1/models/.%2e/chat/completions", "/v1/models%2f..%2fchat%2fcompletions",
    "//v1/chat/completions", "/v1//chat/completions", "/v1/chat%2fcompletions", "/v1/chat/completions/", "/v1/chat/completions/.",
    "/v1/chat/completions;/health", "/v1/chat/completions%3f/health", "/v1/chat/completions%00", "/v1/chat/completions%20",
    "/v1/CHAT/completions", "/v1/chat/completions?/health", "/v1/chat/completions?path=/health", "/v1/chat%252fcompletions",
    "/health?/v1/chat/completions", "/v1/models\\..\\chat\\completions", "/api/v1/../v1/chat/completions", "/health;/v1/chat/completions",
    "http://x/health/../v1/chat/completions", "http://health/v1/chat/completions", "http://x:80/v1/chat/completions",
    "https://x/v1/chat/completions", "*", "/v1/%63hat/completions",
]


@pytest.mark.parametrize("target", WAYS_AROUND)
@pytest.mark.parametrize("host", ["x", "/health", "health/v1/models", "x, y", "x:80/health?"])
def test_no_spelling_of_a_target_or_host_gets_past_the_key(gateway, alpha, target, host):
    """One path is parsed and decides both: whoever may, and what is done."""
    alpha.clear()
    request = (f"POST {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n"
               f"X-Original-URL: /health\r\nX-Rewrite-URL: /health\r\nX-Forwarded-Prefix: /health\r\nX-Forwarded-Host: health\r\n"
               f"X-HTTP-Method-Override: GET\r\nContent-Length: {len(PLAIN)}\r\n\r\n").encode() + PLAIN
    with connection(gateway.port) as raw:
        raw.sendall(request)
        received = read_to_end(raw)
    assert received[9:12] in (b"400", b"401", b"404", b"405"), received[:200]
    assert alpha.log() == []


@pytest.mark.parametrize("path", [
    "/../../../etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/v1/model/../../../etc/passwd", "/v1/model/..%2f..%2fpatchbay.yaml",
    "/v1/model/%2e%2e/%2e%2e", "/v1/models/test%2f..%2f..%2fpatchbay.db/endpoints", "/static/../patchbay.db", "/.git/config",
    "/%2e%2e%5c%2e%2e%5cetc%5cpasswd", "file:///etc/passwd", "/proc/self/environ"])
def test_no_path_leads_to_a_file(gateway, path):
    with connection(gateway.port) as raw:
        raw.sendall(request_bytes(path, method="GET", key=USER, fields=["Connection: close"]))
        received = read_to_end(raw)
    assert received[9:12] in (b"400", b"404"), received[:200]
    assert b"root:" not in received and b"providers" not in received.split(b"\r\n\r\n", 1)[1].lower().replace(b"provider", b"")


def test_a_nearly_right_key_is_a_stranger_like_any_other(gateway):
    """Same status, same words, whichever character is wrong."""
    generator = random.Random(4)
    seen = set()
    begin = time.monotonic()
    for number in range(3):
        with client_at(number, gateway.url) as http:
            for _ in range(100):
                place = generator.randrange(len(USER))
                key = USER[:place] + generator.choice("abcdefghijk0123456789") + USER[place + 1:]
                if key == USER:
                    continue
                result = http.get("/v1/models/user", headers={"authorization": f"Bearer {key}"})
                seen.add((result.status_code, json.dumps(result.json()["error"], sort_keys=True)))
    print(f"300 wrong keys in {time.monotonic() - begin:.2f} s")
    assert len(seen) == 1 and next(iter(seen))[0] == 401
