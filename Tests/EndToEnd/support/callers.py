"""One request said in every caller's wire format, and every answer read back into one form.

A request is a dictionary: `turns` (a list of `user`, `assistant` and `tool` turns), `system`, `tools`, `choice`, `schema`,
`effort`, `max_tokens`, `stop`. Written by hand from the vendors' documentation and independent of the gateway's own codecs.
"""

import base64
import dataclasses
import json
import struct
import zlib

#: A PNG of one pixel, made here.
def _png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")


PNG = base64.b64encode(_png()).decode()
PDF = base64.b64encode(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n").decode()


@dataclasses.dataclass
class Call:
    """A call of a tool; `signature`: what Google wants back beside it."""
    id: str
    name: str
    arguments: dict
    signature: str = None


@dataclasses.dataclass
class Result:
    """An answer. `raw`: what must come back on the next turn, in the caller's own form."""
    status: int
    headers: dict
    text: str = ""
    thinking: str = ""
    calls: list = dataclasses.field(default_factory=list)
    finish: str = None
    prompt_tokens: int = None
    completion_tokens: int = None
    cost: float = None
    id: str = None
    model: str = None
    error: str = None
    raw: object = None
    events: list = dataclasses.field(default_factory=list)


def user(text, image=False, pdf=False):
    return {"role": "user", "text": text, "image": image, "pdf": pdf}


def tool(name, *members):
    return {"name": name, "description": f"Does {name}", "schema": {
        "type": "object", "properties": {member: {"type": "string"} for member in members}, "required": list(members)}}


def events(response):
    """Server-sent events as (name, data); data is parsed where it is JSON."""
    name, found = None, []
    for line in response.iter_lines():
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data = line[5:].strip()
            found.append((name, data if data == "[DONE]" else json.loads(data)))
        elif not line:
            name = None
    return found


class Caller:
    """A wire format of callers."""

    def send(self, http, model, request, stream=False, **more):
        path, body = self.request(model, request, stream)
        with http.stream("POST", path, json={**body, **more}) as response:
            result = Result(response.status_code, dict(response.headers))
            if response.status_code != 200:
                response.read()
                self.read_error(response.json(), result)
            elif stream:
                result.events = events(response)
                self.read_events(result.events, result)
            else:
                response.read()
                self.read_answer(response.json(), result)
            return result


class Chat(Caller):
    """OpenAI's chat completions."""
    name = "openai"
    ends = {"stop": "stop", "length": "length", "tool_calls": "tool_calls"}

    def request(self, model, request, stream):
        messages = []
        if "system" in request:
            messages.append({"role": "system", "content": request["system"]})
        for turn in request["turns"]:
            messages.append(self.turn(turn))
        body = {"model": model, "messages": messages, "stream": stream}
        if "tools" in request:
            body["tools"] = [{"type": "function", "function": {
                "name": each["name"], "description": each["description"], "parameters": each["schema"]}}
                for each in request["tools"]]
        if "choice" in request:
            body["tool_choice"] = (request["choice"] if request["choice"] in ("auto", "none", "required") else
                                   {"type": "function", "function": {"name": request["choice"]}})
        if "schema" in request:
            body["response_format"] = {"type": "json_schema", "json_schema": {
                "name": "answer", "strict": True, "schema": request["schema"]}}
        if "effort" in request:
            body["reasoning"] = {"effort": request["effort"]}
        for name in ("max_tokens", "stop"):
            if name in request:
                body[name] = request[name]
        return "/v1/chat/completions", body

    def turn(self, turn):
        if turn["role"] == "tool":
            return {"role": "tool", "tool_call_id": turn["call"].id, "content": turn["text"]}
        if turn["role"] == "assistant":
            raw = turn["result"].raw
            return {"role": "assistant", **{key: raw[key] for key in ("content", "tool_calls", "reasoning_details")
                                            if raw.get(key)}}
        if not turn["image"] and not turn["pdf"]:
            return {"role": "user", "content": turn["text"]}
        parts = [{"type": "text", "text": turn["text"]}]
        if turn["image"]:
            parts.append({"type": "image_url", "image_url": {"url": "data:image/png;base64," + PNG}})
        if turn["pdf"]:
            parts.append({"type": "file", "file": {
                "filename": "a.pdf", "file_data": "data:application/pdf;base64," + PDF}})
        return {"role": "user", "content": parts}

    def read_answer(self, answer, result):
        choice = answer["choices"][0]
        self.take(choice["message"], result)
        result.finish = choice["finish_reason"]
        self.note(answer, result)

    def note(self, answer, result):
        result.id, result.model = answer["id"], answer["model"]
        if usage := answer.get("usage"):
            result.prompt_tokens = usage["prompt_tokens"]
            result.completion_tokens = usage["completion_tokens"]
            result.cost = usage["cost"]

    def take(self, message, result):
        result.raw = message
        result.text = message.get("content") or ""
        result.thinking = message.get("reasoning") or ""
        result.calls = [Call(call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
                        for call in message.get("tool_calls") or []]

    def read_events(self, found, result):
        message = {"content": "", "reasoning": "", "tool_calls": [], "reasoning_details": []}
        for _, chunk in found:
            if chunk == "[DONE]":
                continue
            if "error" in chunk:
                result.error = chunk["error"]["message"]
                continue
            self.note(chunk, result)
            for choice in chunk["choices"]:
                delta = choice["delta"]
                message["content"] += delta.get("content") or ""
                message["reasoning"] += delta.get("reasoning") or ""
                message["reasoning_details"] += delta.get("reasoning_details") or []
                for piece in delta.get("tool_calls") or []:
                    calls = message["tool_calls"]
                    if piece["index"] == len(calls):
                        calls.append({"id": piece["id"], "type": "function", "function": {
                            "name": piece["function"]["name"], "arguments": ""}})
                    calls[piece["index"]]["function"]["arguments"] += piece["function"].get("arguments") or ""
                result.finish = choice.get("finish_reason") or result.finish
        message["reasoning_details"] = joined_details(message["reasoning_details"])
        if result.error is None:
            assert found[-1][1] == "[DONE]"
            self.take(message, result)
        else:
            assert found[-1][1] != "[DONE]"
            result.text = message["content"]

    def read_error(self, document, result):
        assert document["error"]["code"] == result.status
        result.error = document["error"]["message"]


def joined_details(pieces):
    """Streamed `reasoning_details` as a whole answer has them: pieces of one index are one."""
    whole = {}
    for piece in pieces:
        known = whole.setdefault((piece.get("index"), piece["type"]), {})
        for key, value in piece.items():
            if key in ("text", "summary", "data", "signature") and isinstance(value, str):
                known[key] = (known.get(key) or "") + value
            elif value is not None:
                known[key] = value
    return list(whole.values())


class Messages(Caller):
    """Anthropic's Messages."""
    name = "anthropic"
    ends = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}

    def request(self, model, request, stream):
        turns = []
        for turn in request["turns"]:
            role, parts = self.turn(turn)
            if turns and turns[-1]["role"] == role:
                turns[-1]["content"] += parts
            else:
                turns.append({"role": role, "content": parts})
        body = {"model": model, "messages": turns, "stream": stream, "max_tokens": request.get("max_tokens", 4000)}
        if "system" in request:
            body["system"] = request["system"]
        if "tools" in request:
            body["tools"] = [{"name": each["name"], "description": each["description"], "input_schema": each["schema"]}
                             for each in request["tools"]]
        if "choice" in request:
            kinds = {"auto": "auto", "none": "none", "required": "any"}
            choice = request["choice"]
            body["tool_choice"] = {"type": kinds[choice]} if choice in kinds else {"type": "tool", "name": choice}
        if "schema" in request:
            body["output_config"] = {"format": {"type": "json_schema", "schema": request["schema"]}}
        if "effort" in request:
            body["thinking"] = {"type": "enabled", "budget_tokens": 2000}
        if "stop" in request:
            body["stop_sequences"] = request["stop"]
        return "/v1/messages", body

    def turn(self, turn):
        if turn["role"] == "tool":
            return "user", [{"type": "tool_result", "tool_use_id": turn["call"].id, "content": turn["text"]}]
        if turn["role"] == "assistant":
            return "assistant", [{key: value for key, value in block.items() if key not in ("citations", "caller")}
                                 for block in turn["result"].raw]
        parts = [{"type": "text", "text": turn["text"]}]
        if turn["image"]:
            parts.append({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}})
        if turn["pdf"]:
            parts.append({"type": "document", "source": {
                "type": "base64", "media_type": "application/pdf", "data": PDF}})
        return "user", parts

    def read_answer(self, answer, result):
        assert answer["type"] == "message" and answer["role"] == "assistant"
        result.id, result.model, result.finish = answer["id"], answer["model"], answer["stop_reason"]
        self.note(answer["usage"], result)
        self.take(answer["content"], result)

    def note(self, usage, result):
        result.prompt_tokens = sum(
            usage.get(name) or 0
            for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"))
        result.completion_tokens = usage["output_tokens"]
        result.cost = usage.get("cost")

    def take(self, blocks, result):
        result.raw = blocks
        result.text = "".join(block["text"] for block in blocks if block["type"] == "text")
        result.thinking = "".join(block["thinking"] for block in blocks if block["type"] == "thinking")
        result.calls = [Call(block["id"], block["name"], block["input"])
                        for block in blocks if block["type"] == "tool_use"]

    def read_events(self, found, result):
        blocks, stopped, start = [], False, None
        for name, event in found:
            assert name == event["type"], "an event's name is its type"
            match event["type"]:
                case "message_start":
                    start = event["message"]
                    assert start["content"] == []
                    result.id, result.model = start["id"], start["model"]
                case "content_block_start":
                    assert event["index"] == len(blocks)
                    blocks.append(dict(event["content_block"]))
                    if blocks[-1]["type"] == "tool_use":
                        blocks[-1]["input"] = ""
                case "content_block_delta":
                    delta = event["delta"]
                    key = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature",
                           "input_json_delta": "input"}[delta["type"]]
                    value = delta["partial_json" if key == "input" else key]
                    blocks[event["index"]][key] = (blocks[event["index"]].get(key) or "") + value
                case "content_block_stop":
                    block = blocks[event["index"]]
                    if block["type"] == "tool_use":
                        block["input"] = json.loads(block["input"] or "{}")
                case "message_delta":
                    result.finish = event["delta"]["stop_reason"]
                    usage = {key: value for key, value in {**start["usage"], **event["usage"]}.items()}
                    self.note(usage, result)
                case "message_stop":
                    stopped = True
                case "error":
                    result.error = event["error"]["message"]
                case "ping":
                    pass
                case other:
                    raise AssertionError(other)
        assert stopped == (result.error is None)
        if stopped:
            self.take(blocks, result)
        else:
            result.text = "".join(block.get("text") or "" for block in blocks)

    def read_error(self, document, result):
        assert document["type"] == "error" and document["error"]["type"].endswith("error")
        result.error = document["error"]["message"]


class Responses(Caller):
    """OpenAI's Responses."""
    name = "responses"
    ends = {"stop": "completed", "length": "incomplete", "tool_calls": "completed"}

    def request(self, model, request, stream):
        items = []
        for turn in request["turns"]:
            items += self.turn(turn)
        body = {"model": model, "input": items, "stream": stream, "store": False}
        if "system" in request:
            body["instructions"] = request["system"]
        if "tools" in request:
            body["tools"] = [{"type": "function", "name": each["name"], "description": each["description"],
                              "parameters": each["schema"], "strict": False} for each in request["tools"]]
        if "choice" in request:
            body["tool_choice"] = (request["choice"] if request["choice"] in ("auto", "none", "required") else
                                   {"type": "function", "name": request["choice"]})
        if "schema" in request:
            body["text"] = {"format": {
                "type": "json_schema", "name": "answer", "strict": True, "schema": request["schema"]}}
        if "effort" in request:
            body["reasoning"] = {"effort": request["effort"], "summary": "auto"}
            body["include"] = ["reasoning.encrypted_content"]
        if "max_tokens" in request:
            body["max_output_tokens"] = request["max_tokens"]
        return "/v1/responses", body

    def turn(self, turn):
        if turn["role"] == "tool":
            return [{"type": "function_call_output", "call_id": turn["call"].id, "output": turn["text"]}]
        if turn["role"] == "assistant":
            return turn["result"].raw
        parts = [{"type": "input_text", "text": turn["text"]}]
        if turn["image"]:
            parts.append({"type": "input_image", "image_url": "data:image/png;base64," + PNG, "detail": "auto"})
        if turn["pdf"]:
            parts.append({"type": "input_file", "filename": "a.pdf",
                          "file_data": "data:application/pdf;base64," + PDF})
        return [{"type": "message", "role": "user", "content": parts}]

    def read_answer(self, answer, result):
        assert answer["object"] == "response"
        result.id, result.model, result.finish, result.raw = (
            answer["id"], answer["model"], answer["status"], answer["output"])
        if usage := answer["usage"]:
            result.prompt_tokens, result.completion_tokens = usage["input_tokens"], usage["output_tokens"]
            result.cost = usage.get("cost")
        for item in answer["output"]:
            match item["type"]:
                case "message":
                    result.text += "".join(part["text"] for part in item["content"] if part["type"] == "output_text")
                case "reasoning":
                    result.thinking += "".join(part["text"] for part in item["summary"] or [])
                    result.thinking += "".join(part["text"] for part in item.get("content") or [])
                case "function_call":
                    result.calls.append(Call(item["call_id"], item["name"], json.loads(item["arguments"])))

    def read_events(self, found, result):
        text, arguments, order = "", {}, -1
        for name, event in found:
            if event == "[DONE]":
                continue
            assert name == event["type"] or name is None
            assert event["sequence_number"] == order + 1, event
            order += 1
            match event["type"]:
                case "response.output_text.delta":
                    text += event["delta"]
                case "response.function_call_arguments.delta":
                    arguments[event["item_id"]] = arguments.get(event["item_id"], "") + event["delta"]
                case "response.function_call_arguments.done":
                    assert arguments.get(event["item_id"], "") == event["arguments"]
                case "response.completed" | "response.incomplete":
                    self.read_answer(event["response"], result)
                    assert result.text == text, "the deltas are the text"
                case "response.failed":
                    result.error = event["response"]["error"]["message"]
                case "error":
                    result.error = event["message"]
        if result.error is not None:
            result.text = text

    def read_error(self, document, result):
        result.error = document["error"]["message"]


class Google(Caller):
    """Google's generateContent."""
    name = "gemini"
    ends = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}

    def request(self, model, request, stream):
        contents = []
        for turn in request["turns"]:
            role, parts = self.turn(turn)
            if contents and contents[-1]["role"] == role:
                contents[-1]["parts"] += parts
            else:
                contents.append({"role": role, "parts": parts})
        body, options = {"contents": contents}, {}
        if "system" in request:
            body["systemInstruction"] = {"parts": [{"text": request["system"]}]}
        if "tools" in request:
            body["tools"] = [{"functionDeclarations": [
                {"name": each["name"], "description": each["description"], "parametersJsonSchema": each["schema"]}
                for each in request["tools"]]}]
        if "choice" in request:
            modes = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
            choice = request["choice"]
            body["toolConfig"] = {"functionCallingConfig": (
                {"mode": modes[choice]} if choice in modes else {"mode": "ANY", "allowedFunctionNames": [choice]})}
        if "schema" in request:
            options |= {"responseMimeType": "application/json", "responseJsonSchema": request["schema"]}
        if "effort" in request:
            options["thinkingConfig"] = {"thinkingBudget": 2000, "includeThoughts": True}
        if "max_tokens" in request:
            options["maxOutputTokens"] = request["max_tokens"]
        if "stop" in request:
            options["stopSequences"] = request["stop"]
        if options:
            body["generationConfig"] = options
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return f"/v1beta/models/{model}:{method}", body

    def turn(self, turn):
        if turn["role"] == "tool":
            part = {"functionResponse": {"name": turn["call"].name, "response": {"output": turn["text"]}}}
            if turn["call"].id:
                part["functionResponse"]["id"] = turn["call"].id
            return "user", [part]
        if turn["role"] == "assistant":
            return "model", turn["result"].raw
        parts = [{"text": turn["text"]}]
        if turn["image"]:
            parts.append({"inlineData": {"mimeType": "image/png", "data": PNG}})
        if turn["pdf"]:
            parts.append({"inlineData": {"mimeType": "application/pdf", "data": PDF}})
        return "user", parts

    def read_answer(self, answer, result):
        self.take(answer, result)

    def take(self, answer, result):
        result.raw = result.raw or []
        if "error" in answer:
            result.error = answer["error"]["message"]
            return
        result.id, result.model = answer.get("responseId", result.id), answer.get("modelVersion", result.model)
        if usage := answer.get("usageMetadata"):
            result.prompt_tokens = usage.get("promptTokenCount", 0)
            result.completion_tokens = usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0)
        for candidate in answer.get("candidates") or []:
            result.finish = candidate.get("finishReason") or result.finish
            for part in (candidate.get("content") or {}).get("parts") or []:
                if part != {"text": ""}:
                    result.raw.append(part)
                if "text" in part:
                    if part.get("thought"):
                        result.thinking += part["text"]
                    else:
                        result.text += part["text"]
                if call := part.get("functionCall"):
                    result.calls.append(Call(call.get("id"), call["name"], call.get("args") or {}))

    def read_events(self, found, result):
        for _, chunk in found:
            self.take(chunk, result)

    def read_error(self, document, result):
        assert document["error"]["code"] == result.status and document["error"]["status"].isupper()
        result.error = document["error"]["message"]


CALLERS = [Chat(), Messages(), Responses(), Google()]
