"""What the methods that generate content or count tokens do with each parameter of their bodies.

The parameters are those of the discovery documents (v1 and v1beta1), and of https://ai.google.dev/api for the
Developer API.
"""

from __future__ import annotations

from fakes.parameters import HONOURED, Honoured, Parameter, Refused, Table, WithoutEffect

__all__ = [
    "COMPUTE",
    "CONTENT",
    "COUNT",
    "FUNCTION",
    "GENERATE",
    "GENERATION",
    "PART",
    "SCHEMA",
    "SYSTEM",
    "TOOL",
    "TOOL_CONFIG",
]

_ONLY_TEXT = "models read and write text and function calls alone"
_NO_TOOL = "of the tools there are functions alone: nothing is searched, browsed or run"
_NO_ROUTER = "a request is answered by the model that it names"

_FUNCTION_CALL = Table(
    {
        "args": HONOURED,
        "id": HONOURED,
        "name": HONOURED,
        "partialArgs": Refused("the arguments of a call come whole", (None, [])),
        "willContinue": Refused("the arguments of a call come whole", (None, False)),
    }
)
_FUNCTION_RESPONSE = Table(
    {
        "id": HONOURED,
        "name": HONOURED,
        "parts": Refused(_ONLY_TEXT, (None, [])),
        "response": HONOURED,
        "scheduling": Refused("of calls that do not block, which only live sessions have"),
    }
)
PART = Table(
    {
        "audioTranscription": Refused(_ONLY_TEXT),
        "codeExecutionResult": Refused(_NO_TOOL),
        "executableCode": Refused(_NO_TOOL),
        "fileData": Refused(_ONLY_TEXT),
        "functionCall": Honoured(_FUNCTION_CALL),
        "functionResponse": Honoured(_FUNCTION_RESPONSE),
        "inlineData": Refused(_ONLY_TEXT),
        "mediaProcessing": Refused(_ONLY_TEXT),
        "mediaResolution": Refused(_ONLY_TEXT),
        "speechMetadata": Refused(_ONLY_TEXT),
        "text": HONOURED,
        "thought": Honoured(kind="boolean"),
        "thoughtSignature": WithoutEffect(
            "the service's own state, which no client reads; what is said never depends on it",
            "string",
        ),
        "videoMetadata": Refused(_ONLY_TEXT),
    }
)
"""A Part of a turn."""
CONTENT = Table({"parts": Honoured(PART), "role": HONOURED})
"""A Content, as a turn."""
_ONLY_SAYS = Refused("an instruction is text")
SYSTEM = Table(
    {
        "parts": Honoured(
            Table({**PART.parameters, "functionCall": _ONLY_SAYS, "functionResponse": _ONLY_SAYS})
        ),
        "role": WithoutEffect("an instruction is the system's, whatever role it names", "string"),
    }
)
"""A Content, as the system instruction."""

_ANNOTATES = "it describes a value and does not restrict it"
SCHEMA = Table(
    {
        "additionalProperties": HONOURED,
        "anyOf": HONOURED,
        "default": WithoutEffect(_ANNOTATES),
        "defs": HONOURED,
        "description": WithoutEffect(_ANNOTATES, "string"),
        "enum": Honoured(kind="strings"),
        "example": WithoutEffect(_ANNOTATES),
        "format": Honoured(kind="string"),
        "items": HONOURED,
        "maxItems": HONOURED,
        "maxLength": HONOURED,
        "maxProperties": HONOURED,
        "maximum": Honoured(kind="number"),
        "minItems": HONOURED,
        "minLength": HONOURED,
        "minProperties": HONOURED,
        "minimum": Honoured(kind="number"),
        "nullable": Honoured(kind="boolean"),
        "pattern": Honoured(kind="string"),
        "properties": HONOURED,
        "propertyOrdering": Honoured(kind="strings"),
        "ref": Honoured(kind="string"),
        "required": Honoured(kind="strings"),
        "title": WithoutEffect(_ANNOTATES, "string"),
        "type": HONOURED,
    }
)
"""A Schema, at each of its levels; see `fakes.vertex.schema`."""

FUNCTION = Table(
    {
        "behavior": Refused(
            "calls that do not block are of live sessions", (None, "UNSPECIFIED", "BLOCKING")
        ),
        "description": HONOURED,
        "name": HONOURED,
        "parameters": HONOURED,
        "parametersJsonSchema": HONOURED,
        "response": HONOURED,
        "responseJsonSchema": HONOURED,
    }
)
"""A FunctionDeclaration. What describes it counts as tokens of the prompt."""
TOOL = Table(
    {
        "functionDeclarations": Honoured(FUNCTION),
        **{
            name: Refused(_NO_TOOL)
            for name in (
                "codeExecution",
                "computerUse",
                "enterpriseWebSearch",
                "exaAiSearch",
                "googleMaps",
                "googleSearch",
                "googleSearchRetrieval",
                "parallelAiSearch",
                "retrieval",
                "urlContext",
            )
        },
    }
)
TOOL_CONFIG = Table(
    {
        "functionCallingConfig": Honoured(
            Table(
                {
                    "allowedFunctionNames": Honoured(kind="strings"),
                    "mode": HONOURED,
                    "streamFunctionCallArguments": Refused(
                        "the arguments of a call come whole", (None, False)
                    ),
                }
            )
        ),
        "retrievalConfig": Refused(_NO_TOOL),
    }
)
"""A ToolConfig."""
_SAFETY = Table(
    {
        "category": HONOURED,
        "method": WithoutEffect("answers are rated negligible by either method"),
        "threshold": HONOURED,
    }
)
GENERATION = Table(
    {
        "audioTimestamp": Refused(_ONLY_TEXT, (None, False)),
        "audioTranscriptionConfig": Refused(_ONLY_TEXT),
        "candidateCount": HONOURED,
        "enableAffectiveDialog": Refused(_ONLY_TEXT, (None, False)),
        "frequencyPenalty": Refused("an answer is known as a whole, not word by word", (None, 0, 0.0)),
        "imageConfig": Refused(_ONLY_TEXT),
        "logprobs": HONOURED,
        "maxOutputTokens": HONOURED,
        "mediaResolution": WithoutEffect(
            "it is of media in the prompt, and there are none",
            tuple(f"MEDIA_RESOLUTION_{each}" for each in ("UNSPECIFIED", "LOW", "MEDIUM", "HIGH")),
        ),
        "modelConfig": Refused(_NO_ROUTER),
        "presencePenalty": Refused("an answer is known as a whole, not word by word", (None, 0, 0.0)),
        "responseFormat": Refused("ask with responseMimeType and a schema", (None, [])),
        "responseJsonSchema": HONOURED,
        "responseLogprobs": HONOURED,
        "responseMimeType": HONOURED,
        "responseModalities": Refused(_ONLY_TEXT, (None, [], ["TEXT"])),
        "responseSchema": HONOURED,
        "routingConfig": Refused(_NO_ROUTER),
        "seed": HONOURED,
        "speechConfig": Refused(_ONLY_TEXT),
        "stopSequences": HONOURED,
        "temperature": HONOURED,
        "thinkingConfig": Honoured(
            Table({"includeThoughts": HONOURED, "thinkingBudget": HONOURED, "thinkingLevel": HONOURED})
        ),
        "topK": HONOURED,
        "topP": HONOURED,
        "translationConfig": Refused(_ONLY_TEXT),
    }
)
_ASKED: dict[str, Parameter] = {
    "cachedContent": Refused("no contents are cached"),
    "contents": Honoured(CONTENT),
    "generationConfig": Honoured(GENERATION),
    "safetySettings": Honoured(_SAFETY),
    "systemInstruction": Honoured(SYSTEM),
    "toolConfig": Honoured(TOOL_CONFIG),
    "tools": Honoured(TOOL),
}
GENERATE = Table(
    {
        **_ASKED,
        "continuationToken": Refused("an answer is not broken off"),
        "labels": WithoutEffect("they stand on a bill, and in no answer"),
        "modelArmorConfig": Refused("prompts and answers are not filtered"),
        "outputConfig": Refused("answers go to whom asked"),
    }
)
"""A GenerateContentRequest."""

_NO_INSTANCES = Refused("instances are of models that do not generate content", (None, []))
_MODEL = WithoutEffect("the model is the one in the path", "string")
COUNT = Table(
    {
        "contents": Honoured(CONTENT),
        "generationConfig": WithoutEffect("it is no part of the prompt"),
        "instances": _NO_INSTANCES,
        "model": _MODEL,
        "systemInstruction": Honoured(SYSTEM),
        "tools": Honoured(TOOL),
    }
)
"""A CountTokensRequest."""
COMPUTE = Table({"contents": Honoured(CONTENT), "instances": _NO_INSTANCES, "model": _MODEL})
"""A ComputeTokensRequest."""
