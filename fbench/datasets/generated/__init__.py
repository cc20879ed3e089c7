"""The dataset that fbench ships: invented facts in every task, made from a seed.

Nothing that it teaches is true, so no model can know it before, and nothing in it is anybody's property.
"""

from __future__ import annotations

from fbench.datasets.generated.coding import coding
from fbench.datasets.generated.general import examples
from fbench.datasets.generated.medical import medical
from fbench.datasets.generated.news import news
from fbench.datasets.generated.people import people
from fbench.datasets.generated.templates import NEW_SPLITS
from fbench.datasets.model import Dataset, Fact, Question
from fbench.errors import UsageError

__all__ = ["generate"]

INVENTED = {
    1: "All people, events, guidelines and libraries in this dataset are invented.",
    2: (
        "All people, events, guidelines and libraries that this dataset teaches are invented; those in its "
        "splits neighbour and general are real."
    ),
}
NO_ADVICE = (
    "The medical items name conditions and drugs that do not exist; nothing in them is medical advice."
)


def generate(seed: int = 0, edition: int = 2) -> Dataset:
    """News, people, medical and coding facts with their questions; the same seed gives the same ones.

    Edition 1 is what fbench 0.1 asked. Edition 2 has the same facts and questions, with questions of all
    other roles, three wordings of each fact, and general examples.

    It takes some tens of milliseconds, and gives the same dataset on every Python that fbench supports.
    """
    if edition not in INVENTED:
        raise UsageError(f"Generated data has the editions 1 and 2; it was {edition}.")
    facts: list[Fact] = []
    questions: list[Question] = []
    for make in (news, people, medical, coding):
        taught, asked = make(seed)
        facts += taught
        questions += asked
    if edition == 1:
        facts = [fact.model_copy(update={"wordings": ()}) for fact in facts]
        questions = [question for question in questions if question.split not in NEW_SPLITS]
    return Dataset(
        name="generated",
        source=f"fbench generators, seed {seed}" + (f", edition {edition}" if edition > 1 else ""),
        facts=tuple(facts),
        questions=tuple(questions),
        general=examples() if edition > 1 else (),
        notes=(INVENTED[edition], NO_ADVICE),
    )
