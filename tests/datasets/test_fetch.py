"""Fetching files from a real server on the loopback, well behaved and not."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fbench.datasets.fetch import COMMIT, MANIFEST, fetch, git_blob_id
from fbench.errors import DataError, Incomplete, UsageError

CONTENT = bytes(range(256)) * 64
DIGEST = hashlib.sha256(CONTENT).hexdigest()
FILES = {"folder/file.csv": DIGEST}


@dataclass
class Server:
    """What it serves, how it misbehaves, and which ranges it was asked for."""

    content: bytes = CONTENT
    cut_after: list[int] = field(default_factory=list[int])
    statuses: list[int] = field(default_factory=list[int])
    ignores_range: bool = False
    shifts_range: bool = False
    asked: list[str | None] = field(default_factory=list[str | None])
    paths: list[str] = field(default_factory=list[str])
    codings: list[str | None] = field(default_factory=list[str | None])
    url: str = ""


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers["Range"]
            server.asked.append(asked)
            server.paths.append(self.path)
            server.codings.append(self.headers["Accept-Encoding"])
            if server.statuses:
                self.send_error(server.statuses.pop(0))
                return
            start = (
                0 if asked is None or server.ignores_range else int(asked.removeprefix("bytes=").rstrip("-"))
            )
            if start >= len(server.content):
                self.send_error(416)
                return
            body = server.content[start:]
            self.send_response(200 if start == 0 else 206)
            if start:
                told = start + 1 if server.shifts_range else start
                self.send_header(
                    "Content-Range", f"bytes {told}-{len(server.content) - 1}/{len(server.content)}"
                )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: server.cut_after.pop(0)] if server.cut_after else body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    state = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler(state))
    state.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    http.shutdown()
    http.server_close()
    thread.join()


Slept = list[float]


@pytest.fixture
def slept() -> Slept:
    return []


@pytest.fixture
def run(server: Server, tmp_path: Path, slept: Slept) -> Callable[[], list[Path]]:
    return lambda: fetch(tmp_path, base_url=server.url, files=FILES, sleep=slept.append)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


Run = Callable[[], list[Path]]


def test_a_file_is_fetched_once(run: Run, server: Server, tmp_path: Path, slept: Slept) -> None:
    assert run() == [tmp_path / "folder/file.csv"]
    assert files_in(tmp_path) == {"folder/file.csv": CONTENT}
    assert run() == []
    assert server.paths == ["/folder/file.csv"]
    assert server.codings == ["identity"]
    assert slept == []


def test_a_file_with_another_content_is_fetched_again(run: Run, tmp_path: Path) -> None:
    run()
    (tmp_path / "folder/file.csv").write_bytes(CONTENT[:-1])
    assert run() == [tmp_path / "folder/file.csv"]
    assert files_in(tmp_path) == {"folder/file.csv": CONTENT}


def test_a_cut_download_goes_on_where_it_was_cut(
    run: Run, server: Server, tmp_path: Path, slept: Slept
) -> None:
    server.cut_after = [1000, 500]
    run()
    assert server.asked == [None, "bytes=1000-", "bytes=1500-"]
    assert slept == [1, 2]
    assert files_in(tmp_path) == {"folder/file.csv": CONTENT}


def test_a_server_that_ignores_ranges_is_read_anew(run: Run, server: Server, tmp_path: Path) -> None:
    server.cut_after, server.ignores_range = [1000], True
    run()
    assert server.asked == [None, "bytes=1000-"]
    assert files_in(tmp_path) == {"folder/file.csv": CONTENT}


def test_a_range_that_was_not_asked_for_is_not_used(run: Run, server: Server, tmp_path: Path) -> None:
    server.cut_after, server.shifts_range = [1000], True
    run()
    assert server.asked == [None, "bytes=1000-", None]
    assert files_in(tmp_path) == {"folder/file.csv": CONTENT}


def test_an_interrupted_run_leaves_a_part_that_the_next_one_goes_on_from(
    run: Run, server: Server, tmp_path: Path, slept: Slept
) -> None:
    server.cut_after = [100] * 5
    with pytest.raises(Incomplete, match="in 5 tries"):
        run()
    assert files_in(tmp_path) == {"folder/file.csv.part": CONTENT[:500]}
    assert slept == [1, 2, 4, 8]
    run()
    assert server.asked[-1] == "bytes=500-"
    assert files_in(tmp_path) == {"folder/file.csv": CONTENT}


@pytest.mark.parametrize(
    "part", [b"the beginning of something else", CONTENT + b"more than there is", CONTENT]
)
def test_a_part_that_does_not_fit_is_dropped(run: Run, tmp_path: Path, part: bytes) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file.csv.part").write_bytes(part)
    run()
    assert files_in(tmp_path) == {"folder/file.csv": CONTENT}


def test_a_wrong_hash_names_both_and_leaves_nothing(run: Run, server: Server, tmp_path: Path) -> None:
    server.content = b"<html>Log in to the guest network</html>"
    with pytest.raises(DataError) as raised:
        run()
    assert DIGEST in str(raised.value)
    assert hashlib.sha256(server.content).hexdigest() in str(raised.value)
    assert files_in(tmp_path) == {}


def test_a_wrong_download_leaves_the_file_that_was_there(run: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file.csv").write_bytes(b"edited by hand")
    server.content = b"garbage"
    with pytest.raises(DataError):
        run()
    assert files_in(tmp_path) == {"folder/file.csv": b"edited by hand"}


def test_a_passing_status_is_tried_again(run: Run, server: Server, tmp_path: Path, slept: Slept) -> None:
    server.statuses = [503, 429]
    run()
    assert slept == [1, 2]
    assert files_in(tmp_path) == {"folder/file.csv": CONTENT}


def test_tries_are_bounded(run: Run, server: Server, tmp_path: Path) -> None:
    server.statuses = [500] * 9
    with pytest.raises(Incomplete, match="status 500"):
        run()
    assert len(server.asked) == 5
    assert files_in(tmp_path) == {}


def test_a_refusal_is_not_tried_again(run: Run, server: Server, slept: Slept) -> None:
    server.statuses = [404]
    with pytest.raises(UsageError, match="refused with status 404"):
        run()
    assert slept == []


def test_an_unreachable_server_is_incomplete(server: Server, tmp_path: Path, slept: Slept) -> None:
    closed = ThreadingHTTPServer(("127.0.0.1", 0), handler(server))
    url = f"http://127.0.0.1:{closed.server_address[1]}"
    closed.server_close()
    with pytest.raises(Incomplete, match="could not be fetched"):
        fetch(tmp_path, base_url=url, files=FILES, sleep=slept.append)


@pytest.mark.parametrize("url", ["ftp://release.invalid", "release.invalid", "http://[::1"])
def test_an_address_that_is_none_is_refused_at_once(tmp_path: Path, slept: Slept, url: str) -> None:
    with pytest.raises(UsageError, match="is no address to fetch from"):
        fetch(tmp_path, base_url=url, files=FILES, sleep=slept.append)
    assert slept == []


def test_a_destination_that_is_a_file_is_refused(tmp_path: Path, server: Server) -> None:
    (tmp_path / "folder").write_text("")
    with pytest.raises(UsageError, match="cannot be made"):
        fetch(tmp_path, base_url=server.url, files=FILES)


def test_the_http_client_is_imported_only_to_fetch() -> None:
    code = "import sys, fbench.datasets.fetch; sys.exit('httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_progress_tells_name_bytes_and_size_also_after_a_cut(
    server: Server, tmp_path: Path, slept: Slept
) -> None:
    server.cut_after = [1000]
    told: list[tuple[str, int, int]] = []
    fetch(
        tmp_path,
        base_url=server.url,
        files=FILES,
        progress=lambda name, done, total: told.append((name, done, total)),
        sleep=slept.append,
    )
    assert told[0] == ("folder/file.csv", 1000, len(CONTENT))
    assert told[-1] == ("folder/file.csv", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_the_proxy_of_the_environment_is_used(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slept: Slept
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    fetch(tmp_path, base_url="http://release.invalid", files=FILES, sleep=slept.append)
    assert server.paths == ["http://release.invalid/folder/file.csv"]


def test_the_id_of_a_blob_is_gits(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"hello\n")
    assert git_blob_id(tmp_path / "file") == "ce013625030ba8dba906f756967f9e9ca394464a"
    (tmp_path / "file").write_bytes(b"")
    assert git_blob_id(tmp_path / "file") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_a_file_that_is_known_by_its_blob_id_is_fetched_once(
    server: Server, tmp_path: Path, slept: Slept
) -> None:
    server.content = b"hello\n"
    files = {"folder/file.csv": "ce013625030ba8dba906f756967f9e9ca394464a"}
    assert fetch(tmp_path, base_url=server.url, files=files, sleep=slept.append) == [
        tmp_path / "folder/file.csv"
    ]
    assert fetch(tmp_path, base_url=server.url, files=files, sleep=slept.append) == []
    assert files_in(tmp_path) == {"folder/file.csv": b"hello\n"}


def test_a_wrong_blob_id_names_both_and_leaves_what_was_there(server: Server, tmp_path: Path) -> None:
    server.content = b"hello\r\n"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file.csv").write_bytes(b"edited by hand")
    files = {"folder/file.csv": "ce013625030ba8dba906f756967f9e9ca394464a"}
    with pytest.raises(
        DataError, match=r"has the git blob id (\w{40}), but the release's is ce0136"
    ) as raised:
        fetch(tmp_path, base_url=server.url, files=files)
    (tmp_path / "served").write_bytes(server.content)
    assert git_blob_id(tmp_path / "served") in str(raised.value)
    (tmp_path / "served").unlink()
    assert files_in(tmp_path) == {"folder/file.csv": b"edited by hand"}


def test_the_manifest_is_of_one_commit_and_knows_one_file_by_its_blob_id() -> None:
    assert len(COMMIT) == 40
    assert len(MANIFEST) == 18
    blobs = {name: digest for name, digest in MANIFEST.items() if len(digest) != 64}
    assert blobs == {
        "datasets/coding/coding_memorization.csv": "b649ce218514faa235a617952acad9bcca412518",
    }
    assert list(MANIFEST)[-1] in blobs


def test_the_manifest_fits_the_released_files(released: Path) -> None:
    # The news files of the shared copy are cut by one column, so only theirs differ.
    there = {
        name: released / name
        for name in MANIFEST
        if (released / name).is_file() and "latest_news" not in name and len(MANIFEST[name]) == 64
    }
    assert len(there) >= 7
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()} == {
        name: MANIFEST[name] for name in there
    }
