"""Frameworks over the vendors' SDKs, behind the same methods as those."""

import asyncio
import dataclasses
import json
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network on import

import agents
import anthropic
import litellm
import openai
from google import genai
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_google_genai.chat_models import ChatGoogleGenerativeAIError
from langchain_openai import ChatOpenAI
from pydantic_ai import Agent
from pydantic_ai.exceptions import AgentRunError, ModelHTTPError
from pydantic_ai.messages import ThinkingPart, ToolCallPart
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.models.openrouter import OpenRouterModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openrouter import OpenRouterProvider

from support.sdks import CALL, MORE, RESULT, SDK, THOUGHTFUL, Anthropic, GoogleGenAI, OpenAIChat, Said, Trip

litellm.telemetry = False
agents.set_tracing_disabled(True)


def weather(city: str) -> str:
    """The weather of a place"""
    return RESULT


# LangChain


class LangChain(SDK):
    """`kind`: its class for a vendor; `address` and `name` of its parameters that differ."""
    kind = None
    thoughtful = {}

    def chat(self, model, **more):
        return self.kind(model=model, base_url=self.url + self.path, api_key=self.key, max_retries=0, **more)

    def said(self, message):
        blocks = message.content_blocks
        return Said(
            "".join(block["text"] for block in blocks if block["type"] == "text"),
            message.usage_metadata["input_tokens"], message.usage_metadata["output_tokens"],
            calls=[(call["name"], call["args"]) for call in message.tool_calls],
            thinking="".join(block.get("reasoning", "") for block in blocks if block["type"] == "reasoning"))

    def ask(self, model, text):
        return self.said(self.chat(model).invoke(text))

    def stream(self, model, text):
        chunks = list(self.chat(model, **self.streaming).stream(text))
        whole = chunks[0]
        for chunk in chunks[1:]:
            whole += chunk
        return dataclasses.replace(self.said(whole), pieces=sum(bool(chunk.text) for chunk in chunks))

    streaming = {}

    def call(self, model, stream):
        chat = self.chat(model, **(self.streaming if stream else {})).bind_tools([weather])
        messages = [HumanMessage(CALL)]
        if stream:
            first = None
            for chunk in chat.stream(messages):
                first = chunk if first is None else first + chunk
        else:
            first = chat.invoke(messages)
        messages += [first, ToolMessage(RESULT, tool_call_id=first.tool_calls[0]["id"])]
        return self.said(first), self.said(chat.invoke(messages))

    def fill(self, model):
        return self.chat(model).with_structured_output(Trip).invoke("Rome")

    def think(self, model):
        chat = self.chat(model, **self.thoughtful)
        messages = [HumanMessage(THOUGHTFUL)]
        first = chat.invoke(messages)
        return self.said(first), self.said(chat.invoke([*messages, first, HumanMessage(MORE)]))


class LangChainOpenAI(LangChain):
    word, own, kind, path, broken = "langchain-openai", "openai", ChatOpenAI, "/v1", openai.APIError
    refusals = OpenAIChat.refusals
    streaming = {"stream_usage": True}
    #: It leaves out of a chat's answer what OpenAI does not have.
    reasons = False


class LangChainResponses(LangChainOpenAI):
    word, own, broken = "langchain-responses", "openai-responses", (openai.APIError, ValueError)
    reasons = True
    thoughtful = {"reasoning": {"effort": "medium", "summary": "auto"}, "include": ["reasoning.encrypted_content"]}

    def chat(self, model, **more):
        return super().chat(model, use_responses_api=True, store=False, **more)


class LangChainAnthropic(LangChain):
    word, own, kind, path, broken = "langchain-anthropic", "anthropic", ChatAnthropic, "", anthropic.APIError
    refusals = Anthropic.refusals
    thoughtful = {"thinking": {"type": "enabled", "budget_tokens": 1024}}

    def chat(self, model, **more):
        return super().chat(model, max_tokens=4000, **more)


class LangChainGoogle(LangChain):
    word, own, kind, path = "langchain-google", "gemini", ChatGoogleGenerativeAI, ""
    broken = (ChatGoogleGenerativeAIError, genai.errors.APIError)
    refusals = dict.fromkeys([400, 401, 404, 429, 502], broken)
    thoughtful = {"include_thoughts": True, "thinking_budget": 1024, "max_output_tokens": 4000}


# LiteLLM


class LiteLLM(SDK):
    """`prefix`: which of its providers it shall take the gateway for."""
    prefix, path = "openai", "/v1"
    word, own, broken = "litellm-openai", "openai", openai.APIError
    refusals = {400: litellm.BadRequestError, 401: litellm.AuthenticationError, 404: litellm.NotFoundError,
                429: litellm.RateLimitError, 502: openai.APIError}
    tools = OpenAIChat.tools

    def create(self, model, messages, **more):
        return litellm.completion(
            model=f"{self.prefix}/{model}", messages=messages, api_base=self.url + self.path, api_key=self.key,
            num_retries=0, max_retries=0, **more)

    def said(self, answer):
        said = OpenAIChat.said(self, answer)
        said.thinking = getattr(answer.choices[0].message, "reasoning_content", None) or ""
        return said

    def ask(self, model, text):
        return self.said(self.create(model, [{"role": "user", "content": text}]))

    def stream(self, model, text):
        chunks = list(self.create(
            model, [{"role": "user", "content": text}], stream=True, stream_options={"include_usage": True}))
        pieces = sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks)
        return dataclasses.replace(self.said(litellm.stream_chunk_builder(chunks)), pieces=pieces)

    def call(self, model, stream):
        messages = [{"role": "user", "content": CALL}]
        first = self.create(model, messages, tools=self.tools, stream=stream)
        if stream:
            first = litellm.stream_chunk_builder(list(first))
        turn = first.choices[0].message
        messages += [turn, {"role": "tool", "tool_call_id": turn.tool_calls[0].id, "content": RESULT}]
        return self.said(first), self.said(self.create(model, messages, tools=self.tools))

    def fill(self, model):
        answer = self.create(model, [{"role": "user", "content": "Rome"}], response_format=Trip)
        return Trip.model_validate_json(answer.choices[0].message.content)

    def think(self, model):
        messages = [{"role": "user", "content": THOUGHTFUL}]
        more = {"reasoning_effort": "medium", "max_tokens": 6000}
        first = self.create(model, messages, **more)
        messages += [first.choices[0].message, {"role": "user", "content": MORE}]
        return self.said(first), self.said(self.create(model, messages, **more))


class LiteLLMAnthropic(LiteLLM):
    word, own, prefix, path = "litellm-anthropic", "anthropic", "anthropic", ""


class LiteLLMGemini(LiteLLM):
    word, own, prefix, path = "litellm-gemini", "gemini", "gemini", "/v1beta"


class LiteLLMOpenRouter(LiteLLM):
    word, own, names, prefix, path = "litellm-openrouter", "openai", "openrouter", "openrouter", "/api/v1"


# Pydantic AI


class PydanticAI(SDK):
    word, own, broken = "pydantic-ai-openai", "openai", AgentRunError
    refusals = dict.fromkeys([400, 401, 404, 429, 502], ModelHTTPError)

    thoughtful = {}

    def model(self, name):
        return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=self.client()))

    def client(self):
        return openai.AsyncOpenAI(base_url=self.url + "/v1", api_key=self.key, max_retries=0)

    def agent(self, name, **more):
        return Agent(self.model(name), **{"model_settings": {"max_tokens": 4000}, **more})

    def said(self, run, responses=None):
        responses = responses or [message for message in run.new_messages() if message.kind == "response"]
        usage = responses[-1].usage
        return Said(
            responses[-1].text or "", usage.input_tokens, usage.output_tokens,
            calls=[(part.tool_name, part.args_as_dict()) for part in responses[-1].parts if isinstance(part, ToolCallPart)],
            thinking="".join(part.content for part in responses[-1].parts if isinstance(part, ThinkingPart)))

    def ask(self, model, text):
        return self.said(asyncio.run(self.agent(model).run(text)))

    def stream(self, model, text):
        async def read():
            async with self.agent(model).run_stream(text) as run:
                pieces = [piece async for piece in run.stream_text(delta=True, debounce_by=None) if piece]
                return dataclasses.replace(self.said(run), pieces=len(pieces))

        return asyncio.run(read())

    def call(self, model, stream):
        agent = self.agent(model, tools=[weather])

        async def read():
            async with agent.run_stream(CALL) as run:
                assert RESULT in await run.get_output()
                return run

        run = asyncio.run(read() if stream else agent.run(CALL))
        first, second = [message for message in run.all_messages() if message.kind == "response"]
        return self.said(run, [first]), self.said(run, [second])

    def fill(self, model):
        return asyncio.run(self.agent(model, output_type=Trip).run("Rome")).output

    def think(self, model):
        agent = self.agent(model, model_settings={"thinking": "medium", "max_tokens": 40000, **self.thoughtful})

        async def talk():
            first = await agent.run(THOUGHTFUL)
            return first, await agent.run(MORE, message_history=first.all_messages())

        first, second = asyncio.run(talk())
        return self.said(first), self.said(second)


class PydanticAIResponses(PydanticAI):
    word, own = "pydantic-ai-responses", "openai-responses"
    thoughtful = {"openai_reasoning_summary": "auto"}

    def model(self, name):
        return OpenAIResponsesModel(
            name, provider=OpenAIProvider(openai_client=self.client()), settings={"openai_store": False})


class PydanticAIAnthropic(PydanticAI):
    word, own = "pydantic-ai-anthropic", "anthropic"

    def model(self, name):
        client = anthropic.AsyncAnthropic(base_url=self.url, api_key=self.key, max_retries=0)
        return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=client))


class PydanticAIGoogle(PydanticAI):
    word, own = "pydantic-ai-google", "gemini"

    def model(self, name):
        return GoogleModel(name, provider=GoogleProvider(api_key=self.key, base_url=self.url))


class PydanticAIOpenRouter(PydanticAI):
    word, own, names = "pydantic-ai-openrouter", "openai", "openrouter"

    def model(self, name):
        client = openai.AsyncOpenAI(base_url=self.url + "/api/v1", api_key=self.key, max_retries=0)
        return OpenRouterModel(name, provider=OpenRouterProvider(openai_client=client))


# OpenAI's Agents


class Agents(SDK):
    word, own, broken = "agents-responses", "openai-responses", (openai.APIError, agents.AgentsException)
    refusals = OpenAIChat.refusals
    kind = agents.OpenAIResponsesModel

    def agent(self, model, **more):
        client = openai.AsyncOpenAI(base_url=self.url + "/v1", api_key=self.key, max_retries=0)
        return agents.Agent(name="tester", model=self.kind(model=model, openai_client=client), **more)

    def run(self, agent, items):
        return asyncio.run(agents.Runner.run(agent, items))

    async def follow(self, agent, items):
        run, pieces = agents.Runner.run_streamed(agent, items), []
        async for event in run.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                pieces.append(event.data.delta)
        return run, pieces

    def said(self, run, response=None):
        response = response or run.raw_responses[-1]
        thoughts = [item for item in response.output if item.type == "reasoning"]
        return Said(
            "".join(part.text for item in response.output if item.type == "message" for part in item.content),
            response.usage.input_tokens, response.usage.output_tokens,
            calls=[(item.name, json.loads(item.arguments))
                   for item in response.output if item.type == "function_call"],
            thinking="".join(part.text for item in thoughts for part in [*item.summary, *(item.content or [])]))

    def ask(self, model, text):
        return self.said(self.run(self.agent(model), text))

    def stream(self, model, text):
        run, pieces = asyncio.run(self.follow(self.agent(model), text))
        assert run.final_output == "".join(pieces)
        return dataclasses.replace(self.said(run), pieces=len(pieces))

    def call(self, model, stream):
        agent = self.agent(model, tools=[agents.function_tool(weather)])
        run = asyncio.run(self.follow(agent, CALL))[0] if stream else self.run(agent, CALL)
        first, second = run.raw_responses
        return self.said(run, first), self.said(run, second)

    def fill(self, model):
        return self.run(self.agent(model, output_type=Trip), "Rome").final_output

    def think(self, model):
        agent = self.agent(model, model_settings=agents.ModelSettings(
            reasoning=openai.types.shared.Reasoning(effort="medium", summary="auto"), store=False,
            response_include=["reasoning.encrypted_content"]))

        async def talk():
            first = await agents.Runner.run(agent, THOUGHTFUL)
            return first, await agents.Runner.run(agent, first.to_input_list() + [{"role": "user", "content": MORE}])

        first, second = asyncio.run(talk())
        return self.said(first), self.said(second)


class AgentsChat(Agents):
    word, own, kind = "agents-chat", "openai", agents.OpenAIChatCompletionsModel

    def think(self, model):
        agent = self.agent(model, model_settings=agents.ModelSettings(
            reasoning=openai.types.shared.Reasoning(effort="medium")))

        async def talk():
            first = await agents.Runner.run(agent, THOUGHTFUL)
            return first, await agents.Runner.run(agent, first.to_input_list() + [{"role": "user", "content": MORE}])

        first, second = asyncio.run(talk())
        return self.said(first), self.said(second)


FRAMEWORKS = [
    LangChainOpenAI, LangChainResponses, LangChainAnthropic, LangChainGoogle, LiteLLM, LiteLLMAnthropic, LiteLLMGemini,
    LiteLLMOpenRouter, PydanticAI, PydanticAIResponses, PydanticAIAnthropic, PydanticAIGoogle, PydanticAIOpenRouter,
    Agents, AgentsChat,
]
