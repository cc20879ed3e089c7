"""`fbench grade --jobs`: several processes grade a long file, and nobody can tell from what comes out."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fbench.errors import Incomplete
from fbench.grading.workers import Workers
from tests.cli.cli_user import Fbench, Said, begin

ROWS: list[dict[str, Any]] = [
    {
        "id": f"r{n}",
        "question": f"Who is number {n // 3}?" + " " * (n % 2),
        "gold": ["['Ona', 'Oda']", "Ona | Oda", "Ona"][n % 3],
        "response": ["It is Ona.", "Tell, " + "or so I read, " * 120, "I don't know."][n % 7 % 3],
        "human": ["yes", "no", ""][n % 5 % 3],
        "finish": "",
    }
    for n in range(2_000)
]
"""So many that they are in more parts than one process does alone."""


def text_of(rows: list[dict[str, Any]], form: str) -> str:
    if form == "jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows)
    if form == "json":
        return json.dumps(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def graded(fbench: Fbench, file: Path, out: str, *options: object, most: int = 2) -> list[tuple[Said, bytes]]:
    """What is said and written by one process, by two, and so on."""
    found: list[tuple[Said, bytes]] = []
    for jobs in range(1, most + 1):
        place = file.with_name(out)
        said = fbench("grade", file, "--out", out, "--jobs", jobs, *options)
        found.append((said, place.read_bytes() if place.exists() else b""))
        place.unlink(missing_ok=True)
        assert list(file.parent.iterdir()) == [file]
    return found


@pytest.mark.parametrize(
    ("form", "out", "options"),
    [
        ("jsonl", "out.jsonl", ("--human", "human")),
        ("csv", "out.csv", ("--human", "human", "--disagreements", "--grader", "exact")),
        ("json", "out.jsonl.gz", ("--grader", "exact", "--gold-separator", "|")),
    ],
)
def test_however_many_processes_grade_the_same_is_said_and_written(
    fbench: Fbench, tmp_path: Path, form: str, out: str, options: tuple[str, ...]
) -> None:
    rows = [*ROWS[:-1], {**ROWS[-1], "verdict": "known at the very end"}] if form != "csv" else ROWS
    file = tmp_path / f"a.{form}"
    file.write_text(text_of(rows, form), encoding="utf-8")
    one, two, three = graded(fbench, file, out, *options, most=3)

    assert one[0].code == 0
    assert one == two == three
    assert "2,000 answers" in one[0].err
    assert f"first row {2 if form == 'csv' else 1}: ['Ona', 'Oda']" in one[0].err
    assert ("input_verdict" in one[0].err) == (form != "csv")


def test_what_goes_to_stdout_is_what_goes_to_a_file(fbench: Fbench, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(text_of(ROWS, "jsonl"), encoding="utf-8")
    shown = fbench("grade", file, "--jobs", 2).out
    fbench("grade", file, "--jobs", 1, "--out", "out.jsonl")

    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == shown


BAD_ROW = {**ROWS[0], "finish": ["no", "text"]}


@pytest.mark.parametrize(
    ("form", "text", "place"),
    [
        ("jsonl", text_of([*ROWS[:1000], BAD_ROW, *ROWS, BAD_ROW], "jsonl"), "row 1001, field 'finish'"),
        ("jsonl", text_of([*ROWS, BAD_ROW], "jsonl") + "{", "row 2001, field 'finish'"),
        (
            "jsonl",
            text_of(ROWS, "jsonl") + "{\n" + text_of([*ROWS, BAD_ROW], "jsonl"),
            "row 2001: this is not",
        ),
        ("json", text_of([*ROWS, BAD_ROW], "json") + "]", "row 2001, field 'finish'"),
        ("json", text_of(ROWS, "json") + "]", "row 2000: something follows the list"),
        ("csv", text_of(ROWS, "csv") + "a,b\n" + 'x,"y"z\n', "row 2002: it has 2 cells"),
        ("csv", text_of(ROWS, "csv") + 'x,"y"z\na,b\n', "row 2002: this is not CSV"),
        ("jsonl", text_of(ROWS, "jsonl") + "\udcff\n" + text_of(ROWS[:9], "jsonl"), "is not UTF-8 (0xff"),
    ],
)
def test_the_first_row_that_is_wrong_is_named_however_many_processes_read(
    fbench: Fbench, tmp_path: Path, form: str, text: str, place: str
) -> None:
    file = tmp_path / f"a.{form}"
    file.write_bytes(text.encode(errors="surrogateescape"))
    one, two = graded(fbench, file, "out.csv")

    assert place in one[0].paragraph
    assert one == two


def process_of(_part: int) -> int:
    return os.getpid()


def test_a_long_work_is_divided_and_a_short_one_or_one_job_is_not() -> None:
    with Workers(2) as workers:
        assert set(workers.map(process_of, range(3))) == {os.getpid()}
        divided = list(workers.map(process_of, range(40)))
    assert len(divided) == 40
    assert len(set(divided)) == 2
    assert os.getpid() not in divided
    with Workers(1) as workers:
        assert set(workers.map(process_of, range(40))) == {os.getpid()}


def test_parts_are_read_a_few_ahead_and_no_more() -> None:
    read: list[int] = []

    def parts() -> Any:
        for number in range(1_000):
            read.append(number)
            yield number

    with Workers(2) as workers:
        made = workers.map(process_of, parts())
        for _ in range(5):
            next(made)
        assert len(read) < 50


def dies_at_20(part: int) -> int:
    if part == 20:
        os.kill(os.getpid(), signal.SIGKILL)
    return part


def test_what_came_before_a_worker_ended_comes_first() -> None:
    with Workers(2) as workers:
        made = workers.map(dies_at_20, range(40))
        assert [next(made) for _ in range(12)] == list(range(12))
        with pytest.raises(Incomplete, match="a worker process was ended"):
            list(made)


needs_proc = pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(),
    reason="needs /proc to find worker processes",
)


def workers_of(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return [int(each) for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def begun(tmp_path: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """A command that has begun to write and waits for its workers, which are held; and these."""
    (tmp_path / "a.jsonl").write_text(text_of(ROWS, "jsonl") * 60, encoding="utf-8")
    (tmp_path / "out.jsonl").write_text("what was there before", encoding="utf-8")
    process = begin(tmp_path, "grade", "a.jsonl", "--jobs", 2, "--out", "out.jsonl")
    wait_for(
        lambda: (tmp_path / "out.jsonl.new").exists() and (tmp_path / "out.jsonl.new").stat().st_size > 0
    )
    workers = workers_of(process.pid)
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    assert len(workers) == 2
    return process, workers


def ended(process: subprocess.Popen[str], tmp_path: Path) -> Said:
    """How it ended: nothing half-written is left, and what was there before still is."""
    out, err = process.communicate(timeout=60)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "out.jsonl"]
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "what was there before"
    return Said(process.returncode, out, err)


@needs_proc
def test_where_a_worker_is_killed_the_command_says_so_and_writes_nothing(tmp_path: Path) -> None:
    process, workers = begun(tmp_path)
    os.kill(workers[0], signal.SIGKILL)
    os.kill(workers[1], signal.SIGCONT)
    said = ended(process, tmp_path)

    assert (said.code, said.out) == (3, "")
    assert said.err.splitlines()[-1].startswith("Error: a worker process was ended before its work was done")
    assert "Traceback" not in said.err


@needs_proc
def test_ctrl_c_reaches_all_processes_and_one_line_tells_of_it(tmp_path: Path) -> None:
    process, workers = begun(tmp_path)
    for each in (*workers, process.pid):
        os.kill(each, signal.SIGINT)
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    said = ended(process, tmp_path)

    assert (said.code, said.out) == (130, "")
    assert said.err.splitlines()[-1] == "Stopped at once."
    assert "Traceback" not in said.err
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


@needs_proc
def test_workers_end_with_a_command_that_is_killed(tmp_path: Path) -> None:
    process, workers = begun(tmp_path)
    process.kill()
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    process.communicate(timeout=60)
    wait_for(lambda: not any(alive(worker) for worker in workers))


def alive(process: int) -> bool:
    """Whether a process has not ended, or is not yet known to have."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_number_of_processes_that_cannot_be_is_refused(fbench: Fbench, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(text_of(ROWS[:1], "jsonl"), encoding="utf-8")
    for jobs in (0, 65, "two"):
        assert "'--jobs'" in fbench("grade", "a.jsonl", "--jobs", jobs).paragraph
