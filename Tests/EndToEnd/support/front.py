"""A gateway in front of a simulator that serves one model name per provider's dialect."""

import httpx

from support.configuration import UNHURRIED, USER, endpoint, model, write
from support.processes import Process

#: How each dialect is reached at the simulator.
BASES = {"openai": "/v1", "openai-responses": "/v1", "anthropic": "/v1", "gemini": "/v1beta"}
#: What an endpoint says that it can.
PARAMETERS = [
    "tools", "tool_choice", "parallel_tool_calls", "temperature", "top_p", "max_tokens", "stop", "seed",
    "response_format", "structured_outputs", "reasoning", "include_reasoning",
]


class Front:
    """The two processes. `served`: models as their id, the dialect of their provider and their upstream name; those of
    `echo` also answer to the name without the author."""

    def __init__(self, folder, served):
        self.folder, self.served = folder, list(served)

    def __enter__(self):
        self.simulator = Process(
            "simulate", "--listen", "127.0.0.1:0", "--ttft-ms", 0, "--tokens-per-second", 0, "--models", "echo",
            folder=self.folder)
        self.gateway = Process("serve", "--config", write(self.folder, self.configuration()), folder=self.folder)
        self.url = self.gateway.url
        return self

    def __exit__(self, *_):
        assert self.gateway.stop() == 0
        assert self.simulator.stop() == 0

    def configuration(self):
        return {
            "server": {"listen": "127.0.0.1:0", "limits": UNHURRIED},
            "providers": [
                {"slug": f"a-{dialect}", "name": dialect.title(), "dialect": dialect, "base_url": self.simulator.url + base,
                 "api_key": "k"} for dialect, base in BASES.items()],
            "models": [
                model(
                    identity, endpoint(
                        f"a-{dialect}", upstream, supported_parameters=PARAMETERS, max_completion_tokens=200_000),
                    aliases=[identity.split("/")[1]] if upstream == "echo" else [])
                for identity, dialect, upstream in self.served],
            "access": {"require_key": True, "keys": [{"name": "user", "key": USER}]},
            "storage": {"url": f"sqlite:{self.folder}/books.db"},
            "routing": {"retry": {"attempts_per_endpoint": 1, "wait_for_model_ms": 0}, "stream_rescue": "off"},
        }

    def asked(self):
        """What the simulator was asked."""
        return httpx.get(self.simulator.url + "/__simulator/log").raise_for_status().json()
