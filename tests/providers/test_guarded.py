"""Whatever the code of a provider plug-in raises or returns names the plug-in, the call and the model."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fbench.errors import BudgetReached, Incomplete, ProviderFailed
from fbench.providers.guarded import GuardedProvider
from fbench.providers.model import Job, JobState, Rejected, Reply, Sampling, TuningSpec
from fbench.providers.profiles import Profile

PROFILE = Profile("echo", "own", "", "", "")
SPEC = TuningSpec("loud", (), 1, 0, "key")
DONE = Job("j", JobState.SUCCEEDED, {1: "tuned"}, 7)


class Plugin:
    """A provider whose methods all do the same: raise an error, or return a value."""

    def __init__(self, outcome: object) -> None:
        self.outcome = outcome

    async def _do(self, *_: object) -> Any:
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome

    create = find = read = ask = close = _do


def guarded(outcome: object) -> GuardedProvider:
    return of(Plugin(outcome))


def of(plugin: Plugin) -> GuardedProvider:
    def make(*_: object) -> Any:
        return plugin

    return GuardedProvider(None, PROFILE, make)  # pyright: ignore[reportArgumentType] - it needs no connection


def call(provider: GuardedProvider, method: str) -> object:
    arguments: dict[str, tuple[object, ...]] = {
        "create": (SPEC,),
        "find": (SPEC,),
        "read": ("job-9",),
        "ask": ("tuned", "Who?", Sampling()),
        "close": (),
    }
    return asyncio.run(getattr(provider, method)(*arguments[method]))


WHERE = {
    "create": "in create for the model echo:loud: ",
    "find": "in find for the model echo:loud: ",
    "read": "in read for the job 'job-9': ",
    "ask": "in ask for the model echo:tuned: ",
    "close": "in close: ",
}


@pytest.mark.parametrize("method", WHERE)
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no such\nmodel."), "ValueError: no such model."),
        (KeyError("choices"), "KeyError: 'choices'."),
        (RuntimeError(), "RuntimeError."),
        (SystemExit(4), "SystemExit: 4."),
        (OSError(2, "no key"), "FileNotFoundError: [Errno 2] no key."),
    ],
)
def test_an_error_names_the_plugin_the_call_and_the_model(
    method: str, error: BaseException, told: str
) -> None:
    with pytest.raises(Incomplete) as raised:
        call(guarded(error), method)
    said = str(raised.value)
    assert f"the provider plug-in 'echo' failed {WHERE[method]}{told}" in said
    assert said.endswith("What was answered is saved: mend the plug-in, then go on with `fbench resume`.")
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [ProviderFailed("no"), Incomplete("later"), BudgetReached("enough")])
def test_what_fbench_defines_is_passed_on(error: Exception) -> None:
    for method in WHERE:
        with pytest.raises(type(error)) as raised:
            call(guarded(error), method)
        assert raised.value is error


def test_a_question_may_be_rejected_and_nothing_else() -> None:
    with pytest.raises(Rejected):
        call(guarded(Rejected("no")), "ask")
    with pytest.raises(Incomplete, match="Rejected: no"):
        call(guarded(Rejected("no")), "create")


def test_half_a_character_is_replaced_which_no_file_takes() -> None:
    assert call(guarded(Reply("a\ud83d", "\ud83d", 1, 1)), "ask") == Reply("a\ufffd", "\ufffd", 1, 1)


def test_an_error_when_it_is_made_is_told() -> None:
    def fails(*_: object) -> Any:
        raise OSError("no key")

    with pytest.raises(Incomplete, match="'echo' failed when it was made: OSError: no key"):
        GuardedProvider(None, PROFILE, fails)  # pyright: ignore[reportArgumentType] - as above


@pytest.mark.parametrize(
    ("method", "value", "told"),
    [
        ("ask", "yes", "it returned a str, not a fbench.providers.Reply"),
        ("ask", None, "it returned a NoneType, not"),
        ("ask", Reply(4, "stop", 1, 1), "its text holds a int, not a str"),  # pyright: ignore[reportArgumentType] - the fault
        ("ask", Reply("x", None, 1, 1), "its finish holds a NoneType"),  # pyright: ignore[reportArgumentType] - the fault
        ("ask", Reply("x", "stop", None, 1), "its prompt_tokens holds"),  # pyright: ignore[reportArgumentType] - the fault
        ("ask", Reply("x", "stop", 1, 2.5), "its answer_tokens holds"),  # pyright: ignore[reportArgumentType] - the fault
        ("create", None, "it returned a NoneType, not a fbench.providers.Job"),
        ("find", "job", "it returned a str, not a fbench.providers.Job"),
        ("read", Job("j", "succeeded"), "its state holds a str, not a JobState"),  # pyright: ignore[reportArgumentType] - the fault
        ("create", Job(3, JobState.RUNNING), "its id holds a int"),  # pyright: ignore[reportArgumentType] - the fault
        ("create", Job("j", JobState.RUNNING, {"1": "m"}), "its models holds a str, not a int"),  # pyright: ignore[reportArgumentType] - the fault
        ("read", Job("j", JobState.SUCCEEDED, {1: None}), "its models holds a NoneType"),  # pyright: ignore[reportArgumentType] - the fault
        ("read", Job("j", JobState.RUNNING, {}, "7"), "its tokens holds a str"),  # pyright: ignore[reportArgumentType] - the fault
        ("read", Job("j", JobState.FAILED, {}, 7, ValueError()), "its error holds a ValueError"),  # pyright: ignore[reportArgumentType] - the fault
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_told(method: str, value: object, told: str) -> None:
    with pytest.raises(Incomplete) as raised:
        call(guarded(value), method)
    assert told in str(raised.value)


def test_what_is_right_is_returned_and_a_job_is_remembered_with_its_model() -> None:
    assert call(guarded(None), "find") is None
    plugin = Plugin(DONE)
    provider = of(plugin)
    assert call(provider, "create") is DONE
    plugin.outcome = KeyError("x")
    with pytest.raises(Incomplete, match="in read for the job 'j' of the model echo:loud: KeyError"):
        asyncio.run(provider.read("j"))
