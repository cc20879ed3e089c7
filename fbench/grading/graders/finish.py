"""Why a model stopped: an answer that was cut off or blocked before it began says nothing about knowledge."""

from __future__ import annotations

__all__ = ["CUT_OFF", "ended_early"]

CUT_OFF = "cut_off"
"""The grader's name for answers that were cut off or blocked before they began: they are ungraded."""

_LENGTH_WORDS = """
length max_tokens max_output_tokens max_length max_new_tokens token_limit incomplete model_length
model_context_window_exceeded context_length_exceeded error_limit
"""
_LENGTH = frozenset(_LENGTH_WORDS.split())
"""Words for the token limit in OpenAI, Anthropic, Gemini, Cohere and open servers."""
_BLOCKED_WORDS = """
content_filter content_filtered blocked block refusal safety recitation blocklist prohibited_content
spii other language image_safety image_prohibited_content image_recitation image_other no_image
malformed_function_call malformed_response unexpected_tool_call too_many_tool_calls
missing_thought_signature model_armor jailbreak guardrail_intervened error_toxic error abort aborted
cancelled finish_reason_unspecified blocked_reason_unspecified
"""
_BLOCKED = frozenset(_BLOCKED_WORDS.split())
"""Words for a block by the service in OpenAI, Azure, Gemini (answers and prompts), Bedrock and Anthropic."""


def ended_early(finish: str) -> str:
    """`cut off` at the token limit, `blocked` by the service, or "" if the model ended by itself.

    `finish` is the service's word in upper or lower case: `length`, `MAX_TOKENS`, `FinishReason.SAFETY`.
    """
    word = finish.strip().casefold().rpartition(".")[2].replace(" ", "_").replace("-", "_")
    word = word.removeprefix("finish_reason_") if word != "finish_reason_unspecified" else word
    if word in _LENGTH:
        return "cut off"
    return "blocked" if word in _BLOCKED else ""
