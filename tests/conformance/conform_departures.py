"""Where the fakes answer otherwise than the specifications say, and why.

`DEPARTURES` follow what the service was seen to do: each names a recorded response (`file:line` under
`specs/recorded/`), or an example in the specification itself (`example:Schema`), that departs alike.
`SHORTFALLS` follow nothing: they are the fakes' own, and each is a test that is expected to fail.
"""

from __future__ import annotations

from dataclasses import dataclass

from conform_findings import Finding

__all__ = ["DEPARTURES", "SHORTFALLS", "Departure"]

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
_BATCHES: Places = (
    *((f"{verb}Batch", "") for verb in ("create", "retrieve", "cancel")),
    ("listBatches", "/data/*"),
)
_ANSWERS: Places = tuple(
    (f"aiplatform.projects.locations.{place}.{verb}", "")
    for place in ("endpoints", "publishers.models")
    for verb in ("generateContent", "streamGenerateContent")
)

DEPARTURES = (
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
)

SHORTFALLS = (
    Departure(
        _JOBS,
        ("/shared_with_openai", "/usage_metrics"),
        "neither specified nor recorded: the job of 2024-10 (openai.jsonl:1) has neither",
        "fakes/openai/wire.py: job_body",
    ),
    Departure(
        _FILES,
        ("/expires_at",),
        "an integer or absent; null is neither specified nor recorded",
        "fakes/openai/wire.py: file_body",
    ),
    Departure(
        (("listPaginatedFineTuningJobs", ""), ("listFineTuningEvents", "")),
        ("/first_id", "/last_id"),
        "pages of jobs and events have neither; the recorded list of jobs (openai.jsonl:2) has none",
        "fakes/openai/wire.py: page",
    ),
    Departure(
        (("listFiles", ""),),
        ("/first_id", "/last_id"),
        "strings; null on an empty page is neither specified nor recorded",
        "fakes/openai/wire.py: page",
    ),
    Departure(
        _BATCHES,
        (
            *("/in_progress_at", "/finalizing_at", "/completed_at", "/failed_at", "/expired_at"),
            *("/cancelling_at", "/cancelled_at", "/errors", "/model", "/usage"),
            *("/output_file_id", "/error_file_id"),
        ),
        "absent until it has a value; null is neither specified nor recorded",
        "fakes/openai/batches.py: _body",
    ),
    Departure(
        (("createResponse", "/response"),),
        ("/usage",),
        "absent while a response is in progress; null is neither specified nor recorded",
        "fakes/openai/response_events.py: events",
    ),
    Departure(
        (("deleteResponse", ""),),
        ("content-type",),
        "the specification gives the deletion of a response no body",
        "fakes/openai/responses.py: delete",
    ),
    Departure(
        (("storage.objects.list", "error:"),),
        ("/error", "/error/status"),
        "errors of Cloud Storage have `errors` and no `status`, as fakes/storage/errors.py words them",
        "fakes/faults.py: answer_of",
    ),
)
