"""The parameters of `/responses`."""

from __future__ import annotations

from fakes.openai.tables.chat import BREAKPOINT, CACHE_OPTIONS, NO_TIER, SAMPLED, TEXT
from fakes.parameters import HONOURED, Honoured, Kinds, Parameter, Refused, Table, WithoutEffect

__all__ = ["COUNTED", "ITEMS", "RESPONSE", "RETRIEVED"]

_NO_TOOL = Refused("nothing is searched, drawn, run or asked of other servers")
_OF_TOOLS = Refused("there are no tools but functions, so there are no calls of others")
_ECHO = "what an earlier answer tells of itself, sent back; it is not part of the conversation"
_ECHOES = WithoutEffect(_ECHO, "array")
_STATUS = WithoutEffect(_ECHO, ("in_progress", "completed", "incomplete"))
_PHASE = WithoutEffect(_ECHO, ("commentary", "final_answer"))
_NO_PROGRAMS = Refused("no program calls functions")
_NO_PROMPTS = Refused("there are no stored prompts")
_NO_CONVERSATIONS = Refused("there are no conversations; a response goes on from the one before")
_DESCRIBED = WithoutEffect("for the model to read; results are taken as they come", "object")

_TEXT = Table({"type": HONOURED, "text": HONOURED, "prompt_cache_breakpoint": BREAKPOINT})
_IMAGE = Table(
    {
        "type": HONOURED,
        "image_url": HONOURED,
        "file_id": TEXT,
        "detail": HONOURED,
        "prompt_cache_breakpoint": BREAKPOINT,
    }
)
_FILE = Table(
    {
        "type": HONOURED,
        "file_id": HONOURED,
        "filename": TEXT,
        "file_data": TEXT,
        "file_url": TEXT,
        "detail": WithoutEffect(
            "pages are not drawn; their text is read at any detail", ("auto", "low", "high")
        ),
        "prompt_cache_breakpoint": BREAKPOINT,
    }
)
_READ: dict[str, Table | Refused] = {"input_text": _TEXT, "input_image": _IMAGE, "input_file": _FILE}
_SAID = {
    "output_text": Table({"type": HONOURED, "text": HONOURED, "annotations": _ECHOES, "logprobs": _ECHOES}),
    "refusal": Table({"type": HONOURED, "refusal": HONOURED}),
}
_BARE = WithoutEffect("an item that has nothing but an id is a reference too")


def _items(name: Parameter) -> Kinds:
    """The items of a request; `name` is what is done with the ids that they have already."""
    message = Table(
        {
            "type": WithoutEffect("an item without a type is a message"),
            "role": HONOURED,
            "content": Honoured(Kinds("type", {**_READ, **_SAID})),
            "phase": _PHASE,
            "id": name,
            "status": _STATUS,
        }
    )
    return Kinds(
        "type",
        {
            "message": message,
            "function_call": Table(
                {
                    "type": HONOURED,
                    "id": name,
                    "call_id": HONOURED,
                    "name": HONOURED,
                    "arguments": HONOURED,
                    "status": _STATUS,
                    "caller": _NO_PROGRAMS,
                    "namespace": _NO_PROGRAMS,
                }
            ),
            "function_call_output": Table(
                {
                    "type": HONOURED,
                    "id": name,
                    "call_id": HONOURED,
                    "output": Honoured(Kinds("type", _READ)),
                    "name": WithoutEffect(_ECHO, "string"),
                    "namespace": _NO_PROGRAMS,
                    "caller": _NO_PROGRAMS,
                    "status": _STATUS,
                }
            ),
            "reasoning": Table(
                {
                    "type": HONOURED,
                    "id": name,
                    "encrypted_content": TEXT,
                    "summary": _ECHOES,
                    "content": _ECHOES,
                    "status": _STATUS,
                }
            ),
            "item_reference": Table({"type": _BARE, "id": HONOURED}),
            "compaction": Table({"type": HONOURED, "id": name, "encrypted_content": HONOURED}),
            "compaction_trigger": Refused("a conversation is only made shorter above a threshold"),
            **dict.fromkeys(
                (
                    "additional_tools",
                    "apply_patch_call",
                    "apply_patch_call_output",
                    "code_interpreter_call",
                    "computer_call",
                    "computer_call_output",
                    "custom_tool_call",
                    "custom_tool_call_output",
                    "file_search_call",
                    "image_generation_call",
                    "local_shell_call",
                    "local_shell_call_output",
                    "mcp_approval_request",
                    "mcp_approval_response",
                    "mcp_call",
                    "mcp_list_tools",
                    "program",
                    "program_output",
                    "shell_call",
                    "shell_call_output",
                    "tool_search_call",
                    "tool_search_output",
                    "web_search_call",
                ),
                _OF_TOOLS,
            ),
        },
        "message",
    )


_FUNCTION = Table(
    {
        "type": HONOURED,
        "name": HONOURED,
        "description": HONOURED,
        "parameters": HONOURED,
        "strict": HONOURED,
        "output_schema": _DESCRIBED,
        "defer_loading": Refused("tools are not searched", (None, False)),
        "allowed_callers": _NO_PROGRAMS,
    }
)
_TOOLS = Kinds(
    "type",
    {
        "function": _FUNCTION,
        **dict.fromkeys(
            (
                "apply_patch",
                "code_interpreter",
                "computer",
                "computer_use_preview",
                "custom",
                "file_search",
                "image_generation",
                "local_shell",
                "mcp",
                "namespace",
                "programmatic_tool_calling",
                "shell",
                "tool_search",
                "web_search",
                "web_search_2025_08_26",
                "web_search_preview",
                "web_search_preview_2025_03_11",
            ),
            _NO_TOOL,
        ),
    },
)
_CHOICE = Kinds(
    "type",
    {
        "allowed_tools": Table({"type": HONOURED, "mode": HONOURED, "tools": Honoured(kind="array")}),
        "function": Table({"type": HONOURED, "name": HONOURED}),
        **dict.fromkeys(
            (
                "apply_patch",
                "code_interpreter",
                "computer",
                "computer_use",
                "computer_use_preview",
                "custom",
                "file_search",
                "image_generation",
                "mcp",
                "programmatic_tool_calling",
                "shell",
                "web_search_preview",
                "web_search_preview_2025_03_11",
            ),
            _NO_TOOL,
        ),
    },
)
_FORMATS = Kinds(
    "type",
    {
        "text": Table({"type": HONOURED}),
        "json_object": Table({"type": HONOURED}),
        "json_schema": Table(
            {
                "type": HONOURED,
                "name": HONOURED,
                "description": TEXT,
                "schema": HONOURED,
                "strict": HONOURED,
            }
        ),
    },
)
_REASONING = Table(
    {
        "effort": HONOURED,
        "summary": HONOURED,
        "generate_summary": Refused("the older name of summary"),
        "context": HONOURED,
        "mode": Refused("there is one way of thinking", (None, "standard")),
    }
)
_STORED: dict[str, Parameter] = {
    "previous_response_id": HONOURED,
    "instructions": HONOURED,
    "truncation": HONOURED,
    "conversation": _NO_CONVERSATIONS,
    "parallel_tool_calls": HONOURED,
}

RESPONSE = Table(
    {
        **SAMPLED,
        **_STORED,
        "model": HONOURED,
        "input": Honoured(_items(TEXT)),
        "include": HONOURED,
        "tools": Honoured(_TOOLS),
        "tool_choice": Honoured(_CHOICE),
        "text": Honoured(
            Table(
                {
                    "format": Honoured(_FORMATS),
                    "verbosity": HONOURED,
                }
            ),
            "object",
        ),
        "reasoning": Honoured(_REASONING, "object"),
        "max_output_tokens": HONOURED,
        "max_tool_calls": HONOURED,
        "background": HONOURED,
        "store": HONOURED,
        "stream": HONOURED,
        "stream_options": Honoured(Table({"include_obfuscation": HONOURED}), "object"),
        "metadata": HONOURED,
        "context_management": Honoured(Table({"type": HONOURED, "compact_threshold": HONOURED}), "array"),
        "moderation": Honoured(
            Table(
                {
                    "model": HONOURED,
                    "policy": Refused("nothing is ever flagged, so a policy would block nothing"),
                }
            ),
            "object",
        ),
        "prompt": _NO_PROMPTS,
        "prompt_cache_key": HONOURED,
        "prompt_cache_retention": HONOURED,
        "prompt_cache_options": CACHE_OPTIONS,
        "user": HONOURED,
        "safety_identifier": HONOURED,
        "service_tier": NO_TIER,
    }
)
"""The body of `POST /responses`, and of a batch's lines to it."""

COUNTED = Table(
    {
        **_STORED,
        "model": TEXT,
        "input": Honoured(_items(WithoutEffect("nothing is kept of what is counted", "string"))),
        "tools": Honoured(_TOOLS),
        "tool_choice": WithoutEffect("tools are counted, however free the model is to call them"),
        "parallel_tool_calls": WithoutEffect("tools are counted, however they may be called"),
        "text": WithoutEffect("the form of an answer is no part of the question", "object"),
        "reasoning": WithoutEffect("thoughts are counted with the answer", "object"),
        "truncation": WithoutEffect("what is counted is never too long to be counted", ("auto", "disabled")),
        "personality": Refused("a learner has none"),
    }
)
"""The body of `POST /responses/input_tokens`."""

RETRIEVED = Table(
    {
        "include": Refused("what a response includes is decided when it is made"),
        "stream": HONOURED,
        "starting_after": HONOURED,
        "include_obfuscation": HONOURED,
    }
)
"""The query of `GET /responses/{response_id}`."""

ITEMS = Table(
    {
        "limit": HONOURED,
        "order": HONOURED,
        "after": HONOURED,
        "include": Refused("nothing more is kept of an item than is shown"),
    }
)
"""The query of `GET /responses/{response_id}/input_items`."""
