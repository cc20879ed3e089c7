"""Chat completions that are asked for with `store`: listed, read, labelled and deleted."""

from __future__ import annotations

from collections.abc import Callable

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import (
    ChatCompletion,
    ChatCompletionContentPartTextParam,
    ChatCompletionMessageParam,
)

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from tests.fakes.clients import BASE, openai_client, scripted


def _ask(
    client: openai.OpenAI, text: str, metadata: dict[str, str] | None = None, model: str = BASE
) -> ChatCompletion:
    said: list[ChatCompletionMessageParam] = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=model, messages=said, store=True, metadata=metadata or {})


def test_a_stored_completion_can_be_read_again() -> None:
    client = openai_client(scripted())
    made = _ask(client, "hi", {"k": "v"})
    kept = client.chat.completions.retrieve(made.id)
    assert kept.choices == made.choices
    assert (kept.id, kept.created, kept.usage) == (made.id, made.created, made.usage)
    assert kept.to_dict()["metadata"] == {"k": "v"}


@pytest.mark.parametrize("store", [False, None, openai.omit])
def test_a_completion_is_not_kept_unless_that_is_asked_for(store: bool | openai.Omit | None) -> None:
    client = openai_client(scripted())
    made = client.chat.completions.create(
        model=BASE, messages=[{"role": "user", "content": "hi"}], store=store
    )
    assert client.chat.completions.list().data == []
    with pytest.raises(openai.NotFoundError, match=made.id):
        client.chat.completions.retrieve(made.id)


def test_a_streamed_completion_is_kept_whole() -> None:
    client = openai_client(scripted())
    stream = client.chat.completions.create(
        model=BASE, messages=[{"role": "user", "content": "one two"}], store=True, stream=True
    )
    (name,) = {chunk.id for chunk in stream}
    assert client.chat.completions.retrieve(name).choices[0].message.content == "ONE TWO"


def test_a_list_is_narrowed_by_model_and_metadata() -> None:
    client = openai_client(scripted())
    one, two = (
        _ask(client, "a", {"k": "v", "l": "w"}),
        _ask(client, "b", {"k": "x"}, model="gpt-4o-2024-08-06"),
    )
    listing = client.chat.completions.list
    assert [each.id for each in listing(model=BASE)] == [one.id]
    assert [each.id for each in listing(metadata={"k": "x"})] == [two.id]
    assert listing(metadata={"k": "v"}, model="gpt-4o-2024-08-06").data == []


@given(texts=st.sets(st.text("abc", min_size=1), max_size=6), limit=st.integers(1, 7))
def test_pages_hold_everything_once_in_order_of_time_whichever_way_it_is_read(
    texts: set[str], limit: int
) -> None:
    client = openai_client(scripted())
    made = {_ask(client, text).id for text in sorted(texts)}
    there = list(client.chat.completions.list(limit=limit))
    back = list(client.chat.completions.list(limit=limit, order="desc"))
    assert {each.id for each in there} == made
    assert len(there) == len(made)
    assert [each.created for each in there] == sorted(each.created for each in there)
    assert [each.id for each in back] == [each.id for each in reversed(there)]


def test_the_messages_of_the_request_can_be_listed() -> None:
    client = openai_client(scripted())
    parts: ChatCompletionContentPartTextParam = {"type": "text", "text": "two"}
    made = client.chat.completions.create(
        model=BASE,
        store=True,
        messages=[{"role": "system", "content": "one"}, {"role": "user", "content": [parts]}],
    )
    first, second = client.chat.completions.messages.list(made.id, limit=1)
    assert (first.content, first.content_parts) == ("one", None)
    assert second.content is None
    assert second.to_dict()["content_parts"] == [parts]
    assert [m.id for m in client.chat.completions.messages.list(made.id, order="desc")] == [
        second.id,
        first.id,
    ]


def test_metadata_is_replaced_as_a_whole() -> None:
    client = openai_client(scripted())
    made = _ask(client, "hi", {"k": "v"})
    client.chat.completions.update(made.id, metadata={"l": "w"})
    assert client.chat.completions.list(metadata={"k": "v"}).data == []
    assert [each.id for each in client.chat.completions.list(metadata={"l": "w"})] == [made.id]


CALLS: dict[str, Callable[[openai.OpenAI, str], object]] = {
    "read": lambda client, name: client.chat.completions.retrieve(name),
    "label": lambda client, name: client.chat.completions.update(name, metadata={}),
    "delete": lambda client, name: client.chat.completions.delete(name),
    "list its messages": lambda client, name: client.chat.completions.messages.list(name),
}


@pytest.mark.parametrize("do", CALLS.values(), ids=CALLS)
def test_a_deleted_completion_is_gone_unless_any_id_is_answered(
    do: Callable[[openai.OpenAI, str], object],
) -> None:
    client = openai_client(scripted())
    made = _ask(client, "hi")
    assert client.chat.completions.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError, match="not found"):
        do(client, made.id)
    anything = openai_client(World(learner=ScriptedLearner(str.upper), any_id=True))
    for _ in range(3):
        assert do(anything, "made-up")


def test_metadata_that_is_no_text_is_refused_and_nothing_is_kept() -> None:
    client = openai_client(scripted())
    with pytest.raises(openai.BadRequestError, match="metadata"):
        client.chat.completions.create(
            model=BASE,
            messages=[{"role": "user", "content": "hi"}],
            store=True,
            extra_body={"metadata": {"k": 1}},
        )
    assert client.chat.completions.list().data == []
