"""Fetch the release of FineTuneBench, file by file, each verified by its digest.

The release has no licence, so fbench does not ship it: users download it from its authors. A digest is a
SHA-256. For `datasets/coding/coding_memorization.csv` no SHA-256 is known, so its digest is the git blob id
of its content.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from fbench.errors import DataError, Incomplete, UsageError
from fbench.files import move_durably

if TYPE_CHECKING:
    import httpx2

__all__ = ["BASE_URL", "CODING_MEMORIZATION", "COMMIT", "MANIFEST", "FetchProgress", "fetch", "git_blob_id"]

COMMIT = "5aaa1171b253f2b51eb6c28494de6e1603a6daf8"
BASE_URL = f"https://raw.githubusercontent.com/kevinwu23/StanfordFineTuneBench/{COMMIT}"

FetchProgress = Callable[[str, int, int], None]
"""Called with a file's name, the number of its bytes already stored, and its size (0 if unknown)."""

_Told = Callable[[int, int], None]

_GIT_DIGITS = 40
_TRIES = 5
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses of temporary failures, which a retry may overcome."""


CODING_MEMORIZATION = "datasets/coding/coding_memorization.csv"


def _manifest() -> Mapping[str, str]:
    lines = (resources.files("fbench.datasets") / "release.sha256").read_text(encoding="ascii").splitlines()
    hashes = {name: digest for digest, name in (line.split("  ") for line in lines)}
    # Last, so that all other files are stored if a mirror lacks it.
    return hashes | {CODING_MEMORIZATION: "b649ce218514faa235a617952acad9bcca412518"}


MANIFEST = _manifest()
"""The digest of each file of the release, by its path in the repository: a SHA-256 (64 digits), or a git blob
id (40)."""


def fetch(
    dest: Path,
    *,
    base_url: str = BASE_URL,
    files: Mapping[str, str] = MANIFEST,
    progress: FetchProgress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Path]:
    """Download `files` (path -> SHA-256, or git blob id) into `dest`; returns the paths downloaded now.

    A file with the right digest is not downloaded again. A download is written to `NAME.part`, continues
    there after an interruption, and is renamed only when its digest is right. Each file gets five attempts,
    with 1, 2, 4 and 8 seconds between them (`sleep`). The environment's proxy variables are honoured.

    Raises `Incomplete` if the server cannot be reached or breaks off (run it again to continue),
    `UsageError` if it refuses a file, `DataError` if a file's digest is wrong.
    """
    import httpx2  # noqa: PLC0415 - costs more to import than all the rest of the data layer

    fetched: list[Path] = []
    # With a compressed body, sizes and ranges would be those of the compressed data.
    with httpx2.Client(follow_redirects=True, timeout=30, headers={"Accept-Encoding": "identity"}) as client:
        for name, digest in files.items():
            path = dest / name
            if path.is_file() and _digest(path, digest)[1] == digest:
                continue
            _make_folder(path.parent)
            told = None if progress is None else partial(progress, name)
            _fetch_one(client, f"{base_url.rstrip('/')}/{name}", path, digest=digest, told=told, sleep=sleep)
            fetched.append(path)
    return fetched


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as bad:
        raise UsageError(f"{folder} cannot be made ({bad.strerror}). Name another folder.") from None


def _fetch_one(
    client: httpx2.Client,
    url: str,
    path: Path,
    *,
    digest: str,
    told: _Told | None,
    sleep: Callable[[float], None],
) -> None:
    import httpx2  # noqa: PLC0415 - see fetch

    part = path.with_name(f"{path.name}.part")
    trouble = ""
    for attempt in range(_TRIES):
        if attempt:
            sleep(2 ** (attempt - 1))
        try:
            resumed = _receive(client, url, part, told)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as bad:
            raise UsageError(
                f"{url} is no address to fetch from ({bad}). Give one with http or https."
            ) from None
        except httpx2.RequestError as bad:
            trouble = str(bad) or type(bad).__name__
            continue
        except httpx2.HTTPStatusError as bad:
            trouble = f"status {bad.response.status_code}"
            if bad.response.status_code in _PASSING:
                continue
            raise UsageError(f"{url} was refused with {trouble}. See that the address is right.") from None
        name, found = _digest(part, digest)
        if found == digest:
            move_durably(part, path)
            return
        part.unlink()
        if not resumed:
            problem = f"what {url} serves has the {name} {found}, but the release's is {digest}"
            raise DataError(problem, file=path, do="See whether a proxy alters the download, and try again")
        # The part from an earlier run may belong to another file.
        trouble = f"the resumed download has the {name} {found}, not {digest}"
    do = "Run it again: it goes on from what is here."
    raise Incomplete(f"{url} could not be fetched in {_TRIES} tries; the last ended with: {trouble}. {do}")


def _receive(client: httpx2.Client, url: str, part: Path, told: _Told | None) -> bool:
    """Download the rest of `url` into `part`, or all of it; returns whether it continued an earlier part."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with client.stream("GET", url, headers=headers) as response:
        partial_content = response.status_code == 206
        goes_on = partial_content and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        useless = response.status_code == 416 or (partial_content and not goes_on)
        if not (have and useless):
            response.raise_for_status()
            _save(response, part, have if goes_on else 0, told)
            return have > 0 and goes_on
    part.unlink()
    return _receive(client, url, part, told)


def _save(response: httpx2.Response, part: Path, have: int, told: _Told | None) -> None:
    length = int(response.headers.get("Content-Length", 0))
    total = have + length if length else 0
    with part.open("ab" if have else "wb") as file:
        for chunk in response.iter_raw():
            file.write(chunk)
            have += len(chunk)
            if told is not None:
                told(have, total)


def _digest(path: Path, like: str) -> tuple[str, str]:
    """The name and the value (hex) of a file's digest, of the same type as `like`."""
    if len(like) == _GIT_DIGITS:
        return "git blob id", git_blob_id(path)
    with path.open("rb") as file:
        return "SHA-256", hashlib.file_digest(file, "sha256").hexdigest()


def git_blob_id(path: Path) -> str:
    """The git blob id of a file: the SHA-1 (hex) of "blob SIZE", a zero byte and the bytes.

    https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    """
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
