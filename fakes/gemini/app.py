"""The fake Gemini Developer API: models, generation, counting of tokens.

Paths are those of https://ai.google.dev/api; errors in the question are the ones of Vertex AI, which shares
the format.
"""

from __future__ import annotations

from fakes.gemini.errors import admit, no_model, no_tuning
from fakes.ids import base62
from fakes.learners import Model
from fakes.routes import Call, Reply, Routes
from fakes.tokens import count
from fakes.vertex.answer import Answer, answer_of, chunks, modality, whole_body
from fakes.vertex.catalogue import MODELS
from fakes.vertex.errors import unknown
from fakes.vertex.fields import GENERATE, fields
from fakes.vertex.generate import streamed
from fakes.vertex.question import Question, prompt_of, question_of
from fakes.vertex.state import Vertex
from fakes.vertex.wire import object_of

__all__ = ["routes_of"]

_MODEL = "/{version}/models/{model}"
_GENERATE = (GENERATE - {"continuationToken", "labels", "modelArmorConfig", "outputConfig"}) | {
    "model",
    "store",
    "serviceTier",
}
_COUNT = frozenset({"contents", "generateContentRequest"})
_METHODS = ["generateContent", "countTokens"]


def routes_of(project: Vertex) -> Routes:
    """All routes of the Developer API, from the API version on; the base models are those of the project."""
    routes, api = Routes(unknown, admit), _Api(project)
    routes.add("POST", _MODEL + ":generateContent", api.generate)
    routes.add("POST", _MODEL + ":streamGenerateContent", api.stream)
    routes.add("POST", _MODEL + ":countTokens", api.count_tokens)
    routes.add("GET", "/{version}/models", api.list)
    routes.add("GET", _MODEL, api.retrieve)
    routes.add("GET", "/{version}/tunedModels", api.list_tuned)
    routes.add("POST", "/{version}/tunedModels", api.tune)
    return routes


class _Api:
    def __init__(self, project: Vertex) -> None:
        self._project = project

    def generate(self, call: Call) -> Reply:
        model = self._model(call, "generateContent")
        question = question_of(object_of(call), _GENERATE)
        answers = _answers(model, question)
        body = whole_body(answers, question, _usage(answers, question))
        return Reply({**body, **self._head(call)})

    def stream(self, call: Call) -> Reply:
        # the service words a missing model alike for both, as recorded
        model = self._model(call, "generateContent")
        question = question_of(object_of(call), _GENERATE)
        answers, head = _answers(model, question), self._head(call)
        usage = _usage(answers, question)
        early = {name: usage[name] for name in ("promptTokenCount", "promptTokensDetails")}
        made = ({**chunk, **head} for chunk in chunks(answers, question, (early, early, usage)))
        return streamed(call, made)

    def count_tokens(self, call: Call) -> Reply:
        self._model(call, "countTokens")
        asked = fields(object_of(call), _COUNT)
        if "generateContentRequest" in asked:
            question = question_of(asked["generateContentRequest"], _GENERATE)
            tokens = question.tokens
        else:
            _, tokens, _ = prompt_of(asked.get("contents"), "")
        return Reply({"totalTokens": tokens, "promptTokensDetails": modality(tokens)})

    def list(self, call: Call) -> Reply:
        del call
        return Reply({"models": [_body(name) for name in MODELS]})

    def retrieve(self, call: Call) -> Reply:
        if (name := call.params["model"]) not in MODELS:
            raise no_model(call.params["version"], name, "GetModel")
        return Reply(_body(name))

    def list_tuned(self, call: Call) -> Reply:
        del call
        return Reply({})

    def tune(self, call: Call) -> Reply:
        raise no_tuning(object_of(call).get("baseModel"))

    def _model(self, call: Call, action: str) -> Model:
        try:
            return self._project.model(call.params["model"])
        except KeyError:
            raise no_model(call.params["version"], call.params["model"], action) from None

    def _head(self, call: Call) -> dict[str, object]:
        number = self._project.ids.of("gemini", call.request.url.raw_path, call.body)
        return {"modelVersion": call.params["model"], "responseId": base62(number, 22)}


def _answers(model: Model, question: Question) -> list[Answer]:
    return [answer_of(model, question, number) for number in range(question.candidates)]


def _usage(answers: list[Answer], question: Question) -> dict[str, object]:
    answered = sum(count(answer.text) for answer in answers)
    return {
        "promptTokenCount": question.tokens,
        "candidatesTokenCount": answered,
        "totalTokenCount": question.tokens + answered,
        "promptTokensDetails": modality(question.tokens),
    }


def _body(name: str) -> dict[str, object]:
    """A Model resource."""
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name.replace("-", " ").title(),
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": _METHODS,
    }
