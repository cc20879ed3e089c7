"""A response as server-sent events, in the order that the specification gives them.

created, in_progress, then for the one message: item added, part added, a delta for each word, text done,
part done, item done; last completed, or incomplete where the answer was cut. Each event has a number, from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from fakes.shape import compact
from fakes.tokens import pieces

__all__ = ["events"]


def events(response: dict[str, Any]) -> Iterator[bytes]:
    """The events of a finished response, made one by one."""
    numbers = count()

    def event(kind: str, **fields: object) -> bytes:
        body = {"type": kind, "sequence_number": next(numbers), **fields}
        return b"event: " + kind.encode() + b"\ndata: " + compact(body) + b"\n\n"

    begun: dict[str, object] = {**response, "status": "in_progress", "output": []}
    del begun["usage"]
    begun |= {"completed_at": None, "incomplete_details": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for index, item in enumerate(response["output"]):
        empty: dict[str, object] = {**item, "status": "in_progress", "content": []}
        yield event("response.output_item.added", output_index=index, item=empty)
        for at, part in enumerate(item["content"]):
            where = {"item_id": item["id"], "output_index": index, "content_index": at}
            yield event("response.content_part.added", **where, part={**part, "text": ""})
            for word in pieces(part["text"]):
                yield event("response.output_text.delta", **where, delta=word, logprobs=[])
            yield event("response.output_text.done", **where, text=part["text"], logprobs=[])
            yield event("response.content_part.done", **where, part=part)
        yield event("response.output_item.done", output_index=index, item=item)
    yield event(f"response.{response['status']}", response=response)
