"""Records `tests/data/open-weights` with the small random model: `nox -s local -- --keep`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import fbench
from fbench.datasets.model import Role
from fbench.providers.model import Sampling
from fbench.weights import Options
from tests.local.conftest import made_in

EXPERIMENT = fbench.Experiment(
    name="open weights",
    tasks=("news",),
    limit=2,
    roles=(Role.TAUGHT, Role.CONTROL),
    epochs=(2,),
    models=("local:small",),
    local=Options(rate=0.005, threads=1),
    sampling=Sampling(max_tokens=8),
)
"""What is asked of the model; where that is, is told by who runs it."""
RECORDING = Path(__file__).parents[1] / "data" / "open-weights"


def record(folder: Path) -> fbench.Results:
    """Records the experiment in a folder, in the place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as place:
        model = made_in(Path(place) / "small")
        asked = EXPERIMENT.model_copy(
            update={"weights": {"small": model}, "cassettes": folder, "record": "all"}
        )
        return fbench.run(asked, Path(place) / "run")


if __name__ == "__main__":
    record(RECORDING)
    sys.stdout.write(f"{RECORDING}\n")
