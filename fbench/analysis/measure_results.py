"""The form of measures beyond accuracy, of forgetting curves and of contrasts in `results.json`."""

from __future__ import annotations

from pydantic import Field

from fbench.analysis.result_forms import OfCell, ReportedDifference, ReportedInterval, ResultForm, Share

__all__ = ["Contrast", "Curve", "CurvePoint", "Measure"]


class Measure(OfCell):
    """A measure of a cell beyond its accuracy, by `fbench.analysis.measures`; null where it is undefined.

    `part` is the role or the tier of the questions, where a measure has several. `n` counts questions,
    `before` is the same of the base model. `p` is the mid-p of the test that flips the signs of the clusters'
    differences from the base model, and `holm` is corrected for all tests of the `family`. `against` is the
    cell with which it is compared, and `counts` are what the value can be computed from. A row of the task
    `all` holds the questions of all tasks together.
    """

    measure: str
    part: str = ""
    n: int
    clusters: int
    value: float | None
    interval: ReportedInterval | None = None
    before: float | None = None
    p: Share | None = None
    holm: Share | None = None
    family: str = ""
    against: str | None = None
    counts: dict[str, float] = Field(default_factory=dict[str, float])


class CurvePoint(ResultForm):
    """The accuracy after some epochs, 0 for the base model; several seeds together."""

    epochs: int
    n: int
    accuracy: Share
    interval: ReportedInterval


class Curve(OfCell):
    """Accuracy by epochs on questions of a role whose answers did not change: what is forgotten.

    `epochs` are the most, `seed` is null, and `cell` is the first of them. The points are of the same
    questions. `p` is the mid-p of the test that flips the signs of the clusters' trends over the order of
    the epochs, and `trend` the change of accuracy from one number of epochs to the next, by least squares.
    """

    part: str
    points: tuple[CurvePoint, ...]
    clusters: int
    trend: float
    p: Share
    holm: Share
    family: str


class Contrast(ResultForm):
    """Accuracy at two levels of one axis of the grid, over all pairs of cells that are equal in all else.

    `difference` is the `high` minus the `low` level on the same questions. `cells` counts the pairs of cells,
    `n` those of answers. `holm` is corrected for all contrasts in the `family`. The task `all`
    holds all tasks.
    """

    model: str
    task: str
    axis: str
    low: str
    high: str
    part: str
    cells: int
    n: int
    clusters: int
    low_accuracy: Share
    high_accuracy: Share
    difference: ReportedDifference
    holm: Share
    family: str
