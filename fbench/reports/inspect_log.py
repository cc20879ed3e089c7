"""A run as a log of Inspect (inspect_ai): the form of its `EvalLog`, version 2, in JSON.

Each answer is a sample, with an id of its own. The score of a sample is C, I or N (correct, incorrect,
abstained); an ungraded answer has none, and a question that ended in an error is a sample with an error. The
accuracies by cell and split are those of `results.json`: their denominator counts ungraded answers too. Times
are those of `run.json`, so the same run gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from fbench.analysis.answers import AnsweredQuestion, RunAnswers
from fbench.analysis.results import Results, Row
from fbench.analysis.tables import answers_table
from fbench.grading.experiment_graders import counted_layer
from fbench.grading.graders import Verdict
from fbench.grading.graders.finish import ended_early
from fbench.messages import messages_in
from fbench.reports.numbers import answered_by, source
from fbench.runner.folder import provenance_of
from fbench.runner.prompts import Prompts
from fbench.runner.store import GradeRow
from fbench.tables.json_text import encodable, text_of

__all__ = ["inspect_log"]

_VERSION = 2
_SCORES = {Verdict.CORRECT: "C", Verdict.INCORRECT: "I", Verdict.ABSTAINED: "N"}
_FINISHES = {"cut off": "max_tokens", "blocked": "content_filter"}
"""Why answers end early, in Inspect's words."""
_ELSEWHERE = ("prompt", "gold", "response", "error", "prompt_tokens", "answer_tokens")
"""Columns of answers that a sample has in other fields than its metadata."""
_NO_TIME = "1970-01-01T00:00:00+00:00"
"""When a run began that does not tell it."""


class _Run(NamedTuple):
    results: Results
    answers: RunAnswers
    layer: str
    digest: str
    prompts: Prompts


def inspect_log(
    folder: Path, results: Results, answers: RunAnswers, *, ended: bool = True
) -> Iterator[bytes]:
    """The pieces of the log of a run, whose results and answers these are.

    Raises:
        UsageError: `run.json` cannot be read.
    """
    about = provenance_of(folder)
    digest = hashlib.sha256(results.to_json().encode()).hexdigest()
    ready = answers.ready
    prompts = Prompts(ready.experiment, ready.dataset)
    run = _Run(results, answers, counted_layer(ready), digest, prompts)
    head = {
        "version": _VERSION,
        "status": "success" if ended else "started",
        "eval": _spec(run, about),
        "plan": _plan(results),
        "results": _results(run),
        "stats": _stats(run, about),
    }
    yield _bytes(head)[:-1] + b', "samples": ['
    records = answers_table(answers).records
    for number, (found, record) in enumerate(zip(answers.answers, records, strict=True)):
        yield (b",\n" if number else b"\n") + _bytes(_sample(run, found, record))
    yield b"\n]}\n"


def _bytes(value: object) -> bytes:
    return text_of(_encodable(value)).encode()


def _encodable(value: object) -> object:
    """A value all of whose texts UTF-8 can hold."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        held = cast("Mapping[str, object]", value)
        return {encodable(name): _encodable(each) for name, each in held.items()}
    return [_encodable(each) for each in cast("list[object]", value)] if isinstance(value, list) else value


def _spec(run: _Run, about: Mapping[str, Any]) -> dict[str, object]:
    results, experiment = run.results, run.results.experiment
    dataset = results.dataset
    return {
        "eval_id": run.digest[:22],
        "run_id": run.digest[:22],
        "created": about.get("created", _NO_TIME),
        "task": experiment.name,
        "task_id": dataset.digest[:22],
        "task_version": f"{experiment.grader} {experiment.grader_version}",
        "tags": [answered_by(results)],
        "dataset": {
            "name": dataset.name,
            "location": dataset.source,
            "samples": len(run.answers.answers),
            "shuffled": False,
        },
        "model": ", ".join(experiment.evaluate or experiment.models),
        "config": {},
        "packages": {"fbench": about["fbench"]} if "fbench" in about else {},
        "metadata": {
            "source": source(results)[0],
            "experiment": experiment.model_dump(mode="json"),
            "dataset": dataset.model_dump(mode="json"),
            "notes": list(results.notes),
        },
    }


def _plan(results: Results) -> dict[str, object]:
    experiment = results.experiment
    config = {
        "temperature": experiment.temperature,
        "max_tokens": experiment.max_tokens,
        "seed": experiment.answer_seed,
    }
    return {"name": "fbench", "steps": [{"solver": "fbench"}], "config": config}


def _results(run: _Run) -> dict[str, object]:
    """The accuracy of each cell and split as a metric of one scorer, the layer of grades that counts."""
    verdicts = [found.grade.verdict for found in run.answers.answers]
    graded = sum(verdict in _SCORES for verdict in verdicts)
    lost = verdicts.count(Verdict.ERROR)
    metrics = {
        name: {"name": name, "value": row.accuracy, "metadata": row.model_dump(mode="json")}
        for row in run.results.rows
        for name in (_metric(row),)
        if row.accuracy is not None
    }
    score = {
        "name": run.layer,
        "scorer": run.layer,
        "scored_samples": graded,
        "unscored_samples": len(verdicts) - graded,
        "metrics": metrics,
    }
    return {
        "total_samples": len(verdicts),
        "completed_samples": len(verdicts) - lost,
        "scores": [score],
    }


def _metric(row: Row) -> str:
    return f"{row.cell} {row.split}"


def _stats(run: _Run, about: Mapping[str, Any]) -> dict[str, object]:
    used: dict[str, tuple[int, int]] = {}
    for found in run.answers.answers:
        prompt, answer = used.get(found.cell.model, (0, 0))
        used[found.cell.model] = (
            prompt + found.answer.prompt_tokens,
            answer + found.answer.answer_tokens,
        )
    return {
        "started_at": about.get("created", ""),
        "completed_at": about.get("ended", ""),
        "model_usage": {model: _usage(*tokens) for model, tokens in used.items()},
    }


def _usage(prompt: int, answer: int) -> dict[str, int]:
    return {"input_tokens": prompt, "output_tokens": answer, "total_tokens": prompt + answer}


def _sample(run: _Run, found: AnsweredQuestion, record: Mapping[str, object]) -> dict[str, object]:
    answer, model = found.answer, found.cell.model
    name = f"{found.cell.id} {found.question.id}"
    said = [
        {"role": message.role, "content": message.content}
        for message in messages_in(run.prompts.of(found.cell, found.question))
    ]
    replied = {"role": "assistant", "content": answer.text, "source": "generate", "model": model}
    usage = _usage(answer.prompt_tokens, answer.answer_tokens)
    reason = _FINISHES.get(ended_early(answer.finish), "stop" if answer.finish else "unknown")
    sample: dict[str, object] = {
        "id": name,
        "epoch": 1,
        "input": said,
        "target": list(found.question.gold),
        "messages": said if answer.error else [*said, replied],
        "output": {
            "model": model,
            "choices": [] if answer.error else [{"message": replied, "stop_reason": reason}],
            "usage": usage,
        },
        "scores": _scores(run, found),
        "metadata": {
            column: value
            for column, value in record.items()
            if value is not None and column not in _ELSEWHERE
        },
        "model_usage": {model: usage},
        "uuid": hashlib.sha256(f"{run.digest} {name}".encode(errors="backslashreplace")).hexdigest()[:22],
    }
    if answer.error:
        sample["error"] = {"message": answer.error, "traceback": "", "traceback_ansi": ""}
    return sample


def _scores(run: _Run, found: AnsweredQuestion) -> dict[str, object]:
    """The grades of an answer by the names of their layers."""
    layers = {run.layer: found.grade, **found.others}
    return {
        layer: _score(grade, found.answer.text) for layer, grade in layers.items() if grade.verdict in _SCORES
    }


def _score(grade: GradeRow, text: str) -> dict[str, object]:
    return {
        "value": _SCORES[Verdict(grade.verdict)],
        "answer": text,
        "explanation": grade.reason,
        "metadata": {"grader": grade.grader, "verdict": grade.verdict},
    }
