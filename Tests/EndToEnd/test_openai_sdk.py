"""What the OpenAI SDK does with chat completions, against the real program and a simulated provider."""

import asyncio
import concurrent.futures
import json
from decimal import Decimal

import openai
import pytest
from pydantic import BaseModel

from support.configuration import PRICE
from support.processes import eventually

MESSAGES = [{"role": "user", "content": "Tell me about lighthouses."}]

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather", "description": "The weather of a place",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def cost_of(usage, price=PRICE):
    """USD, exactly."""
    prompt, completion = (Decimal(str(price[name])) / 10**6 for name in ("prompt", "completion"))
    return usage.prompt_tokens * prompt + usage.completion_tokens * completion


def test_create_answers_with_the_gateways_identity_and_the_exact_cost(client):
    answer = client.chat.completions.create(model="test/echo", messages=MESSAGES)
    assert answer.id.startswith("gen-") and len(answer.id) >= 28
    assert answer.object == "chat.completion"
    assert answer.model == "test/echo"
    assert answer.provider == "Alpha"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert Decimal(str(answer.usage.cost)) == cost_of(answer.usage)


def test_a_stream_has_one_identity_and_one_usage_chunk_at_its_end(client):
    chunks = list(client.chat.completions.create(model="test/echo", messages=MESSAGES, stream=True))
    assert len({chunk.id for chunk in chunks}) == 1 and chunks[0].id.startswith("gen-")
    assert {chunk.model for chunk in chunks} == {"test/echo"}
    assert {chunk.provider for chunk in chunks} == {"Alpha"}
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.created for chunk in chunks}) == 1
    with_usage = [index for index, chunk in enumerate(chunks) if chunk.usage]
    assert with_usage == [len(chunks) - 1]
    assert chunks[-1].choices == []
    assert Decimal(str(chunks[-1].usage.cost)) == cost_of(chunks[-1].usage)
    assert chunks[-2].choices[0].finish_reason == "stop"


def test_a_stream_says_the_same_as_a_whole_answer(client):
    whole = client.chat.completions.create(model="test/echo", messages=MESSAGES, seed=7)
    chunks = client.chat.completions.create(model="test/echo", messages=MESSAGES, seed=7, stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content


def test_the_stream_helper_of_the_sdk_assembles_an_answer(client):
    with client.chat.completions.stream(model="test/echo", messages=MESSAGES) as stream:
        for _ in stream:
            pass
        answer = stream.get_final_completion()
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"


def test_with_streaming_response_gives_the_lines_as_they_come(client):
    with client.chat.completions.with_streaming_response.create(
            model="test/echo", messages=MESSAGES, stream=True) as response:
        lines = [line for line in response.iter_lines() if line]
    assert response.headers["content-type"].startswith("text/event-stream")
    assert lines[-1] == "data: [DONE]"


def test_with_raw_response_shows_the_request_and_the_generation(client):
    response = client.chat.completions.with_raw_response.create(model="test/echo", messages=MESSAGES)
    answer = response.parse()
    assert response.headers["x-request-id"]
    assert response.headers["x-generation-id"] == answer.id
    assert answer._request_id == response.headers["x-request-id"]


def test_the_async_client_creates_and_streams(gateway):
    async def use():
        async with openai.AsyncOpenAI(base_url=gateway.url + "/v1", api_key=gateway.key, max_retries=0) as client:
            whole = await client.chat.completions.create(model="test/echo", messages=MESSAGES)
            stream = await client.chat.completions.create(model="test/echo", messages=MESSAGES, stream=True)
            return whole, [chunk async for chunk in stream]

    whole, chunks = asyncio.run(use())
    assert whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


def test_a_hundred_requests_at_once_all_get_their_own_answer(gateway):
    async def use():
        async with openai.AsyncOpenAI(base_url=gateway.url + "/v1", api_key=gateway.key, max_retries=0) as client:

            async def ask(number):
                messages = [{"role": "user", "content": f"number-{number}-of-a-hundred"}]
                if number % 2:
                    answer = await client.chat.completions.create(model="test/echo", messages=messages)
                    return answer.id, answer.choices[0].message.content
                stream = await client.chat.completions.create(model="test/echo", messages=messages, stream=True)
                chunks = [chunk async for chunk in stream]
                assert chunks[-1].usage
                return chunks[0].id, "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)

            return await asyncio.gather(*map(ask, range(100)))

    answers = asyncio.run(use())
    assert len({identity for identity, _ in answers}) == 100
    for number, (_, text) in enumerate(answers):
        assert f"number-{number}-of-a-hundred" in text


def test_threads_share_one_client(client):
    def ask(number):
        messages = [{"role": "user", "content": f"thread-{number}"}]
        return client.chat.completions.create(model="test/echo", messages=messages).choices[0].message.content

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(64)))
    assert all(f"thread-{number}" in answer for number, answer in enumerate(answers))


def test_a_tool_is_called_and_its_result_is_answered(client):
    messages = [{"role": "user", "content": "What is the weather in Bergen?"}]
    first = client.chat.completions.create(
        model="test/echo", messages=messages, tools=[WEATHER], tool_choice="required")
    assert first.choices[0].finish_reason == "tool_calls"
    call = first.choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather"
    assert isinstance(json.loads(call.function.arguments), dict)
    messages += [
        first.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "Rain, 8 degrees."},
    ]
    second = client.chat.completions.create(model="test/echo", messages=messages, tools=[WEATHER])
    assert second.choices[0].finish_reason == "stop"
    assert second.choices[0].message.content


def test_a_tool_call_is_streamed_in_parts(client):
    stream = client.chat.completions.create(
        model="test/echo", messages=MESSAGES, tools=[WEATHER], tool_choice="required", stream=True)
    name, arguments, reasons = "", "", []
    for chunk in stream:
        for choice in chunk.choices:
            for part in choice.delta.tool_calls or []:
                name += part.function.name or ""
                arguments += part.function.arguments or ""
            reasons += [choice.finish_reason] if choice.finish_reason else []
    assert name == "get_weather"
    assert isinstance(json.loads(arguments), dict)
    assert reasons == ["tool_calls"]


def test_parse_reads_a_structured_answer_into_a_model(client):
    class Person(BaseModel):
        name: str
        age: int

    answer = client.beta.chat.completions.parse(model="test/echo", messages=MESSAGES, response_format=Person)
    assert isinstance(answer.choices[0].message.parsed, Person)


def test_several_answers_are_numbered(client):
    whole = client.chat.completions.create(model="test/echo", messages=MESSAGES, n=2)
    assert [choice.index for choice in whole.choices] == [0, 1]
    chunks = list(client.chat.completions.create(model="test/echo", messages=MESSAGES, n=2, stream=True))
    finished = sorted(c.index for chunk in chunks for c in chunk.choices if c.finish_reason)
    assert finished == [0, 1]
    assert chunks[-1].usage


def test_log_probabilities_come_through(client):
    answer = client.chat.completions.create(model="test/echo", messages=MESSAGES, logprobs=True, top_logprobs=2)
    tokens = answer.choices[0].logprobs.content
    assert tokens and all(token.logprob <= 0 for token in tokens)


def test_legacy_completions_answer_whole_and_streamed(client):
    whole = client.completions.create(model="test/echo", prompt="Once upon a time")
    assert whole.object == "text_completion"
    assert whole.choices[0].text
    assert whole.id.startswith("gen-") and whole.model == "test/echo"
    chunks = list(client.completions.create(model="test/echo", prompt="Once upon a time", stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == whole.choices[0].text
    assert Decimal(str(chunks[-1].usage.cost)) == cost_of(chunks[-1].usage)


@pytest.mark.parametrize("form", ["float", "base64"])
def test_embeddings_come_in_both_forms(client, form):
    answer = client.embeddings.create(model="test/embed", input=["one", "two"], encoding_format=form)
    assert answer.object == "list"
    assert [row.index for row in answer.data] == [0, 1]
    assert all(row.embedding for row in answer.data)
    assert answer.usage.prompt_tokens > 0
    assert answer.model == "test/embed"


def test_embeddings_of_the_sdks_default_form_are_numbers(client):
    answer = client.embeddings.create(model="test/embed", input="one")
    assert all(isinstance(number, float) for number in answer.data[0].embedding)


def test_models_are_listed_and_retrieved(client):
    listed = {model.id: model for model in client.models.list()}
    assert listed["test/echo"].object == "model"
    assert listed["test/echo"].owned_by == "test"
    assert listed["test/echo"].created == 1700000000
    assert client.models.retrieve("test/echo").id == "test/echo"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("test/unknown")


def test_an_alias_answers_under_the_catalogue_id(client):
    assert client.chat.completions.create(model="echo", messages=MESSAGES).model == "test/echo"


def test_a_wrong_key_is_an_authentication_error(gateway):
    with pytest.raises(openai.AuthenticationError) as caught:
        gateway.openai(api_key="sk-wrong-000000000000").chat.completions.create(model="test/echo", messages=MESSAGES)
    assert caught.value.status_code == 401


def test_a_bad_request_names_the_field(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="test/echo", messages=MESSAGES, temperature=3)
    assert "temperature" in caught.value.message
    assert caught.value.request_id


def test_an_unknown_model_is_not_found_and_a_near_one_is_named(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="test/ecco", messages=MESSAGES)
    assert caught.value.body["metadata"]["error_type"] == "model_not_found"
    assert "test/echo" in caught.value.message


def test_a_rate_limit_carries_the_providers_patience(gateway, client):
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model=gateway.alone("status=429,retry-after=7"), messages=MESSAGES)
    assert caught.value.response.headers["retry-after"] == "7"


def test_a_providers_failure_is_a_server_error(gateway, client):
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model=gateway.alone("status=500"), messages=MESSAGES)
    assert caught.value.status_code == 502


def test_the_sdk_retries_what_is_worth_it(gateway, alpha):
    alpha.script("status=503,retry-after=1")
    answer = gateway.openai(max_retries=1).chat.completions.create(model="test/echo", messages=MESSAGES)
    assert answer.choices[0].message.content


def test_a_timeout_of_the_sdk_ends_the_providers_work(gateway, alpha):
    alpha.clear()
    with pytest.raises(openai.APITimeoutError):
        gateway.openai(timeout=2).chat.completions.create(model="test/late", messages=MESSAGES)
    eventually(lambda: [row for row in alpha.log() if row["outcome"] == "aborted"], what="the abort at the provider")


def test_a_broken_stream_raises_in_the_sdk(gateway, client):
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=gateway.alone("cut=5"), messages=MESSAGES, stream=True))
