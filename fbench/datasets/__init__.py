"""Facts and questions: the released FineTuneBench files, generated ones, and a user's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from fbench.datasets import finetunebench, own
from fbench.datasets.check import Finding, check, refuse_stale_golds, stale_golds
from fbench.datasets.finetunebench import Labels
from fbench.datasets.finetunebench.judge_prompt import judge_prompt
from fbench.datasets.model import TASKS, AnswerKind, Dataset, Fact, Question, Role, Split, Wording
from fbench.errors import FbenchError, UsageError, told
from fbench.files import place_in
from fbench.plugins import DATASETS_GROUP, aside, dataset_argument, find_plugin, names_with_plugins
from fbench.tables.formats import FORMATS
from fbench.value_errors import first_problem, meant

__all__ = [
    "TASKS",
    "AnswerKind",
    "Dataset",
    "Fact",
    "Finding",
    "Labels",
    "Question",
    "Role",
    "Split",
    "Wording",
    "check",
    "general_examples",
    "judge_prompt",
    "open_dataset",
    "part_of",
    "refuse_idle_choices",
    "refuse_stale_golds",
]


_STALE = (
    "Right answers to some questions count as old ones, since a gold is the answer_before as well: {} in "
    "all, which `fbench data check` names."
)


def open_dataset(
    source: Path | None,
    *,
    seed: int = 0,
    labels: Labels = "corrected",
    all_news: bool = False,
    tasks: Sequence[str] | None = None,
    limit: int | None = None,
    roles: Sequence[Role] | None = None,
    edition: int = 2,
) -> Dataset:
    """The dataset at `source`, restricted to `tasks` and to the first `limit` facts of each.

    A folder is the FineTuneBench release (read with `labels` and `all_news`), or was saved by Hugging Face
    `datasets`; a file has rows, see `fbench.datasets.own`. For
    NAME:ARGUMENT, the plug-in NAME makes the dataset (a function from a text to a `Dataset`). None means
    generated facts (an `edition`, made from `seed`). If a gold is also the answer from before an update, a
    note says so (see `stale_golds`). Raises `UsageError` if nothing is left.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"The limit is a number of facts, at least 1; it was {limit}.")
    dataset = _opened(source, seed, labels, tasks, all_news=all_news, edition=edition)
    return part_of(dataset, tasks=tasks, limit=limit, roles=roles)


def part_of(
    dataset: Dataset,
    *,
    tasks: Sequence[str] | None = None,
    limit: int | None = None,
    roles: Sequence[Role] | None = None,
) -> Dataset:
    """A dataset restricted as `open_dataset` says.

    Raises:
        UsageError: there is no such task, or nothing is left.
    """
    wanted = None if tasks is None else tuple(dict.fromkeys(tasks))
    for task in wanted or ():
        if task not in dataset.tasks:
            close = meant(task, dataset.tasks)
            raise UsageError(
                f"The dataset {dataset.name!r} has no task {task!r}{close}. Its tasks are "
                f"{', '.join(dataset.tasks)}."
            )
    cut = dataset.only(wanted, limit, roles)
    if not cut.questions:
        raise UsageError(
            f"No question is left. The tasks of {dataset.name!r} are {', '.join(dataset.tasks)}."
        )
    stale = len(stale_golds(cut))
    return cut.model_copy(update={"notes": (*cut.notes, _STALE.format(stale))}) if stale else cut


def general_examples(dataset: Dataset) -> tuple[Wording, ...]:
    """The general examples that a training can take beside the facts: the dataset's own, or else fbench's."""
    if dataset.general:
        return dataset.general
    from fbench.datasets.generated.general import examples  # noqa: PLC0415 - its word lists, as below

    return examples()


def refuse_idle_choices(source: Path | None, *, labels: Labels, all_news: bool, seed: int = 0) -> None:
    """Refuse choices that change nothing about the dataset at `source`, as `open_dataset` takes them.

    Labels and news are those of the FineTuneBench release; a seed is that of generated facts.

    Raises:
        UsageError: one was made, and the dataset has no such choice.
    """
    if source is not None and seed:
        raise UsageError(
            f"the seed of generated data is {seed}, and changes nothing about {source}: leave it out."
        )
    if source is not None and (
        (source.is_dir() and not own.is_own(source)) or not (source.exists() or dataset_argument(source))
    ):
        return
    idle = "--labels 'published'" if labels == "published" else "--all-news" if all_news else ""
    if idle:
        data = "generated data" if source is None else str(source)
        raise UsageError(
            f"{idle} is for the FineTuneBench release, and changes nothing about {data}: leave it out, or "
            "name the folder of the release as the data."
        )


def _opened(
    source: Path | None,
    seed: int,
    labels: Labels,
    tasks: Sequence[str] | None,
    *,
    all_news: bool,
    edition: int,
) -> Dataset:
    if source is None:
        from fbench.datasets.generated import generate  # noqa: PLC0415 - its word lists are not always needed

        return generate(seed, edition)
    if own.is_own(source):
        return own.load(source)
    if source.is_dir():
        return finetunebench.load(source, labels, tasks, all_news=all_news)
    if (named := dataset_argument(source)) is not None:
        return _from_plugin(*named)
    raise UsageError(
        f"{source} does not exist. Name a file of rows, or the folder of the FineTuneBench release. "
        f"Read are {FORMATS}."
    )


def _from_plugin(name: str, argument: str) -> Dataset:
    load = find_plugin(DATASETS_GROUP, name, ())
    if load is None:
        known = names_with_plugins(DATASETS_GROUP, ())
        raise UsageError(
            f"{name}:{argument}: there is no such file, nor a plug-in {name!r} that brings datasets; "
            + (f"installed are {', '.join(known)}." if known else "none is installed.")
        )
    try:
        with aside():
            dataset: object = load(argument)
    except FbenchError:
        raise
    except ValidationError as error:
        place, words, _ = first_problem(error)
        raise UsageError(
            f"{place_in(f'{name}:{argument}', place)}: {words}; the dataset plug-in {name!r} must be mended."
        ) from error
    except (Exception, SystemExit) as error:
        raise UsageError(f"{name}:{argument}: the dataset plug-in {name!r} failed: {told(error)}.") from error
    if not isinstance(dataset, Dataset):
        raise UsageError(
            f"{name}:{argument}: the dataset plug-in {name!r} must return a fbench.datasets.Dataset, and "
            f"returned a {type(dataset).__name__}."
        )
    if problem := _problem_in(dataset):
        raise UsageError(f"{name}:{argument}: {problem}; the dataset plug-in {name!r} must be mended.")
    return dataset


def _problem_in(dataset: Dataset) -> str:
    """What keeps a dataset from being asked, as the start of a sentence; "" if nothing does."""
    if not dataset.questions:
        return "there is no question"
    facts, questions = [each.id for each in dataset.facts], [each.id for each in dataset.questions]
    for what, ids in (("facts", facts), ("questions", questions)):
        twice = next((each for each, count in Counter(ids).items() if count > 1), None)
        if twice is not None:
            return f"two {what} have the id {twice!r}"
    known = set(facts)
    for question in dataset.questions:
        for needed in (question.fact, *question.also):
            if needed not in known:
                return f"the question {question.id!r} needs the fact {needed!r}, which is not there"
    return ""
