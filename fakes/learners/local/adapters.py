"""LoRA adapters on one network: each is trained, saved, loaded and switched to by its name.

Who uses this has the turn at the network (`fakes.learners.local.gate`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from fakes.learners.local.loading import Libraries, reading
from fakes.learners.local.options import Options

__all__ = ["AdapterSet"]

_RESIDENT = 8
"""AdapterSet that stay loaded beside the one in training."""
_STILL = "still"
"""An adapter that does nothing. A network has one from the first moment on, so that all others may go."""


class AdapterSet:
    """The network with its adapters."""

    def __init__(self, libraries: Libraries, network: Any, options: Options) -> None:
        self._libraries, self._options = libraries, options
        self._network: Any = libraries.peft.get_peft_model(network, self._config(1), adapter_name=_STILL)
        self._loaded: OrderedDict[Path, str] = OrderedDict()
        self._named = 0
        self._used: str | None = ""

    def begin(self, start: Path | None, rank: int | None, seed: int) -> tuple[str, list[Any]]:
        """A new adapter, or one that goes on from a saved one: its name, and the parameters to train."""
        torch, name = self._libraries.torch, self._name()
        if start is not None:
            self._load(start, name, training=True)
        else:
            with torch.random.fork_rng():
                torch.manual_seed(seed)
                self._network.add_adapter(name, self._config(rank or self._options.rank))
        self._use(name, training=True)
        self._network.train()
        return name, [each for each in self._network.parameters() if each.requires_grad]

    def in_training(self, name: str) -> Any:
        """The network with an adapter, ready for a step."""
        self._use(name, training=True)
        return self._network

    def save(self, name: str, folder: Path) -> None:
        """Write an adapter as PEFT does, so that others can load it."""
        peft, config = self._libraries.peft, self._network.peft_config[name]
        state = peft.get_peft_model_state_dict(self._network, adapter_name=name)
        folder.mkdir(parents=True, exist_ok=True)
        whole = {key: value.detach().cpu().contiguous() for key, value in state.items()}
        save_file: Any = import_module("safetensors.torch").save_file
        save_file(whole, str(folder / "adapter_model.safetensors"), metadata={"format": "pt"})
        trained, config.inference_mode = config.inference_mode, True
        config.save_pretrained(str(folder))
        config.inference_mode = trained

    def drop(self, name: str) -> None:
        """Forget an adapter."""
        self._use(_STILL, training=False)
        self._network.delete_adapter(name)

    @contextmanager
    def at(self, folder: Path | None) -> Generator[Any]:
        """The network with a saved adapter, or without any, for answers."""
        self._use(None if folder is None else self._resident(folder), training=False)
        yield self._network

    def _resident(self, folder: Path) -> str:
        if folder in self._loaded:
            self._loaded.move_to_end(folder)
            return self._loaded[folder]
        name = self._name()
        self._used = ""
        self._load(folder, name, training=False)
        self._loaded[folder] = name
        if len(self._loaded) > _RESIDENT:
            self.drop(self._loaded.popitem(last=False)[1])
        self._network.eval()  # what was loaded is not
        return name

    def _load(self, folder: Path, name: str, *, training: bool) -> None:
        """Load a saved adapter. NotAnswered: it is damaged, or not there."""
        with reading(folder):
            try:
                self._network.load_adapter(str(folder), adapter_name=name, is_trainable=training)
            except Exception:
                if name in self._network.peft_config:  # without its weights
                    self._network.delete_adapter(name)
                raise

    def _use(self, name: str | None, *, training: bool) -> None:
        """Switch to an adapter, or to none. It takes all layers, so it is done only where it is needed."""
        if self._network.training != training:
            self._network.train(training)
        if self._used == name:
            return
        self._used = ""
        layers = self._network.base_model
        if name is None:
            layers.disable_adapter_layers()
        else:
            layers.enable_adapter_layers()
            self._network.set_adapter(name)
        self._used = name

    def _name(self) -> str:
        self._named += 1
        return f"adapter{self._named}"

    def _config(self, rank: int) -> Any:
        options = self._options
        return self._libraries.peft.LoraConfig(
            r=rank,
            lora_alpha=options.alpha or 2 * rank,
            lora_dropout=options.dropout,
            target_modules="all-linear",
            bias="none",
            task_type="CAUSAL_LM",
        )
