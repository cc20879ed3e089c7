"""Models, generation and token counting.

Errors in the content of a request are those of Vertex AI, which has the same format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.gemini.account import Gemini
from fakes.gemini.errors import no_model, no_tuning
from fakes.gemini.serialize import model_body
from fakes.gemini.tables import (
    COUNT,
    GENERATE_CONTENT,
    LISTED,
    LISTED_TUNED,
    STANDARD,
    STREAMED,
    TUNE,
    TUNED,
    UNCOUNTED,
)
from fakes.ids import base62
from fakes.learners import Model
from fakes.routes import Call, Result, Routes
from fakes.vertex.answers import Answer, count_of
from fakes.vertex.candidates import answered
from fakes.vertex.catalogue import is_open, open_on
from fakes.vertex.content import ContentRequest, check_config, prompt_turns
from fakes.vertex.content_response import Form, chunks, modality, usage_of, whole_body
from fakes.vertex.errors import invalid, invalid_value
from fakes.vertex.paging import page_of
from fakes.vertex.reading import Takes, read_message
from fakes.vertex.records import Served
from fakes.vertex.routes.generate import streamed
from fakes.vertex.tools import functions_of

__all__ = ["mount"]

_MODEL = "/{version}/models/{model}"
_SERVICE = "gemini"
_TIERS = ("standard", "flex", "priority")
_THINKING = Form(first_index=True, average=False, score=False, measured=False, call_message=True)
_PLAIN = Form(first_index=True, average=True, score=False, measured=False, call_message=True)


def mount(routes: Routes, account: Gemini) -> None:
    """Add the routes of models."""
    api = _Models(account)
    routes.add("POST", _MODEL + ":generateContent", api.generate, Takes(STANDARD, GENERATE_CONTENT))
    routes.add("POST", _MODEL + ":streamGenerateContent", api.stream, Takes(STREAMED, GENERATE_CONTENT))
    routes.add("POST", _MODEL + ":countTokens", api.count_tokens, Takes(STANDARD, COUNT))
    routes.add("GET", "/{version}/models", api.list, Takes(LISTED))
    routes.add("GET", _MODEL, api.retrieve, Takes(STANDARD))
    routes.add("GET", "/{version}/tunedModels", api.list_tuned, Takes(LISTED_TUNED))
    routes.add("POST", "/{version}/tunedModels", api.tune, Takes(TUNED, TUNE, "tunedModel"))


class _Models:
    def __init__(self, account: Gemini) -> None:
        self._project = account.project

    def generate(self, call: Call) -> Result:
        request, answers, tier, head = self._answered(call, "generateContent")
        body = whole_body(answers, request, _usage(answers, request, tier), _form(request))
        return Result({**body, **head})

    def stream(self, call: Call) -> Result:
        request, answers, tier, head = self._answered(call, "streamGenerateContent")

        def usage(said: list[Answer], first: bool, last: bool) -> dict[str, object]:
            del first, last
            return _usage(said, request, tier)

        made = chunks(answers, request, usage, _form(request))
        return streamed(call, ({**chunk, **head} for chunk in made))

    def count_tokens(self, call: Call) -> Result:
        model = self._model(call, "countTokens")
        whole = call.sent.get("generateContentRequest")
        if whole is not None and "contents" in call.sent:
            raise invalid("contents and generateContentRequest are mutually exclusive.")
        if whole is not None:
            # of no effect, and yet refused where it makes no sense
            unread = {name: whole[name] for name in UNCOUNTED if name in whole}
            read = read_message(unread, GENERATE_CONTENT, "generateContentRequest")
            check_config(read.get("generationConfig", {}), call.params["model"])
            _check_model(call, whole)
        asked = call.sent if whole is None else whole
        tokens = count_of(model, prompt_turns(asked, blank=True), functions_of(asked.get("tools")))
        return Result({"totalTokens": tokens, "promptTokensDetails": modality(tokens)})

    def list(self, call: Call) -> Result:
        shown, token = page_of(call, open_on(self._project.date.day, _SERVICE))
        body: dict[str, object] = {"models": [model_body(name) for name in shown]}
        return Result(body | ({"nextPageToken": token} if token else {}))

    def retrieve(self, call: Call) -> Result:
        if not is_open(name := call.params["model"], self._project.date.day, _SERVICE):
            raise no_model(call.params["version"], name, "GetModel")
        return Result(model_body(name))

    def list_tuned(self, call: Call) -> Result:
        del call
        return Result({})

    def tune(self, call: Call) -> Result:
        raise no_tuning(call.sent.get("baseModel"))

    def _model(self, call: Call, action: str) -> Model:
        try:
            return self._project.model(call.params["model"], _SERVICE)
        except KeyError:
            raise no_model(call.params["version"], call.params["model"], action) from None

    def _answered(self, call: Call, kind: str) -> tuple[ContentRequest, list[Answer], str, dict[str, object]]:
        """What is asked, the answers, the tier of service, and what every part of the answer tells."""
        name = call.params["model"]
        # the service's error for a missing model is the same for both kinds, as recorded
        served, tier = Served(name, name, self._model(call, "generateContent")), _tier(call)
        place = ("gemini", call.request.url.raw_path, call.body)
        request, answers, number = answered(
            self._project, served, call.sent, kind, place, service="gemini", blank=True
        )
        return request, answers, tier, {"modelVersion": name, "responseId": base62(number, 22)}


def _tier(call: Call) -> str:
    """The tier of service in which something is asked."""
    _check_model(call, call.sent)
    tier = call.sent.get("serviceTier", "unspecified")
    if tier not in ("unspecified", *_TIERS):
        kind = "type.googleapis.com/google.ai.generativelanguage.v1beta.ServiceTier"
        raise invalid_value("serviceTier", tier, kind)
    return tier if tier in _TIERS else _TIERS[0]


def _check_model(call: Call, payload: Mapping[str, Any]) -> None:
    """Refuses a request whose body names another model than its path."""
    name = call.params["model"]
    if payload.get("model", name) not in (name, f"models/{name}"):
        raise invalid(f"The model in the request body, {payload['model']}, is not that of the URL, {name}.")


def _form(request: ContentRequest) -> Form:
    """A model that thinks is written with less, as was recorded."""
    return _THINKING if request.budget else _PLAIN


def _usage(answers: list[Answer], request: ContentRequest, tier: str) -> dict[str, object]:
    usage = usage_of(answers, request)
    said = sum(each.tokens for each in answers)
    details = {"candidatesTokensDetails": modality(said)} if said and not request.budget else {}
    return {**usage, **details, "serviceTier": tier}
