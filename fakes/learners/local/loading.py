"""Opening a model with PyTorch and Transformers, which are imported here and nowhere before."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from ctypes import CDLL
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from fakes.learners.capabilities import NotAnswered
from fakes.learners.local.options import Options

__all__ = ["Libraries", "Opened", "is_out_of_memory", "libraries", "open_model", "reading", "release_memory"]

_PARTS = ("torch", "transformers", "peft")
_WHOLE, _ENDS = 2**20, 2**16
"""Bytes of a file that is read whole for a digest, and of the ends of a longer one."""


class Libraries(NamedTuple):
    """The modules that do the work. Their types are not known where they are not installed."""

    torch: Any
    transformers: Any
    peft: Any


class Opened(NamedTuple):
    """A model: the libraries, its network and tokenizer, and a text that tells it from others."""

    libraries: Libraries
    network: Any
    tokenizer: Any
    identity: str


def open_model(source: Path, options: Options) -> Opened:
    """Open a model: a folder, a GGUF file, or its name at the Hugging Face hub.

    Raises:
        ValueError: the libraries are not installed; there is no such model, or it cannot be read; the hub
            cannot be reached; there is no such device; or the model has no chat template. The message says
            what helps.
    """
    place, more = _place_of(source)
    modules = libraries()
    torch, transformers = modules.torch, modules.transformers
    if options.threads:
        torch.set_num_threads(options.threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    device = _device(torch, options)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, **more)
        network = transformers.AutoModelForCausalLM.from_pretrained(
            place, dtype=_dtype(torch, options, device), **more
        )
        network = network.to(device)
    except Exception as error:
        raise ValueError(_not_opened(source, error)) from error
    if not getattr(tokenizer, "chat_template", None):
        raise ValueError(
            f"{source}: the model has no chat template, so it is not known how it reads messages. Name one "
            "that was tuned for chats, or put the template into its folder as chat_template.jinja."
        )
    network.eval()
    commit = str(getattr(network.config, "_commit_hash", None) or "")
    identity = _digest_of(source) if source.exists() else f"{source.as_posix()} {commit}".strip()
    return Opened(modules, network, tokenizer, identity)


@contextmanager
def reading(folder: Path) -> Generator[None]:
    """What goes wrong with reading a checkpoint of a training is told in words.

    Raises:
        NotAnswered: it is damaged, or not there.
    """
    try:
        yield
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise NotAnswered(
            f"The weights of this model cannot be read again ({type(error).__name__}): {folder.name} in the "
            f"folder {folder.parent.name} is damaged or was removed. A server that is begun anew with the "
            "same --state trains the model again."
        ) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error tells that the memory of the machine or of its accelerator is used up."""
    said = str(error).casefold()
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "out of memory" in said
        or "can't allocate memory" in said
    )


def release_memory() -> None:
    """Give memory that is not used any more back to the system, where the C library can.

    Without it a process grows to several times what it needs: caches of keys and values are allocated anew, a
    little larger, with each token, and each thread that trained keeps what it had. SmolLM2-135M takes 1.4 GB;
    five trainings in five threads came to 4.1 GB, and to 1.4 GB again by this.
    """
    trim = getattr(CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def libraries() -> Libraries:
    """Import the libraries. ValueError: one is not installed."""
    try:
        return Libraries(*[import_module(name) for name in _PARTS])
    except ImportError as error:
        raise ValueError(
            f"Open weights are tuned with PyTorch, and {error.name or error} is not installed. Install what "
            'that needs: pip install "fbench[local]".'
        ) from error


def _place_of(source: Path) -> tuple[str, dict[str, str]]:
    """What Transformers calls the model, and the file in it. ValueError: there is none that it could be."""
    if source.suffix == ".gguf" and source.is_file():
        return str(source.parent), {"gguf_file": source.name}
    if source.is_dir():
        if not (source / "config.json").is_file():
            inside = next((f", such as {each.name}" for each in sorted(source.glob("*.gguf"))), "")
            raise ValueError(
                f"{source}: the folder has no config.json, so it is no model. Name the folder that has it "
                f"beside the weights and the tokenizer, or a file that ends in .gguf{inside}."
            )
        return str(source), {}
    if source.exists():
        raise ValueError(f"{source}: is a file. Name the folder of a model, or a file that ends in .gguf.")
    owner, *names = source.parts
    if source.is_absolute() or owner in ("..", "~") or len(names) != 1 or source.suffix == ".gguf":
        raise ValueError(
            f"{source}: there is no such model. Name a folder with config.json, weights and tokenizer, a "
            "file that ends in .gguf, or a model of the Hugging Face hub, as OWNER/NAME."
        )
    return source.as_posix(), {}


def _not_opened(source: Path, error: Exception) -> str:
    told = " ".join(str(error).split())[:300]
    if is_out_of_memory(error):
        return (
            f"{source}: the memory does not hold this model. Name a smaller one, or set dtype = 'bfloat16'."
        )
    if source.exists():
        return (
            f"{source}: the model cannot be opened. A file of its configuration, weights or tokenizer is "
            f"missing or damaged, or the libraries do not know its kind: {type(error).__name__}: {told}"
        )
    return (
        f"{source.as_posix()}: is no folder here, and could not be had from the Hugging Face hub, which may "
        "not be reached or has no such model. Name the folder of a model, or download it on a machine that "
        f"reaches the hub. What Transformers says: {told}"
    )


def _device(torch: Any, options: Options) -> Any:
    if options.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=options.device).device
    except Exception as error:
        told = str(error).partition("\n")[0]
        raise ValueError(f"device is {options.device!r}, which is not to be had here: {told}") from error


def _dtype(torch: Any, options: Options, device: Any) -> Any:
    if options.dtype == "auto":
        return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported() else torch.float32
    found: Any = getattr(torch, options.dtype, None)
    if options.dtype not in ("float32", "bfloat16", "float16"):
        raise ValueError(f"dtype is {options.dtype!r}. It is auto, float32, bfloat16 or float16.")
    return found


def _digest_of(source: Path) -> str:
    """A digest of a model's files: small ones whole, of weights the size and both ends."""
    digest = blake2b(digest_size=8)
    for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
        if path.is_file():
            size = path.stat().st_size
            digest.update(f"{path.relative_to(source).as_posix()}\0{size}\0".encode())
            with path.open("rb") as file:
                if size <= _WHOLE:
                    digest.update(file.read())
                else:
                    digest.update(file.read(_ENDS))
                    file.seek(-_ENDS, 2)
                    digest.update(file.read())
    return digest.hexdigest()
