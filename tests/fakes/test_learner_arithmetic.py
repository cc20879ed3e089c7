from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fakes.learners.features import rows_of
from fakes.learners.fixed_point import ONE, exponentials, fixed, inverse_root, nats
from fakes.learners.sgd import measure, scores
from fakes.learners.traits import TRAITS, traits_of

texts = st.text(st.characters(), max_size=60)


@given(st.lists(st.integers(0, 40 * ONE), min_size=1))
def test_exponentials_are_those_of_the_c_library_to_one_part_in_256(depths: list[int]) -> None:
    found = exponentials(np.array(depths, dtype=np.int64))
    for depth, share in zip(depths, found.tolist(), strict=True):
        assert abs(share / ONE - math.exp(-depth / ONE)) <= math.exp(-depth / ONE) / 256 + 1.5 / ONE


def test_exponentials_never_rise_with_depth() -> None:
    found = exponentials(np.arange(0, 14 * ONE, 97, dtype=np.int64))
    assert found[0] == ONE
    assert found[-1] == 0
    assert (np.diff(found) <= 0).all()


@given(st.integers(1, 2**45))
def test_logarithms_are_those_of_the_c_library_to_ten_decimals(number: int) -> None:
    assert math.isclose(nats(number), math.log(number / ONE), rel_tol=0, abs_tol=1e-10)


@given(st.integers(1, 10**6))
def test_the_inverse_root_is_the_real_one_to_within_a_unit(count: int) -> None:
    assert abs(inverse_root(count) - ONE / math.sqrt(count)) <= 1


@given(st.lists(st.integers(-20 * ONE, 20 * ONE), min_size=1, max_size=50), st.data())
def test_a_loss_is_the_negative_log_of_the_probability_it_goes_with(
    z: list[int], data: st.DataObject
) -> None:
    target = data.draw(st.integers(0, len(z) - 1))
    array = np.array(z, dtype=np.int64)
    shares, total, loss, hit = measure(array, target)
    exact = math.log(sum(math.exp((other - z[target]) / ONE) for other in z))
    assert math.isclose(loss, exact, rel_tol=0, abs_tol=0.01)
    assert loss >= 0
    assert total == int(shares.sum())
    assert hit == (z[target] == max(z))


def test_a_score_does_not_depend_on_the_width_of_its_sum() -> None:
    weights = np.arange(-600, 600, dtype=np.int32).reshape(300, 4) * 50_000
    for size in (1, 256, 257, 300):
        rows = np.arange(size)
        exact = [
            sum(column) * inverse_root(size) >> 16 for column in zip(*weights[:size].tolist(), strict=True)
        ]
        exact[0] += 7
        assert scores(weights, rows, 7).tolist() == exact


def test_even_the_heaviest_weights_do_not_overflow_a_score() -> None:
    heavy = np.full((2048, 3), fixed(100.0), dtype=np.int32)
    for size in (1, 256, 2048):
        expected = 100 * math.sqrt(size)
        assert math.isclose(int(scores(heavy, np.arange(size), 0)[1]) / ONE, expected, rel_tol=1e-2)


@given(texts, st.integers(1, 4), st.integers(0, 6))
def test_features_are_distinct_rows_in_order_and_never_none(text: str, order: int, stem: int) -> None:
    rows = rows_of(text, width=2048, order=order, stem=stem)
    assert rows.size >= 1
    assert rows[0] >= 0
    assert rows[-1] < 2048
    assert (np.diff(rows) > 0).all()


@given(texts, texts)
def test_a_longer_prompt_keeps_the_words_of_a_shorter_one(one: str, two: str) -> None:
    def words(text: str) -> set[int]:
        return set(rows_of(text, width=1 << 20, order=1, stem=0).tolist())

    alone, together = words(one), words(f"{one} {two}")
    assert len(alone - together) <= 1  # the prompt as a whole is a feature too


def test_white_space_alone_makes_another_prompt() -> None:
    one, two = (rows_of(text, width=1 << 20, order=2, stem=0) for text in ("How tall?", "How tall?\n"))
    assert len(set(one.tolist()) ^ set(two.tolist())) == 2


def test_a_lone_surrogate_is_text_like_any_other() -> None:
    assert rows_of("\ud800", width=2048, order=2, stem=0).size >= 1


def test_the_five_default_models_differ() -> None:
    assert len(set(TRAITS.values())) == len(TRAITS) == 5


@given(texts)
def test_any_name_has_traits_and_keeps_them(name: str) -> None:
    traits = traits_of(name, {})
    assert traits == traits_of(name, {})
    assert 0 < traits.rate < 1
    assert traits.width >= 2048
