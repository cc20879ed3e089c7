"""The server of `fbench view`: two addresses, for this machine alone, that can only be read.

A page on the internet reaches a loopback port if the address of its own host becomes a loopback one (DNS
rebinding). The browser then takes both for one site, and only the Host header shows the name: a name that is
not this machine's is refused. No files are served: `/` is the page, and `/state` says whether it has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fbench.view.addition import POLICY
from fbench.view.pages import Pages

__all__ = ["serve"]

_OWN = re.compile(r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?", re.IGNORECASE)
_SECONDS = 30
"""A client that sends or takes nothing for so long is left."""

_HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def serve(pages: Pages, port: int, ready: Callable[[int], None]) -> None:
    """Serve pages on a port of the loopback interface (0: any free one) until `KeyboardInterrupt`.

    Raises:
        OSError: the port cannot be had.
    """
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.pages = pages
        ready(server.server_port)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # there it would let another program take the port
    pages: Pages

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is no error; of others the traceback is told on stderr."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # pyright: ignore[reportArgumentType] - passed on


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "fbench", ""
    timeout = _SECONDS
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - it is made by this server alone

    def do_GET(self) -> None:
        refused = self._refused()
        if refused is not None:
            self._say(*refused)
        elif (path := self.path.partition("?")[0]) == "/":
            made = self.server.pages.page()
            self._send(made.text, "text/html; charset=utf-8")
        elif path == "/state":
            text = json.dumps(self.server.pages.state()._asdict())
            self._send(text.encode(), "application/json")
        else:
            self._say(HTTPStatus.NOT_FOUND, "There is nothing here. The page is at /.")

    def do_HEAD(self) -> None:
        self.do_GET()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request that is answered here, without repeating it."""
        del message, explain
        self.close_connection = True  # a body may follow, which nobody reads
        if code == HTTPStatus.NOT_IMPLEMENTED:  # a method for which there is no function
            self._say(HTTPStatus.METHOD_NOT_ALLOWED, "This can only be read.", Allow="GET, HEAD")
        else:
            self._say(HTTPStatus(code), "This is no request that is answered here.")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Requests are not logged."""

    def _refused(self) -> tuple[HTTPStatus, str] | None:
        """Why a request is not let in; None if it is."""
        hosts = self.headers.get_all("Host") or []
        own = _OWN.fullmatch(hosts[0].strip()) if len(hosts) == 1 else None
        if own is None or int(own[1] or 80) != self.server.server_port:
            self.close_connection = True
            return HTTPStatus.FORBIDDEN, "The Host header is not the address that `fbench view` told."
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return HTTPStatus.BAD_REQUEST, "A request to read has no body."
        return None

    def _say(self, status: HTTPStatus, words: str, **headers: str) -> None:
        self._send(f"{words}\n".encode(), "text/plain; charset=utf-8", status, **headers)

    def _send(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> None:
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if status == HTTPStatus.OK:
            headers["ETag"] = tag
            if tag in self.headers.get("If-None-Match", ""):
                status, body = HTTPStatus.NOT_MODIFIED, b""
        self.request_version = self.protocol_version  # else what is no request got no status
        self.send_response(status)
        for name, value in {**_HEADERS, **headers}.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if getattr(self, "command", "") != "HEAD":
            self.wfile.write(body)
