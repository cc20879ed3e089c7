"""The vendors' models as of a date: until when each can be tuned and answers, what it costs, how it thinks.

This is the one place for such facts. The fakes answer by it at the date of their world, and fbench reads its
prices, its default models, and what a live run is refused or warned of here. A row says where each fact comes
from and when it was looked up. The vendors change their pages: look again before money is spent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

__all__ = ["DEFAULT_MODELS", "PRICES_AS_OF", "TABLE", "Rates", "TableRow", "Thinking", "row_of", "rows_of"]

PRICES_AS_OF = "2026-11"
"""The month in which the prices were last compared with the vendors' pages."""

DEFAULT_MODELS = (
    ("openai", "gpt-4o-2024-08-06"),
    ("openai", "gpt-4o-mini-2024-07-18"),
    ("openai", "gpt-4.1-mini-2025-04-14"),
    ("vertex", "gemini-2.5-pro"),
    ("vertex", "gemini-3.5-flash"),
)
"""Service and name of the models of a run that names none. All of them are open at the date at which worlds
stand by default, so such a run against fakes is the same on every day. Not all are open at the services.
"""


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens: for training, and for requests to the base and to a tuned model."""

    train: float
    base_input: float
    base_output: float
    tuned_input: float
    tuned_output: float


@dataclass(frozen=True, slots=True)
class Thinking:
    """How a model thinks.

    Attributes:
        least, most: the bounds of a budget in tokens; both 0 where it takes none, but an effort.
        off: whether it can be told not to think.
        levels: whether it takes a level (or an effort) instead of a budget.
        default: whether it thinks where it is not asked to.
    """

    least: int
    most: int
    off: bool
    levels: bool
    default: bool


@dataclass(frozen=True, slots=True)
class TableRow:
    """A model at a service.

    Attributes:
        service: whose model it is: openai, vertex, gemini (Google's Developer API), azure or nebius.
        name: the vendor's name of the snapshot; `row_of` also finds the name without its date.
        source: the page that says until when it is open; `as_of` is the day on which it was looked up.
        tunable: whether jobs can, or once could, be created for it.
        tunable_until: the last day on which a job can be created; None where no such day was announced.
        shutdown: the first day on which it, and what was tuned from it, no longer answers; None as above.
        open_at_least: a day until which the vendor promises to tune it, where no end of that was announced.
        rates: its prices as of `PRICES_AS_OF`; None where they are not known. `priced` is their page.
        thinking: how it thinks; None for a model that does not, or that nobody looked at.
    """

    service: str
    name: str
    source: str
    as_of: date
    tunable: bool = True
    tunable_until: date | None = None
    shutdown: date | None = None
    open_at_least: date | None = None
    rates: Rates | None = None
    priced: str = ""
    thinking: Thinking | None = None

    def answers_on(self, day: date) -> bool:
        """Whether it still answers on that day."""
        return self.shutdown is None or day < self.shutdown

    def takes_jobs_on(self, day: date) -> bool:
        """Whether a job can still be created for it on that day."""
        until = self.tunable_until
        return self.tunable and self.answers_on(day) and (until is None or day <= until)

    @property
    def jobs_until(self) -> date | None:
        """The last day on which a job can be created; None where only a day was promised, or nothing said."""
        if self.tunable_until is not None or self.shutdown is None or self.open_at_least is not None:
            return self.tunable_until
        return date.fromordinal(self.shutdown.toordinal() - 1)


_OPENAI = "https://developers.openai.com/api/docs/deprecations"
_OPENAI_PRICES = "https://developers.openai.com/api/docs/pricing"
_VERTEX = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/model-versions"
_VERTEX_PRICES = "https://cloud.google.com/vertex-ai/generative-ai/pricing"
_GEMINI = "https://ai.google.dev/gemini-api/docs/deprecations"
_AZURE = "https://learn.microsoft.com/azure/ai-services/openai/concepts/model-retirements"
_NEBIUS = "https://docs.tokenfactory.nebius.com/api-reference/fine-tuning/create-a-fine-tuning-job"
_SEEN = date(2026, 11, 28)

_LAST_JOBS, _LAST_ANSWERS = date(2027, 1, 6), date(2027, 1, 14)
_LEGACY = date(2026, 10, 23)
_OLDER = date(2026, 9, 28)
_FIVE = date(2026, 12, 11)
_RETIRED = date(2026, 10, 16)


def _openai(
    name: str,
    until: date | None,
    shutdown: date | None,
    rates: Rates | None = None,
    *,
    tunable: bool = True,
    thinking: Thinking | None = None,
) -> TableRow:
    return TableRow(
        "openai",
        name,
        _OPENAI,
        _SEEN,
        tunable,
        until,
        shutdown,
        rates=rates,
        priced=_OPENAI_PRICES if rates else "",
        thinking=thinking,
    )


def _reasoning(name: str, shutdown: date | None = None, *, off: bool) -> TableRow:
    thinking = Thinking(0, 0, off=off, levels=True, default=True)
    return _openai(name, None, shutdown, tunable=False, thinking=thinking)


def _gemini(
    name: str,
    shutdown: date | None,
    at_least: date | None,
    thinking: Thinking,
    rates: Rates | None = None,
    *,
    developer: date | None,
) -> tuple[TableRow, TableRow]:
    """A model on Vertex AI, and the same model of the Developer API, which tunes none."""
    return (
        TableRow(
            "vertex",
            name,
            _VERTEX,
            _SEEN,
            shutdown=shutdown,
            open_at_least=at_least,
            rates=rates,
            priced=_VERTEX_PRICES if rates else "",
            thinking=thinking,
        ),
        TableRow("gemini", name, _GEMINI, _SEEN, tunable=False, shutdown=developer, thinking=thinking),
    )


def _azure(name: str, at_least: date, shutdown: date) -> TableRow:
    """Azure trains for those who already did, not before a day; what is deployed ends later."""
    return TableRow("azure", name, _AZURE, _SEEN, shutdown=shutdown, open_at_least=at_least)


def _flash(*, levels: bool, default: bool) -> Thinking:
    return Thinking(1, 24_576, off=True, levels=levels, default=default)


TABLE = (
    _openai("gpt-4o-2024-08-06", _LAST_JOBS, _LAST_ANSWERS, Rates(25.00, 2.50, 10.00, 3.75, 15.00)),
    _openai("gpt-4o-mini-2024-07-18", _LAST_JOBS, _LAST_ANSWERS, Rates(3.00, 0.15, 0.60, 0.30, 1.20)),
    _openai("gpt-4.1-2025-04-14", _LAST_JOBS, _LAST_ANSWERS, Rates(25.00, 2.00, 8.00, 3.00, 12.00)),
    _openai("gpt-4.1-mini-2025-04-14", _LAST_JOBS, _LAST_ANSWERS, Rates(5.00, 0.40, 1.60, 0.80, 3.20)),
    _openai("gpt-4.1-nano-2025-04-14", None, _LEGACY, Rates(1.50, 0.10, 0.40, 0.20, 0.80)),
    # `gpt-3.5-turbo` answered as its snapshot 0125
    _openai("gpt-3.5-turbo", None, _LEGACY),
    _openai("gpt-3.5-turbo-0125", None, _LEGACY),
    _openai("gpt-3.5-turbo-1106", None, _OLDER),
    _openai("gpt-3.5-turbo-0613", None, date(2024, 9, 13)),
    _reasoning("o3-mini-2025-01-31", _LEGACY, off=False),
    _reasoning("gpt-5-2025-08-07", _FIVE, off=False),
    _reasoning("gpt-5-mini-2025-08-07", _FIVE, off=False),
    _reasoning("gpt-5.4-2026-03-05", off=True),
    _reasoning("gpt-5.5-2026-04-23", off=True),
    _reasoning("gpt-5.6-sol", off=True),
    _azure("gpt-4o-2024-08-06", date(2027, 4, 1), date(2027, 10, 1)),
    _azure("gpt-4o-mini-2024-07-18", date(2027, 4, 1), date(2027, 10, 1)),
    _azure("gpt-4.1-2025-04-14", date(2027, 4, 14), date(2027, 10, 14)),
    _azure("gpt-4.1-mini-2025-04-14", date(2027, 4, 14), date(2027, 10, 14)),
    _azure("gpt-4.1-nano-2025-04-14", date(2027, 4, 14), date(2027, 10, 14)),
    TableRow("nebius", "meta-llama/Meta-Llama-3.1-8B-Instruct", _NEBIUS, date(2026, 11, 30)),
    TableRow("nebius", "meta-llama/Llama-3.1-70B-Instruct", _NEBIUS, date(2026, 11, 30)),
    *_gemini("gemini-3.5-flash", None, date(2027, 5, 19), _flash(levels=True, default=True), developer=None),
    *_gemini(
        "gemini-3.5-flash-lite", None, date(2027, 7, 21), _flash(levels=True, default=False), developer=None
    ),
    *_gemini(
        "gemini-3.1-flash-lite", None, date(2027, 5, 7), _flash(levels=True, default=False), developer=None
    ),
    *_gemini(
        "gemini-2.5-pro",
        _RETIRED,
        None,
        Thinking(128, 32_768, off=False, levels=False, default=True),
        Rates(25.00, 1.25, 10.00, 1.25, 10.00),
        developer=date(2026, 12, 1),
    ),
    *_gemini(
        "gemini-2.5-flash",
        _RETIRED,
        None,
        _flash(levels=False, default=True),
        Rates(5.00, 0.30, 2.50, 0.30, 2.50),
        developer=date(2026, 12, 1),
    ),
)
"""All rows, by service. Where thinking comes from:
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking and
https://developers.openai.com/api/docs/guides/reasoning.
"""

_DATED = re.compile(r"-\d{4}-\d\d-\d\d$")
_ROWS = {(row.service, row.name): row for row in TABLE} | {
    (row.service, _DATED.sub("", row.name)): row for row in TABLE if _DATED.search(row.name)
}


def row_of(service: str, name: str) -> TableRow | None:
    """The row of a model by its name there, by OpenAI's alias of it, or of the model that it was tuned from.

    A tuned model of OpenAI's is named `ft:` and then its base. None for a model that is not in the table.
    """
    return _ROWS.get((service, name.removeprefix("ft:").split(":")[0] if name.startswith("ft:") else name))


def rows_of(service: str) -> tuple[TableRow, ...]:
    """The rows of a service, in the order of the table."""
    return tuple(row for row in TABLE if row.service == service)
