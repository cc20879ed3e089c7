"""Models of open weights in this process, behind OpenAI's wire: opened with PyTorch, tuned, and asked."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import redirect_stderr
from functools import lru_cache
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from fakes import FakeTransport, World
from fakes.learners.local.chat import NotWritten
from fakes.learners.local.learner import LocalLearner
from fakes.learners.local.loading import Opened, open_model
from fakes.learners.local.options import Options
from fakes.learners.local.several import SeveralModels
from fakes.own_models import serve_own_models
from fbench.clock import NoWait
from fbench.errors import OfField
from fbench.named_learner import NamedLearner
from fbench.providers.connection import Connection
from fbench.providers.profiles import OPEN_WEIGHTS
from fbench.weights.identity import Identity

__all__ = ["identities", "keep", "reach"]

_ADVICE = "Equal weights, settings and libraries fail likewise; see what it says, and change one of them"


class _Ready(NamedTuple):
    learner: LocalLearner
    identity: Identity


def reach(places: Mapping[str, Path], options: Options) -> Connection:
    """A connection to models of open weights, by name and place, which are tuned with these options.

    Raises:
        OfField: as `identities`.
    """
    models = {name: _opened(name, place, options) for name, place in places.items()}
    world = World(
        learner=SeveralModels({name: each.learner for name, each in models.items()}),
        behaviours={},
        services={},
    )
    serve_own_models(world, models)
    transport = FakeTransport(world, {OPEN_WEIGHTS.base_url: "openai"})
    return Connection("weights", NamedLearner(transport, "hf", _ADVICE), NoWait(), {})


def identities(places: Mapping[str, Path], options: Options) -> tuple[Identity, ...]:
    """Open models, by name and place, and tell what they are. What is open already is not read again.

    Raises:
        OfField: PyTorch or another library is not installed; or there is no such model, it cannot be read, or
            it has no chat template.
    """
    return tuple(_opened(name, place, options).identity for name, place in places.items())


def keep(places: Mapping[str, Path], options: Options, folder: Path) -> None:
    """Have models keep in a folder what is trained of them, and find it there again.

    Raises:
        OfField: as `identities`.
        OSError: the folder cannot be made or read.
    """
    for name, place in places.items():
        _opened(name, place, options).learner.keep_in(folder)


def _opened(name: str, place: Path, options: Options) -> _Ready:
    return _open(name, place.resolve() if place.exists() else place, options, _changed(place))


def _changed(place: Path) -> int:
    """When the files of a model last changed, so that another one in their place is opened anew."""
    if place.is_file():
        return place.stat().st_mtime_ns
    return max((path.stat().st_mtime_ns for path in place.glob("*")), default=0)


@lru_cache(maxsize=4)
def _open(name: str, place: Path, options: Options, changed: int) -> _Ready:
    del changed
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()):  # the libraries draw bars of their own
            warnings.simplefilter("ignore", FutureWarning)  # of the libraries, about each other
            opened = open_model(place, options)
            learner = LocalLearner(opened, options)
    except NotWritten as error:
        raise OfField("models", f"{place}: {error}") from error
    except ValueError as error:
        raise OfField("models", str(error).rstrip(".")) from error
    files, revision = (place, "") if place.exists() else _of_hub(place, opened)
    dtype = str(opened.network.dtype).removeprefix("torch.")
    device = str(opened.network.device.type)
    return _Ready(learner, Identity.of(name, files, revision=revision, dtype=dtype, device=device))


def _of_hub(place: Path, opened: Opened) -> tuple[Path, str]:
    """The folder in which the hub's client keeps the files of a model, and their revision."""
    hub: Any = import_module("transformers.utils.hub")
    config = Path(hub.cached_file(place.as_posix(), "config.json"))
    return config.parent, str(getattr(opened.network.config, "_commit_hash", None) or config.parent.name)
