"""Where the fakes answer otherwise than the specifications say, and why.

`DEPARTURES` follow what the service was seen to do: each names a recorded response (`file:line` under
`specs/recorded/`), or an example in the specification itself (`example:Schema`), that departs alike; or,
where an answer has another content type, the parameter that asks for it (`parameter:METHOD /path name`); or a
field of the same meaning that was recorded as null (`alike:file:line /pointer`).
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.findings import Finding

__all__ = ["DEPARTURES", "Departure"]

Places = tuple[tuple[str, str], ...]
"""Operations, each with the pointer to where a resource stands in its answer."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Fields of a resource that are against the specification; `evidence` is where it can be seen."""

    places: Places
    fields: tuple[str, ...]
    why: str
    evidence: str

    def __str__(self) -> str:
        return f"{self.places[0][0]} {' '.join(self.fields)}"

    def excuses(self, finding: Finding) -> bool:
        """True for a finding in one of these fields."""
        return any(
            finding.operation == operation and finding.pointer in {at + field for field in self.fields}
            for operation, at in self.places
        )


_JOBS: Places = (
    *((f"{verb}FineTuningJob", "") for verb in ("create", "retrieve", "cancel", "pause", "resume")),
    ("listPaginatedFineTuningJobs", "/data/*"),
)
_FILES: Places = (
    ("createFile", ""),
    ("retrieveFile", ""),
    ("listFiles", "/data/*"),
    ("completeUpload", "/file"),
)
_RESPONSES: Places = (
    ("createResponse", ""),
    ("createResponse", "/response"),
    ("getResponse", ""),
    ("cancelResponse", ""),
)
_BATCHES: Places = (
    ("createBatch", ""),
    ("retrieveBatch", ""),
    ("cancelBatch", ""),
    ("listBatches", "/data/*"),
)
_TIMES = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelled")
_ANSWERS: Places = tuple(
    (f"aiplatform.projects.locations.{place}.{verb}", "")
    for place in ("endpoints", "publishers.models")
    for verb in ("generateContent", "streamGenerateContent")
)

DEPARTURES = (
    Departure(
        (("listFiles", ""),),
        ("",),
        "an empty page of files has no first and no last id, though both are required",
        "openai.jsonl:7",
    ),
    Departure(_JOBS, ("/error",), "a job without an error has an empty one, not null", "openai.jsonl:1"),
    Departure(_JOBS, ("/user_provided_suffix",), "the suffix is told under this name", "openai.jsonl:1"),
    Departure(_FILES, ("/status_details",), "null where there are no details", "openai.jsonl:5"),
    Departure(
        (("downloadFile", ""),), ("content-type",), "a file comes as it is, not in JSON", "openai.jsonl:11"
    ),
    Departure(_FILES, ("/expires_at",), "null where a file never expires", "recent.jsonl:98"),
    Departure(
        _BATCHES,
        ("/errors", "/output_file_id", "/error_file_id", *(f"/{state}_at" for state in _TIMES)),
        "what is not there yet is null",
        "recent.jsonl:100",
    ),
    Departure(_BATCHES, ("/cancelling_at",), "what is not there yet is null", "recent.jsonl:101"),
    Departure(
        (("createChatCompletion", ""),),
        ("/choices/*", "/system_fingerprint"),
        "a model that thinks shows no log probabilities, and has no fingerprint",
        "recent.jsonl:28",
    ),
    Departure(
        _RESPONSES,
        ("/store", "/billing", "/frequency_penalty", "/presence_penalty", "/user"),
        "a response tells whether it is kept, who pays, and the penalties; a user that is not told is null",
        "recent.jsonl:59",
    ),
    Departure(
        _RESPONSES,
        ("/usage", "/tool_usage"),
        "later models tell the usage of tools; one that has not begun has no usage yet",
        "recent.jsonl:84",
    ),
    Departure(
        (("createResponse", ""),),
        ("/obfuscation",),
        "a text of random length in each piece of a stream hides how long the piece is",
        "recent.jsonl:88",
    ),
    Departure(
        _RESPONSES,
        ("/text/format/description",),
        "null where none was given, as of a tool",
        "alike:recent.jsonl:59 /tools/*/description",
    ),
    Departure((("deleteResponse", ""),), ("content-type",), "a deletion is told", "recent.jsonl:103"),
    Departure(
        (("getResponse", ""),),
        ("content-type",),
        "a response that was made in the background is streamed again",
        "parameter:GET /responses/{response_id} stream",
    ),
    Departure(
        _ANSWERS,
        ("/candidates/*/score", "/usageMetadata/billablePromptUsage"),
        "an answer tells more than is specified",
        "google.jsonl:1",
    ),
    Departure(
        _ANSWERS,
        ("/usageMetadata/serviceTier",),
        "the Developer API, whose answers are held to Vertex AI's document, tells the tier of service",
        "recent.jsonl:1",
    ),
)
