"""A gateway to be administered by a test, with ways to do it."""

import json

from support.configuration import MANAGEMENT, NARROW, UNHURRIED, USER, endpoint, model, provider, write
from support.processes import Process, run


def document(url, folder, **access):
    """Two models at one simulated provider, with two keys and a management key."""
    return {
        "server": {"listen": "127.0.0.1:0", "limits": UNHURRIED},
        "access": {
            "management_keys": [MANAGEMENT],
            "keys": [{"name": "user", "key": USER}, {"name": "narrow", "key": NARROW, "limit_usd": 3}],
            **access,
        },
        "storage": {"url": f"sqlite:{folder}/books.db"},
        "providers": [provider("alpha", url)],
        "models": [
            model("test/echo", endpoint("alpha", "echo", {"prompt": 1, "completion": 2})),
            model("test/embed", endpoint("alpha", "echo", {"prompt": 1}), output_modalities=["embeddings"]),
        ],
    }


class Office:
    """A running gateway, called with any key."""

    def __init__(self, folder, url, http, **access):
        self.folder = folder
        self.configuration = write(folder, document(url, folder, **access), "office.yaml")
        self.process = Process("serve", "--config", self.configuration, folder=folder)
        self.http = http(base_url=self.process.url, timeout=60)

    def call(self, method, path, body=None, key=MANAGEMENT, http=None, **query):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        content = None if body is None else body if isinstance(body, (str, bytes)) else json.dumps(body)
        if content is not None:
            headers["content-type"] = "application/json"
        return (http or self.http).request(method, path, content=content, headers=headers, params=query or None)

    def do(self, method, path, body=None, key=MANAGEMENT, status=200, **query):
        """A call that must succeed; its document."""
        result = self.call(method, path, body, key, **query)
        assert result.status_code == status, result.text
        return result.json()

    def make_key(self, **more):
        """A new key: its document and the key itself."""
        made = self.do("POST", "/v1/keys", {"name": "made", **more}, status=201)
        return made["data"], made["key"]

    def chat(self, key, content="One two three four.", **more):
        body = {"model": "test/echo", "messages": [{"role": "user", "content": content}], **more}
        return self.call("POST", "/v1/chat/completions", body, key)

    def command(self, *arguments):
        """A command on the same store, while the gateway runs."""
        return run(*arguments, "--config", self.configuration, folder=self.folder)
