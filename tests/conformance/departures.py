"""Where the fakes answer otherwise than the specifications say, and why.

`DEPARTURES` follow what the service was seen to do: each names a recorded response (`file:line` under
`specs/recorded/`), or an example in the specification itself (`example:Schema`), that departs alike.
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
_RESPONSES: Places = (("createResponse", ""), ("createResponse", "/response"), ("getResponse", ""))
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
    Departure(
        _RESPONSES,
        ("/store",),
        "a response tells whether it is kept",
        "example:Response",
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
