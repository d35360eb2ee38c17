"""The providers' own SDKs against the simulator itself: what they understand is what a provider would have sent, and what they
send the simulator must take. The gateway has no part in it."""

import anthropic
import boto3
import cohere
import ollama
import openai
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google import genai
from google.genai import types
from google.oauth2 import service_account
from pydantic import BaseModel

from support.processes import Process

ACCESS_KEY, SECRET_KEY = "AKIASIMULATORTEST", "not-a-secret"
CLAUDE = "anthropic.claude-3-5-sonnet-20241022-v2:0"
SCHEMA = {
    "type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"], "additionalProperties": False}
ATTACHMENTS = "count attachments"


class Trip(BaseModel):
    city: str
    days: int


class AccountKey:
    """The key of a service account: its private half as text, its public half in a file."""

    def __init__(self, folder):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
        self.public = folder / "public.pem"
        self.public.write_bytes(key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


@pytest.fixture(scope="module")
def account_key(tmp_path_factory):
    return AccountKey(tmp_path_factory.mktemp("account"))


@pytest.fixture(scope="module")
def simulator(tmp_path_factory, account_key):
    process = Process(
        "simulate", "--listen", "127.0.0.1:0", "--ttft-ms", "0", "--tokens-per-second", "0",
        "--models", f"echo,embedding,gemini-3-pro,{CLAUDE}", "--aws-access-key", ACCESS_KEY, "--aws-secret-key", SECRET_KEY,
        "--google-public-key", account_key.public, folder=tmp_path_factory.mktemp("sdks"))
    yield process
    assert process.stop() == 0


# Anthropic


@pytest.fixture(scope="module")
def claude(simulator):
    return anthropic.Anthropic(base_url=simulator.url, api_key="k", max_retries=0)


def test_anthropic_thinks_and_takes_its_thoughts_back(claude):
    thinking = {"type": "enabled", "budget_tokens": 1024}
    turn = {"role": "user", "content": "Hello."}
    with claude.messages.stream(model="echo", max_tokens=2000, thinking=thinking, messages=[turn]) as stream:
        first = stream.get_final_message()
    assert [block.type for block in first.content] == ["thinking", "text"]
    assert first.usage.output_tokens == 8
    turns = [turn, first.to_param(), {"role": "user", "content": "More."}]
    second = claude.messages.create(model="echo", max_tokens=2000, thinking=thinking, messages=turns)
    assert second.content[-1].text == "More."


def test_anthropic_calls_tools_side_by_side(claude):
    tools = [{"name": name, "input_schema": SCHEMA} for name in ("weather", "hotel")]
    with claude.messages.stream(
            model="echo", max_tokens=100, tools=tools,
            messages=[{"role": "user", "content": "call weather, hotel"}]) as stream:
        message = stream.get_final_message()
    assert [(block.name, block.input["days"]) for block in message.content] == [("weather", 1), ("hotel", 1)]
    assert message.stop_reason == "tool_use"


def test_anthropic_knows_the_errors_by_their_types(claude):
    turn = {"role": "user", "content": "Hello."}
    with pytest.raises(anthropic.OverloadedError):
        claude.messages.create(model="echo+status=529", max_tokens=10, messages=[turn])
    with pytest.raises(anthropic.BadRequestError, match="Extra inputs are not permitted"):
        claude.messages.create(model="echo", max_tokens=10, messages=[turn], extra_body={"n": 2})
    with pytest.raises(anthropic.APIStatusError, match="api_error"):
        with claude.messages.stream(model="echo+error-event=3", max_tokens=10, messages=[turn]) as stream:
            stream.get_final_message()


# Google


@pytest.fixture(scope="module")
def gemini(simulator):
    return genai.Client(api_key="k", http_options=types.HttpOptions(base_url=simulator.url))


def test_gemini_calls_functions_and_takes_their_signatures_back(gemini):
    functions = [types.FunctionDeclaration(name=name, parameters_json_schema=SCHEMA) for name in ("weather", "hotel")]
    config = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=functions)], thinking_config=types.ThinkingConfig(thinking_level="LOW"),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))
    question = types.Content(role="user", parts=[types.Part(text="call weather, hotel")])
    first = gemini.models.generate_content(model="gemini-3-pro", contents=[question], config=config)
    assert [call.name for call in first.function_calls] == ["weather", "hotel"]
    results = types.Content(role="user", parts=[
        types.Part.from_function_response(name=call.name, response={"result": call.name}) for call in first.function_calls])
    turns = [question, first.candidates[0].content, results]
    second = gemini.models.generate_content(model="gemini-3-pro", contents=turns, config=config)
    assert second.text == "The tool said: hotel"


def test_gemini_streams_counts_embeds_and_fills_schemas(gemini):
    chunks = list(gemini.models.generate_content_stream(model="echo", contents="one two three"))
    assert "".join(chunk.text or "" for chunk in chunks) == "one two three"
    assert chunks[-1].usage_metadata.total_token_count == 6
    assert gemini.models.count_tokens(model="echo", contents="one two").total_tokens == 2
    vectors = gemini.models.embed_content(model="embedding", contents=["a", "b"], config={"output_dimensionality": 8})
    assert [len(vector.values) for vector in vectors.embeddings] == [8, 8]
    shaped = gemini.models.generate_content(
        model="echo", contents="Rome", config={"response_mime_type": "application/json", "response_schema": Trip})
    assert shaped.parsed == Trip(city="Rome", days=1)
    assert "models/echo" in [model.name for model in gemini.models.list()]
    with pytest.raises(genai.errors.ClientError, match="RESOURCE_EXHAUSTED"):
        gemini.models.generate_content(model="echo+status=429", contents="Hello.")


def test_vertex_is_served_to_a_service_account(simulator, account_key):
    account = service_account.Credentials.from_service_account_info(
        {
            "type": "service_account", "client_email": "tests@example.iam.gserviceaccount.com",
            "private_key": account_key.private, "token_uri": simulator.url + "/token"},
        scopes=["https://www.googleapis.com/auth/cloud-platform"])
    client = genai.Client(
        vertexai=True, project="p", location="us-central1", credentials=account,
        http_options=types.HttpOptions(base_url=simulator.url))
    assert client.models.generate_content(model="echo", contents="Hello.").text == "Hello."
    assert account.token.startswith("ya29.")


# OpenAI's Responses, and Azure


@pytest.fixture(scope="module")
def responses(simulator):
    return openai.OpenAI(base_url=simulator.url + "/v1", api_key="k", max_retries=0).responses


def test_responses_reason_without_being_stored(responses):
    first = responses.create(
        model="echo", input="Hello.", store=False, reasoning={"effort": "low", "summary": "auto"},
        include=["reasoning.encrypted_content"])
    assert [item.type for item in first.output] == ["reasoning", "message"]
    items = [item.model_dump(exclude_none=True) for item in first.output]
    turns = [{"role": "user", "content": "Hello."}, *items, {"role": "user", "content": "More."}]
    assert responses.create(model="echo", input=turns, store=False).output_text == "More."


def test_responses_stream_calls_and_fill_schemas(responses):
    tools = [{"type": "function", "name": name, "parameters": SCHEMA, "strict": True} for name in ("weather", "hotel")]
    with responses.stream(model="echo", input="call weather, hotel", tools=tools) as stream:
        types_seen = [event.type for event in stream]
        final = stream.get_final_response()
    assert types_seen[0] == "response.created" and types_seen[-1] == "response.completed"
    assert [item.name for item in final.output] == ["weather", "hotel"]
    assert responses.parse(model="echo", input="Rome", text_format=Trip).output_parsed == Trip(city="Rome", days=1)
    with pytest.raises(openai.BadRequestError, match="Unknown parameter: 'stop'"):
        responses.create(model="echo", input="Hello.", extra_body={"stop": ["x"]})


def test_azure_is_served_by_deployment(simulator):
    client = openai.AzureOpenAI(azure_endpoint=simulator.url, api_key="k", api_version="2024-10-21", max_retries=0)
    turn = {"role": "user", "content": "Hello."}
    assert client.chat.completions.create(model="echo", messages=[turn]).choices[0].message.content == "Hello."
    chunks = list(client.chat.completions.create(model="echo", messages=[turn], stream=True))
    assert not chunks[0].choices
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[1:]) == "Hello."


# Bedrock


def bedrock(url, secret=SECRET_KEY):
    return boto3.client(
        "bedrock-runtime", region_name="us-east-1", endpoint_url=url, aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=secret, config=Config(retries={"total_max_attempts": 1}))


def test_bedrock_checks_signatures(simulator):
    messages = [{"role": "user", "content": [{"text": "Hello."}]}]
    answer = bedrock(simulator.url).converse(modelId=CLAUDE, messages=messages)
    assert answer["output"]["message"]["content"] == [{"text": "Hello."}]
    arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/echo"
    assert bedrock(simulator.url).converse(modelId=arn, messages=messages)["stopReason"] == "end_turn"
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        bedrock(simulator.url, "another").converse(modelId=CLAUDE, messages=messages)


def test_bedrock_streams_thoughts_calls_and_errors(simulator):
    client = bedrock(simulator.url)
    messages = [{"role": "user", "content": [{"text": "call weather"}]}]
    tools = {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": SCHEMA}}}]}
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    events = list(client.converse_stream(
        modelId=CLAUDE, messages=messages, toolConfig=tools, additionalModelRequestFields=thinking)["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    assert [list(delta)[0] for delta in deltas if "text" not in delta].count("toolUse") > 0
    assert any("signature" in delta.get("reasoningContent", {}) for delta in deltas)
    assert events[-2]["messageStop"]["stopReason"] == "tool_use" and "usage" in events[-1]["metadata"]
    with pytest.raises(EventStreamError, match="internalServerException"):
        list(client.converse_stream(modelId="echo+error-event=2", messages=messages)["stream"])


# Cohere and Ollama


def test_cohere_plans_calls_and_reads_their_results(simulator):
    client = cohere.ClientV2(api_key="k", base_url=simulator.url)
    tools = [{"type": "function", "function": {"name": "weather", "description": "Tells.", "parameters": SCHEMA}}]
    question = {"role": "user", "content": "call weather"}
    first = client.chat(model="echo", messages=[question], tools=tools)
    assert first.finish_reason == "TOOL_CALL"
    result = {"role": "tool", "tool_call_id": first.message.tool_calls[0].id, "content": "sunny"}
    second = client.chat(model="echo", messages=[question, first.message, result], tools=tools)
    assert second.message.content[0].text == "The tool said: sunny"
    events = list(client.chat_stream(model="echo", messages=[{"role": "user", "content": "Hello."}]))
    assert [event.type for event in events][-2:] == ["content-end", "message-end"]


def test_ollama_thinks_calls_and_lists(simulator):
    client = ollama.Client(host=simulator.url)
    question = {"role": "user", "content": ATTACHMENTS, "images": [b"1234"]}
    answer = client.chat(model="echo", messages=[question], think=True)
    assert answer.message.content.startswith("images: 1 (4 bytes)") and answer.message.thinking
    lines = list(client.chat(model="echo", messages=[{"role": "user", "content": "Hello."}], stream=True))
    assert lines[-1].done and lines[-1].eval_count == 2
    assert "echo" in [model.model for model in client.list().models]
    with pytest.raises(ollama.ResponseError, match="not found"):
        client.chat(model="none", messages=[])
