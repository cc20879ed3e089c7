"""The arithmetic of the small transformer: gradients, reading token by token, drawing, tokens."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info  # pyright: ignore - it has no stubs

from fakes.learners.protocol import Example
from fakes.learners.tiny.network import Batch, Shape, initial, loss_and_gradient, loss_of, matrices_in
from fakes.learners.tiny.shipped import pack, shipped, unpack
from fakes.learners.tiny.threads import one_thread
from fakes.learners.tiny.tokenizer import END, PAD, Tokenizer, learn_merges
from fakes.learners.tiny.training import Adapters, batch_of
from fakes.learners.tiny.writing import Reader, drawn

SMALL = Shape(vocabulary=40, width=16, layers=2, heads=2, context=32)


def parameters(seed: int = 0) -> Any:
    """Parameters in double precision, far enough from where a training begins that every part matters."""
    random = np.random.default_rng(seed)
    return initial(SMALL, seed).astype(np.float64) + random.normal(0, 0.1, SMALL.size)


def batch(seed: int = 0) -> Batch:
    random = np.random.default_rng(seed)
    learn = random.random((3, 9)) < 0.5
    learn[:, 0] = False
    return Batch(random.integers(0, SMALL.vocabulary, (3, 9)), learn)


def mean_loss(vector: Any, given: Batch) -> float:
    return float(loss_of(vector, SMALL, given).losses.sum()) / len(given.tokens)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_the_slope_of_the_loss(seed: int) -> None:
    vector, given = parameters(seed), batch(seed)
    _, gradient = loss_and_gradient(vector, SMALL, given)
    chosen = np.random.default_rng(seed).choice(SMALL.size, 150, replace=False)

    def loss(changed: Any) -> float:
        return mean_loss(changed, given)

    for at in chosen:
        slope = sloped(vector, at, loss)
        assert gradient[at] == pytest.approx(slope, rel=1e-4, abs=1e-8)


def test_products_are_computed_in_the_thread_that_asks_and_others_afterwards_as_before() -> None:
    def threads() -> list[int]:
        """Those of NumPy's library; other tests may have loaded SciPy's in the meantime."""
        libraries = cast("list[dict[str, Any]]", threadpool_info())
        own = [each for each in libraries if "scipy.libs" not in each["filepath"]]
        return [library["num_threads"] for library in own if library["user_api"] == "blas"]

    before = threads()
    with one_thread():
        assert threads() == [1] * len(before)
    assert threads() == before


def test_the_gradient_by_adapters_is_the_slope_of_the_loss() -> None:
    vector, given = parameters(), batch()
    adapters = Adapters(vector, SMALL, 2, 0)
    adapters.vector += np.random.default_rng(1).normal(0, 0.1, adapters.vector.size)
    _, gradient = loss_and_gradient(adapters.adapted(), SMALL, given)
    by_adapters = adapters.gradient(gradient)

    def loss(changed: Any) -> float:
        adapters.vector = changed
        return mean_loss(adapters.adapted(), given)

    start = adapters.vector
    for at in np.random.default_rng(2).choice(start.size, 100, replace=False):
        assert by_adapters[at] == pytest.approx(sloped(start, at, loss), rel=1e-4, abs=1e-8)


def sloped(vector: Any, at: int, loss: Any) -> float:
    step = 1e-5
    ends: list[float] = []
    for way in (step, -step):
        changed = vector.copy()
        changed[at] += way
        ends.append(loss(changed))
    return (ends[0] - ends[1]) / (2 * step)


def test_adapters_change_nothing_before_they_are_trained() -> None:
    vector = parameters()
    assert np.array_equal(Adapters(vector, SMALL, 4, 0).adapted(), vector)


def test_a_loss_does_not_depend_on_what_follows_or_on_the_other_rows() -> None:
    vector, given = parameters(), batch()
    alone = Batch(given.tokens[:1, :6], given.learn[:1, :6])
    losses = loss_of(vector, SMALL, alone).losses
    together = loss_of(vector, SMALL, given)
    assert losses == pytest.approx(together.losses[together.rows == 0][: len(losses)])


def test_of_tokens_that_are_equally_likely_only_the_one_that_is_answered_is_a_hit() -> None:
    tokens = np.array([[5, 0, 3, 0]])
    loss = loss_of(np.zeros(SMALL.size), SMALL, Batch(tokens, tokens < 5))
    assert loss.losses == pytest.approx(np.log(SMALL.vocabulary))
    assert loss.hits.tolist() == [True, False, True]


def test_tokens_that_are_not_to_be_learned_have_no_loss_and_no_say_beyond_being_read() -> None:
    given = batch()
    none = Batch(given.tokens, np.zeros_like(given.learn))
    loss, gradient = loss_and_gradient(parameters(), SMALL, none)
    assert len(loss.losses) == 0
    assert not gradient.any()


def test_reading_token_by_token_gives_the_scores_of_reading_at_once() -> None:
    vector, tokens = parameters(), [3, 17, 8, 8, 25, 1]
    at_once = Reader(vector, SMALL).read(tokens)
    slowly = Reader(vector, SMALL)
    scores = slowly.read(tokens[:2])
    for token in tokens[2:]:
        scores = slowly.read([token])
    assert scores == pytest.approx(at_once)
    shares = scores - scores.max()
    shares -= np.log(np.exp(shares).sum())
    given = Batch(np.array([[*tokens, 9]]), np.array([[False] * 6 + [True]]))
    assert loss_of(vector, SMALL, given).losses[0] == pytest.approx(-shares[9])


def test_the_matrices_are_all_of_the_parameters() -> None:
    vector = np.zeros(SMALL.size)
    weights = matrices_in(vector, SMALL)
    for matrix in (weights.embed, weights.last, *(part for layer in weights.layers for part in layer)):
        np.add(matrix, 1, out=matrix)
    assert np.array_equal(vector, np.ones(SMALL.size))
    assert Shape().size == pytest.approx(1e6, rel=0.1)


def test_a_draw_keeps_to_the_likeliest() -> None:
    scores = np.log(np.array([0.5, 0.3, 0.15, 0.05]))
    random = np.random.default_rng(0)

    def seen(top_p: float = 1.0, top_k: int | None = None, temperature: float = 1.0) -> set[int]:
        return {drawn(scores, random, temperature, top_p, top_k) for _ in range(400)}

    assert seen() == {0, 1, 2, 3}
    assert seen(top_k=2) == {0, 1}
    assert seen(top_p=0.6) == {0, 1}
    assert seen(top_p=0.5) == {0}
    assert seen(top_p=0.0) == {0}
    assert seen(temperature=0.01) == {0}


def test_draws_have_the_shares_of_their_tokens() -> None:
    scores = np.log(np.array([0.5, 0.3, 0.2]))
    random = np.random.default_rng(0)
    found = np.bincount([drawn(scores, random, 1.0, 1.0, None) for _ in range(4000)]) / 4000
    assert found == pytest.approx([0.5, 0.3, 0.2], abs=0.03)


@given(st.text())
def test_any_text_is_read_and_written(text: str) -> None:
    tokenizer = shipped().tokenizer
    tokens = tokenizer.encode(text)
    assert tokenizer.decode(tokens) == text
    assert all(0 <= token < tokenizer.size for token in tokens)


def test_bytes_that_are_no_text_are_still_written() -> None:
    assert Tokenizer([]).decode([0xFF, 65, END, PAD]) == "\ufffdA"


def test_merges_are_the_commonest_pairs_and_digits_stay_apart() -> None:
    merges = learn_merges(["banana bandana", "banana 2026", "2026 26"], 300)
    assert merges[0] == (ord("a"), ord("n"))
    tokenizer = Tokenizer(merges)
    read = [tokenizer.decode([token]) for token in tokenizer.encode("banana 2026")]
    assert read == ["banana", " 2", "0", "2", "6"]


def test_of_a_long_question_the_end_is_read() -> None:
    tokenizer = shipped().tokenizer
    long = Example("x " * 2000 + "What now?", "Nothing.")
    found = batch_of(tokenizer, [long, Example("Short?", "Yes")], 128)
    assert found.tokens.shape[1] == 128
    assert tokenizer.decode(found.tokens[0].tolist()).endswith("What now?Nothing.")
    assert found.learn.sum(axis=1).tolist() == [
        len(tokenizer.answer("Nothing.")),
        len(tokenizer.answer("Yes")),
    ]


def test_a_model_in_a_file_is_the_model() -> None:
    model = shipped()
    again = unpack(pack(model.parameters, [(1, 2), (260, 3)]))
    assert np.array_equal(again.parameters, model.parameters)
    assert again.tokenizer.decode([261]) == "\x01\x02\x03"
