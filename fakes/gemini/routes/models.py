"""Models, generation and token counting.

Errors in the content of a request are those of Vertex AI, which has the same format.
"""

from __future__ import annotations

from fakes.gemini.account import Gemini
from fakes.gemini.errors import no_model, no_tuning
from fakes.gemini.serialize import model_body
from fakes.ids import base62
from fakes.learners import Model
from fakes.routes import Call, Result, Routes
from fakes.tokens import count
from fakes.vertex.answer import Answer, answer_of, chunks, modality, whole_body
from fakes.vertex.catalogue import MODELS
from fakes.vertex.routes.generate import streamed
from fakes.vertex.validate import GENERATE, ContentRequest, content_request, fields, object_of, prompt_of

__all__ = ["mount"]

_MODEL = "/{version}/models/{model}"
_GENERATE = (GENERATE - {"continuationToken", "labels", "modelArmorConfig", "outputConfig"}) | {
    "model",
    "store",
    "serviceTier",
}
_COUNT = frozenset({"contents", "generateContentRequest"})


def mount(routes: Routes, account: Gemini) -> None:
    """Add the routes of models."""
    api = _Models(account)
    routes.add("POST", _MODEL + ":generateContent", api.generate)
    routes.add("POST", _MODEL + ":streamGenerateContent", api.stream)
    routes.add("POST", _MODEL + ":countTokens", api.count_tokens)
    routes.add("GET", "/{version}/models", api.list)
    routes.add("GET", _MODEL, api.retrieve)
    routes.add("GET", "/{version}/tunedModels", api.list_tuned)
    routes.add("POST", "/{version}/tunedModels", api.tune)


class _Models:
    def __init__(self, account: Gemini) -> None:
        self._project = account.project

    def generate(self, call: Call) -> Result:
        model = self._model(call, "generateContent")
        request = content_request(object_of(call), _GENERATE)
        answers = _answers(model, request)
        body = whole_body(answers, request, _usage(answers, request))
        return Result({**body, **self._head(call)})

    def stream(self, call: Call) -> Result:
        # the service's error for a missing model is the same for both, as recorded
        model = self._model(call, "generateContent")
        request = content_request(object_of(call), _GENERATE)
        answers, head = _answers(model, request), self._head(call)
        usage = _usage(answers, request)
        early = {name: usage[name] for name in ("promptTokenCount", "promptTokensDetails")}
        made = ({**chunk, **head} for chunk in chunks(answers, request, (early, early, usage)))
        return streamed(call, made)

    def count_tokens(self, call: Call) -> Result:
        self._model(call, "countTokens")
        payload = fields(object_of(call), _COUNT)
        if "generateContentRequest" in payload:
            request = content_request(payload["generateContentRequest"], _GENERATE)
            tokens = request.tokens
        else:
            _, tokens, _ = prompt_of(payload.get("contents"), "")
        return Result({"totalTokens": tokens, "promptTokensDetails": modality(tokens)})

    def list(self, call: Call) -> Result:
        del call
        return Result({"models": [model_body(name) for name in MODELS]})

    def retrieve(self, call: Call) -> Result:
        if (name := call.params["model"]) not in MODELS:
            raise no_model(call.params["version"], name, "GetModel")
        return Result(model_body(name))

    def list_tuned(self, call: Call) -> Result:
        del call
        return Result({})

    def tune(self, call: Call) -> Result:
        raise no_tuning(object_of(call).get("baseModel"))

    def _model(self, call: Call, action: str) -> Model:
        try:
            return self._project.model(call.params["model"])
        except KeyError:
            raise no_model(call.params["version"], call.params["model"], action) from None

    def _head(self, call: Call) -> dict[str, object]:
        number = self._project.ids.of("gemini", call.request.url.raw_path, call.body)
        return {"modelVersion": call.params["model"], "responseId": base62(number, 22)}


def _answers(model: Model, request: ContentRequest) -> list[Answer]:
    return [answer_of(model, request, number) for number in range(request.candidates)]


def _usage(answers: list[Answer], request: ContentRequest) -> dict[str, object]:
    answered = sum(count(answer.text) for answer in answers)
    return {
        "promptTokenCount": request.tokens,
        "candidatesTokenCount": answered,
        "totalTokenCount": request.tokens + answered,
        "promptTokensDetails": modality(request.tokens),
    }
