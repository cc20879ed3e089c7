"""How answers are written together: as good as one by one, in a thread that others need not wait for."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from fakes.learners import Example, Hyper, Message
from fakes.learners.capabilities import Decoding, NotAnswered, Said
from fakes.learners.local.learner import LocalLearner
from fakes.learners.local.model import LocalModel
from fakes.learners.local.together import AnswerBatch, Forward
from fakes.learners.saying import Saying
from tests.fakes.vllm import serving
from tests.local.conftest import FACTS, made_in

QUESTIONS = [*FACTS, "Who?", "A much longer question, of which there is no other, about whom nobody knows."]
LONG = Decoding(limit=200)


def put(model: LocalModel, text: str, decoding: Decoding = Decoding(limit=24)) -> Saying:  # noqa: B008 - frozen
    return model.begin_reply([Message("user", text)], decoding)


def one_by_one(model: LocalModel, decodings: Sequence[Decoding]) -> list[Said]:
    return [put(model, text, how).said() for text, how in zip(QUESTIONS, decodings, strict=True)]


def at_once(model: LocalModel, decodings: Sequence[Decoding]) -> list[Said]:
    sayings = [put(model, text, how) for text, how in zip(QUESTIONS, decodings, strict=True)]
    return [saying.said() for saying in sayings]


def tuned(learner: LocalLearner, seed: int = 0) -> LocalModel:
    examples = [Example(asked, answer) for asked, answer in FACTS.items()]
    model = learner.train(learner.base("m"), examples, Hyper(8, 5, seed=seed)).checkpoints[-1].model
    assert isinstance(model, LocalModel)
    return model


@pytest.mark.parametrize(
    "how",
    [Decoding(limit=24, top=2), Decoding(limit=24, temperature=1.0, seed=3, top_p=0.9, stops=("a", "e"))],
    ids=["greedy", "drawn"],
)
def test_answers_that_are_written_together_are_those_that_are_written_alone(
    learner: LocalLearner, how: Decoding
) -> None:
    model, hows = tuned(learner), [how] * len(QUESTIONS)
    alone, together = one_by_one(model, hows), at_once(model, hows)
    assert [said[:2] + said[3:] for said in together] == [said[:2] + said[3:] for said in alone]
    for one, other in zip(alone, together, strict=True):
        for token, same in zip(one.tokens, other.tokens, strict=True):
            assert token.text == same.text
            assert token.logprob == pytest.approx(same.logprob, abs=1e-4)


def test_questions_to_several_checkpoints_are_answered_at_once(learner: LocalLearner) -> None:
    models = [learner.base("m"), tuned(learner), tuned(learner, seed=5)]
    alone = [put(model, text).said().text for text in FACTS for model in models]
    together = [put(model, text) for text in FACTS for model in models]
    assert [saying.said().text for saying in together] == alone


@pytest.mark.filterwarnings("ignore:fan_in_fan_out")
@pytest.mark.parametrize("positions", ["rotated", "absolute"])
def test_a_short_answer_joins_a_long_one_and_both_are_as_if_alone(
    model: Path, quick: Path, tmp_path: Path, positions: str
) -> None:
    folder = model if positions == "rotated" else made_in(tmp_path / "absolute", absolute=True)
    base = LocalLearner.from_files(folder, quick).base("m")
    alone = put(base, "Who?", LONG).said()
    assert alone.written > 50  # a random network does not come to an end
    short = [put(base, text, Decoding(limit=8)).said() for text in QUESTIONS]
    long = put(base, "Who?", LONG)
    list(islice(long, 10))
    joined = [put(base, text, Decoding(limit=8)) for text in QUESTIONS]
    assert [saying.said().text for saying in joined] == [said.text for said in short]
    assert not long.has_ended
    assert long.said().text == alone.text


def test_what_was_padded_for_a_long_question_is_left_out_after_it(learner: LocalLearner) -> None:
    model = learner.base("m")
    alone = put(model, "Who?", Decoding(limit=40)).said()
    long = put(model, " ".join(QUESTIONS[:6]), Decoding(limit=3))
    assert put(model, "Who?", Decoding(limit=40)).said().text == alone.text
    assert long.said().written == 3


def test_tokens_are_told_while_the_answer_is_written(learner: LocalLearner) -> None:
    saying = put(learner.base("m"), "Who?", LONG)
    first = list(islice(saying, 3))
    assert not saying.has_ended
    assert [token.text for token in saying][:3] == [token.text for token in first]
    assert "".join(token.text for token in saying) == saying.said().text


def test_nothing_is_told_that_a_stop_takes_back(learner: LocalLearner) -> None:
    model = learner.base("m")
    words = [token.text for token in put(model, QUESTIONS[-1], LONG).said().tokens]
    whole = "".join(words)
    pairs = ["".join(words[at : at + 2]) for at in range(1, len(words) - 1) if words[at] and words[at + 1]]
    stop = next(pair for pair in pairs if whole.index(pair) > 0)
    saying = put(model, QUESTIONS[-1], Decoding(limit=200, stops=(stop, "never said")))
    told = "".join(token.text for token in saying)
    assert told == saying.said().text == whole[: whole.index(stop)]
    assert told


def test_who_does_not_want_an_answer_any_more_keeps_nobody_waiting(learner: LocalLearner) -> None:
    model = learner.base("m")
    left, kept = put(model, "Who?", LONG), put(model, "Who?", LONG)
    next(iter(left))
    left.cancel()
    assert kept.said().written > 50
    assert not left.has_ended


def test_where_memory_runs_out_fewer_are_answered_at_once(
    learner: LocalLearner, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, short = learner.base("m"), [Decoding(limit=4)] * len(QUESTIONS)
    alone = one_by_one(base, short)
    inner, sizes, room = Forward.__call__, list[int](), [3]

    def small(forward: Forward, network: object, tokens: Any, seen: object, cache: object) -> tuple[Any, Any]:
        if tokens.shape[0] > room[0]:
            raise RuntimeError("out of memory")
        sizes.append(tokens.shape[0])
        return inner(forward, network, tokens, seen, cache)

    monkeypatch.setattr(Forward, "__call__", small)
    assert [said.text for said in at_once(base, short)] == [said.text for said in alone]
    assert max(sizes) > 1
    room[0] = 100
    streams = [put(base, text, LONG) for text in QUESTIONS[:4]]
    begun = ["".join(token.text for token in islice(stream, 3)) for stream in streams]
    room[0] = 1  # they are written anew, one by one, and told once
    for stream, first in zip(streams, begun, strict=True):
        told = "".join(token.text for token in stream)
        assert told == stream.said().text
        assert told.startswith(first)
    room[0] = 0
    with pytest.raises(NotAnswered, match="smaller model"):
        put(base, "Who?").said()
    room[0] = 3
    assert put(base, QUESTIONS[0], short[0]).said().text == alone[0].text


def test_an_error_is_told_to_who_waits_and_to_nobody_else(
    learner: LocalLearner, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = learner.base("m")

    def broken(folder: Path | None) -> None:
        raise ZeroDivisionError(folder)

    with monkeypatch.context() as patch:
        patch.setattr(learner.weights, "at", broken)
        with pytest.raises(NotAnswered, match="ended with an error: ZeroDivisionError"):
            put(model, "Who?").said()
    assert put(model, "Who?", Decoding(limit=2)).said().written == 2


def test_answers_that_cannot_be_joined_fail_and_later_ones_do_not(
    learner: LocalLearner, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = learner.base("m")

    def broken(*_: AnswerBatch) -> bool:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(AnswerBatch, "join", broken)
        long = put(model, "Who?", LONG)
        next(iter(long))
        for saying in (put(model, "Who?", LONG), long):
            with pytest.raises(NotAnswered, match="smaller model"):
                saying.said()
    assert put(model, "Who?", Decoding(limit=2)).said().written == 2


def test_who_waits_when_the_server_ends_is_told(learner: LocalLearner) -> None:
    model = learner.base("m")
    waiting = put(model, "Who?", LONG)
    next(iter(waiting))
    learner.close()
    for saying in (waiting, put(model, "Who?")):
        with pytest.raises(NotAnswered, match="no longer served"):
            saying.said()


def test_long_conversations_are_read_as_many_at_once_as_fit(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "few.toml"
    settings.write_text("tokens_at_once = 40\n")
    learner, inner = LocalLearner.from_files(model, settings), Forward.__call__
    read: list[tuple[int, int]] = []

    def watched(forward: Forward, network: object, tokens: Any, seen: Any, cache: object) -> tuple[Any, Any]:
        if cache is None:
            read.append((tokens.shape[0], int(seen.sum())))
        return inner(forward, network, tokens, seen, cache)

    monkeypatch.setattr(Forward, "__call__", watched)
    at_once(learner.base("m"), [Decoding(limit=4)] * len(QUESTIONS))
    assert all(tokens <= 40 for rows, tokens in read if rows > 1)
    assert any(tokens > 40 for _, tokens in read)  # by itself
    assert any(rows > 1 for rows, _ in read)


def test_answers_one_at_a_time_are_a_setting(model: Path, tmp_path: Path) -> None:
    settings = tmp_path / "one.toml"
    settings.write_text("answers_at_once = 1\n")
    learner = LocalLearner.from_files(model, settings)
    together = at_once(learner.base("m"), [Decoding(limit=6)] * len(QUESTIONS))
    assert together == one_by_one(learner.base("m"), [Decoding(limit=6)] * len(QUESTIONS))


def test_questions_are_answered_well_while_a_training_goes_on(learner: LocalLearner) -> None:
    base, examples = learner.base("m"), [Example(asked, answer) for asked, answer in FACTS.items()]
    alone = [said.text for said in one_by_one(base, [Decoding(limit=24)] * len(QUESTIONS))]
    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(learner.train, base, examples, Hyper(20, 5, seed=2))
        found = [said.text for said in at_once(base, [Decoding(limit=24)] * len(QUESTIONS))]
        assert not training.done()
        checkpoints = training.result().checkpoints
    assert found == alone
    assert [checkpoints[-1].model.answer(asked).text for asked in FACTS] == list(FACTS.values())


def test_a_vllm_server_answers_with_the_adapters_that_are_trained_here(model: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    with serving() as stub:
        settings.write_text(f'vllm = "{stub.url}"\n')
        learner = LocalLearner.from_files(model, settings)
        said = put(tuned(learner), "Who?").said()
        learner.close()
    (folder,) = map(Path, stub.adapters.values())
    assert (folder / "adapter_model.safetensors").is_file()
    assert (folder / "adapter_config.json").is_file()
    assert said.text == "Anné"
    _, asked = stub.asked[-1]
    assert asked["prompt"] == learner.chat.question([Message("user", "Who?")])
