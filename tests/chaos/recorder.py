"""`python recorder.py FILE`: records calls to fakes for ever, and tells the number of each that returned."""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

import httpx2

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.cassette import Cassette, CassetteTransport

service = FakeTransport(World(learner=ScriptedLearner(lambda prompt: prompt * 20)))
cassette = Cassette(Path(sys.argv[1]), "new", provenance={"upstream": "fake"})
client = httpx2.Client(transport=CassetteTransport(cassette, service))
for number in count():
    body = {
        "model": "gpt-4o-mini-2024-07-18",
        "messages": [{"role": "user", "content": f"question {number} "}],
    }
    client.post(
        "https://api.openai.com/v1/chat/completions",
        json=body,
        headers={"authorization": "Bearer sk-fake"},
    )
    os.write(1, f"{number}\n".encode())
