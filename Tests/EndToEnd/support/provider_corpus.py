"""Hostile and odd responses of a provider, as data: name, bytes, and which outcomes are right.

An outcome is `answer` (a whole answer of the provider's reached the caller), `complete` (a stream with its terminator),
`truncated` (a stream that ends with an error event and no terminator), or the status of an error before anything of
the answer was sent. Several mean that the rules leave the choice. The connection closes behind the bytes unless the
entry keeps it.
"""

import dataclasses
import gzip
import json
import zlib

#: In header values that must never reach a caller.
CANARY = "canary-5c0b9d"

TEXT = "Fine, 漢字 😀."


@dataclasses.dataclass(frozen=True)
class Entry:
    name: str
    pieces: tuple
    outcomes: frozenset
    is_stream: bool
    keeps: bool = False

    @property
    def bytes(self):
        return b"".join(self.pieces)


ENTRIES = []


def add(name, raw, *outcomes, is_stream=False, keeps=False):
    pieces = tuple(raw) if isinstance(raw, (list, tuple)) else (raw,)
    ENTRIES.append(Entry(name, pieces, frozenset(outcomes), is_stream, keeps))


def document(**changes):
    """A whole answer; a change to None removes the member."""
    value = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "exact-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}, **changes,
    }
    return json.dumps({name: member for name, member in value.items() if member is not None}).encode()


def head(*fields, line="HTTP/1.1 200 OK", end="\r\n"):
    return end.join([line, *fields, "", ""]).encode("latin-1")


def sized(body=None, *fields, line="HTTP/1.1 200 OK", kind="application/json"):
    body = document() if body is None else body
    kinds = [f"Content-Type: {kind}"] if kind else []
    return head(*kinds, f"Content-Length: {len(body)}", *fields, line=line) + body


def chunked(body, size=1 << 30):
    pieces = [body[start:start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
BODY = document()

# Heads.
for name, line, *outcomes in [
    ("HTTP/1.0", "HTTP/1.0 200 OK", "answer"),
    ("no reason", "HTTP/1.1 200", "answer"),
    ("an empty reason", "HTTP/1.1 200 ", "answer"),
    ("a reason above ASCII", "HTTP/1.1 200 \xc3\xa9", "answer"),
    ("a reason of 8 KiB", "HTTP/1.1 200 " + "x" * 8192, "answer", 502),
    ("a reason of 1 MiB", "HTTP/1.1 200 " + "x" * (1 << 20), 502),
    ("a tab in the reason", "HTTP/1.1 200 a\tb", "answer", 502),
    ("a NUL in the reason", "HTTP/1.1 200 a\0b", "answer", 502),
    ("the version in small letters", "http/1.1 200 OK", 502),
    ("HTTP/1.2", "HTTP/1.2 200 OK", "answer", 502),
    ("HTTP/2", "HTTP/2 200 OK", 502),
    ("HTTP/3.0", "HTTP/3.0 200 OK", 502),
    ("HTTP/0.9 spelled out", "HTTP/0.9 200 OK", 502),
    ("another protocol", "ICY 200 OK", 502),
    ("a request", "GET / HTTP/1.1", 502),
    ("a status of four digits", "HTTP/1.1 2000 OK", 502),
    ("a status of two digits", "HTTP/1.1 20 OK", 502),
    ("a status of letters", "HTTP/1.1 abc OK", 502),
    ("status 0", "HTTP/1.1 000 OK", 502),
    ("status 099", "HTTP/1.1 099 OK", 502),
    ("status 600", "HTTP/1.1 600 OK", 502),
    ("status 999", "HTTP/1.1 999 OK", 502),
    ("a negative status", "HTTP/1.1 -200 OK", 502),
    ("a status with a point", "HTTP/1.1 200.5 OK", 502),
    ("two blanks before the status", "HTTP/1.1  200 OK", "answer", 502),
    ("a tab before the status", "HTTP/1.1\t200 OK", "answer", 502),
    ("a blank in front", " HTTP/1.1 200 OK", 502),
    ("an empty line in front", "\r\nHTTP/1.1 200 OK", "answer", 502),
    ("no status line", "Content-Type: text/plain", 502),
]:
    add(f"status line: {name}", sized(line=line), *outcomes)

# On a connection that was used before, this is a stale one: the request may be sent once more.
add("nothing at all", b"", "answer", 502)
add("one byte", b"H", 502)
add("zeros", b"\0" * 4096, 502)
add("a TLS alert", bytes([0x15, 3, 1, 0, 2, 2, 70]), 502)
add("a status line without end", b"HTTP/1.1 200 OK", 502)
add("a head without end", b"HTTP/1.1 200 OK\r\nContent-Type: appl", 502)
add("a head without its empty line", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", 502)
add("LF alone", sized().replace(b"\r\n", b"\n"), "answer", 502)
add("LF alone once", sized().replace(b"OK\r\n", b"OK\n"), "answer", 502)
add("CR alone", sized().replace(b"\r\n", b"\r"), 502)

for name, field, *outcomes in [
    ("no colon", "X-A", "answer", 502),
    ("a blank before the colon", "X-A : b", "answer", 502),
    ("a folded line", "X-A: b\r\n c", "answer", 502),
    ("a NUL in a value", f"X-A: {CANARY}\0b", "answer", 502),
    ("a bare CR in a value", f"X-A: b\rSet-Cookie: {CANARY}", "answer", 502),
    ("no name", f": {CANARY}", "answer", 502),
    ("bytes above ASCII", "X-A: \xff\xfe", "answer", 502),
    ("a name above ASCII", "X-\xe9: b", "answer", 502),
    ("100 fields", "\r\n".join(f"X-{index}: {CANARY}" for index in range(100)), "answer"),
    ("5,000 fields", "\r\n".join(f"X-{index}: {CANARY}" for index in range(5000)), "answer", 502),
    ("100,000 fields", "\r\n".join(f"X-{index}: {CANARY}" for index in range(100000)), 502),
    ("a line of 32 KiB", "X-A: " + "a" * 32768, "answer", 502),
    ("a line of 2 MiB", "X-A: " + "a" * (2 << 20), 502),
    ("a name of 2 MiB", "a" * (2 << 20) + ": b", 502),
    ("cookies", f"Set-Cookie: a={CANARY}\r\nSet-Cookie2: {CANARY}", "answer"),
    ("what a browser obeys", "\r\n".join(f"{name}: {CANARY}" for name in [
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Strict-Transport-Security", "Refresh",
        "Content-Security-Policy", "Content-Disposition", "Alt-Svc", "Link", "Location", "Clear-Site-Data",
        "WWW-Authenticate", "Proxy-Authenticate", "Server", "Via", "X-Powered-By", "Report-To", "Public-Key-Pins"]),
     "answer"),
    ("what a cache obeys", "Cache-Control: public, max-age=9\r\nETag: \"canary-5c0b9d\"\r\nAge: 1\r\nVary: *", "answer"),
    ("our own names", f"X-Generation-Id: {CANARY}\r\nDate: {CANARY}\r\nConnection: x-{CANARY}", "answer"),
    ("a request id with a bare CR", f"x-request-id: a\rSet-Cookie: {CANARY}", "answer", 502),
    ("a request id of 9 KiB", "x-request-id: " + "a" * 9000, "answer"),
    ("a request id above ASCII", "x-request-id: \xff\x80", "answer"),
    ("a request id with a tab", "x-request-id: a\tb", "answer"),
    ("an upgrade", "Connection: Upgrade\r\nUpgrade: websocket", "answer", 502),
]:
    add(f"field: {name}", sized(None, field), *outcomes)
add("a field without end", [b"HTTP/1.1 200 OK\r\nX-A: "] + [b"a" * 65536] * 64, 502)

# Statuses.
for status in [100, 102, 103]:
    informational = f"HTTP/1.1 {status} Wait\r\nLink: {CANARY}\r\n\r\n".encode()
    add(f"{status} before the answer", informational + sized(), "answer")
    add(f"{status} and nothing", informational, 502)
add("50 informational heads", b"HTTP/1.1 103 Early\r\n\r\n" * 50 + sized(), "answer")
add("100,000 informational heads", b"HTTP/1.1 103 Early\r\n\r\n" * 100000 + sized(), "answer", 502)
add("100 with a length", b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n" + sized(), "answer", 502)
add("101", b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + b"junk", 502)
for status in [201, 202, 203, 206, 207]:
    add(f"{status} with an answer", sized(line=f"HTTP/1.1 {status} OK"), "answer", 502)
for status in [204, 205, 304]:
    add(f"{status} without a body", head(line=f"HTTP/1.1 {status} None"), 502)
    add(f"{status} with a body", sized(line=f"HTTP/1.1 {status} None"), "answer", 502)
for status in [300, 301, 302, 303, 305, 307, 308, 399]:
    add(f"{status} elsewhere", sized(b"{}", "Location: http://127.0.0.1:9/stolen", line=f"HTTP/1.1 {status} Go"), 502)
for status in [400, 402, 404, 405, 406, 408, 409, 410, 411, 413, 415, 418, 421, 422, 423, 424, 425, 426, 428, 431, 451]:
    add(f"{status}", sized(b'{"error":{"message":"no"}}', line=f"HTTP/1.1 {status} No"),
        400, 402, 403, 404, 408, 413, 415, 422, 429, 502, 503, 504)
for status in [401, 403, 407]:
    add(f"{status} is ours to mend", sized(
        b'{"error":{"message":"bad key"}}', f"WWW-Authenticate: {CANARY}", line=f"HTTP/1.1 {status} No"), 403, 502)
for status in [500, 501, 502, 503, 504, 505, 507, 511, 520, 529, 599]:
    add(f"{status}", sized(b"<html>broken</html>", line=f"HTTP/1.1 {status} No", kind="text/html"), 502, 503, 504)
for wait in ["7", "0", "-5", "99999999999999999999", "1e9", "soon", "", "Fri, 31 Dec 2999 23:59:59 GMT", "1.5", "7, 8"]:
    add(f"429 with Retry-After {wait!r}", sized(b"{}", f"Retry-After: {wait}", line="HTTP/1.1 429 No"), 429, 502, 503)
add("an error of 8 MiB", sized(b'{"error":{"message":"' + b"a" * (8 << 20) + b'"}}', line="HTTP/1.1 500 No"), 502)
add("an error with broken JSON", sized(b'{"error":{"mess', line="HTTP/1.1 500 No"), 502)
add("an error with broken UTF-8", sized(b'{"error":{"message":"\xff\xfe"}}', line="HTTP/1.1 400 No"), 400, 502)
add("an error cut short", head(JSON, "Content-Length: 500", line="HTTP/1.1 500 No") + b'{"error":', 502)

# Framing.
add("ended by the close", head(JSON) + BODY, "answer")
add("ended by the close in HTTP/1.0", head(JSON, line="HTTP/1.0 200 OK") + BODY, "answer")
add("length too short", head(JSON, f"Content-Length: {len(BODY) - 5}") + BODY, 502)
add("length too long", head(JSON, f"Content-Length: {len(BODY) + 5}") + BODY, 502)
add("length 0", head(JSON, "Content-Length: 0") + BODY, 502)
for name, value, *outcomes in [
    ("twice the same", f"{len(BODY)}\r\nContent-Length: {len(BODY)}", "answer", 502),
    ("twice, larger", f"{len(BODY)}\r\nContent-Length: {len(BODY) + 1}", 502),
    ("twice, smaller", f"{len(BODY)}\r\ncontent-length: 1", 502),
    ("a list of equals", f"{len(BODY)}, {len(BODY)}", "answer", 502),
    ("a list", f"{len(BODY)}, 1", 502),
    ("negative", "-1", 502), ("a plus", f"+{len(BODY)}", 502), ("hexadecimal", hex(len(BODY)), 502),
    ("letters", "all", 502), ("empty", "", "answer", 502), ("a point", f"{len(BODY)}.0", 502),
    ("2^62", str(1 << 62), 502), ("2^64", str(1 << 64), 502), ("2^64 and the length", str((1 << 64) + len(BODY)), 502),
    ("leading zeros", f"0000000000{len(BODY)}", "answer", 502),
]:
    add(f"length: {name}", head(JSON, f"Content-Length: {value}") + BODY, *outcomes)
for name, value, *outcomes in [
    ("beside a length", f"chunked\r\nContent-Length: {len(BODY)}", "answer", 502),
    ("in capitals", "CHUNKED", "answer"),
    ("with blanks", "  chunked \t", "answer"),
    ("twice", "chunked, chunked", "answer", 502), ("twice in two fields", f"chunked\r\n{CHUNKED}", "answer", 502),
    ("behind gzip", "gzip, chunked", 502), ("before gzip", "chunked, gzip", 502),
    ("identity", "identity", "answer", 502), ("unknown", "cow", 502), ("a prefix", "xchunked", 502),
    ("a parameter", "chunked;q=1", "answer", 502), ("empty", "", "answer", 502),
    ("a vertical tab", "\x0bchunked", 502), ("in quotes", '"chunked"', 502),
]:
    add(f"coding: {name}", head(JSON, f"Transfer-Encoding: {value}") + chunked(BODY), *outcomes)
add("chunks in HTTP/1.0", head(JSON, CHUNKED, line="HTTP/1.0 200 OK") + chunked(BODY), "answer", 502)
add("chunks of one byte", head(JSON, CHUNKED) + chunked(BODY, 1), "answer")
for name, raw, *outcomes in [
    ("no hexadecimal", b"zz\r\n" + BODY, 502),
    ("negative", b"-5\r\n" + BODY, 502),
    ("0x", b"0x%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), 502),
    ("a blank in front", b" %x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), "answer", 502),
    ("a blank behind", b"%x  \r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), "answer", 502),
    ("17 digits", b"10000000000000005\r\n" + BODY, 502),
    ("16 digits", b"ffffffffffffffff\r\n" + BODY, 502),
    ("leading zeros", b"00000%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), "answer"),
    ("an extension", b"%x;a=\"b\"\r\n%s\r\n0;c\r\n\r\n" % (len(BODY), BODY), "answer"),
    ("an extension of 1 MiB", b"%x;%s\r\n%s\r\n0\r\n\r\n" % (len(BODY), b"a" * (1 << 20), BODY), "answer", 502),
    ("LF alone", b"%x\n%s\n0\n\n" % (len(BODY), BODY), "answer", 502),
    ("no CR LF behind the data", b"%x\r\n%s0\r\n\r\n" % (len(BODY), BODY), 502),
    ("shorter than its size", b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY) + 5, BODY), 502),
    ("longer than its size", b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY) - 5, BODY), 502),
    ("no last chunk", b"%x\r\n%s\r\n" % (len(BODY), BODY), 502),
    ("the last chunk cut", b"%x\r\n%s\r\n0\r\n" % (len(BODY), BODY), "answer", 502),
    ("only the last chunk", b"0\r\n\r\n", 502),
    ("nothing", b"", 502),
    ("trailers", b"%x\r\n%s\r\n0\r\nSet-Cookie: %s\r\nX: y\r\n\r\n" % (len(BODY), BODY, CANARY.encode()), "answer"),
    ("trailers of 1 MiB", b"%x\r\n%s\r\n0\r\nX: %s\r\n\r\n" % (len(BODY), BODY, b"a" * (1 << 20)), "answer", 502),
    ("a broken trailer", b"%x\r\n%s\r\n0\r\nno colon\r\n\r\n" % (len(BODY), BODY), "answer", 502),
]:
    add(f"chunks: {name}", head(JSON, CHUNKED) + raw, *outcomes)
add("two responses", sized() + sized(document(id="second")), "answer", keeps=True)
add("bytes behind the response", sized() + b"junk", "answer", keeps=True)
add("an error behind the response", sized() + sized(b"{}", line="HTTP/1.1 500 No"), "answer", keeps=True)
add("bytes behind the chunks", head(JSON, CHUNKED) + chunked(BODY) + b"HTTP/1.1 200 OK\r\n\r\n", "answer", keeps=True)
add("an answer of 3 MiB", sized(document(padding="a" * (3 << 20))), "answer", 502)

# Codings of the content.
BOMB = gzip.compress(document(padding="a" * (200 << 20)), 1)
for name, coding, raw, *outcomes in [
    ("gzip", "gzip", gzip.compress(BODY), "answer"),
    ("gzip by its old name", "x-gzip", gzip.compress(BODY), "answer", 502),
    ("deflate", "deflate", zlib.compress(BODY), "answer", 502),
    ("identity", "identity", BODY, "answer"),
    ("gzip in capitals", "GZIP", gzip.compress(BODY), "answer", 502),
    ("two gzip members", "gzip", gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]), "answer", 502),
    ("gzip cut in the middle", "gzip", gzip.compress(BODY)[:60], 502),
    ("gzip without its sum", "gzip", gzip.compress(BODY)[:-8], 502),
    ("gzip with a wrong sum", "gzip", gzip.compress(BODY)[:-8] + b"\0" * 8, 502),
    ("gzip that is none", "gzip", BODY, 502),
    ("gzip of nothing", "gzip", b"", 502),
    ("something behind gzip", "gzip", gzip.compress(BODY) + b"junk", "answer", 502),
    ("gzip in gzip", "gzip, gzip", gzip.compress(gzip.compress(BODY)), "answer", 502),
    ("five codings", "gzip, gzip, gzip, gzip, gzip", gzip.compress(BODY), 502),
    ("a thousand codings", ", ".join(["gzip"] * 1000), gzip.compress(BODY), 502),
    ("unknown", "cow", BODY, 502),
    ("brotli that is none", "br", BODY, 502),
    ("zstd that is none", "zstd", BODY, 502),
    ("a bomb", "gzip", BOMB, 502),
]:
    add(f"content coding: {name}", sized(raw, f"Content-Encoding: {coding}"), *outcomes)

# Types and documents.
for kind in ["text/html", "text/plain", "", "application/json; charset=utf-16", "application/problem+json", "a" * 5000,
             "application/octet-stream", "multipart/mixed; boundary=x", "\xff"]:
    add(f"type {kind[:40]!r} around an answer", sized(kind=kind), "answer", 502)
add("an event stream instead of an answer", sized(b'data: {"choices":[]}\n\n', kind="text/event-stream"), 502)
for name, body, *outcomes in [
    ("empty", b"", 502), ("blanks", b" \r\n\t ", 502), ("null", b"null", 502), ("an array", b"[]", 502),
    ("a number", b"1", 502), ("a string", b'"a"', 502), ("an empty object", b"{}", 502), ("HTML", b"<html></html>", 502),
    ("no choices", document(choices=None), 502), ("choices empty", document(choices=[]), 502),
    ("choices an object", document(choices={}), 502), ("a choice that is a number", document(choices=[1]), "answer", 502),
    ("choices twice", document()[:-1] + b',"choices":[]}', "answer", 502),
    ("an error", document(error={"message": "no", "code": 500}), 502, 503),
    ("an error as text", document(error="overloaded"), 502, 503),
    ("an error beside null choices", b'{"error":{"message":"x"},"choices":null}', 502),
    ("a byte order mark", b"\xef\xbb\xbf" + BODY, "answer", 502), ("UTF-16", BODY.decode().encode("utf-16"), 502),
    ("broken UTF-8", BODY.replace(b"Fine", b"\xff\xfe"), 502), ("a raw line feed", BODY.replace(b"Fine", b"Fi\nne"), 502),
    ("a lone surrogate", BODY.replace(b"Fine", b"\\ud800"), "answer", 502),
    ("an escaped NUL", BODY.replace(b"Fine", b"\\u0000"), "answer"),
    ("NaN", document(x=1).replace(b'"x": 1', b'"x": NaN'), 502), ("a comment", b"/* */" + BODY, 502),
    ("a comma too much", BODY[:-1] + b",}", 502), ("something behind", BODY + b"{}", 502), ("half", BODY[:60], 502),
    ("100,000 brackets", b"[" * 100000, 502), ("200 levels", document(x=0).replace(b'"x": 0', b'"x": ' + b"[" * 200 + b"]" * 200), 502),
    ("a number of 100,000 digits", document(x=1).replace(b'"x": 1', b'"x": ' + b"1" * 100000), 502),
    ("10,000 choices", document(choices=[{"index": i, "message": {"content": "a"}} for i in range(10000)]), "answer"),
    ("id twice", b'{"id":"%s",' % CANARY.encode() + BODY[1:], 502),
    ("usage twice", b'{"usage":{},' + BODY[1:], 502),
    ("id with escapes", BODY.replace(b'"id"', b'"\\u0069d"'), "answer"),
    ("no id and model", document(id=None, model=None, object=None, created=None), "answer"),
    ("a message without content", document(choices=[{"index": 0, "message": {}, "finish_reason": "stop"}]), "answer"),
    ("a choice without message", document(choices=[{"index": 0}]), "answer", 502),
    ("a refusal", document(choices=[{"index": 0, "message": {"content": None, "refusal": "no"}, "finish_reason": "stop"}]),
     "answer"),
]:
    add(f"answer: {name}", sized(body), *outcomes)
for name, usage in [
    ("missing", None), ("empty", {}), ("zero", {"prompt_tokens": 0, "completion_tokens": 0}),
    ("negative", {"prompt_tokens": -5, "completion_tokens": -1}),
    ("absurd", {"prompt_tokens": 10**18, "completion_tokens": 10**30}),
    ("fractions", {"prompt_tokens": 1.5, "completion_tokens": 2e3}), ("text", {"prompt_tokens": "3"}),
    ("a list", [1, 2]), ("true", True), ("cost as text", {"prompt_tokens": 1, "cost": "free"}),
    ("details of nothing", {"prompt_tokens": 3, "prompt_tokens_details": None, "completion_tokens_details": 5}),
    ("more cached than sent", {"prompt_tokens": 3, "prompt_tokens_details": {"cached_tokens": 10**12}}),
]:
    add(f"usage: {name}", sized(document(usage=usage)), "answer")
for reason in ["length", "tool_calls", "content_filter", "error", "", "cow", 5, False, None, ["stop"], "a" * 10000]:
    add(f"finish reason {str(reason)[:20]!r}", sized(document(
        choices=[{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": reason}])), "answer", 502)


# Streams.
def event(delta=None, finish=None, index=0, **changes):
    value = {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "exact-1",
        "choices": [{"index": index, "delta": {"content": TEXT} if delta is None else delta, "finish_reason": finish}],
        **changes,
    }
    return json.dumps({name: member for name, member in value.items() if member is not None}, ensure_ascii=False)


FIRST, LAST, DONE = event(), event({}, "stop"), "[DONE]"
USAGE = event(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
GOOD = [FIRST, LAST, USAGE, DONE]


def lines(*data, end="\n", prefix="data: "):
    return "".join(f"{prefix}{each}{end}{end}" for each in data).encode()


def stream(name, body, *outcomes, fields=(), kind="text/event-stream", cut=False, size=1 << 30):
    """An event stream in chunks; `cut` leaves the last chunk out."""
    body = lines(*body) if isinstance(body, list) else body
    raw = head(f"Content-Type: {kind}", CHUNKED, *fields) + chunked(body, size)
    add(f"stream: {name}", raw.removesuffix(b"0\r\n\r\n") if cut else raw, *outcomes, is_stream=True)


stream("good", GOOD, "complete")
for name, end in [("CR LF", "\r\n"), ("CR", "\r")]:
    stream(f"lines end with {name}", lines(*GOOD, end=end), "complete")
    stream(f"lines end with {name}, byte by byte", lines(*GOOD, end=end), "complete", size=1)
stream("mixed line ends", lines(FIRST, end="\r") + lines(LAST, end="\r\n") + lines(USAGE) + lines(DONE, end="\r\n"), "complete")
stream("byte by byte", GOOD, "complete", size=1)
stream("in threes, through every character", GOOD, "complete", size=3)
stream("a byte order mark", b"\xef\xbb\xbf" + lines(*GOOD), "complete")
stream("no blank behind the colon", lines(*GOOD, prefix="data:"), "complete")
stream("comments", b": hello\n\n" + lines(FIRST) + b":\n:" + b"a" * 5000 + b"\n\n" + lines(*GOOD[1:]), "complete")
stream("empty lines", b"\n\n\r\n" + lines(FIRST) + b"\n\n\n" + lines(*GOOD[1:]), "complete")
stream("names, ids and times", lines(*GOOD, prefix="event: message\nid: 7\nretry: 1\ndata: "), "complete")
stream("unknown fields", lines(*GOOD, prefix="cow: moo\nDATA: x\n data: y\ndata: "), "complete")
stream("an event over several lines", b"data: {\ndata: " + FIRST[1:].encode() + b"\n\n" + lines(*GOOD[1:]), "complete")
stream("empty events", b"data:\n\ndata\n\n" + lines(*GOOD), "complete", "truncated", 502)
stream("nothing", b"", 502)
stream("only comments", b": a\n\n" * 1000, 502)
stream("comments of 4 MiB", b": " + b"a" * (4 << 20) + b"\n\n" + lines(*GOOD), "complete", 502)
stream("100,000 comments", b":\n\n" * 100000 + lines(*GOOD), "complete", 502)
stream("only the terminator", [DONE], 502)
stream("the terminator first", [DONE, *GOOD], 502)
stream("the terminator twice", [*GOOD, DONE], "complete")
stream("chunks behind the terminator", [*GOOD, FIRST, "junk"], "complete")
stream("the terminator before the end", [FIRST, DONE, LAST], "truncated")
stream("no terminator", GOOD[:-1], "complete")
stream("no terminator and no finish", [FIRST, FIRST], "truncated")
stream("no finish", [FIRST, USAGE, DONE], "truncated")
stream("the terminator in small letters", [FIRST, LAST, "[done]"], "truncated")
stream("the terminator in quotes", [FIRST, LAST, '"[DONE]"'], "truncated")
stream("the terminator with blanks", [FIRST, LAST, "  [DONE]  "], "complete")
stream("the terminator without blank", lines(FIRST, LAST) + b"data:[DONE]\n\n", "complete")
stream("the terminator without its empty line", lines(FIRST, LAST) + b"data: [DONE]", "complete", "truncated")
stream("the last event without its empty line", lines(FIRST) + b"data: " + LAST.encode(), "complete")
stream("half an event at the end", lines(FIRST) + b"data: " + LAST.encode()[:40], "truncated")
stream("half a character at the end", lines(FIRST) + "data: 漢".encode()[:-1], "truncated")
for name, bad in [
    ("no JSON", "cow"), ("half JSON", '{"choices":['), ("null", "null"), ("a number", "1"), ("an array", "[]"), ("a string", '"a"'),
    ("HTML", "<html>"), ("no choices", '{"id":"a"}'), ("null choices", '{"choices":null}'), ("NaN", '{"choices":[],"x":NaN}'),
    ("two objects", "{}{}"), ("deep", '{"choices":[],"x":' + "[" * 200 + "]" * 200 + "}"),
    ("id twice", '{"id":"a","id":"b","choices":[]}'), ("usage twice", '{"usage":{},"usage":{},"choices":[]}'),
    ("a long number", '{"choices":[],"x":' + "1" * 5000 + "}"), ("an error", '{"error":{"message":"x","code":503}}'),
    ("an error as text", '{"error":"x"}'), ("an error beside choices", event(error={"message": "x"})),
    ("an error in a choice", event(choices=[{"index": 0, "delta": {}, "error": {"message": "x"}}])),
    ("an error of 100 KB", '{"error":{"message":"' + "x" * 100000 + '"}}'),
    ("an error with odd members", '{"error":{"message":{"a":1},"code":"x","type":[]}}'),
]:
    stream(f"{name} first", [bad, *GOOD], 400, 429, 502, 503)
    stream(f"{name} in the middle", [FIRST, bad, LAST, DONE], "truncated")
stream("broken UTF-8 first", lines(FIRST).replace(b"Fine", b"\xff") + lines(*GOOD), 502)
stream("broken UTF-8 in the middle", lines(FIRST) + lines(FIRST).replace(b"Fine", b"\xc3\x28") + lines(*GOOD), "truncated")
stream("an error event by name", lines(FIRST) + b'event: error\ndata: {"message":"x"}\n\n' + lines(LAST), "truncated")
stream("an error event by name first", b"event: error\ndata: broken\n\n" + lines(*GOOD), 502, 503)
stream("an event of 4 MiB first", [event({"content": "a" * (4 << 20)}), *GOOD[1:]], "complete", 502)
stream("an event of 4 MiB in the middle", [FIRST, event({"content": "a" * (4 << 20)}), *GOOD[1:]], "complete", "truncated")
stream("a million data lines", lines(FIRST) + b"data:\n" * 1000000 + b"\n" + lines(*GOOD[1:]), "complete", "truncated")
stream("50,000 chunks", [FIRST] * 50000 + GOOD, "complete")
for name, usages, *outcomes in [
    ("missing", []), ("twice", [USAGE, USAGE]), ("in every chunk", [event(usage={"prompt_tokens": 3, "completion_tokens": 1})]),
    ("null", [event({}, usage=None, choices=[])]), ("negative", [event(choices=[], usage={"prompt_tokens": -9})]),
    ("absurd", [event(choices=[], usage={"prompt_tokens": 10**18, "completion_tokens": 10**40})]),
    ("text", [event(choices=[], usage="none")]), ("a list", [event(choices=[], usage=[])]),
    ("first", [USAGE, FIRST]),
]:
    stream(f"usage {name}", [FIRST, *usages, LAST, DONE], "complete")
for reason in ["length", "tool_calls", "content_filter", "error", "cow", "", "a" * 10000]:
    stream(f"finish reason {reason[:20]!r}", [FIRST, event({}, reason), DONE], "complete", "truncated")
for reason in [5, False, ["stop"], {}]:
    stream(f"finish reason {reason!r}", [FIRST, event({}, reason), DONE], "truncated")
stream("finished twice", [FIRST, LAST, LAST, DONE], "complete")
stream("text behind the finish", [FIRST, LAST, FIRST, DONE], "complete")
for index in [1, 7, -1, 10**15, 10**40, 1.5, "0", None, True]:
    choice = {"index": index, "delta": {"content": TEXT}, "finish_reason": "stop"}
    stream(f"index {index!r}", [event(choices=[choice]), DONE], "complete")
stream("one of two unfinished", [FIRST, event(index=1), LAST, DONE], "truncated")
stream("10,000 open choices", [event(index=index) for index in range(10000)] + [DONE], "truncated")
stream("two choices in a chunk", [event(choices=[
    {"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"},
    {"index": 1, "delta": {"content": "b"}, "finish_reason": "length"}]), DONE], "complete")
stream("empty choices only", [event(choices=[]), event(choices=[]), DONE], "truncated", 502)
for name, choice in [
    ("delta null", {"index": 0, "delta": None}), ("no delta", {"index": 0}), ("delta a text", {"index": 0, "delta": "a"}),
    ("a choice that is a number", 5), ("a choice that is null", None),
    ("a message instead of a delta", {"index": 0, "message": {"role": "assistant", "content": "a"}}),
    ("a tool call", {"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{"}}]}}),
]:
    stream(name, [event(choices=[choice]), FIRST, LAST, DONE], "complete", "truncated", 502)
stream("names with escapes", [FIRST.replace('"id"', '"\\u0069d"').replace('"model"', '"mode\\u006c"'), LAST, DONE], "complete")
stream("no id, model or object", [event(id=None, model=None, object=None, created=None), LAST, DONE], "complete")
for kind in ["application/json", "text/html", "text/plain", "application/octet-stream", "text/event-stream; charset=utf-16",
             "TEXT/EVENT-STREAM", "text/event-stream;x"]:
    stream(f"type {kind!r}", GOOD, "complete", 502, kind=kind)
stream("no last chunk behind the terminator", GOOD, "complete", "truncated", cut=True)
stream("no last chunk", [FIRST, FIRST], "truncated", cut=True)
stream("cookies", GOOD, "complete", fields=[f"Set-Cookie: {CANARY}", f"X-Accel-Buffering: {CANARY}"])
add("stream: a document instead", sized(), 502, is_stream=True)
add("stream: HTML instead", sized(b"<html>", kind="text/html"), 502, is_stream=True)
add("stream: ended by the close", head("Content-Type: text/event-stream") + lines(*GOOD), "complete", is_stream=True)
add("stream: unfinished and closed", head("Content-Type: text/event-stream") + lines(FIRST), "truncated", is_stream=True)
for name, difference, outcome in [("short", -60, "truncated"), ("long", 60, "truncated")]:
    length = len(lines(FIRST, LAST)) + difference
    add(f"stream: a length too {name}", head("Content-Type: text/event-stream", f"Content-Length: {length}")
        + lines(FIRST, LAST), outcome, is_stream=True)
PACKED = gzip.compress(lines(*GOOD))
for name, raw, *outcomes in [
    ("gzip", PACKED, "complete"), ("gzip cut", PACKED[:-20], "complete", "truncated", 502), ("gzip that is none", lines(*GOOD), 502),
    ("a gzip bomb in one event", gzip.compress(lines(FIRST) + b"data: " + b"a" * (64 << 20), 9), "truncated", 502),
    ("a gzip bomb of comments", gzip.compress(lines(FIRST) + b":\n\n" * (2 << 20), 9), "truncated", 502),
]:
    add(f"stream: {name}", sized(raw, "Content-Encoding: gzip", kind="text/event-stream"), *outcomes, is_stream=True)
add("stream: silence behind the first event", head("Content-Type: text/event-stream", CHUNKED)
    + b"%x\r\n%s\r\n" % (len(lines(FIRST)), lines(FIRST)), "truncated", is_stream=True, keeps=True)
