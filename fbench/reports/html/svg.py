"""Plots as inline SVG: axes, marks and legends. Numbers have one decimal, so equal runs give equal bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fbench.reports.html.markup import Ids, Markup, element

__all__ = ["Bar", "Curved", "Point", "Way", "forest", "lines", "scatter"]

_WIDTH, _LEFT, _RIGHT, _TOP = 640.0, 56.0, 16.0, 12.0
_HEIGHT, _BELOW, _LINE = 260.0, 44.0, 20.0
_COLOURS = 8
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


class Point(NamedTuple):
    """A value at a place of the x axis, with both ends of its interval."""

    at: int
    value: float
    low: float | None = None
    high: float | None = None


class Curved(NamedTuple):
    """Values in a line. `kind` chooses colour and mark; `dashed` is for a second line of that kind."""

    label: str
    kind: int
    points: Sequence[Point]
    dashed: bool = False


class Way(NamedTuple):
    """Points of two shares, each a step from the one before; `kind` chooses colour and mark."""

    label: str
    kind: int
    places: Sequence[tuple[float, float]]


class Bar(NamedTuple):
    """A row of a forest plot: a value with both ends of its interval, `hollow` if that holds 0."""

    label: str
    value: float
    low: float
    high: float
    kind: int
    hollow: bool


@dataclass(frozen=True)
class _Frame:
    """The area between the axes."""

    height: float
    x: Callable[[float], float]
    y: Callable[[float], float]


def lines(
    ids: Ids,
    title: str,
    description: str,
    places: Sequence[str],
    curves: Sequence[Curved],
    *,
    axes: tuple[str, str] = ("epochs", "accuracy"),
    ticks: Sequence[float] = _SHARES,
) -> Markup:
    """Lines over places in a row, with intervals; the marks of one place stand beside each other."""
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(places))
    top, bottom = _TOP, _TOP + _HEIGHT
    most = ticks[-1]
    frame = _Frame(
        bottom,
        lambda at: _LEFT + step * (at + 0.5),
        lambda value: bottom - (bottom - top) * value / most if most else bottom,
    )
    drawn = [*_grid(frame, ticks, axes[1])]
    for at, place in enumerate(places):
        drawn.append(_text(frame.x(at), bottom + 16, place, "middle"))
    drawn.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, bottom + 34, axes[0], "middle"))
    beside = min(7.0, 0.6 * step / max(1, len(curves)))
    for number, curve in enumerate(curves):
        drawn += _curve(curve, frame, beside * (number - (len(curves) - 1) / 2))
    legend = [(curve.label, curve.kind, curve.dashed) for curve in curves]
    return _whole(ids, title, description, drawn, bottom=bottom, legend=legend)


def scatter(ids: Ids, title: str, description: str, ways: Sequence[Way], *, axes: tuple[str, str]) -> Markup:
    """Points of two shares in lines, and the diagonal at which both are equal."""
    bottom = _TOP + _HEIGHT + 60
    frame = _Frame(
        bottom,
        lambda value: _LEFT + (_WIDTH - _LEFT - _RIGHT - 8) * value,
        lambda value: bottom - (bottom - _TOP - 8) * value,
    )
    drawn = [*_grid(frame, _SHARES, axes[1])]
    drawn += [_text(frame.x(tick), bottom + 16, f"{tick:.2f}", "middle") for tick in _SHARES]
    drawn.append(_text(frame.x(0.5), bottom + 34, axes[0], "middle"))
    drawn.append(_line(frame.x(0), frame.y(0), frame.x(1), frame.y(1), "equal"))
    for way in ways:
        colour = f"k{way.kind % _COLOURS}"
        places = [(frame.x(x), frame.y(y)) for x, y in way.places]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        drawn.append(element("polyline", points=points, class_=f"thin {colour}"))
        drawn += [_mark(x, y, way.kind, colour) for x, y in places]
    legend = [(way.label, way.kind, False) for way in ways]
    return _whole(ids, title, description, drawn, bottom=bottom, legend=legend)


def forest(ids: Ids, title: str, description: str, bars: Sequence[Bar], *, axis: str) -> Markup:
    """A row for each value, with its interval, and the line of no difference."""
    left = 300.0
    bottom = _TOP + _LINE * len(bars) + 6
    low = min([-0.25, *(bar.low for bar in bars)])
    high = max([0.25, *(bar.high for bar in bars)])

    def x(value: float) -> float:
        return left + (_WIDTH - left - _RIGHT - 8) * (value - low) / (high - low)

    step = 0.25 if high - low < 1.2 else 0.5
    ticks = [tick * step for tick in range(-4, 5) if low <= tick * step <= high]
    drawn = [_line(x(tick), _TOP, x(tick), bottom, "axis" if tick == 0 else "grid") for tick in ticks]
    drawn += [_text(x(tick), bottom + 16, f"{tick:+.2f}" if tick else "0", "middle") for tick in ticks]
    drawn.append(_text(x((low + high) / 2), bottom + 34, axis, "middle"))
    for number, bar in enumerate(bars):
        y = _TOP + _LINE * (number + 0.5)
        colour = f"k{bar.kind % _COLOURS}"
        drawn.append(_text(left - 10, y + 4, _short(bar.label, 46), "end"))
        drawn.append(_line(x(bar.low), y, x(bar.high), y, f"line {colour}"))
        drawn.append(_mark(x(bar.value), y, bar.kind, f"{colour} hollow" if bar.hollow else colour))
    return _whole(ids, title, description, drawn, bottom=bottom)


_Entry = tuple[str, int, bool]
"""An entry of a legend: the label, the kind, and whether it is dashed."""


def _whole(
    ids: Ids,
    title: str,
    description: str,
    drawn: Sequence[Markup],
    *,
    bottom: float,
    legend: Sequence[_Entry] = (),
) -> Markup:
    name, about = ids.new("title"), ids.new("description")
    height = bottom + _BELOW + _LINE * ((len(legend) + 1) // 2) + 4
    inside = [element("title", title, id=name), element("desc", description, id=about)]
    return element(
        "svg",
        *inside,
        *drawn,
        *_legend(legend, bottom + _BELOW + 8),
        viewBox=f"0 0 {_WIDTH:.0f} {height:.0f}",
        role="img",
        aria_labelledby=name,
        aria_describedby=about,
    )


def _grid(frame: _Frame, ticks: Sequence[float], label: str) -> Iterator[Markup]:
    for tick in ticks:
        y = frame.y(tick)
        yield _line(_LEFT, y, _WIDTH - _RIGHT, y, "grid" if tick else "axis")
        yield _text(_LEFT - 6, y + 4, f"{tick:.2f}" if ticks[-1] <= 1 else f"{tick:,.0f}", "end")
    middle = (frame.y(0) + _TOP) / 2
    turned = f"rotate(-90 12 {middle:.1f})"
    yield element("text", label, x="12.0", y=f"{middle:.1f}", text_anchor="middle", transform=turned)


def _curve(curve: Curved, frame: _Frame, beside: float) -> Iterator[Markup]:
    colour = f"k{curve.kind % _COLOURS}"
    places = [(frame.x(point.at) + beside, frame.y(point.value)) for point in curve.points]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    if len(places) > 1:
        yield element("polyline", points=way, class_=f"line {colour}{' dashed' if curve.dashed else ''}")
    for point, (x, y) in zip(curve.points, places, strict=True):
        if point.low is not None and point.high is not None:
            yield _line(x, frame.y(point.low), x, frame.y(point.high), f"whisker {colour}")
        yield _mark(x, y, curve.kind, f"{colour} hollow" if curve.dashed else colour)


def _legend(entries: Sequence[_Entry], top: float) -> Iterator[Markup]:
    """Labels in two columns, the first of which is filled first."""
    rows = (len(entries) + 1) // 2
    for number, (label, kind, dashed) in enumerate(entries):
        x = _LEFT + (_WIDTH - _LEFT) / 2 * (number // rows)
        y, colour = top + _LINE * (number % rows), f"k{kind % _COLOURS}"
        yield _line(x, y, x + 26, y, f"line {colour}{' dashed' if dashed else ''}")
        yield _mark(x + 13, y, kind, f"{colour} hollow" if dashed else colour)
        yield _text(x + 34, y + 4, _short(label, 40))


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return element("line", **{name: f"{value:.1f}" for name, value in ends.items()}, class_=class_)


def _text(x: float, y: float, said: str, anchor: str | None = None) -> Markup:
    return element("text", said, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


_MARKS: tuple[Sequence[tuple[float, float]], ...] = (
    (),  # a circle
    ((-4, -4), (4, -4), (4, 4), (-4, 4)),
    ((0, -5.5), (5, 4), (-5, 4)),
    ((0, -6), (5, 0), (0, 6), (-5, 0)),
    ((0, 5.5), (5, -4), (-5, -4)),
    (
        (-2, -5),
        (2, -5),
        (2, -2),
        (5, -2),
        (5, 2),
        (2, 2),
        (2, 5),
        (-2, 5),
        (-2, 2),
        (-5, 2),
        (-5, -2),
        (-2, -2),
    ),
    (
        (0, -6),
        (1.6, -1.8),
        (6, -1.8),
        (2.4, 1),
        (3.8, 5.4),
        (0, 2.8),
        (-3.8, 5.4),
        (-2.4, 1),
        (-6, -1.8),
        (-1.6, -1.8),
    ),
)


def _mark(x: float, y: float, kind: int, class_: str) -> Markup:
    shape = _MARKS[kind % len(_MARKS)]
    if not shape:
        return element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="4.5", class_=f"mark {class_}")
    corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shape)
    return element("polygon", points=corners, class_=f"mark {class_}")


def _short(label: str, most: int) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}~"
