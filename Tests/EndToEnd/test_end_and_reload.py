"""The end of the process with many streams under way, and reloads of configurations that are damaged in every way."""

import json
import os
import pathlib
import random
import re
import signal
import threading
import time

import pytest

from conftest import Gateway
from support.configuration import SECRETS, USER, configuration, endpoint, model, write
from support.processes import eventually
from support.provider import chunk, events, usage_chunk
from support.wire import Stream, connection, is_read, read_to_end, read_until, request_bytes
from test_callers import chat_bytes
from test_dispatch_review import begin

STREAMS = 50


@pytest.fixture
def document(alpha, beta, exact, tmp_path):
    return configuration(alpha.url, beta.url, exact.url, tmp_path)


def events_of(received):
    """The events of a chunked stream on a raw connection."""
    body = received.split(b"\r\n\r\n", 1)[1]
    return Stream(re.sub(rb"\r\n[0-9a-fA-F]+\r\n", b"", b"\r\n" + body).decode())


def test_a_hundred_streams_at_the_end_of_the_process(serve, document, alpha, exact):
    """Half of them end before the deadline and are whole; the other half get a true end; the process says yes to its end."""
    document["server"]["drain_seconds"] = 8
    document["models"].append(model("test/minutes", endpoint("alpha", "echo+tokens=5000,tps=10")))
    own = serve(document)
    alpha.clear()
    draining = threading.Event()

    def play(raw):
        begin(chunk({"role": "assistant", "content": "One"}))(raw)
        assert draining.wait(60)
        raw.sendall(events(chunk({"content": " two"}), chunk(finish="stop"), usage_chunk()).encode())

    exact.reset(*[play] * STREAMS)
    connections = [connection(own.port) for _ in range(2 * STREAMS)]
    opened = [each.__enter__() for each in connections]
    with connection(own.port) as kept, connection(own.port) as late:
        kept.sendall(request_bytes("/ready", method="GET"))
        assert read_until(kept, b"}").startswith(b"HTTP/1.1 200 ")
        for index, raw in enumerate(opened):
            raw.sendall(chat_bytes(["test/exact", "test/minutes"][index % 2]))
        beginnings = [read_until(raw, b"data: ") for raw in opened]
        # A request whose head was on its way when the end was asked for is still a request.
        late.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\n")
        eventually(lambda: is_read(late), "the reading of the first half")
        own.process.signal(signal.SIGTERM)
        own.process.wait_for("draining")
        draining.set()
        late.sendall(b"\r\n")
        assert read_until(late, b"\r\n\r\n").startswith(b"HTTP/1.1 503 ")
        assert read_to_end(kept) == b"", "an idle connection outlived the drain"
    for index, (raw, beginning) in enumerate(zip(opened, beginnings)):
        received = events_of(beginning + read_to_end(raw))
        if index % 2 == 0:
            assert received.is_done and received.done_count == 1 and not received.errors
            assert len(received.usages) == 1
        else:
            assert received.done_count == 0 and len(received.errors) == 1
            assert received.errors[0] is received.chunks[-1] and received.errors[0]["error"]["code"] == 503
    for each in connections:
        each.__exit__(None, None, None)
    assert own.process.wait() == 0
    assert f"{STREAMS} requests were cut" in own.process.text
    eventually(lambda: sum(row["outcome"] == "aborted" for row in alpha.log()) == STREAMS, "the providers' aborts")


def damaged(text, generator):
    """The text with something of it broken: bytes, words, lines, or all of it."""
    raw = bytearray(text.encode())
    kind = generator.randrange(8)
    if kind == 0:
        return bytes(raw[:generator.randrange(len(raw))])
    if kind == 1:
        start = generator.randrange(len(raw))
        del raw[start:start + generator.randrange(1, 200)]
    elif kind == 2:
        place = generator.randrange(len(raw))
        raw[place:place] = generator.choice([
            b"\0", b"\xff\xfe", b"\t", b"{", b"]", b": ", b"\n- ", b"&a [*a]", b"!!binary ", b"${NOT_THERE}", b"${", b"%YAML 9.9\n",
            b"9" * 400, b"\xef\xbb\xbf", b"---\n", b"[" * 3000, b"\"" * 3])
    elif kind == 3:
        words = [b'"provider"', b'"models"', b'"listen"', b'"id"', b'"api_key"', b'"sqlite:', b"true", b"127.0.0.1", b"1000"]
        word = generator.choice(words)
        raw = bytearray(raw.replace(word, generator.choice([b'"x"', b"null", b"-1", b"1e999", b'"\\ud800"', b"[]"]), 1))
    elif kind == 4:
        for _ in range(generator.randrange(1, 30)):
            raw[generator.randrange(len(raw))] = generator.randrange(256)
    elif kind == 5:
        return bytes(generator.randrange(256) for _ in range(generator.randrange(2000)))
    elif kind == 6:
        lines = raw.split(b"\n")
        generator.shuffle(lines)
        return b"\n".join(lines)
    else:
        return generator.choice([b"", b"[]", b"null", b"a: &a [*a]\n", b"a: " + b"x" * 1_000_000, b"&a [" + b"*a," * 9 + b"]"])
    return bytes(raw)


@pytest.mark.slow
def test_damaged_configurations_leave_the_old_one(serve, document, tmp_path):
    """PATCHBAY_SEED makes it another run. A stream and a caller go on all the while; what is refused is explained."""
    generator = random.Random(int(os.environ.get("PATCHBAY_SEED", 6)))
    document["routing"]["timeouts"]["total_ms"] = 600_000
    document["models"] = [
        model("test/echo", endpoint("alpha"), endpoint("beta", price={"prompt": 3, "completion": 7})),
        model("test/long", endpoint("alpha", "echo+tokens=1000000,tps=200"))]
    own = serve(document)
    good = json.dumps(document, indent=1)
    path = tmp_path / "patchbay.yaml"
    refused = taken = 0

    def reload(content, outcomes):
        mark = len(own.process.lines)
        path.write_bytes(content)
        own.process.signal(signal.SIGHUP)
        return own.process.wait_for(outcomes, after=mark).group(0)

    with own.http.stream("POST", "/v1/chat/completions", json={
            "model": "test/long", "stream": True, "messages": [{"role": "user", "content": "x"}]}) as answer:
        lines = answer.iter_lines()
        for _ in range(120):
            if reload(damaged(good, generator), "configuration reloaded|reload refused") == "reload refused":
                refused += 1
                assert own.chat("test/echo").status_code == 200
            else:
                taken += 1  # it happened to be valid, or damaged only where it says less
            # The good one again, which is also the end of whatever was said about the damaged one.
            reload(good.encode(), "configuration reloaded")
            assert next(line for line in lines if line.startswith("data: ")) != "data: [DONE]"
    print(f"{refused} refused, {taken} valid all the same")
    assert refused > 80
    assert not [name for name, secret in SECRETS.items() if secret in own.process.text]


@pytest.mark.parametrize("kind", ["gone", "a folder", "unreadable", "huge"])
def test_a_file_that_cannot_be_read_leaves_the_old_configuration(serve, document, tmp_path, kind):
    if kind == "unreadable" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    own = serve(document)
    path = tmp_path / "patchbay.yaml"
    text = path.read_text()
    if kind == "unreadable":
        path.chmod(0)
    elif kind == "huge":
        path.write_text(text + "\n#" + "x" * (128 << 20))
    else:
        path.unlink()
    if kind == "a folder":
        path.mkdir()
    own.process.signal(signal.SIGHUP)
    own.process.wait_for("reload refused")
    assert own.chat("test/echo").status_code == 200
    if kind == "a folder":
        path.rmdir()
    elif kind == "unreadable":
        path.chmod(0o600)
    path.write_text(text)
    mark = len(own.process.lines)
    own.process.signal(signal.SIGHUP)
    own.process.wait_for("configuration reloaded", after=mark)
    assert own.chat("test/echo").status_code == 200


ANYBODY = {"model": "demo/echo", "messages": [{"role": "user", "content": "Hello"}]}


def reload(own, says):
    mark = len(own.process.lines)
    own.process.signal(signal.SIGHUP)
    own.process.wait_for(says, after=mark)


def anonymous_status(own, model="test/echo"):
    return own.http.post("/v1/chat/completions", json={**ANYBODY, "model": model}).status_code


def test_a_file_that_is_gone_does_not_take_the_keys_with_it(start, document, tmp_path):
    """Found at a usual place, not by --config: then nothing may be taken instead of it, neither the environment's keys nor
    a file that is found later."""
    folder = tmp_path / ".config" / "patchbay"
    folder.mkdir(parents=True)
    document["access"]["require_key"] = True
    path = write(folder, document)
    own = Gateway(start("serve", more={"OPENAI_API_KEY": SECRETS["exact"]}), key=None)
    text = path.read_text()
    path.unlink()
    reload(own, "reload refused: .*cannot be read")
    assert [anonymous_status(own), anonymous_status(own, "demo/echo"), anonymous_status(own, "openai/gpt-4o")] == [401] * 3
    here = tmp_path / "patchbay.yaml"
    here.write_text("access: { require_key: false }\n")
    reload(own, "reload refused: .*cannot be read")
    path.write_text(text)
    reload(own, "configuration reloaded.*config/patchbay/patchbay.yaml")
    assert anonymous_status(own) == 401


@pytest.mark.parametrize("text, says", [
    ("", "the file is empty"), ("# access:\n#   require_key: true\n", "the file is empty"),
    ("server: { drain_seconds: 3 }\n", "the file has no keys any more")])
def test_a_file_that_is_emptied_does_not_open_the_gateway(serve, document, tmp_path, text, says):
    own = serve(document, key=None)
    (tmp_path / "patchbay.yaml").write_text(text)
    reload(own, "reload refused: .*" + says)
    assert anonymous_status(own) == 401
    write(tmp_path, document)
    reload(own, "configuration reloaded")


def is_held(process):
    """Whether the program holds signals back until it can take them; the names are those of `signal.h`."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    blocked = int(re.search(r"SigBlk:\s*(\w+)", status).group(1), 16)
    return all(blocked >> (number - 1) & 1 for number in [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_that_is_asked_for_while_it_starts_is_an_orderly_one(start, document, tmp_path, number):
    path = write(tmp_path, document)
    for _ in range(5):
        process = start("serve", "--config", path)
        eventually(lambda: is_held(process.process), "the holding of signals", pause=0)
        process.signal(signal.SIGHUP)
        process.signal(number)
        assert process.wait() == 0, process.text


def test_a_reload_that_is_asked_for_while_it_starts_is_done(start, document, tmp_path):
    """The start waits for a key that comes through a pipe; the signal is older than the key."""
    pipe = tmp_path / "key"
    os.mkfifo(pipe)
    document["providers"][0]["api_key"] = "${file:%s}" % pipe
    process = start("serve", "--config", write(tmp_path, document))
    with pipe.open("w") as writer:  # opens when the program reads
        process.signal(signal.SIGHUP)
        eventually(lambda: not is_pending(process.process, signal.SIGHUP), "the taking of the signal")
        writer.write("first")
    own = Gateway(process)
    threading.Thread(target=lambda: pipe.write_text("second"), daemon=True).start()  # for the reload
    process.wait_for("configuration reloaded")
    assert own.http.get("/health").status_code == 200


def is_pending(process, number):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"ShdPnd:\s*(\w+)", status).group(1), 16) >> (number - 1) & 1


def test_signals_of_all_kinds_while_it_ends(serve, document):
    """Reloads and stray signals during the drain neither stop it nor hold it up."""
    document["models"].append(model("test/seconds", endpoint("alpha", "echo+tokens=30,tps=20")))
    own = serve(document)
    with connection(own.port) as raw:
        raw.sendall(chat_bytes("test/seconds"))
        beginning = read_until(raw, b"data: ")
        own.process.signal(signal.SIGTERM)
        own.process.wait_for("draining")
        stop = threading.Event()

        def storm():
            while not stop.is_set() and own.process.process.poll() is None:
                for number in [signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2]:
                    own.process.signal(number)
                time.sleep(0.001)

        thread = threading.Thread(target=storm)
        thread.start()
        received = events_of(beginning + read_to_end(raw))
        code = own.process.wait()
        stop.set()
        thread.join()
    assert received.is_done and not received.errors
    assert code == 0
    assert USER not in own.process.text
