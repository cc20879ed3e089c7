"""The page on moving from other recorders, followed to the letter."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from fbench.testing import CassetteSettings
from tests.docs.pages import ROOT, page_at
from tests.docs.site import Site

PAGE = page_at(ROOT / "docs" / "how-to" / "from-vcrpy.md")
TEXT = (ROOT / PAGE.name).read_text(encoding="utf-8")
SERVICE = """
import httpx2, pytest
from fbench.testing import network

def answered(request):
    return httpx2.Response(200, json={"up": True}, headers={"x-own": "1"})

def pytest_configure():
    network.Network.handle_request = lambda _, request: answered(request)
"""
"""In the place of the network: https://status.test is nowhere."""


@pytest.fixture
def with_service(site: Site) -> Site:
    (site.work / "conftest.py").write_text(SERVICE, encoding="utf-8")
    old = site.work / "cassettes" / "old"
    old.mkdir(parents=True)
    request: dict[str, Any] = {"method": "GET", "uri": "https://status.test/", "body": None, "headers": {}}
    status = {"code": 200, "message": "OK"}
    response: dict[str, Any] = {"status": status, "headers": {}, "body": {"string": "up"}}
    recorded: dict[str, Any] = {"version": 1, "interactions": [{"request": request, "response": response}]}
    (old / "a.yaml").write_text(yaml.safe_dump(recorded), encoding="utf-8")
    return site


@pytest.mark.long
def test_its_tests_record_and_pass_and_its_commands_convert_and_check_a_recording(with_service: Site) -> None:
    tests, _ = with_service.follow(PAGE)
    assert tests.out.count("3 passed") == 2
    (marked,) = (with_service.work / "cassettes" / "test_marked").glob("*.yaml")
    assert "s3same" not in marked.read_text(encoding="utf-8")
    (with_service.work / "conftest.py").unlink()
    again = with_service.shell("pytest")
    assert "3 passed" in again.out, again


def test_it_names_only_settings_and_options_that_there_are(pytestconfig: pytest.Config) -> None:
    assert set(re.findall(r"`(\w+)=", TEXT)) - {"match_on", "ignore_json_paths"} <= set(
        CassetteSettings.__slots__
    )
    options = set(re.findall(r"--fbench-\w+", TEXT))
    assert len(options) == 2
    for option in options:
        pytestconfig.getoption(option)  # raises if there is no such option
