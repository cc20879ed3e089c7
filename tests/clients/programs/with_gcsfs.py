# pyright: basic, reportMissingImports=false
"""gcsfs: a bucket as a file system, as pandas and its like open `gs://` names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import fsspec
import gcsfs
import pytest

from prepare import openai_rows


@pytest.fixture
def files(services: None) -> Any:
    """The file system, with a bucket `b` in it."""
    token = "anon" if os.environ.get("STORAGE_EMULATOR_HOST") else None
    made = gcsfs.GCSFileSystem(project="p", token=token, skip_instance_cache=True)
    if not made.exists("fs-b"):
        made.mkdir("fs-b")
    return made


def test_a_bucket_is_made_and_removed(files: Any) -> None:
    files.mkdir("fs-own")
    assert "fs-own" in [name.rstrip("/") for name in files.ls("")]
    files.rmdir("fs-own")
    files.invalidate_cache()
    assert not files.exists("fs-own")


def test_what_was_written_is_read(files: Any) -> None:
    with files.open("gs://fs-b/rows.jsonl", "w") as file:
        file.write(openai_rows())
    with files.open("gs://fs-b/rows.jsonl") as file:
        rows = [json.loads(line) for line in file]
    assert rows[0]["messages"][1]["content"] == "Mara Lind"
    assert files.cat("fs-b/rows.jsonl") == openai_rows().encode()


def test_a_large_file_is_written_in_blocks_and_read_from_the_middle(files: Any) -> None:
    content = bytes(range(256)) * 4096
    with files.open("fs-b/large.bin", "wb", block_size=256 * 1024) as file:
        file.write(content)
    assert files.info("fs-b/large.bin")["size"] == len(content)
    with files.open("fs-b/large.bin", block_size=64 * 1024) as file:
        file.seek(500_000)
        assert file.read(1000) == content[500_000:501_000]
    assert files.cat_file("fs-b/large.bin", start=10, end=20) == content[10:20]
    assert files.tail("fs-b/large.bin", 256) == content[-256:]


def test_folders_are_listed_walked_and_matched(files: Any) -> None:
    files.pipe({"fs-b/t/1.txt": b"1", "fs-b/t/2.txt": b"22", "fs-b/t/u/3.txt": b"333"})
    files.invalidate_cache()
    assert sorted(files.ls("fs-b/t", detail=False)) == ["fs-b/t/1.txt", "fs-b/t/2.txt", "fs-b/t/u"]
    assert sorted(files.find("fs-b/t")) == ["fs-b/t/1.txt", "fs-b/t/2.txt", "fs-b/t/u/3.txt"]
    assert files.glob("fs-b/t/*.txt") == ["fs-b/t/1.txt", "fs-b/t/2.txt"]
    assert files.du("fs-b/t") == 6
    assert files.isdir("fs-b/t/u")
    assert files.isfile("fs-b/t/1.txt")


def test_a_file_is_copied_moved_and_removed(files: Any) -> None:
    files.pipe("fs-b/m/a", b"text")
    files.copy("fs-b/m/a", "fs-b/m/b")
    files.mv("fs-b/m/b", "fs-b/m/c")
    assert files.cat("fs-b/m/c") == b"text"
    files.rm("fs-b/m", recursive=True)
    files.invalidate_cache()
    assert not files.exists("fs-b/m/c")
    with pytest.raises(FileNotFoundError):
        files.cat("fs-b/m/a")


def test_metadata_is_kept_and_changed(files: Any) -> None:
    files.pipe_file("fs-b/meta", b"x", metadata={"of": "mine"}, content_type="text/plain")
    assert files.info("fs-b/meta")["contentType"] == "text/plain"
    files.setxattrs("fs-b/meta", also="this")
    assert files.getxattr("fs-b/meta", "of") == "mine"
    assert files.getxattr("fs-b/meta", "also") == "this"


def test_a_file_that_exists_is_not_created_again(files: Any) -> None:
    files.pipe_file("fs-b/once", b"1")
    with pytest.raises(FileExistsError):
        files.pipe_file("fs-b/once", b"2", mode="create")
    assert files.cat("fs-b/once") == b"1"


def test_files_go_up_and_down(files: Any, here: Path) -> None:
    here.joinpath("up").mkdir()
    here.joinpath("up", "a.txt").write_text("a", encoding="utf-8")
    files.put("up", "fs-b/put", recursive=True)
    files.get("fs-b/put", "down", recursive=True)
    assert [path.read_text(encoding="utf-8") for path in here.joinpath("down").rglob("*.txt")] == ["a"]


def test_checksums_are_those_of_the_content(files: Any) -> None:
    files.pipe_file("fs-b/sum", b"text", consistency="md5")
    assert files.info("fs-b/sum")["crc32c"]
    with files.open("fs-b/sum", "wb", consistency="md5") as file:
        file.write(b"other")
    assert files.cat("fs-b/sum") == b"other"


def test_fsspec_finds_it_by_the_name_of_its_protocol(files: Any) -> None:
    files.pipe_file("fs-b/by-name", b"text")
    options = {"project": "p"} | ({"token": "anon"} if os.environ.get("STORAGE_EMULATOR_HOST") else {})
    with fsspec.open("gs://fs-b/by-name", **options) as file:
        assert file.read() == b"text"
