"""What a real openclaw's own onboarding makes stands up to the audit, and what is spoilt in it is found."""

import json

import pytest

from tests.documents import at, fields, rows
from tests.program import CLAW_TUI
from tests.real.home import RealHome, RealProfile

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


def audit_of(real_home: RealHome, *profiles: RealProfile) -> dict[str, object]:
    return fields(json.loads(real_home.claw("audit", "--json", *(profile.id for profile in profiles))))


def test_two_onboarded_profiles_are_isolated(real_home: RealHome, profiles: tuple[RealProfile, RealProfile]) -> None:
    told = audit_of(real_home, *profiles)
    assert [item for item in rows(told["items"]) if item["result"] != "pass"] == []
    assert told["drift"] == []
    asked = {item["check"] for item in rows(told["items"])}
    assert asked >= {"config path", "state dir", "workspace", "base port", "derived ports", "secret files", "bind"}


def test_a_workspace_of_another_is_found_in_a_real_config(
    real_home: RealHome, profiles: tuple[RealProfile, RealProfile]
) -> None:
    first, second = profiles
    before = second.config_path.read_bytes()
    config = json.loads(before)
    config["agents"]["defaults"]["workspace"] = at(first.config, "agents", "defaults", "workspace")
    second.config_path.write_text(json.dumps(config))
    try:
        failing = {(item["instance"], item["check"]) for item in failing_items(real_home, *profiles)}
    finally:
        second.config_path.write_bytes(before)
    assert failing == {(first.id, "workspace"), (second.id, "workspace")}


def failing_items(real_home: RealHome, *profiles: RealProfile) -> list[dict[str, object]]:
    ended = real_home._run(str(CLAW_TUI), "audit", "--json", *(profile.id for profile in profiles))
    assert ended.returncode == 1, ended.stderr
    return [item for item in json.loads(ended.stdout)["items"] if item["result"] == "fail"]
