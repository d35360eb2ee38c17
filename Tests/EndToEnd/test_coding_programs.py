"""Claude Code and Codex: requests like those that they send, as their sources, documentation and what people recorded of them
tell (October 2026), and their answers event by event. Neither is in the tests themselves, as both need a registry that is
not everywhere."""

import json

import httpx
import pytest

from support.callers import events
from support.configuration import USER
from support.front import BASES, Front

CLAUDE = {
    "anthropic": "claude-sonnet-4-5-20250929", "openai": "gpt-5", "openai-responses": "gpt-5-mini",
    "gemini": "gemini-2.5-pro"}
CODEX = {**CLAUDE, "openai-responses": "gpt-5-codex"}
dialects = pytest.mark.parametrize("dialect", BASES)


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    names = {(dialect, name) for names in (CLAUDE, CODEX) for dialect, name in names.items()}
    with Front(tmp_path_factory.mktemp("programs"), [(f"some/{name}", dialect, "echo") for dialect, name in names]) as front:
        yield front


# Claude Code: ANTHROPIC_BASE_URL, and ANTHROPIC_AUTH_TOKEN (Authorization) or ANTHROPIC_API_KEY (x-api-key).


class ClaudeCode:
    """A session of it."""
    headers = {
        "accept": "application/json", "anthropic-version": "2023-06-01", "x-app": "cli",
        "user-agent": "claude-cli/2.1.185 (external, cli)", "anthropic-dangerous-direct-browser-access": "true",
        "anthropic-beta": ",".join([
            "claude-code-20250219", "interleaved-thinking-2025-05-14", "context-management-2025-06-27",
            "prompt-caching-scope-2026-01-05", "effort-2025-11-24", "extended-cache-ttl-2025-04-11"]),
        "x-stainless-lang": "js", "x-stainless-package-version": "0.70.0", "x-stainless-os": "Linux",
        "x-stainless-arch": "x64", "x-stainless-runtime": "node", "x-stainless-runtime-version": "v24.3.0",
        "x-stainless-retry-count": "0", "x-stainless-timeout": "600", "x-stainless-helper-method": "stream",
    }
    mark = {"type": "ephemeral"}
    tools = [
        {"name": "Bash", "description": "Executes a command.", "input_schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": False,
            "properties": {
                "command": {"description": "The command to execute", "type": "string"},
                "timeout": {"description": "Optional timeout in milliseconds", "type": "number"}},
            "required": ["command"]}},
        {"name": "Read", "description": "Reads a file.", "input_schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": False,
            "properties": {"file_path": {"type": "string"}, "limit": {"type": "number"}}, "required": ["file_path"]}},
    ]

    def __init__(self, front, model, credentials):
        self.http = httpx.Client(base_url=front.url, headers={**self.headers, **credentials}, timeout=60)
        self.model = model

    def body(self, messages, **more):
        return {
            "model": self.model, "messages": messages,
            "system": [
                {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.185.0d9; cc_entrypoint=cli; cch=fa690;"},
                {"type": "text", "text": "You are Claude Code, Anthropic's official CLI for Claude.", "cache_control": self.mark},
                {"type": "text", "text": "You are an interactive agent that helps users.", "cache_control": self.mark}],
            "tools": self.tools, "metadata": {"user_id": "user_0a1b_account__session_0c9e1d52-4ac6-4f1e-9c4e-1f0c7d1b2a3c"},
            "max_tokens": 32000, "thinking": {"type": "enabled", "budget_tokens": 31999},
            "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}, "stream": True, **more}

    def stream(self, messages, **more):
        """The message that the events build, after a look at their order."""
        with self.http.stream("POST", "/v1/messages?beta=true", json=self.body(messages, **more)) as response:
            assert response.status_code == 200, response.read()
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["request-id"]
            found = events(response)
        return self.built(found)

    def built(self, found):
        assert all(name == data["type"] for name, data in found)
        found = [data for _, data in found if data["type"] != "ping"]
        begin, *middle, delta, end = found
        assert begin["type"] == "message_start" and end == {"type": "message_stop"}
        message = begin["message"]
        assert message["id"].startswith("msg_") and message["role"] == "assistant" and message["content"] == []
        assert message["stop_reason"] is None and message["usage"]["input_tokens"] >= 0
        open_block = None
        for event in middle:
            kind = event["type"]
            if kind == "content_block_start":
                assert open_block is None and event["index"] == len(message["content"])
                open_block = {**event["content_block"]}
                message["content"].append(open_block)
                if open_block["type"] == "tool_use":
                    assert open_block["input"] == {}
                    open_block["input"] = ""
            elif kind == "content_block_delta":
                assert event["index"] == len(message["content"]) - 1
                self.grow(open_block, event["delta"])
            else:
                assert kind == "content_block_stop" and event["index"] == len(message["content"]) - 1
                if open_block["type"] == "tool_use":
                    open_block["input"] = json.loads(open_block["input"] or "{}")
                open_block = None
        assert open_block is None and delta["type"] == "message_delta"
        return {**message, **delta["delta"], "usage": {**message["usage"], **delta["usage"]}}

    @staticmethod
    def grow(block, delta):
        member = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature",
                  "input_json_delta": "input"}[delta["type"]]
        more = delta["partial_json" if member == "input" else member]
        assert {"text": "text", "thinking": "thinking", "signature": "thinking", "input": "tool_use"}[member] == block["type"]
        block[member] = block.get(member, "") + more


CREDENTIALS = {"token": {"authorization": f"Bearer {USER}"}, "key": {"x-api-key": USER}}


def said_by_user(text, mark=None):
    reminder = {"type": "text", "text": "<system-reminder>\nNothing.\n</system-reminder>\n"}
    block = {"type": "text", "text": text}
    return {"role": "user", "content": [reminder, {**block, "cache_control": mark} if mark else block]}


@pytest.mark.parametrize("credentials", CREDENTIALS)
@dialects
def test_claude_code_thinks_calls_a_tool_and_reads_its_result(front, dialect, credentials):
    session = ClaudeCode(front, CLAUDE[dialect], CREDENTIALS[credentials])
    question = {"role": "user", "content": [
        {"type": "text", "text": "call Bash please", "cache_control": ClaudeCode.mark}]}
    first = session.stream([question])
    # What other providers want to see again stands in redacted blocks. The simulator does not reason in OpenAI's chat.
    kinds = [block["type"] for block in first["content"] if block["type"] != "redacted_thinking"]
    assert kinds == (["tool_use"] if dialect == "openai" else ["thinking", "tool_use"])
    assert first["stop_reason"] == "tool_use" and first["usage"]["output_tokens"] > 0
    call = first["content"][-1]
    assert call["name"] == "Bash" and isinstance(call["input"]["command"], str)
    assert call["id"] and set(call["id"]) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    second = session.stream([
        question, {"role": "assistant", "content": first["content"]},
        {"role": "user", "content": [{
            "tool_use_id": call["id"], "type": "tool_result", "content": "README.md", "is_error": False,
            "cache_control": ClaudeCode.mark}]}])
    assert [block["text"] for block in second["content"] if block["type"] == "text"] == ["The tool said: README.md"]
    assert second["stop_reason"] == "end_turn"


@dialects
def test_claude_code_asks_the_small_model_without_tools_or_thoughts(front, dialect):
    """For titles: the small model of ANTHROPIC_SMALL_FAST_MODEL or its successors."""
    session = ClaudeCode(front, CLAUDE[dialect], CREDENTIALS["token"])
    answer = session.stream(
        [{"role": "user", "content": "A title."}], tools=[], thinking={"type": "disabled"}, max_tokens=512, temperature=1,
        system=[{"type": "text", "text": "Summarize this conversation in at most five words."}])
    assert [block["type"] for block in answer["content"]] == ["text"]
    assert answer["content"][0]["text"] == "A title." and answer["stop_reason"] == "end_turn"


@dialects
def test_claude_code_tests_the_quota_and_counts_tokens(front, dialect):
    session = ClaudeCode(front, CLAUDE[dialect], CREDENTIALS["token"])
    quota = session.http.post("/v1/messages?beta=true", json={
        "model": CLAUDE[dialect], "max_tokens": 16, "messages": [{"role": "user", "content": "quota"}],
        "metadata": {"user_id": "user_0a1b"}})
    assert quota.status_code == 200 and quota.json()["type"] == "message"
    body = session.body([said_by_user("How long is this?")])
    counted = session.http.post("/v1/messages/count_tokens?beta=true", json={
        name: body[name] for name in ("model", "messages", "tools", "system", "thinking")})
    assert counted.status_code == 200 and counted.json()["input_tokens"] > 50


def test_claude_code_keeps_its_marks_and_betas_with_its_own_provider(front):
    session = ClaudeCode(front, CLAUDE["anthropic"], CREDENTIALS["token"])
    turns = [said_by_user("Remember the lighthouses of the coast.", ClaudeCode.mark)]
    first = session.stream(turns)
    second = session.stream(turns)
    assert first["usage"]["cache_creation_input_tokens"] > 0
    assert second["usage"]["cache_read_input_tokens"] > 0


def test_claude_code_is_told_of_a_wrong_key_and_an_unknown_model(front):
    wrong = ClaudeCode(front, CLAUDE["anthropic"], {"x-api-key": "sk-wrong-000000000000"})
    refused = wrong.http.post("/v1/messages?beta=true", json=wrong.body([said_by_user("Hello.")]))
    assert refused.status_code == 401 and refused.json()["type"] == "error"
    assert refused.json()["error"]["type"] == "authentication_error"
    lost = ClaudeCode(front, "claude-nothing-9", CREDENTIALS["token"])
    missing = lost.http.post("/v1/messages?beta=true", json=lost.body([said_by_user("Hello.")]))
    assert missing.status_code == 404 and missing.json()["error"]["type"] == "not_found_error"


# Codex: OPENAI_BASE_URL or base_url of a provider with wire_api = "responses", and its key as a bearer token.


class Codex:
    """A session of it."""
    headers = {
        "accept": "text/event-stream", "authorization": f"Bearer {USER}", "originator": "codex_cli_rs",
        "user-agent": "codex_cli_rs/0.98.0 (Debian 12.0.0; x86_64) xterm-256color", "version": "0.98.0",
        "session_id": "019a5b3c-3f0e-7c31-9a51-0d8f4b1c2e3d", "conversation_id": "019a5b3c-3f0e-7c31-9a51-0d8f4b1c2e3d",
        "openai-beta": "responses=experimental",
    }
    tools = [
        {"type": "function", "name": "exec_command", "description": "Runs a command in a PTY.", "strict": False,
         "parameters": {"type": "object", "properties": {
             "cmd": {"type": "string", "description": "Shell command to execute."},
             "yield_time_ms": {"type": "number"}}, "required": ["cmd"], "additionalProperties": False}},
        {"type": "function", "name": "update_plan", "description": "Updates the task plan.", "strict": False,
         "parameters": {"type": "object", "properties": {"plan": {"type": "array", "items": {
             "type": "object", "properties": {"step": {"type": "string"}, "status": {"type": "string"}},
             "required": ["step", "status"], "additionalProperties": False}}},
             "required": ["plan"], "additionalProperties": False}},
        {"type": "custom", "name": "apply_patch", "description": "Edits files. This is a FREEFORM tool.",
         "format": {"type": "grammar", "syntax": "lark", "definition": 'start: "*** Begin Patch" LF'}},
        {"type": "local_shell"},
        {"type": "web_search", "external_web_access": False},
    ]

    def __init__(self, front, model):
        self.http = httpx.Client(base_url=front.url + "/v1", headers=self.headers, timeout=60)
        self.model = model

    def body(self, items, **more):
        return {
            "model": self.model, "instructions": "You are Codex, based on GPT-5.", "input": items, "tools": self.tools,
            "tool_choice": "auto", "parallel_tool_calls": True, "reasoning": {"effort": "medium", "summary": "auto"},
            "store": False, "stream": True, "include": ["reasoning.encrypted_content"],
            "prompt_cache_key": self.headers["conversation_id"], "text": {"verbosity": "medium"},
            "client_metadata": {"x-codex-installation-id": "5f1c6e0e-8f55-4b5c-9d6a-2c8c1d0e7f3a"}, **more}

    def stream(self, items, **more):
        """The items that are done, which are all that it keeps, and the response, after a look at every event."""
        with self.http.stream("POST", "/responses", json=self.body(items, **more)) as response:
            assert response.status_code == 200, response.read()
            assert response.headers["content-type"].startswith("text/event-stream")
            found = events(response)
        found = [(name, data) for name, data in found if data != "[DONE]"]
        assert all(name in (None, data["type"]) for name, data in found)
        assert [data["sequence_number"] for _, data in found] == list(range(len(found)))
        return self.built([data for _, data in found])

    def built(self, found):
        assert [event["type"] for event in found[:2]] == ["response.created", "response.in_progress"]
        assert found[-1]["type"] == "response.completed"
        done, text = [], {}
        for event in found[2:-1]:
            kind = event["type"].removeprefix("response.")
            if kind == "output_item.added":
                assert event["output_index"] == len(done)
                text.clear()
            elif kind == "output_item.done":
                assert event["output_index"] == len(done)
                self.check(event["item"], text)
                done.append(event["item"])
            elif kind.endswith(".delta"):
                assert event["output_index"] == len(done)
                text[kind] = text.get(kind, "") + event["delta"]
            else:
                assert kind.endswith((".done", ".added"))
        response = found[-1]["response"]
        assert [item["type"] for item in response["output"]] == [item["type"] for item in done]
        assert response["id"].startswith("resp_") and response["status"] == "completed"
        usage = response["usage"]
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0
        assert usage["input_tokens_details"]["cached_tokens"] >= 0
        assert usage["output_tokens_details"]["reasoning_tokens"] >= 0
        return done, response

    @staticmethod
    def check(item, text):
        """What was streamed of an item is what it says."""
        if item["type"] == "message":
            assert item["content"][0]["text"] == text["output_text.delta"]
        elif item["type"] == "function_call":
            assert item["arguments"] == text["function_call_arguments.delta"]
        elif item["type"] == "custom_tool_call":
            assert item["input"] == text.get("custom_tool_call_input.delta", "")
        elif item["type"] == "reasoning":
            assert "".join(part["text"] for part in item["summary"]) == text.get("reasoning_summary_text.delta", "")


def told(role, text):
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


BEGINNING = [
    told("developer", "<permissions instructions>\nNothing is forbidden.\n</permissions instructions>"),
    told("user", "<environment_context>\n  <cwd>/home</cwd>\n</environment_context>"),
]


def second_turn(session, text):
    """What a conversation holds after a first turn and the second question."""
    items = [*BEGINNING, told("user", "Hello.")]
    done, _ = session.stream(items)
    assert answer(done).endswith("Hello.")
    return [*items, *kept(done), told("user", text)]


def answer(items):
    """The text of the message among them; Google's models sign what follows it."""
    [message] = [item for item in items if item["type"] == "message"]
    return message["content"][0]["text"]


def kept(items):
    """What Codex sends of an item on the next turn: without ids and status."""
    return [{name: value for name, value in item.items() if name not in ("id", "status")} if item["type"] != "reasoning"
            else {name: item[name] for name in ("type", "summary", "content", "encrypted_content") if name in item}
            for item in items]


@dialects
def test_codex_reasons_calls_a_function_and_reads_its_result(front, dialect):
    session = Codex(front, CODEX[dialect])
    items = second_turn(session, "call exec_command please")
    done, _ = session.stream(items)
    kinds = {item["type"] for item in done}
    assert kinds == ({"function_call"} if dialect == "openai" else {"reasoning", "function_call"})
    if "reasoning" in kinds:
        assert "exec_command" in done[0]["summary"][0]["text"] and done[0]["encrypted_content"]
    call = done[-1]
    assert call["name"] == "exec_command" and isinstance(json.loads(call["arguments"])["cmd"], str)
    items += [*kept(done), {"type": "function_call_output", "call_id": call["call_id"], "output": "README.md"}]
    done, _ = session.stream(items)
    assert answer(done) == "The tool said: README.md"


@dialects
def test_codex_applies_a_patch_with_a_free_form_tool(front, dialect):
    session = Codex(front, CODEX[dialect])
    items = second_turn(session, "call apply_patch please")
    done, _ = session.stream(items)
    call = done[-1]
    assert call["type"] == "custom_tool_call" and call["name"] == "apply_patch" and isinstance(call["input"], str)
    items += [*kept(done), {"type": "custom_tool_call_output", "call_id": call["call_id"], "output": "Success."}]
    done, _ = session.stream(items)
    assert answer(done) == "The tool said: Success."


@dialects
def test_codex_calls_two_functions_at_once(front, dialect):
    session = Codex(front, CODEX[dialect])
    items = second_turn(session, "call exec_command, update_plan now")
    done, _ = session.stream(items)
    calls = [item for item in done if item["type"] == "function_call"]
    assert [call["name"] for call in calls] == ["exec_command", "update_plan"]
    assert len({call["call_id"] for call in calls}) == 2
    items += [*kept(done), *({"type": "function_call_output", "call_id": call["call_id"], "output": call["name"]} for call in calls)]
    done, _ = session.stream(items)
    assert "update_plan" in answer(done)


@dialects
def test_codex_asks_a_model_without_reasoning_for_an_output_of_a_schema(front, dialect):
    session = Codex(front, CODEX[dialect])
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"], "additionalProperties": False}
    done, _ = session.stream([told("user", "A title.")], tools=[], reasoning=None, include=[], text={
        "format": {"type": "json_schema", "strict": True, "schema": schema, "name": "codex_output_schema"}})
    assert set(json.loads(answer(done))) == {"title"}


def test_codex_is_told_of_a_wrong_key_and_an_unknown_model(front):
    session = Codex(front, "gpt-nothing")
    missing = session.http.post("/responses", json=session.body([told("user", "Hello.")]))
    assert missing.status_code == 404 and "gpt-nothing" in missing.json()["error"]["message"]
    refused = session.http.post(
        "/responses", json=session.body([]), headers={"authorization": "Bearer sk-wrong-000000000000"})
    assert refused.status_code == 401 and refused.json()["error"]["message"]
