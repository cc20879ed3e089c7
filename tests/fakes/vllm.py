"""A server with vLLM's documented wire, which says what it is told to."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Thread
from typing import Any

PIECES: Sequence[dict[str, Any]] = (
    {"text": "An", "logprobs": {"tokens": ["An"], "token_logprobs": [-0.5], "top_logprobs": [{"An": -0.5}]}},
    {
        "text": "né",
        "logprobs": {
            "tokens": ["n", "\\xc3", "\\xa9"],
            "token_logprobs": [-0.1, -0.2, -0.3],
            "top_logprobs": [{"n": -0.1}, {"a": -0.1, "b": -0.2}, None],
        },
        "finish_reason": "stop",
    },
)


class Stub(ThreadingHTTPServer):
    """A server that knows a base model, and the adapters that it is told to load."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.adapters: dict[str, str] = {}
        self.takes_adapters = True
        self.models: list[dict[str, Any]] = [
            {"id": "old-adapter", "parent": "org/base"},
            {"id": "org/base", "parent": None},
        ]
        self.pieces, self.error, self.together = PIECES, "", Barrier(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Stub  # pyright: ignore[reportIncompatibleVariableOverride] - no other server has it

    def do_GET(self) -> None:
        self._say(200, json.dumps({"object": "list", "data": self.server.models}))

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, sent))
        match self.path:
            case "/v1/load_lora_adapter" if not self.server.takes_adapters:
                self._say(404, '{"detail":"Not Found"}')
            case "/v1/load_lora_adapter" if sent["lora_name"] in self.server.adapters:
                self._say(400, '{"message": "The lora adapter has already been loaded."}')
            case "/v1/load_lora_adapter":
                self.server.adapters[sent["lora_name"]] = sent["lora_path"]
                self._say(200, "Success")
            case "/v1/unload_lora_adapter":
                del self.server.adapters[sent["lora_name"]]
                self._say(200, "Success")
            case _:
                self._complete(sent)

    def _complete(self, sent: dict[str, Any]) -> None:
        self.server.together.wait(10)
        if sent["model"] not in ("org/base", *self.server.adapters):
            self._say(404, json.dumps({"message": f"The model `{sent['model']}` does not exist."}))
            return
        usage = {"prompt_tokens": 3, "completion_tokens": 5}
        events: list[dict[str, Any]] = [{"choices": [each]} for each in self.server.pieces]
        events.append({"error": self.server.error} if self.server.error else {"choices": [], "usage": usage})
        told = "".join(f"data: {json.dumps(each)}\n\n" for each in events)
        self._say(200, told + "data: [DONE]\n\n")

    def _say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving() -> Generator[Stub]:
    with Stub() as stub:
        thread = Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield stub
        finally:
            stub.shutdown()
