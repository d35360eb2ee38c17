"""A provider whose every byte is a test's own: it records what it receives and sends what it is told."""

import json
import socket
import threading
import time


class ExactProvider:
    """Answers each request with the next script; a script is bytes, or a function that is given the connection."""

    def __init__(self):
        self.requests = []
        self.scripts = []
        #: The model at this provider that the test under way should ask for.
        self.model = "test/exact"
        self.models = iter([])
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self, *scripts):
        with self._changed:
            self.requests.clear()
            self.scripts = list(scripts)

    def fresh(self):
        """A model at this provider that no test has asked for lately."""
        self.model = next(self.models)
        return self.model

    def wait_for_requests(self, count=1, seconds=30):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, seconds), "no request came"
            return list(self.requests)

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        received = b""
        try:
            with connection:
                while True:
                    while b"\r\n\r\n" not in received:
                        piece = connection.recv(65536)
                        if not piece:
                            return
                        received += piece
                    head, received = received.split(b"\r\n\r\n", 1)
                    fields = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
                    length = int({name.lower(): value for name, value in fields}.get("content-length", 0))
                    while len(received) < length:
                        received += connection.recv(1 << 20)
                    body, received = received[:length], received[length:]
                    with self._changed:
                        self.requests.append(Received(head.decode(), fields, body))
                        script = self.scripts.pop(0) if self.scripts else answer()
                        self._changed.notify_all()
                    if isinstance(script, bytes):
                        connection.sendall(script)
                        if b"onnection: close" in script.split(b"\r\n\r\n", 1)[0]:
                            return
                    elif script(connection) is not True:
                        return
        except OSError:
            pass


class Received:
    """A request as it came, and when."""

    def __init__(self, head, fields, body):
        self.at = time.monotonic()
        self.line = head.split("\r\n")[0]
        self.fields = {name.lower(): value for name, value in fields}
        self.body = body


def response(body, content_type="application/json", status="200 OK", fields=()):
    """A whole response as bytes."""
    if isinstance(body, dict):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(lines).encode() + body


def answer(content="Hello.", usage=None, **more):
    """A whole chat completion."""
    return response({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "exact-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": usage or {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}, **more,
    })


def chunk(delta=None, finish=None, index=0, **more):
    """One chunk of a stream, as a dictionary."""
    return {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "exact-1",
        "choices": [{"index": index, "delta": delta or {}, "finish_reason": finish}], **more,
    }


def usage_chunk(prompt=3, completion=2, **more):
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion, **more}
    return {**chunk(), "choices": [], "usage": usage}


def events(*data, done=True):
    """Server-sent events as text."""
    texts = [each if isinstance(each, str) else json.dumps(each) for each in data] + (["[DONE]"] if done else [])
    return "".join(f"data: {text}\n\n" for text in texts)


def stream(*data, done=True, fields=()):
    """A whole event stream as a response."""
    return response(events(*data, done=done), "text/event-stream", fields=fields)
