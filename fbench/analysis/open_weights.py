"""What a reader must know of numbers that come from open weights of this machine."""

from __future__ import annotations

from fbench.runner.own_weights import weights_in
from fbench.runner.prepared import PreparedRun
from fbench.runner.store import Store
from fbench.weights.identity import Identity

__all__ = ["of_open_weights"]


def _of(each: Identity) -> list[str]:
    """A model in parts: its name, its format, its revision, its numbers in memory, its digest."""
    kind = "dequantised from GGUF" if each.format == "GGUF" else each.format
    parts = [each.name, kind, each.revision and f"revision {each.revision}"]
    return [*filter(None, parts), f"{each.dtype} on {each.device}", f"sha256 {each.sha256}"]


def of_open_weights(ready: PreparedRun, store: Store) -> list[str]:
    """Which weights answered, and how they were tuned, as sentences; nothing where services answered."""
    experiment = ready.experiment
    found = weights_in(store, ready.recorded)
    if not found:
        return []
    options = experiment.local
    how = f"adapters of rank {options.rank} (LoRA)" if options.method == "lora" else "all weights"
    told = [", ".join(_of(each)) for each in found]
    whence = "These numbers come from local open weights, which were really tuned in the process of"
    notes = [f"{whence} the run: {'; '.join(told)}."]
    if options.vllm:
        notes.append("A vLLM server with the same weights and the adapters of the run wrote the answers.")
    if not experiment.evaluate:
        notes.append(
            f"Trained were {how}, at a learning rate of {options.base_rate:g} times the multiplier of a job, "
            f"with {options.batch_size} examples a step where a job names none. Equal runs give nearly "
            "equal numbers: floats differ a little with the machine, the libraries, and the answers that "
            "are written together."
        )
    if any(each.format == "GGUF" for each in found):
        notes.append(
            "Weights from a GGUF file were rounded when that was made: the published model may answer "
            "otherwise."
        )
    return notes
