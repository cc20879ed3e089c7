"""The forms for issues are such that GitHub shows them, and ask for what is needed and for no secret."""

from __future__ import annotations

from typing import Any

import pytest

from tests.repository.yaml_files import ROOT, read_yaml

FOLDER = ROOT / ".github/ISSUE_TEMPLATE"
FORMS = sorted(path.name for path in FOLDER.glob("*.yml") if path.name != "config.yml")
KINDS = {"markdown", "input", "textarea", "dropdown", "checkboxes"}


def form(name: str) -> dict[str, Any]:
    return read_yaml(f".github/ISSUE_TEMPLATE/{name}")


def asked(name: str) -> dict[str, dict[str, Any]]:
    return {field["id"]: field for field in form(name)["body"] if field["type"] != "markdown"}


def test_there_is_a_form_for_each_kind_of_report() -> None:
    assert FORMS == ["bug.yml", "changed_wire.yml", "wrong_grade.yml"]
    assert set(read_yaml(".github/ISSUE_TEMPLATE/config.yml")) <= {"blank_issues_enabled", "contact_links"}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_has_the_keys_that_github_knows(name: str) -> None:
    assert set(form(name)) == {"name", "description", "labels", "body"}
    for field in form(name)["body"]:
        assert field["type"] in KINDS
        assert set(field) <= {"type", "id", "attributes", "validations"}
        assert "value" in field["attributes"] if field["type"] == "markdown" else field["attributes"]["label"]
    assert len(asked(name)) == sum(field["type"] != "markdown" for field in form(name)["body"])


@pytest.mark.parametrize("name", FORMS)
def test_a_form_asks_for_the_doctor_and_warns_of_secrets(name: str) -> None:
    assert asked(name)["doctor"]["validations"]["required"]
    (promise,) = asked(name)["read"]["attributes"]["options"]
    assert promise["required"]
    assert "key" in promise["label"]


def test_a_bug_may_tell_the_plan_and_a_wrong_grade_tells_the_row_and_the_right_verdict() -> None:
    assert "fbench plan" in asked("bug.yml")["plan"]["attributes"]["label"]
    assert asked("wrong_grade.yml")["row"]["validations"]["required"]
    assert asked("wrong_grade.yml")["right"]["attributes"]["options"] == [
        "correct",
        "incorrect",
        "abstained",
        "ungraded",
    ]
