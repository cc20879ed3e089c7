"""The Developer API's errors: google.rpc.Status in JSON, as Vertex AI's, with its own wording.

The text of a 404, with its DebugInfo, is as recorded (404 of `streamGenerateContent`, v1beta).
"""

from __future__ import annotations

import httpx

from fakes.routes import Refusal

__all__ = ["admit", "no_model", "no_tuning"]


def admit(request: httpx.Request) -> None:
    """Accept any API key, or the URL of an upload that was begun with one; 403 if there is neither."""
    params = request.url.params
    if not (request.headers.get("x-goog-api-key") or params.get("key") or params.get("upload_id")):
        raise _refuse(
            403,
            "PERMISSION_DENIED",
            "Method doesn't allow unregistered callers (callers without established identity). Please use "
            "API Key or other form of API consumer identity to call this API.",
        )


def no_model(version: str, name: str, action: str) -> Refusal:
    """404 for a model that does not exist."""
    message = (
        f"models/{name} is not found for API version {version}, or is not supported for {action}. Call "
        "ListModels to see the list of available models and their supported methods."
    )
    debug = (
        f"[ORIGINAL ERROR] generic::not_found: {message} [google.rpc.error_details_ext] "
        f'{{ message: "{message}" }}'
    )
    return _refuse(404, "NOT_FOUND", message, debug)


def no_tuning(model: object) -> Refusal:
    """400: no model has been tunable here since May 2025."""
    return _refuse(400, "INVALID_ARGUMENT", f"Model {model} does not support tuning in the Gemini API.")


def _refuse(code: int, status: str, message: str, debug: str | None = None) -> Refusal:
    details = [{"@type": "type.googleapis.com/google.rpc.DebugInfo", "detail": debug}]
    error: dict[str, object] = {"code": code, "message": message, "status": status}
    return Refusal(code, {"error": error | ({"details": details} if debug else {})})
