"""A gateway in front of a simulator that speaks every provider's dialect, and requests in every caller's."""

import json

import httpx

from support.configuration import UNHURRIED, USER, endpoint, model, write
from support.processes import Process
from support.schemas import CHAT, MESSAGES, RESPONSES

#: A key that has a limit, and so may not use a model whose price nobody knows.
LIMITED = "sk-limited-0123456789"
#: What every simulated endpoint can do.
PARAMETERS = [
    "tools", "tool_choice", "parallel_tool_calls", "temperature", "top_p", "max_tokens", "stop", "seed", "reasoning",
    "include_reasoning", "response_format", "structured_outputs", "logprobs", "top_logprobs",
]
ROUTE_NAMES = {CHAT: "chat", MESSAGES: "messages", RESPONSES: "responses"}
#: How a provider breaks a stream off.
BREAKS = ["cut=8", "error-event=7", "malformed=8"]
#: How a provider refuses a request, and the status that the caller gets. What a provider does not want to hear is a
#: refusal with or without a reason, or an answer.
REFUSALS = {
    "status=400": {400}, "context-length": {400}, "moderation": {200, 400, 403, 502}, "status=429": {429}, "status=500": {502},
    "status=503": {503}, "status=504": {504}, "credentials": {502},
}


class Dialect:
    """A provider's dialect: where the simulator speaks it, and a model's name that the gateway takes for a capable one."""

    def __init__(self, word, name, base, upstream, **more):
        self.word, self.name, self.base, self.upstream, self.more = word, name, base, upstream, more

    def provider(self, slug, simulator):
        more = self.more or {"api_key": "sk-nobody-cares-000000"}
        if "google" in more:
            more = {"google": {"metadata": True, "metadata_url": simulator}}
        return {"slug": slug, "name": self.name, "dialect": self.word, "base_url": simulator + self.base, **more}


#: The names are some that OpenRouter's file lists, since it lists the providers there are.
DIALECTS = [
    Dialect("openai", "OpenAI", "/v1", "gpt-4o"),
    Dialect("openai-responses", "xAI", "/v1", "gpt-5"),
    Dialect("azure", "Azure", "/openai/v1", "gpt-4.1"),
    Dialect("anthropic", "Anthropic", "/v1", "claude-sonnet-4-5"),
    Dialect("gemini", "Google AI Studio", "/v1beta", "gemini-3-pro-preview"),
    Dialect("vertex", "Google", "/v1/projects/p/locations/global/publishers/google", "gemini-2.5-flash", google={}),
    Dialect(
        "bedrock", "Amazon Bedrock", "", "anthropic.claude-sonnet-4-5-20250929-v1:0",
        aws={"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "nobody-cares", "region": "us-east-1"}),
    Dialect("cohere", "Cohere", "/v2", "command-a-reasoning-08-2025"),
    Dialect("ollama", "Together", "/api", "qwen3"),
]
WORDS = [dialect.word for dialect in DIALECTS]


class Speakers:
    """The two processes, and what they know."""

    def __init__(self, folder):
        names = ",".join(["echo", *(dialect.upstream for dialect in DIALECTS)])
        self.simulator = Process(
            "simulate", "--listen", "127.0.0.1:0", "--ttft-ms", "0", "--tokens-per-second", "0", "--models", names,
            folder=folder)
        self.folder = folder
        document = self.configuration()
        self.gateway = Process("serve", "--config", write(folder, document), folder=folder)
        self.http = httpx.Client(base_url=self.gateway.url + "/v1", timeout=60)

    def configuration(self):
        providers, models = [], []
        for dialect in DIALECTS:
            providers.append(dialect.provider(dialect.word, self.simulator.url))
            faults = {f"{dialect.word}/plain": "", f"{dialect.word}/redacted": "+redacted-thinking"}
            for route in ROUTE_NAMES.values():
                faults |= {f"{dialect.word}/{route}-{fault}": f"+{fault}" for fault in [*BREAKS, *REFUSALS]}
            for name, fault in faults.items():
                slug = dialect.word
                if fault == "+credentials":
                    # Refused credentials are held against the whole provider.
                    slug = name.replace("/", "-")
                    providers.append({**dialect.provider(slug, self.simulator.url), "name": slug})
                models.append(
                    model(
                        name.replace("=", "-"),
                        endpoint(slug, dialect.upstream + fault, supported_parameters=PARAMETERS)))
            models.append(model(f"{dialect.word}/priceless", {"provider": dialect.word, "upstream_model": "echo"}))
        return {
            "server": {"listen": "127.0.0.1:0", "limits": UNHURRIED},
            "access": {"require_key": True, "keys": [
                {"name": "user", "key": USER}, {"name": "limited", "key": LIMITED, "limit_usd": 1}]},
            "storage": {"url": f"sqlite:{self.folder}/patchbay.db"},
            "routing": {"retry": {"attempts_per_endpoint": 1, "wait_for_model_ms": 0}, "stream_rescue": "off"},
            "providers": providers, "models": models,
        }

    def post(self, route, body, key=USER, **headers):
        return self.http.post(route, json=body, headers={"authorization": f"Bearer {key}", **headers})

    def directly(self, route, body):
        """What the simulator itself answers to a request for a model whose provider speaks the caller's format."""
        word, name = body["model"].split("/")
        dialect = next(each for each in DIALECTS if each.word == word)
        fault = "+redacted-thinking" if name == "redacted" else ""
        return httpx.post(
            self.simulator.url + dialect.base + route, json={**body, "model": dialect.upstream + fault}, timeout=60,
            headers={"anthropic-version": "2023-06-01", "api-key": "sk-nobody-cares-000000"})

    def stop(self):
        self.http.close()
        assert self.gateway.stop() == 0
        self.simulator.stop()


def events(text):
    """The events of a stream as OpenRouter's file describes them: objects with `data` and, where it is named, `event`."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if fields and fields["data"] != "[DONE]":
            found.append({**fields, "data": json.loads(fields["data"])})
    return found


# MARK: Requests

TEXT = "One two three four five six seven eight nine ten."
PLACE = {
    "type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["place", "days"], "additionalProperties": False,
}
TOOLS = {"weather": "What the weather will be.", "clock": "What time it is."}
CASES = ["text", "tools", "parallel tools", "structured output", "reasoning", "redacted reasoning", "length", "stop"]
CHAT_CASES = ["n=2", "logprobs"]
SAID = {
    "tools": "call weather please", "parallel tools": "call weather, clock and no more", "length": " ".join([TEXT] * 5),
}


def request(route, case, model):
    """A request of a route for a case."""
    build = {CHAT: chat_request, MESSAGES: message_request, RESPONSES: response_request}[route]
    return {"model": model, **build(case, SAID.get(case, TEXT))}


def chat_request(case, said):
    tools = [
        {"type": "function", "function": {"name": name, "description": text, "parameters": PLACE}}
        for name, text in TOOLS.items()
    ]
    schema = {"type": "json_schema", "json_schema": {"name": "place", "strict": True, "schema": PLACE}}
    return {"messages": [{"role": "user", "content": said}], **{
        "tools": {"tools": tools}, "parallel tools": {"tools": tools}, "structured output": {"response_format": schema},
        "reasoning": {"reasoning_effort": "high", "max_completion_tokens": 5000},
        "redacted reasoning": {"reasoning_effort": "high", "max_completion_tokens": 5000},
        "length": {"max_tokens": 3}, "stop": {"stop": ["five"]}, "n=2": {"n": 2},
        "logprobs": {"logprobs": True, "top_logprobs": 2},
    }.get(case, {})}


def message_request(case, said):
    tools = [{"name": name, "description": text, "input_schema": PLACE} for name, text in TOOLS.items()]
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 2000}}
    return {"max_tokens": 5000, "messages": [{"role": "user", "content": said}], **{
        "tools": {"tools": tools}, "parallel tools": {"tools": tools},
        "structured output": {"output_config": {"format": {"type": "json_schema", "schema": PLACE}}},
        "reasoning": thinking, "redacted reasoning": thinking, "length": {"max_tokens": 3},
        "stop": {"stop_sequences": ["five"]},
    }.get(case, {})}


def response_request(case, said):
    tools = [
        {"type": "function", "name": name, "description": text, "parameters": PLACE, "strict": True}
        for name, text in TOOLS.items()
    ]
    schema = {"format": {"type": "json_schema", "name": "place", "strict": True, "schema": PLACE}}
    reasoning = {
        "reasoning": {"effort": "high", "summary": "auto"}, "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 5000,
    }
    return {"input": said, "store": False, **{
        "tools": {"tools": tools}, "parallel tools": {"tools": tools}, "structured output": {"text": schema},
        "reasoning": reasoning, "redacted reasoning": reasoning, "length": {"max_output_tokens": 16},
    }.get(case, {})}
