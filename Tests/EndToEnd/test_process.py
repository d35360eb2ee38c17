"""The process: start, zero configuration, keys of the first start, reload, drain, refusals to start."""

import json
import re
import signal
import socket
import threading

import httpx
import pytest

from conftest import Gateway
from support.configuration import SECRETS, USER, configuration, endpoint, model, write
from support.processes import Process, eventually, run
from support.wire import Stream, connection, read_until, request_bytes

CHAT = {"messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def document(alpha, beta, exact, tmp_path):
    return configuration(alpha.url, beta.url, exact.url, tmp_path)


@pytest.fixture
def bare(start):
    """A gateway without any configuration."""
    return Gateway(start("serve", "--listen", "127.0.0.1:0"), key=None)


def test_without_configuration_the_built_in_model_answers(bare):
    answer = bare.chat("demo/echo")
    assert answer.status_code == 200, answer.text
    assert answer.json()["provider"] == "Demo"
    received = Stream(bare.chat("demo/echo", stream=True).text)
    assert received.is_done and received.text and received.usages[0]["usage"]["cost"] == 0
    assert "demo/echo" in [model["id"] for model in bare.http.get("/v1/models").json()["data"]]
    assert bare.http.get("/ready").status_code == 200


def test_the_line_to_paste_works(bare):
    text = bare.process.wait_for(r"^curl ") and bare.process.text
    command = text[text.index("curl "):].split("\n\n")[0]
    import subprocess

    output = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60).stdout
    assert Stream(output).is_done, output


@pytest.mark.parametrize("host, status", [
    ("localhost", 200), ("LOCALHOST:1", 200), ("127.0.0.1", 200), ("127.1.2.3:80", 200), ("[::1]:9", 200),
    ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("localhost.evil.example", 421), ("10.0.0.1", 421)])
def test_without_keys_only_a_loopback_host_is_answered(bare, host, status):
    assert bare.http.get("/v1/models", headers={"host": host}).status_code == status
    answer = bare.http.post("/v1/chat/completions", headers={"host": host}, json={"model": "demo/echo", **CHAT})
    assert answer.status_code == status
    if status == 421:
        assert "localhost" in answer.json()["error"]["message"]


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer anything", "Basic eDp5"])
def test_where_no_key_is_needed_any_will_do(bare, authorization):
    answer = bare.http.post(
        "/v1/chat/completions", headers={"authorization": authorization}, json={"model": "demo/echo", **CHAT})
    assert answer.status_code == 200


def test_a_page_cannot_post_without_a_preflight(bare):
    answer = bare.http.post("/v1/chat/completions", content=json.dumps({"model": "demo/echo", **CHAT}),
                            headers={"content-type": "text/plain", "origin": "http://evil.example"})
    assert answer.status_code == 415


def test_well_known_keys_become_providers(start, exact):
    more = {"OPENAI_API_KEY": SECRETS["exact"], "OPENAI_BASE_URL": exact.url + "/v1"}
    own = Gateway(start("serve", "--listen", "127.0.0.1:0", more=more), key=None)
    own.process.wait_for("OPENAI_API_KEY")
    answer = own.chat("openai/gpt-4o")
    assert answer.json()["provider"] == "OpenAI"
    assert answer.json()["usage"]["cost"] > 0
    assert exact.requests[-1].fields["authorization"] == "Bearer " + SECRETS["exact"]
    assert json.loads(exact.requests[-1].body)["model"] == "gpt-4o"
    # Other SDKs' habits: the name without its author.
    assert own.chat("gpt-4o").json()["model"] == "openai/gpt-4o"


def test_a_known_model_without_its_provider_says_which_key_is_missing(bare):
    error = bare.chat("openai/gpt-4o").json()["error"]
    assert error["code"] == 404 and "openai" in error["message"]


def test_listening_to_others_makes_keys_once(start, tmp_path):
    first = Gateway(start("serve", "--listen", "0.0.0.0:0"), key=None)
    keys = re.findall(r"sk-pb-v1-[0-9A-Za-z_-]{48}", first.process.text)
    assert len(keys) == 2 and keys[0] != keys[1]
    chat = {"model": "demo/echo", **CHAT}

    def status(gateway, key=None):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return gateway.http.post("/v1/chat/completions", json=chat, headers=headers).status_code

    assert [status(first), status(first, keys[0]), status(first, keys[1])] == [401, 200, 403]
    assert first.process.stop() == 0
    second = Gateway(start("serve", "--listen", "0.0.0.0:0"), key=None)
    assert "sk-pb-v1-" not in second.process.text
    assert status(second, keys[0]) == 200
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert keys[0].encode() not in path.read_bytes(), f"{path.name} holds a key in the clear"
        assert path.stat().st_mode & 0o077 == 0, f"{path.name} can be read by others"


def test_keys_that_the_configuration_asks_for_are_not_explained_with_other_machines(start, tmp_path):
    write(tmp_path, "server: { listen: 127.0.0.1:0 }\naccess: { require_key: true }\n")
    own = Gateway(start("serve"), key=None)
    own.process.wait_for("management key: sk-pb-v1-")
    assert "require_key: true, so callers need a key" in own.process.text
    assert "other machines" not in own.process.text


def test_without_configuration_the_commands_know_the_built_in_model(tmp_path):
    assert "demo/echo" in run("models", "list", folder=tmp_path).stdout
    assert run("route", "--model", "demo/echo", folder=tmp_path).returncode == 0


def test_the_address_of_the_environment_is_taken(start):
    own = Gateway(start("serve", more={"PATCHBAY_LISTEN": "127.0.0.1:0"}), key=None)
    assert own.http.get("/health").json()["status"] == "ok"


def test_a_file_in_the_working_directory_is_taken(start, document, tmp_path):
    write(tmp_path, document)
    own = Gateway(start("serve"))
    assert own.chat("test/echo").status_code == 200


def test_a_port_in_use_is_refused_clearly(start, bare, tmp_path):
    second = run("serve", "--listen", f"127.0.0.1:{bare.port}", folder=tmp_path)
    assert second.returncode == 1
    assert f"127.0.0.1:{bare.port} is in use" in second.stderr
    assert bare.http.get("/health").status_code == 200


def test_an_invalid_configuration_is_refused_with_its_place(tmp_path):
    write(tmp_path, "server:\n  listen: 127.0.0.1:0\nproviderz: []\nrouting:\n  timeouts: { idle_ms: soon }\n")
    for command in ["serve", "check"]:
        result = run(command, "--config", "patchbay.yaml", folder=tmp_path)
        assert result.returncode == 1, result.stderr
        said = result.stdout + result.stderr
        assert "patchbay.yaml:3:1: " in said and "providers" in said
        assert re.search(r"patchbay\.yaml:5:\d+: ", said)


def test_a_missing_variable_names_its_line(tmp_path):
    write(tmp_path, "providers:\n  - slug: own\n    base_url: http://127.0.0.1:1/v1\n    api_key: ${NOT_THERE}\n")
    result = run("check", "--config", "patchbay.yaml", folder=tmp_path)
    assert result.returncode == 1
    assert re.search(r"patchbay\.yaml:4:\d+: .*NOT_THERE", result.stdout + result.stderr)


def test_a_valid_configuration_passes_the_check(document, tmp_path):
    result = run("check", "--config", write(tmp_path, document), folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert not [name for name, secret in SECRETS.items() if secret in result.stdout + result.stderr]


@pytest.mark.parametrize("arguments", [[], ["serv"], ["serve", "--lissten", "x"], ["serve", "--listen", "nowhere"], ["nonsense"]])
def test_wrong_usage_exits_with_two(arguments, tmp_path):
    result = run(*arguments, folder=tmp_path)
    assert result.returncode == 2
    assert result.stderr and not result.stdout


def test_help_and_version_are_there(tmp_path):
    assert run("version", folder=tmp_path).stdout.startswith("patchbay 0.")
    for command in ["serve", "check", "simulate", "doctor", "models"]:
        result = run("help", command, folder=tmp_path)
        assert result.returncode == 0 and f"patchbay {command}" in result.stdout


def test_a_reload_is_all_or_nothing(serve, document, tmp_path):
    own = serve(document)
    assert own.chat("new/model").status_code == 404
    mark = len(own.process.lines)
    write(tmp_path, "server: { listenn: x }")
    own.process.signal(signal.SIGHUP)
    own.process.wait_for(r"reload refused: .*patchbay\.yaml:1:\d+", after=mark)
    assert own.chat("test/echo").status_code == 200
    document["models"].append(model("new/model", endpoint("alpha")))
    write(tmp_path, document)
    own.process.signal(signal.SIGHUP)
    own.process.wait_for("configuration reloaded", after=mark)
    eventually(lambda: own.chat("new/model").status_code == 200, what="the new model")
    assert own.chat("test/echo").status_code == 200


def test_a_stream_survives_a_reload(serve, document, tmp_path):
    document["models"].append(model("test/seconds", endpoint("alpha", "echo+tokens=30,tps=20")))
    own = serve(document)
    with own.http.stream("POST", "/v1/chat/completions", json={"model": "test/seconds", "stream": True, **CHAT}) as answer:
        lines = answer.iter_lines()
        next(lines)
        document["models"] = [model("only/this", endpoint("beta"))]
        write(tmp_path, document)
        own.process.signal(signal.SIGHUP)
        own.process.wait_for("configuration reloaded")
        rest = list(lines)
    assert "data: [DONE]" in rest
    assert own.chat("test/seconds").status_code == 404


def is_refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_drain_finishes_what_runs_and_exits_with_zero(serve, document, number):
    document["models"].append(model("test/seconds", endpoint("alpha", "echo+tokens=30,tps=20")))
    own = serve(document)
    with own.http.stream("POST", "/v1/chat/completions", json={"model": "test/seconds", "stream": True, **CHAT}) as answer:
        lines = answer.iter_lines()
        next(lines)
        own.process.signal(number)
        own.process.wait_for("draining")
        eventually(lambda: is_refused(own.port), what="the end of accepting")
        rest = list(lines)
    assert "data: [DONE]" in rest
    assert own.process.wait() == 0


def test_an_idle_connection_does_not_hold_up_the_drain(serve, document):
    document["server"]["drain_seconds"] = 60
    own = serve(document)
    with connection(own.port) as raw:
        raw.sendall(request_bytes("/health", method="GET"))
        read_until(raw, b'"ok"')
        own.process.signal(signal.SIGTERM)
        assert own.process.wait(30) == 0


def test_a_drain_ends_at_its_deadline_with_a_truthful_end(serve, document):
    document["server"]["drain_seconds"] = 1
    own = serve(document)
    with own.http.stream("POST", "/v1/chat/completions", json={"model": "test/slow", "stream": True, **CHAT}) as answer:
        lines = answer.iter_lines()
        next(lines)
        own.process.signal(signal.SIGTERM)
        received = []
        try:
            received.extend(lines)
        except httpx.HTTPError:
            pass
    assert "data: [DONE]" not in received
    assert own.process.wait() == 0


def test_a_second_signal_ends_at_once(serve, document):
    document["server"]["drain_seconds"] = 60
    own = serve(document)
    with own.http.stream("POST", "/v1/chat/completions", json={"model": "test/slow", "stream": True, **CHAT}) as answer:
        lines = answer.iter_lines()
        next(lines)
        own.process.signal(signal.SIGTERM)
        own.process.wait_for("draining")
        own.process.signal(signal.SIGTERM)
        assert own.process.wait(30) == 1


def test_a_storm_of_signals_is_weathered(serve, document):
    own = serve(document)
    stop = threading.Event()
    failures = []

    def use():
        with httpx.Client(base_url=own.url, timeout=60, headers={"authorization": f"Bearer {USER}"}) as http:
            while not stop.is_set():
                if http.post("/v1/chat/completions", json={"model": "test/echo", **CHAT}).status_code != 200:
                    failures.append(1)

    thread = threading.Thread(target=use)
    thread.start()
    for _ in range(250):
        for number in [signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2]:
            own.process.signal(number)
    own.process.wait_for("configuration reloaded")
    stop.set()
    thread.join()
    assert not failures
    assert own.chat("test/echo").status_code == 200


def test_the_health_command_tells_by_its_exit_code(bare, tmp_path):
    assert run("health", "--url", bare.url + "/health", folder=tmp_path).returncode == 0
    assert bare.process.stop() == 0
    assert run("health", "--url", bare.url + "/health", folder=tmp_path).returncode == 1


def test_debug_logs_hold_no_secret(start, document, tmp_path):
    """The process is searched for secrets when it ends; here with everything it can say."""
    own = Gateway(start("serve", "--config", write(tmp_path, document), more={"PATCHBAY_LOG": "debug"}))
    for name in ["test/echo", "alone/status-401", "alone/credentials", "alone/cut-5", "rescued/html", "test/unknown"]:
        own.chat(name)
        own.chat(name, stream=True)
    assert own.process.stop() == 0
    assert "One two three" not in own.process.text, "the log holds a prompt"


def test_the_simulator_can_be_scripted(alpha, gateway):
    alpha.script("status=400", "status=404")
    assert [gateway.chat("test/echo").status_code for _ in range(3)] == [400, 502, 200]


def test_the_process_is_small_when_idle(bare):
    print(f"resident: {bare.process.resident_bytes / 2**20:.1f} MiB")
    assert bare.process.resident_bytes < 80 << 20


def test_an_answer_comes_as_soon_as_it_says_that_it_listens(start):
    import time

    begin = time.monotonic()
    process: Process = start("serve", "--listen", "127.0.0.1:0")
    assert httpx.get(process.url + "/health", timeout=60).status_code == 200
    print(f"first answer {1000 * (time.monotonic() - begin):.0f} ms after the start")
