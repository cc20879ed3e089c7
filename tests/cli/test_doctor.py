"""What the doctor tells, what it keeps to itself, and that it asks nobody unless told to."""

from __future__ import annotations

import json
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from fakes.learners import known_learners
from fbench import known_models
from fbench.cli import doctor
from fbench.providers.profiles import PROFILES
from tests.cli.cli_user import Fbench

SECRET = "sk-planted-0123456789"


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """Every audit event of a socket; the interpreter never forgets who listens, so there is one listener."""
    seen: list[str] = []

    def listen(event: str, _: object) -> None:
        if event.startswith("socket."):
            seen.append(event)

    sys.addaudithook(listen)
    return seen


@pytest.fixture
def sockets(heard: list[str]) -> list[str]:
    """The audit events of sockets from here on."""
    heard.clear()
    return heard


def test_every_service_is_listed_with_its_variable_and_whether_it_is_set(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEBIUS_API_KEY", SECRET)
    services = {each["name"]: each for each in json.loads(fbench("doctor", "--json").out)["services"]}

    assert list(services) == list(PROFILES)
    assert [name for name, each in services.items() if each["is_set"]] == ["nebius"]
    assert "nebius: NEBIUS_API_KEY is set" in fbench("doctor").out


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ((), "yes, with torch 2.9.0, transformers 2.9.0, peft 2.9.0"),
        (("peft",), "no: peft is not installed (pip install 'fbench[local]')"),
        (("torch", "peft"), "no: torch, peft are not installed (pip install 'fbench[local]')"),
    ],
)
def test_it_is_told_whether_open_weights_can_be_tuned_here(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...], said: str
) -> None:
    def version(package: str) -> str:
        if package in missing:
            raise PackageNotFoundError(package)
        return "2.9.0"

    monkeypatch.setattr(doctor, "version", version)
    assert f"open weights on this machine: {said}" in fbench("doctor").out.splitlines()
    told = json.loads(fbench("doctor", "--json").out)["open_weights"]
    assert [name for name, found in told.items() if found is None] == list(missing)


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ((), "FBENCH_WIRE_API_KEY and FBENCH_WIRE_BASE_URL are not set"),
        (("FBENCH_WIRE_API_KEY",), "FBENCH_WIRE_API_KEY is set, FBENCH_WIRE_BASE_URL is not set"),
        (("FBENCH_WIRE_BASE_URL",), "FBENCH_WIRE_BASE_URL is set, FBENCH_WIRE_API_KEY is not set"),
        (
            ("FBENCH_WIRE_API_KEY", "FBENCH_WIRE_BASE_URL"),
            "FBENCH_WIRE_API_KEY and FBENCH_WIRE_BASE_URL are set",
        ),
    ],
)
def test_of_two_variables_it_is_said_which_are_set(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], said: str
) -> None:
    for name in ("FBENCH_WIRE_API_KEY", "FBENCH_WIRE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in there:
        monkeypatch.setenv(name, "http://127.0.0.1:9/v1")

    assert f"  wire: {said}" in fbench("doctor").out.splitlines()


def test_three_variables_are_listed_as_people_write_them(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_BASE_URL", "AZURE_OPENAI_RESOURCE_ID")
    for name in names:
        monkeypatch.delenv(name, raising=False)

    said = "AZURE_OPENAI_API_KEY, AZURE_OPENAI_BASE_URL and AZURE_OPENAI_RESOURCE_ID are not set"
    assert f"  azure: {said}" in fbench("doctor").out.splitlines()


@pytest.mark.parametrize(
    ("bucket", "said"),
    [
        (None, "FBENCH_BUCKET is not set: the bucket is PROJECT-fbench"),
        ("planted-bucket", "FBENCH_BUCKET is set"),
    ],
)
def test_it_is_said_which_bucket_training_files_are_put_into(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, bucket: str | None, said: str
) -> None:
    monkeypatch.delenv("FBENCH_BUCKET", raising=False)
    if bucket is not None:
        monkeypatch.setenv("FBENCH_BUCKET", bucket)
    out = fbench("doctor").out

    [vertex] = [line for line in out.splitlines() if line.startswith("  vertex: ")]
    assert vertex.endswith(f", {said}")
    assert "planted" not in out
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9/storage")
    assert "application default credentials are not needed, since STORAGE_EMUL" in fbench("doctor").out


@pytest.mark.parametrize("args", [(), ("--json",), ("--network",), ("--network", "--json")])
def test_no_part_of_a_key_or_an_address_is_told(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:pass-planted@127.0.0.1:9/v1")
    said = fbench("doctor", *args)

    assert said.code == 0
    told = said.out + said.err
    assert not any(SECRET[start : start + 6] in told for start in range(3, len(SECRET) - 5))
    assert "planted" not in told


def test_offline_no_socket_is_opened(fbench: Fbench, sockets: list[str]) -> None:
    assert fbench("doctor").code == 0
    assert sockets == []


def test_with_network_only_services_with_a_key_are_asked(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, sockets: list[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    out = fbench("doctor", "--network").out

    assert "not reached (ConnectError)" in out
    assert out.count("reached") == 1
    assert "socket.connect" in sockets


def test_a_service_that_answers_is_reached_whatever_it_says(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, silent_server: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", silent_server)

    out = fbench("doctor", "--network").out
    assert "127.0.0.1 was reached (it answered 401 to a request without a key)" in out


def test_data_that_can_be_read_is_counted_and_other_is_explained(fbench: Fbench, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text(
        '{"fact": "f", "split": "memorization", "prompt": "Who?", "answer": "Ona"}\n'
    )

    assert "data: mine.jsonl: mine, 1 fact, 1 question" in fbench("doctor", "--data", "mine.jsonl").out
    absent = fbench("doctor", "--data", "absent")
    assert absent.code == 0
    assert "data: cannot be used: absent does not exist" in absent.out


def test_credentials_of_google_are_looked_for_in_files_alone(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sockets: list[str]
) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    assert not json.loads(fbench("doctor", "--json").out)["google_credentials"]

    (tmp_path / "application_default_credentials.json").write_text("{}")
    assert json.loads(fbench("doctor", "--json").out)["google_credentials"]
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "absent.json"))
    assert not json.loads(fbench("doctor", "--json").out)["google_credentials"]
    assert sockets == []


def test_versions_are_those_that_are_installed(fbench: Fbench) -> None:
    found = json.loads(fbench("doctor", "--json").out)

    assert found["python"] == sys.version.split()[0]
    assert all(found["packages"].values())
    assert found["lacks"] == []


def test_the_built_in_learners_are_those_of_the_fakes() -> None:
    known = {name for name, origin in known_learners().items() if origin == "fakes"}

    assert known == set(doctor.BUILT_IN_LEARNERS)


def test_the_models_that_are_open_are_listed_with_their_last_days(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_models, "today", lambda: date(2027, 1, 7))
    said = fbench("doctor").out
    assert "models that can be tuned on 2027-01-07" in said
    assert "openai:gpt" not in said
    assert "vertex:gemini-3.5-flash (new jobs until 2027-05-19 at least)" in said
    assert "/models/model-versions as of 2026-11-28" in said

    monkeypatch.setattr(known_models, "today", lambda: date(2026, 11, 29))
    listed = json.loads(fbench("doctor", "--json").out)["models"]
    (mini,) = (each for each in listed if each["model"] == "openai:gpt-4o-mini-2024-07-18")
    assert (mini["jobs_until"], mini["answers_until"]) == ("2027-01-06", "2027-01-13")

    monkeypatch.setattr(known_models, "today", lambda: date(2028, 1, 1))
    assert "openai:gpt" not in fbench("doctor").out
