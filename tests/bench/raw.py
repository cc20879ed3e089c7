"""Requests to a fake's synchronous door without an SDK around them."""

from __future__ import annotations

import json

import httpx2

from fakes import FakeTransport

__all__ = ["BASE", "HEADERS", "chat", "get", "post"]

BASE = "https://api.openai.com/v1"
HEADERS = {"authorization": "Bearer sk-fake", "content-type": "application/json"}


def get(door: FakeTransport, url: str) -> bytes:
    """The body of the answer; it must be a 200."""
    return _sent(door, httpx2.Request("GET", url, headers=HEADERS))


def post(door: FakeTransport, url: str, body: object) -> bytes:
    """The body of the answer; it must be a 200."""
    return _sent(door, httpx2.Request("POST", url, headers=HEADERS, content=json.dumps(body).encode()))


def chat(door: FakeTransport, prompt: str) -> bytes:
    """What a base model says."""
    turns = [{"role": "user", "content": prompt}]
    return post(door, f"{BASE}/chat/completions", {"model": "gpt-4o-2024-08-06", "messages": turns})


def _sent(door: FakeTransport, request: httpx2.Request) -> bytes:
    response = door.handle_request(request)
    body = response.read()
    assert response.status_code == 200, body
    return body
