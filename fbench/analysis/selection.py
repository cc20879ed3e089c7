"""One side of a comparison: the cells of a run that its name selects, with their graded answers.

RUN                         all of a run's models and checkpoints
RUN:MODEL                   one model, with or without its provider and its date
RUN:MODEL@EPOCHS            one checkpoint; @0 is the base model
RUN:MODEL@EPOCHS/SEED       one training
RUN:MODEL@CONDITION         such as in_context; without one, models that read no facts are meant
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fbench.analysis.rebuild import vouched
from fbench.analysis.results_file import written_results
from fbench.analysis.verdicts import Graded, by_cell, verdicts
from fbench.datasets.model import Question
from fbench.errors import UsageError
from fbench.grading.experiment_graders import counted_layer
from fbench.grading.graders import grader_version
from fbench.runner.cells import Cell, Condition
from fbench.runner.config import read_experiment
from fbench.runner.folder import STORE, check_identity, read_config, unchecked_notice
from fbench.runner.prepared import PreparedRun, read_input_offline
from fbench.runner.store import Store

__all__ = ["Selection", "read_selection"]

_PART = re.compile(
    r"(?P<model>.+?)(@(?P<epochs>\d+)(/(?P<seed>\d+))?|@(?P<condition>[a-z_+]*[a-z]))?", re.DOTALL
)
_READ_NOTHING = (Condition.BASE, Condition.TUNED)
_DATE = re.compile(r"-20\d\d-\d\d-\d\d$")


@dataclass(frozen=True)
class Selection:
    """One side of a comparison. Of `model`, `epochs`, `seed` and `condition`, those that it does not
    name are None.
    `graded` and `texts` are by cell, then by question; errors have no text. `notice` is set if it is unknown
    whether the run's results were changed; otherwise it is empty.
    """

    label: str
    folder: Path
    model: str | None
    epochs: int | None
    seed: int | None
    cells: tuple[Cell, ...]
    questions: Mapping[str, Question]
    graded: Mapping[str, Mapping[str, Graded]]
    texts: Mapping[tuple[str, str], str]
    grader: str
    upstream: str
    notice: str = ""
    condition: str | None = None
    learner: str = "softmax"


def read_selection(given: str) -> Selection:
    """The side with that name.

    Raises:
        UsageError: the run does not exist, its results are missing or were changed, or it has no such model,
            epochs or seed.
    """
    folder, model, epochs, seed, condition = _parse(given)
    written = written_results(folder)
    results = written.results
    experiment = read_experiment(read_config(folder), {})
    ready = read_input_offline(experiment)
    if model is not None:
        model = _model(given, model, experiment.models)
    cells = tuple(
        cell
        for cell in ready.plan.cells
        if model in (None, cell.model) and epochs in (None, cell.epochs) and seed in (None, cell.seed)
        if not cell.sample
        if cell.condition == condition or (condition is None and cell.condition in _READ_NOTHING)
    )
    if not cells:
        raise UsageError(
            f"{given}: the run has no such checkpoint: its epochs are 0 (the base model), "
            f"{', '.join(map(str, sorted(experiment.epochs)))}, its seeds "
            f"{', '.join(map(str, experiment.seeds))}; the base model has no seed; its conditions are "
            f"{', '.join(experiment.conditions)}."
        )
    with Store(folder / STORE, read_only=True) as on_disk, on_disk.in_memory() as store:
        check_identity(store, folder, ready.experiment, ready.dataset)
        layer = _layer(given, ready, store, results.experiment.grader_version)
        graded = by_cell(verdicts(ready, store, layer))
        texts = {(a.cell, a.question): a.text for a in store.answers() if not a.error}
    return Selection(
        label=given,
        folder=folder,
        model=model,
        epochs=epochs,
        seed=seed,
        cells=cells,
        questions={question.id: question for question in ready.dataset.questions},
        graded=graded,
        texts=texts,
        grader=f"{results.experiment.grader} {results.experiment.grader_version}",
        upstream=results.experiment.upstream,
        learner=results.experiment.learner or "softmax",
        condition=condition,
        notice=vouched(folder, written).notice if written.unchecked else unchecked_notice(folder),
    )


def _layer(given: str, ready: PreparedRun, store: Store, version: str) -> str:
    """The layer that the run's results count: of this fbench's graders, or of those that made the results."""
    current = counted_layer(ready)
    layers = store.layers()
    for layer in (current, current.replace(f"@{grader_version(ready.experiment.grader)}", f"@{version}")):
        if layer in layers:
            return layer
    raise UsageError(f"{given}: its answers have no grades of {current}. Grade them with `fbench resume`.")


def _parse(given: str) -> tuple[Path, str | None, int | None, int | None, str | None]:
    """Split at the first colon after a folder's name, so that folders may have colons in their names."""
    if Path(given).is_dir():
        return Path(given), None, None, None, None
    for colon in (place for place, letter in enumerate(given) if letter == ":"):
        folder, found = Path(given[:colon]), _PART.fullmatch(given[colon + 1 :])
        if given[:colon] and folder.is_dir() and found:
            epochs, seed = (None if found[name] is None else int(found[name]) for name in ("epochs", "seed"))
            return folder, found["model"], epochs, seed, found["condition"]
    raise UsageError(
        f"{given}: is no folder of a run, nor one with a model behind it. Write RUN, RUN:MODEL, "
        "RUN:MODEL@EPOCHS, RUN:MODEL@EPOCHS/SEED or RUN:MODEL@CONDITION."
    )


def _model(given: str, model: str, known: tuple[str, ...]) -> str:
    """The model of this name: the whole, or without its provider and its date, as the first screen has it."""
    names = {name: {name, own := name.split(":", 1)[-1], _DATE.sub("", own)} for name in known}
    found = [name for name, said in names.items() if model in said]
    if len(found) == 1:
        return found[0]
    what = "more than one model goes" if found else "no model of the run goes"
    part = model.rpartition("@")[2] if "@" in model else ""
    advice = f" {part!r} behind the @ is not EPOCHS or EPOCHS/SEED in whole numbers." if part else ""
    raise UsageError(f"{given}: {what} by the name {model!r}. The run has {', '.join(known)}.{advice}")
