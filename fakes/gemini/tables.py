"""What each method of the Developer API does with each parameter, where it is not as on Vertex AI.

The parameters are those of https://ai.google.dev/api and of the google-genai client.
"""

from __future__ import annotations

from fakes.parameters import HONOURED, Honoured, Parameter, Refused, Table, WithoutEffect
from fakes.vertex.content_tables import CONTENT, FUNCTION, GENERATE, GENERATION, SYSTEM, TOOL_CONFIG
from fakes.vertex.reading import STANDARD as CLOUD_STANDARD
from fakes.vertex.reading import STREAMED as CLOUD_STREAMED

__all__ = [
    "COUNT",
    "FILE",
    "GENERATE_CONTENT",
    "LISTED",
    "LISTED_TUNED",
    "STANDARD",
    "STREAMED",
    "TUNE",
    "TUNED",
    "UNCOUNTED",
    "UPLOAD",
]

_ONLY_TEXT = Refused("models read and write text and function calls alone")
_NO_TOOL = Refused("of the tools there are functions alone: nothing is searched, browsed or run")
_BY_KEY: dict[str, Parameter] = dict.fromkeys(
    ("access_token", "oauth_token"), Refused("an API key says who asks")
)
_NO_TUNING = WithoutEffect("nothing can be tuned here, whatever is asked for")


def _without(table: Table, *names: str) -> dict[str, Parameter]:
    return {name: parameter for name, parameter in table.parameters.items() if name not in names}


STANDARD = Table({**CLOUD_STANDARD.parameters, **_BY_KEY})
"""The query of a method that has no parameters of its own."""
STREAMED = Table({**CLOUD_STREAMED.parameters, **_BY_KEY})
"""The query of a method that streams."""
LISTED = Table({**STANDARD.parameters, "pageSize": HONOURED, "pageToken": HONOURED})
"""The query of a list."""
_EMPTY_LIST = WithoutEffect("no model is tuned here: the list is empty")
LISTED_TUNED = Table(
    {**STANDARD.parameters, **dict.fromkeys(("filter", "pageSize", "pageToken"), _EMPTY_LIST)}
)
"""The query of the list of tuned models."""
UPLOAD = Table(
    {
        **STANDARD.parameters,
        "upload_id": HONOURED,
        "upload_protocol": Refused("a file comes in pieces of a resumable upload", ("resumable",)),
        "uploadType": Refused("a file comes in pieces of a resumable upload", ("resumable",)),
    }
)
"""The query of an upload."""
TUNED = Table({**STANDARD.parameters, "tunedModelId": _NO_TUNING})
"""The query of a creation of a tuned model."""

_PARTS = dict.fromkeys(
    ("audioMetadata", "documentMetadata", "partMetadata", "spreadsheetMetadata", "toolCall", "toolResponse"),
    _ONLY_TEXT,
)


def _content(of: Table) -> Table:
    """A Content whose parts may have what they have here alone."""
    parts = of.parameters["parts"]
    inside = parts.fields if isinstance(parts, Honoured) and isinstance(parts.fields, Table) else Table({})
    return Table({**of.parameters, "parts": Honoured(Table({**inside.parameters, **_PARTS}))})


_CONTENT = _content(CONTENT)
_GENERATION = Table(
    {
        **_without(GENERATION, "audioTimestamp", "modelConfig", "routingConfig", "translationConfig"),
        "enableEnhancedCivicAnswers": Refused("no answer is held back for an election", (None, False)),
    }
)
_TOOL = Table(
    {
        "functionDeclarations": Honoured(FUNCTION),
        **dict.fromkeys(
            (
                "codeExecution",
                "computerUse",
                "fileSearch",
                "googleMaps",
                "googleSearch",
                "googleSearchRetrieval",
                "mcpServers",
                "urlContext",
            ),
            _NO_TOOL,
        ),
    }
)
_ON_CLOUD_ALONE = ("continuationToken", "labels", "modelArmorConfig", "outputConfig")
GENERATE_CONTENT = Table(
    {
        **_without(GENERATE, *_ON_CLOUD_ALONE),
        "contents": Honoured(_CONTENT),
        "generationConfig": Honoured(_GENERATION),
        "model": HONOURED,
        "safetySettings": Honoured(Table({"category": HONOURED, "threshold": HONOURED})),
        "serviceTier": HONOURED,
        "store": WithoutEffect("whether the request is logged for its sender, which no response tells"),
        "systemInstruction": Honoured(_content(SYSTEM)),
        "toolConfig": Honoured(
            Table({**TOOL_CONFIG.parameters, "includeServerSideToolInvocations": _NO_TOOL})
        ),
        "tools": Honoured(_TOOL),
    }
)
"""A GenerateContentRequest."""
_NOT_COUNTED = WithoutEffect("it is no part of the prompt")
UNCOUNTED = ("generationConfig", "safetySettings", "serviceTier", "toolConfig")
"""The fields of a GenerateContentRequest that are no part of the prompt."""
COUNT = Table(
    {
        "contents": Honoured(_CONTENT),
        "generateContentRequest": Honoured(
            Table({**GENERATE_CONTENT.parameters, **dict.fromkeys(UNCOUNTED, _NOT_COUNTED)})
        ),
    }
)
"""A CountTokensRequest."""
TUNE = Table(
    {
        "baseModel": HONOURED,
        **dict.fromkeys(
            (
                "description",
                "displayName",
                "readerProjectNumbers",
                "temperature",
                "topK",
                "topP",
                "tunedModelSource",
                "tuningTask",
            ),
            _NO_TUNING,
        ),
    }
)
"""A TunedModel, as it would be created."""
_SET_BY_SERVICE = WithoutEffect("output only: the service sets it, and passes over what a client sends")
FILE = Table(
    {
        "file": Honoured(
            Table(
                {
                    "displayName": HONOURED,
                    "mimeType": HONOURED,
                    "name": HONOURED,
                    **dict.fromkeys(
                        (
                            "createTime",
                            "downloadUri",
                            "error",
                            "expirationTime",
                            "sha256Hash",
                            "sizeBytes",
                            "source",
                            "state",
                            "updateTime",
                            "uri",
                            "videoMetadata",
                        ),
                        _SET_BY_SERVICE,
                    ),
                }
            )
        )
    }
)
"""What begins the upload of a file."""
