"""The parameters of `/chat/completions`."""

from __future__ import annotations

from fakes.parameters import HONOURED, Honoured, Kinds, Parameter, Refused, Table, WithoutEffect

__all__ = [
    "BREAKPOINT",
    "CACHE_KEY",
    "CACHE_OPTIONS",
    "CACHE_RETENTION",
    "CHAT",
    "LISTED",
    "MESSAGES",
    "NO_AUDIO",
    "NO_TIER",
    "SAMPLED",
    "TEXT",
    "UPDATED",
]

TEXT = Honoured(kind="string")
_CACHE = "where a cache may begin: caching is best effort, and an answer that read nothing of it is possible"
CACHE_KEY = WithoutEffect(_CACHE, "string")
CACHE_RETENTION = WithoutEffect(_CACHE, ("in_memory", "24h"))
BREAKPOINT = WithoutEffect(_CACHE, "object")
CACHE_OPTIONS = Honoured(
    Table({"mode": WithoutEffect(_CACHE, ("implicit", "explicit")), "ttl": WithoutEffect(_CACHE, ("30m",))}),
    "object",
)
NO_AUDIO = Refused("the models of the catalogue neither hear nor speak")
NO_TIER = Refused("no other tier answers, and none is named in the answer", (None, "auto", "default"))
_PENALTY = Refused("a learner gives whole answers, with no tokens to be penalized", (None, 0, 0.0))
_CUSTOM = Refused("models of the catalogue call functions alone: the service has custom tools from GPT-5 on")
_LABEL = WithoutEffect("tells the service who is behind a request; the answer does not repeat it", "string")

_TEXT = Table({"type": HONOURED, "text": HONOURED, "prompt_cache_breakpoint": BREAKPOINT})
_TEXTS = Honoured(Kinds("type", {"text": _TEXT}))
_IMAGE = Table(
    {
        "type": HONOURED,
        "image_url": Honoured(Table({"url": HONOURED, "detail": HONOURED})),
        "prompt_cache_breakpoint": BREAKPOINT,
    }
)
_FILE = Table(
    {
        "type": HONOURED,
        "file": Honoured(Table({"filename": TEXT, "file_data": TEXT, "file_id": HONOURED})),
        "prompt_cache_breakpoint": BREAKPOINT,
    }
)
_CALL = Table(
    {
        "id": HONOURED,
        "type": HONOURED,
        "function": Honoured(Table({"name": HONOURED, "arguments": HONOURED})),
    }
)
_SYSTEM = Table({"role": HONOURED, "content": _TEXTS, "name": HONOURED})
_USER = Table(
    {
        "role": HONOURED,
        "name": HONOURED,
        "content": Honoured(
            Kinds("type", {"text": _TEXT, "image_url": _IMAGE, "input_audio": NO_AUDIO, "file": _FILE})
        ),
    }
)
_ASSISTANT = Table(
    {
        "role": HONOURED,
        "name": HONOURED,
        "refusal": TEXT,
        "audio": NO_AUDIO,
        "content": Honoured(
            Kinds("type", {"text": _TEXT, "refusal": Table({"type": HONOURED, "refusal": HONOURED})})
        ),
        "tool_calls": Honoured(Kinds("type", {"function": _CALL, "custom": _CUSTOM}, "function"), "array"),
        "function_call": Honoured(Table({"name": TEXT, "arguments": TEXT}), "object"),
        # what an answer has, and clients send back as they got it
        "annotations": WithoutEffect(
            "sent back from an answer: what it cites is not part of the conversation"
        ),
    }
)
_TOOL = Table(
    {
        "role": HONOURED,
        "content": _TEXTS,
        "tool_call_id": HONOURED,
        "name": WithoutEffect(
            "`function` messages have it; clients send it in those of tools too, where tool_call_id says "
            "which call it was"
        ),
    }
)
_FUNCTION = Table({"role": HONOURED, "content": TEXT, "name": HONOURED})

_DEFINITION: dict[str, Parameter] = {
    "name": HONOURED,
    "description": HONOURED,
    "parameters": HONOURED,
}
_NAMED = Table({"type": HONOURED, "function": Honoured(Table({"name": HONOURED}))})

SAMPLED: dict[str, Parameter] = {"temperature": HONOURED, "top_p": HONOURED, "top_logprobs": HONOURED}

CHAT = Table(
    {
        **SAMPLED,
        "model": HONOURED,
        "messages": Honoured(
            Kinds(
                "role",
                {
                    "developer": _SYSTEM,
                    "system": _SYSTEM,
                    "user": _USER,
                    "assistant": _ASSISTANT,
                    "tool": _TOOL,
                    "function": _FUNCTION,
                },
            )
        ),
        "seed": HONOURED,
        "n": HONOURED,
        "stop": HONOURED,
        "max_tokens": HONOURED,
        "max_completion_tokens": HONOURED,
        "reasoning_effort": HONOURED,
        "logprobs": HONOURED,
        "stream": HONOURED,
        "stream_options": Honoured(
            Table({"include_usage": HONOURED, "include_obfuscation": HONOURED}), "object"
        ),
        "response_format": Honoured(
            Kinds(
                "type",
                {
                    "text": Table({"type": HONOURED}),
                    "json_object": Table({"type": HONOURED}),
                    "json_schema": Table(
                        {
                            "type": HONOURED,
                            "json_schema": Honoured(
                                Table(
                                    {
                                        "name": HONOURED,
                                        "description": WithoutEffect(
                                            "for the model to read; a learner goes by the schema", "string"
                                        ),
                                        "schema": HONOURED,
                                        "strict": HONOURED,
                                    }
                                )
                            ),
                        }
                    ),
                },
            )
        ),
        "tools": Honoured(
            Kinds(
                "type",
                {
                    "function": Table(
                        {
                            "type": HONOURED,
                            "function": Honoured(Table({**_DEFINITION, "strict": HONOURED})),
                        }
                    ),
                    "custom": _CUSTOM,
                },
            )
        ),
        "tool_choice": Honoured(
            Kinds(
                "type",
                {
                    "allowed_tools": Table(
                        {
                            "type": HONOURED,
                            "allowed_tools": Honoured(
                                Table({"mode": HONOURED, "tools": Honoured(kind="array")}), "object"
                            ),
                        }
                    ),
                    "function": _NAMED,
                    "custom": _CUSTOM,
                },
            )
        ),
        "parallel_tool_calls": HONOURED,
        "functions": Honoured(Table(_DEFINITION)),
        "function_call": Honoured(Table({"name": HONOURED})),
        "store": HONOURED,
        "metadata": HONOURED,
        "moderation": Honoured(
            Table(
                {
                    "model": HONOURED,
                    "policy": Refused("nothing is ever flagged, so a policy would block nothing"),
                }
            ),
            "object",
        ),
        "prompt_cache_options": CACHE_OPTIONS,
        "prompt_cache_key": CACHE_KEY,
        "prompt_cache_retention": CACHE_RETENTION,
        "user": _LABEL,
        "safety_identifier": _LABEL,
        "service_tier": NO_TIER,
        "modalities": Refused(NO_AUDIO.why, (None, ["text"])),
        "audio": NO_AUDIO,
        "verbosity": Refused("a learner says what it learned, at one length", (None, "medium")),
        "frequency_penalty": _PENALTY,
        "presence_penalty": _PENALTY,
        "logit_bias": Refused("a learner gives whole answers, with no tokens to be biased", (None, {})),
        "prediction": Refused(
            "tokens accepted from a prediction are counted in the usage, and none would be"
        ),
        "web_search_options": Refused("nothing is searched"),
    }
)
"""The body of `POST /chat/completions`, and of a batch's lines to it."""

LISTED = Table(
    {"model": HONOURED, "metadata": HONOURED, "after": HONOURED, "limit": HONOURED, "order": HONOURED}
)
"""The query of `GET /chat/completions`."""

MESSAGES = Table({"after": HONOURED, "limit": HONOURED, "order": HONOURED})
"""The query of `GET /chat/completions/{completion_id}/messages`."""

UPDATED = Table({"metadata": HONOURED})
"""The body of `POST /chat/completions/{completion_id}`."""
