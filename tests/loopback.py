"""OpenAI's API on a port of this machine, answered by what a test's server says."""

from __future__ import annotations

from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx2

__all__ = ["OpenAIHandler"]

_SENT = ("authorization", "content-type")


class OpenAIHandler(BaseHTTPRequestHandler):
    """Passes each request to `server.answer`, an `httpx2.Request` to an `httpx2.Response`."""

    server: Any
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: self.headers[name] for name in _SENT if self.headers[name]}
        url = f"https://api.openai.com{self.path}"
        response = self.server.answer(httpx2.Request(self.command, url, headers=headers, content=body))
        content = response.read()
        self.send_response(response.status_code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        with suppress(ConnectionError):  # a client that was stopped has gone
            self.wfile.write(content)

    do_GET = do_POST = _serve  # noqa: N815 - http.server's own names

    def log_message(self, format: str, *args: object) -> None:
        pass
