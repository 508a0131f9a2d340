"""The JSON contract, schema 1: literal documents, so that a renamed field cannot slip through."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from claw_tui.cli.documents import (
    Document,
    check_document,
    error_document,
    instance_document,
    instances_document,
    ports_document,
    render,
    timestamp,
)
from claw_tui.cli.errors import CommandError
from gateway_core.snapshot import Conflict, Grade, SocketSignal, State
from tests.cli_pictures import CONFLICT, EMPTY, FULL, RESCUE, picture, renamed
from tests.documents import fields, rows

DESIGNED_RESCUE: Document = {
    "id": "openclaw:rescue",
    "distribution": "openclaw",
    "profile": "rescue",
    "version": "2026.9.6",
    "state_dir": "/home/ada/.openclaw-rescue",
    "config_path": "/home/ada/.openclaw-rescue/openclaw.json",
    "workspace": None,
    "config": {"exists": True, "valid": True, "issues": [{"path": "gateway.port", "message": "odd"}]},
    "base_port": {"value": 19001, "source": "config"},
    "live_port": 19001,
    "claims": [
        {
            "role": "gateway",
            "start": 19001,
            "end": 19001,
            "binding": "always",
            "source": "config",
            "address": "127.0.0.1",
            "pinned_by": None,
        },
        {
            "role": "cdp",
            "start": 19012,
            "end": 19111,
            "binding": "on-demand",
            "source": "derived",
            "address": "127.0.0.1",
            "pinned_by": None,
        },
    ],
    "state": "running",
    "reason": "live and ready",
    "signals": {
        "service": {
            "manager": "systemd-user",
            "name": "openclaw-gateway-rescue.service",
            "active": "active",
            "enabled": True,
            "restarts": 0,
        },
        "process": {
            "pid": 1234,
            "started_at": "2026-11-20T06:58:00.123Z",
            "rss_bytes": 643825664,
            "cpu_percent": 0.4,
            "proof": "lock",
        },
        "socket": {"bound": True, "addresses": ["127.0.0.1", "::1"], "owner_pid": 1234},
        "http": {"live": True, "ready": True, "failing": [], "uptime_s": 12.3},
    },
    "conflicts": ["c1"],
    "log_file": None,
}
DESIGNED_CONFLICT = {
    "id": "c1",
    "grade": "certain",
    "ports": {"start": 18789, "end": 18789},
    "parties": [
        {"instance": "openclaw:default", "role": "gateway"},
        {"process": {"pid": 77, "name": "python3", "command": "python3 -m http.server"}},
    ],
    "why": "both want it",
    "remedy": "move openclaw:default to base 19789",
}
DESIGNED_PROBLEM = {"where": "/home/ada/.moltbot", "message": "may not be read by this user", "unseen": False}


def read(document: Document) -> dict[str, object]:
    return fields(json.loads(render(document)))


def assert_holds(actual: object, designed: object, where: str = "document") -> None:
    """Everything designed is there, exactly so; further fields are allowed."""
    if isinstance(designed, dict):
        assert isinstance(actual, dict), where
        for key, value in designed.items():
            assert key in actual, f"{where}.{key} is missing"
            assert_holds(actual[key], value, f"{where}.{key}")
    elif isinstance(designed, list):
        assert isinstance(actual, list), where
        assert len(actual) == len(designed), where
        for number, (one, other) in enumerate(zip(actual, designed, strict=True)):
            assert_holds(one, other, f"{where}[{number}]")
    else:
        assert actual == designed, where
        assert type(actual) is type(designed), where


def test_ls_document_is_as_designed() -> None:
    document = read(instances_document(FULL))
    assert list(document)[:3] == ["schema", "taken_at", "host"]
    assert {key: document[key] for key in ("schema", "taken_at", "host")} == {
        "schema": 1,
        "taken_at": "2026-11-20T10:00:00.123Z",
        "host": "mini",
    }
    assert_holds(rows(document["instances"])[0], DESIGNED_RESCUE, "instance")
    assert_holds(document["conflicts"], [DESIGNED_CONFLICT])
    assert document["problems"] == [DESIGNED_PROBLEM]


def test_absent_parts_of_an_instance_are_null_or_empty() -> None:
    instance = rows(read(instances_document(FULL))["instances"])[1]
    assert instance["version"] is None
    assert instance["live_port"] is None
    assert instance["config"] == {
        "exists": True,
        "valid": False,
        "issues": [{"path": "", "message": "not JSON5 (line 3)"}],
        "forbidden": False,
    }
    signals = fields(instance["signals"])
    assert (signals["service"], signals["process"], signals["http"]) == (None, None, None)
    assert signals["socket"] == {"bound": False, "addresses": [], "owner_pid": None}


def test_whether_a_port_is_bound_is_null_where_it_could_not_be_told() -> None:
    unseen = RESCUE.model_copy(
        update={"signals": RESCUE.signals.model_copy(update={"socket": SocketSignal(bound=None)})}
    )
    document = read(instances_document(picture(unseen, listeners_unseen="no list of sockets here")))
    (instance,) = rows(document["instances"])
    assert fields(instance["signals"])["socket"] == {"bound": None, "addresses": [], "owner_pid": None}


def test_ports_document_is_as_designed() -> None:
    document = read(ports_document(FULL))
    assert next(iter(document)) == "schema"
    assert document["schema"] == 1
    claims = rows(document["claims"])
    assert claims[0] == {
        "instance": "openclaw:rescue",
        **rows(DESIGNED_RESCUE["claims"])[0],
        "attached": False,
        "at_next_start": False,
    }
    assert [claim["instance"] for claim in claims] == [
        "openclaw:rescue",
        "openclaw:rescue",
        "openclaw:default",
    ]
    assert_holds(
        document["listeners"],
        [
            {
                "port": 19001,
                "addresses": ["127.0.0.1", "::1"],
                "pid": 1234,
                "process": "openclaw-gatewa",
                "instance": "openclaw:rescue",
            }
        ],
    )
    assert_holds(document["conflicts"], [DESIGNED_CONFLICT])
    assert document["problems"] == [DESIGNED_PROBLEM]


def test_show_document_holds_the_instance_and_only_its_conflicts() -> None:
    other = CONFLICT.model_copy(update={"id": "c2"})
    document = read(instance_document(FULL.model_copy(update={"conflicts": (CONFLICT, other)}), RESCUE))
    assert document["schema"] == 1
    assert_holds(document["instance"], DESIGNED_RESCUE)
    assert [conflict["id"] for conflict in rows(document["conflicts"])] == ["c1"]


@pytest.mark.parametrize(("found", "ok"), [([], True), ([CONFLICT], False)])
def test_check_document_says_whether_all_is_well(found: list[Conflict], ok: bool) -> None:
    document = read(check_document(FULL, Grade.POSSIBLE, found))
    assert (document["schema"], document["ok"], document["at_least"]) == (1, ok, "possible")
    assert len(rows(document["conflicts"])) == len(found)


def test_an_empty_host_has_empty_lists() -> None:
    document = read(instances_document(EMPTY))
    assert (document["instances"], document["conflicts"], document["problems"]) == ([], [], [])


def test_error_document_has_code_message_and_hint() -> None:
    document = read(error_document(CommandError("unknown-id", "there is no x", None)))
    assert document == {"schema": 1, "error": {"code": "unknown-id", "message": "there is no x", "hint": None}}


def test_every_state_is_written_as_its_word() -> None:
    for state in State:
        snapshot = FULL.model_copy(update={"instances": (RESCUE.model_copy(update={"state": state}),)})
        (instance,) = rows(read(instances_document(snapshot))["instances"])
        assert instance["state"] == state.value


def test_timestamps_are_utc_with_milliseconds_whatever_the_zone() -> None:
    moment = datetime(2026, 11, 20, 12, 0, 0, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(moment) == "2026-11-20T10:00:00.000Z"


@pytest.mark.parametrize("one_line", [True, False])
def test_rendered_documents_are_ascii_and_survive_what_is_in_names(one_line: bool) -> None:
    evil = renamed(RESCUE, "openclaw:é\x1b[31m\u202e\udc80\n")
    text = render(instances_document(FULL.model_copy(update={"instances": (evil,)})), one_line=one_line)
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["instances"][0]["id"] == evil.id
    if one_line:
        assert "\n" not in text
