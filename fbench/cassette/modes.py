"""What a cassette does with requests, by the names that fbench and other recorders have for it."""

from __future__ import annotations

from typing import Literal

__all__ = ["CALLED", "Mode", "mode_of"]

Mode = Literal["none", "new", "all"]

CALLED: dict[str, Mode | None] = {
    "none": "none",
    "new": "new",
    "all": "all",
    "record-on-miss": "new",
    "new_episodes": "new",
    "rewrite": "all",
    "once": None,
}
"""Name -> mode; `once` is `none` where there is a recording, and `new` where there is none.

`new_episodes`, `once` and the first three are vcrpy's, `rewrite` is pytest-recording's.
"""


def mode_of(name: str, *, exists: bool) -> Mode:
    """The mode with that name, for a cassette that exists or not.

    Raises:
        ValueError: there is none. What is not known must not end in calls to a service.
    """
    if name not in CALLED:
        raise ValueError(f"{name!r} is no mode of recording: name one of {', '.join(CALLED)}.")
    mode = CALLED[name]
    return mode or ("none" if exists else "new")
