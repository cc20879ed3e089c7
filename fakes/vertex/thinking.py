"""What a model thinks before it answers: some text, which is billed apart and told where it is asked for.

Budgets and levels are those of https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking.
"""

from __future__ import annotations

from typing import Any

from fakes.tokens import cut
from fakes.vertex.catalogue import Thinking
from fakes.vertex.errors import invalid, invalid_value
from fakes.vertex.reading import int64_of

__all__ = ["thinking_budget", "thoughts_on"]

_LEVELS = {"MINIMAL": 0, "LOW": 16, "MEDIUM": 32, "HIGH": 48}
"""Level -> the tokens that a model here thinks at most."""
_DYNAMIC = -1
_SHOWN = 80


def thinking_budget(config: dict[str, Any], thinking: Thinking | None) -> int:
    """The most tokens of thoughts, 0 for none, that a ThinkingConfig, if there is one, allows a model.

    Raises:
        Refusal: 400 where the model does not think, or not so.
    """
    if thinking is None:
        if config:
            raise invalid(
                "Unable to submit request because thinking is not supported by this model. Learn more: "
                "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"
            )
        return 0
    if not isinstance(told := config.get("includeThoughts", False), bool):
        raise invalid_value("generationConfig.thinkingConfig.includeThoughts", told, "TYPE_BOOL")
    level = config.get("thinkingLevel", "THINKING_LEVEL_UNSPECIFIED")
    if level != "THINKING_LEVEL_UNSPECIFIED":
        return _of_level(level, config, thinking)
    if "thinkingBudget" not in config:
        return _LEVELS["HIGH"] if thinking.default else 0
    where, value = "generationConfig.thinkingConfig.thinkingBudget", config["thinkingBudget"]
    budget = int64_of(value, invalid_value(where, value, "TYPE_INT32"))
    if budget == _DYNAMIC:
        return _LEVELS["HIGH"]
    if not (budget == 0 and thinking.off) and not thinking.least <= budget <= thinking.most:
        raise invalid(
            "Unable to submit request because thinking_budget is out of range; supported values are integers "
            f"from {thinking.least} to {thinking.most}."
        )
    return min(budget, _LEVELS["HIGH"])


def thoughts_on(prompt: str, budget: int) -> str:
    """What a model thinks about a prompt, in so many tokens at most: the same prompt, the same thoughts."""
    asked = " ".join(prompt.split())[:_SHOWN]
    return cut(
        f"**Reading the question**\n\nI am asked: {asked}\n\nI answer with what I have learned.\n\n", budget
    )


def _of_level(level: object, config: dict[str, Any], thinking: Thinking) -> int:
    if not isinstance(level, str) or level not in _LEVELS:
        space = "type.googleapis.com/google.cloud.aiplatform.v1beta1.GenerationConfig.ThinkingConfig"
        where = "generationConfig.thinkingConfig.thinkingLevel"
        raise invalid_value(where, level, f"{space}.ThinkingLevel")
    if "thinkingBudget" in config:
        raise invalid("You can only set only one of thinking budget and thinking level.")
    if not thinking.levels:
        raise invalid("Thinking level is not supported for this model.")
    return _LEVELS[level]
