"""The vendors' own SDKs, each behind the same few methods, so that every one of them is asked the same things.

A model's answers are the simulator's: it repeats what it hears, calls a tool where a message begins with `call`, and says
`The tool said: …` behind a result.
"""

import dataclasses
import json

import anthropic
import openai
import openrouter
from google import genai
from google.genai import types
from openrouter import errors as openrouter_errors
from pydantic import BaseModel

CALL = "call weather please"
RESULT = "Rain."
THOUGHTFUL = "Think about lighthouses."
MORE = "And what is yours?"
DESCRIPTION = "The weather of a place"
SCHEMA = {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}


class Trip(BaseModel):
    """What a structured answer is read into."""
    city: str
    days: int


@dataclasses.dataclass
class Said:
    """An answer. `pieces`: in how many parts its text came. `calls`: name and arguments of each."""
    text: str = ""
    prompt: int = None
    completion: int = None
    pieces: int = 1
    calls: list = dataclasses.field(default_factory=list)
    thinking: str = ""


class SDK:
    """An SDK that knows the gateway's address and a key of it.

    `word`: its name. `own`: the dialect that it was made for. `names`: whose models it asks for, where not those of the
    dialect's vendor. `refusals`: its exceptions for statuses. `broken`: what it
    raises when a stream breaks off.
    """
    word = own = names = broken = None
    refusals = {}
    #: Whether it can be asked for reasoning, and can give it back on the next turn.
    reasons = True

    def __init__(self, url, key):
        self.url, self.key = url, key


class OpenAIChat(SDK):
    word, own, broken = "openai", "openai", openai.APIError
    refusals = {400: openai.BadRequestError, 401: openai.AuthenticationError, 404: openai.NotFoundError,
                429: openai.RateLimitError, 502: openai.InternalServerError}
    tools = [{"type": "function", "function": {"name": "weather", "description": DESCRIPTION, "parameters": SCHEMA}}]

    def __init__(self, url, key):
        super().__init__(url, key)
        self.client = openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=0)

    def said(self, answer):
        message = answer.choices[0].message
        return Said(
            message.content or "", answer.usage.prompt_tokens, answer.usage.completion_tokens,
            calls=[(call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls or []],
            thinking=getattr(message, "reasoning", None) or "")

    def create(self, model, messages, **more):
        return self.client.chat.completions.create(model=model, messages=messages, **more)

    def ask(self, model, text):
        return self.said(self.create(model, [{"role": "user", "content": text}]))

    def stream(self, model, text):
        chunks = list(self.create(
            model, [{"role": "user", "content": text}], stream=True, stream_options={"include_usage": True}))
        pieces = [each.choices[0].delta.content for each in chunks if each.choices and each.choices[0].delta.content]
        usage = chunks[-1].usage
        return Said("".join(pieces), usage.prompt_tokens, usage.completion_tokens, len(pieces))

    def call(self, model, stream):
        messages = [{"role": "user", "content": CALL}]
        if stream:
            with self.client.chat.completions.stream(
                    model=model, messages=messages, tools=self.tools, stream_options={"include_usage": True}) as events:
                for _ in events:
                    pass
                first = events.get_final_completion()
        else:
            first = self.create(model, messages, tools=self.tools)
        call = first.choices[0].message.tool_calls[0]
        messages += [first.choices[0].message.to_dict(),
                     {"role": "tool", "tool_call_id": call.id, "content": RESULT}]
        return self.said(first), self.said(self.create(model, messages, tools=self.tools))

    def fill(self, model):
        return self.client.chat.completions.parse(
            model=model, messages=[{"role": "user", "content": "Rome"}], response_format=Trip).choices[0].message.parsed

    def think(self, model):
        messages = [{"role": "user", "content": THOUGHTFUL}]
        first = self.create(model, messages, reasoning_effort="medium")
        messages += [first.choices[0].message.to_dict(), {"role": "user", "content": MORE}]
        return self.said(first), self.said(self.create(model, messages, reasoning_effort="medium"))


class OpenAIResponses(OpenAIChat):
    word, own = "openai-responses", "openai-responses"
    tools = [{"type": "function", "name": "weather", "description": DESCRIPTION, "parameters": SCHEMA, "strict": True}]

    def said(self, answer):
        return Said(
            answer.output_text, answer.usage.input_tokens, answer.usage.output_tokens,
            calls=[(item.name, json.loads(item.arguments)) for item in answer.output if item.type == "function_call"],
            thinking="".join(
                part.text for item in answer.output if item.type == "reasoning"
                for part in [*item.summary, *(item.content or [])]))

    def create(self, model, items, **more):
        return self.client.responses.create(model=model, input=items, store=False, **more)

    def ask(self, model, text):
        return self.said(self.create(model, text))

    def stream(self, model, text):
        pieces, final = [], None
        for event in self.create(model, text, stream=True):
            if event.type == "response.output_text.delta":
                pieces.append(event.delta)
            if event.type == "response.completed":
                final = event.response
            if event.type in ("response.failed", "error"):
                raise openai.APIError("the response failed", request=None, body=event.to_dict())
        assert final.output_text == "".join(pieces)
        return dataclasses.replace(self.said(final), pieces=len(pieces))

    def call(self, model, stream):
        items = [{"role": "user", "content": CALL}]
        if stream:
            with self.client.responses.stream(model=model, input=items, tools=self.tools, store=False) as events:
                for _ in events:
                    pass
                first = events.get_final_response()
        else:
            first = self.create(model, items, tools=self.tools)
        call = next(item for item in first.output if item.type == "function_call")
        items += [item.to_dict() for item in first.output]
        items.append({"type": "function_call_output", "call_id": call.call_id, "output": RESULT})
        # The parsed arguments that the helper adds are no part of the format.
        for item in items:
            item.pop("parsed_arguments", None)
        return self.said(first), self.said(self.create(model, items, tools=self.tools))

    def fill(self, model):
        return self.client.responses.parse(model=model, input="Rome", text_format=Trip, store=False).output_parsed

    def think(self, model):
        more = {"reasoning": {"effort": "medium", "summary": "auto"}, "include": ["reasoning.encrypted_content"]}
        items = [{"role": "user", "content": THOUGHTFUL}]
        first = self.create(model, items, **more)
        items += [item.to_dict() for item in first.output]
        return self.said(first), self.said(self.create(model, items + [{"role": "user", "content": MORE}], **more))


class Anthropic(SDK):
    word, own, broken = "anthropic", "anthropic", anthropic.APIError
    refusals = {400: anthropic.BadRequestError, 401: anthropic.AuthenticationError, 404: anthropic.NotFoundError,
                429: anthropic.RateLimitError, 502: anthropic.InternalServerError}
    tools = [{"name": "weather", "description": DESCRIPTION, "input_schema": SCHEMA}]

    def __init__(self, url, key):
        super().__init__(url, key)
        self.client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0)

    def said(self, message):
        return Said(
            "".join(block.text for block in message.content if block.type == "text"),
            message.usage.input_tokens, message.usage.output_tokens,
            calls=[(block.name, block.input) for block in message.content if block.type == "tool_use"],
            thinking="".join(block.thinking for block in message.content if block.type == "thinking"))

    def create(self, model, messages, **more):
        return self.client.messages.create(model=model, messages=messages, **{"max_tokens": 4000, **more})

    def ask(self, model, text):
        return self.said(self.create(model, [{"role": "user", "content": text}]))

    def stream(self, model, text):
        with self.client.messages.stream(
                model=model, max_tokens=4000, messages=[{"role": "user", "content": text}]) as stream:
            pieces = list(stream.text_stream)
            final = stream.get_final_message()
        assert self.said(final).text == "".join(pieces)
        return dataclasses.replace(self.said(final), pieces=len(pieces))

    def call(self, model, stream):
        messages = [{"role": "user", "content": CALL}]
        if stream:
            with self.client.messages.stream(
                    model=model, max_tokens=4000, messages=messages, tools=self.tools) as events:
                first = events.get_final_message()
        else:
            first = self.create(model, messages, tools=self.tools)
        assert first.stop_reason == "tool_use"
        call = next(block for block in first.content if block.type == "tool_use")
        messages += [first.to_param(), {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": call.id, "content": RESULT}]}]
        return self.said(first), self.said(self.create(model, messages, tools=self.tools))

    def fill(self, model):
        return self.client.messages.parse(
            model=model, max_tokens=4000, messages=[{"role": "user", "content": "Rome"}], output_format=Trip).parsed_output

    def think(self, model):
        thinking = {"type": "enabled", "budget_tokens": 1024}
        messages = [{"role": "user", "content": THOUGHTFUL}]
        first = self.create(model, messages, thinking=thinking)
        messages += [first.to_param(), {"role": "user", "content": MORE}]
        return self.said(first), self.said(self.create(model, messages, thinking=thinking))


class GoogleGenAI(SDK):
    word, own, broken = "google-genai", "gemini", genai.errors.APIError
    refusals = {400: genai.errors.ClientError, 401: genai.errors.ClientError, 404: genai.errors.ClientError,
                429: genai.errors.ClientError, 502: genai.errors.ServerError}
    tools = [types.Tool(function_declarations=[
        types.FunctionDeclaration(name="weather", description=DESCRIPTION, parameters_json_schema=SCHEMA)])]

    def __init__(self, url, key):
        super().__init__(url, key)
        self.client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url))

    def said(self, answer):
        usage = answer.usage_metadata
        parts = answer.candidates[0].content.parts or []
        return Said(
            "".join(part.text for part in parts if part.text and not part.thought), usage.prompt_token_count,
            (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0),
            calls=[(part.function_call.name, part.function_call.args) for part in parts if part.function_call],
            thinking="".join(part.text for part in parts if part.text and part.thought))

    def create(self, model, contents, **config):
        return self.client.models.generate_content(model=model, contents=contents, config=config)

    def ask(self, model, text):
        return self.said(self.create(model, text))

    def stream(self, model, text):
        chunks = list(self.client.models.generate_content_stream(model=model, contents=text))
        pieces = [chunk.text for chunk in chunks if chunk.text]
        usage = chunks[-1].usage_metadata
        assert chunks[-1].candidates[0].finish_reason == "STOP"
        return Said("".join(pieces), usage.prompt_token_count, usage.candidates_token_count, len(pieces))

    def call(self, model, stream):
        config = {"tools": self.tools, "automatic_function_calling": {"disable": True}}
        contents = [types.Content(role="user", parts=[types.Part(text=CALL)])]
        if stream:
            chunks = list(self.client.models.generate_content_stream(model=model, contents=contents, config=config))
            parts = [part for chunk in chunks if chunk.candidates for part in chunk.candidates[0].content.parts or []]
            first = chunks[-1].model_copy(deep=True)
            first.candidates[0].content = types.Content(role="model", parts=parts)
        else:
            first = self.create(model, contents, **config)
        call = next(part.function_call for part in first.candidates[0].content.parts if part.function_call)
        contents += [first.candidates[0].content, types.Content(role="user", parts=[
            types.Part(function_response=types.FunctionResponse(
                id=call.id, name=call.name, response={"output": RESULT}))])]
        return self.said(first), self.said(self.create(model, contents, **config))

    def fill(self, model):
        return self.create(model, "Rome", response_mime_type="application/json", response_schema=Trip).parsed

    def think(self, model):
        config = {"thinking_config": {"include_thoughts": True, "thinking_budget": 1024}, "max_output_tokens": 4000}
        contents = [types.Content(role="user", parts=[types.Part(text=THOUGHTFUL)])]
        first = self.create(model, contents, **config)
        contents += [first.candidates[0].content, types.Content(role="user", parts=[types.Part(text=MORE)])]
        return self.said(first), self.said(self.create(model, contents, **config))


class OpenRouter(OpenAIChat):
    word, own, names, broken = "openrouter", "openai", "openrouter", RuntimeError
    refusals = {
        400: openrouter_errors.BadRequestResponseError, 401: openrouter_errors.UnauthorizedResponseError,
        404: openrouter_errors.NotFoundResponseError, 429: openrouter_errors.TooManyRequestsResponseError,
        502: openrouter_errors.BadGatewayResponseError}

    def __init__(self, url, key):
        SDK.__init__(self, url, key)
        self.client = openrouter.OpenRouter(api_key=key, server_url=url + "/api/v1")

    def said(self, answer):
        message = answer.choices[0].message
        return Said(
            message.content or "", int(answer.usage.prompt_tokens), int(answer.usage.completion_tokens),
            calls=[(call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls or []],
            thinking=message.reasoning or "")

    def create(self, model, messages, **more):
        return self.client.chat.send(model=model, messages=messages, retries=None, **more)

    def stream(self, model, text):
        pieces, usage = [], None
        with self.create(model, [{"role": "user", "content": text}], stream=True) as chunks:
            for chunk in chunks:
                # It leaves it to its caller to look.
                if chunk.error:
                    raise RuntimeError(chunk.error.message)
                pieces += [choice.delta.content for choice in chunk.choices if choice.delta.content]
                usage = chunk.usage or usage
        return Said("".join(pieces), int(usage.prompt_tokens), int(usage.completion_tokens), len(pieces))

    def call(self, model, stream):
        messages = [{"role": "user", "content": CALL}]
        if stream:
            name = arguments = identity = ""
            with self.create(model, messages, tools=self.tools, stream=True) as chunks:
                parts = [part for chunk in chunks for choice in chunk.choices for part in choice.delta.tool_calls or []]
            for part in parts:
                identity += part.id or ""
                name += part.function.name or ""
                arguments += part.function.arguments or ""
            said = Said(calls=[(name, json.loads(arguments))])
            turn = {"role": "assistant", "tool_calls": [
                {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}]}
        else:
            first = self.create(model, messages, tools=self.tools)
            said, turn = self.said(first), first.choices[0].message
            identity = turn.tool_calls[0].id
        messages += [turn, {"role": "tool", "tool_call_id": identity, "content": RESULT}]
        return said, self.said(self.create(model, messages, tools=self.tools))

    def fill(self, model):
        schema = {"type": "json_schema", "json_schema": {
            "name": "trip", "strict": True, "schema": {**Trip.model_json_schema(), "additionalProperties": False}}}
        answer = self.create(model, [{"role": "user", "content": "Rome"}], response_format=schema)
        return Trip.model_validate_json(answer.choices[0].message.content)

    def think(self, model):
        messages = [{"role": "user", "content": THOUGHTFUL}]
        first = self.create(model, messages, reasoning={"effort": "medium"})
        messages += [first.choices[0].message, {"role": "user", "content": MORE}]
        return self.said(first), self.said(self.create(model, messages, reasoning={"effort": "medium"}))


VENDORS = [OpenAIChat, OpenAIResponses, Anthropic, GoogleGenAI, OpenRouter]
