"""Text for people: nothing cut without a terminal, nothing wider than a terminal, nothing that a name can spoil."""

import re

import pytest

from claw_tui.cli.tables.instances import instance_text, instances_text
from claw_tui.cli.tables.layout import Column, TableStyle, table
from claw_tui.cli.tables.ports import ports_text
from claw_tui.text.cells import Cell, Tone
from claw_tui.text.values import width
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.snapshot import (
    Conflict,
    Grade,
    InstanceParty,
    KernelParty,
    Listener,
    PortOwner,
    PortRange,
    ProcessParty,
    Role,
    Snapshot,
    SocketSignal,
    SupportDir,
)
from tests.cli_pictures import BLOCKED, CONFLICT, EMPTY, FULL, LISTENER, RESCUE, picture, renamed

PIPE = TableStyle()
KNOWN = built_in_distributions()


def words(line: str) -> str:
    return " ".join(line.split())


def ls(snapshot: Snapshot, look: TableStyle = PIPE) -> list[str]:
    return instances_text(snapshot, KNOWN, look)


def test_ls_lists_every_instance_with_its_facts() -> None:
    header, first, second, *_ = ls(FULL)
    assert words(header) == "State Instance Version Base CDP range Pid Up CPU Mem Service"
    assert words(first) == "⊘ blocked ▲ openclaw:default – 18789 – – – – – –"
    assert words(second) == "● running ▲ openclaw:rescue 2026.9.6 19001 19012–19111 1234 3h02 0.4% 614M systemd"


def test_ls_shows_the_live_port_only_where_it_differs() -> None:
    assert "Live" not in ls(FULL)[0]
    moved = RESCUE.model_copy(update={"live_port": 19008})
    header, row, *_ = ls(picture(moved))
    assert "Live" in header
    assert row[header.index("Live") :].startswith("19008") or "19008" in row


def test_ls_says_why_and_what_could_not_be_seen() -> None:
    text = "\n".join(ls(FULL))
    assert "openclaw:default (blocked): the config is not valid" in text
    assert "/home/ada/.moltbot: may not be read by this user" in text
    assert "live and ready" not in text


def test_ls_of_an_empty_host_says_what_was_looked_for_and_how_to_begin() -> None:
    support = SupportDir(distribution="openclaw", path="/home/ada/.openclaw")
    text = "\n".join(ls(EMPTY.model_copy(update={"support_dirs": (support,)})))
    assert "No gateway was found" in text
    for distribution in KNOWN:
        assert f"~/{distribution.state_dir_stem}" in text
    assert "/home/ada/.openclaw" in text
    assert "claw-tui add" in text


def test_ls_says_what_is_left_out_and_how_to_list_it() -> None:
    kinds = {"/a b/openclaw.json": "ignored", "/home/ada/.openclaw.bak": "copy", "/home/ada/.openclaw": "shared"}
    dirs = tuple(SupportDir(distribution="openclaw", path=path, kind=kind) for path, kind in kinds.items())
    _, left_out = "\n".join(ls(FULL.model_copy(update={"support_dirs": dirs}))).split("\nLeft out\n")
    forgotten, backup, *_ = left_out.splitlines()
    assert forgotten.endswith("to list it again: claw-tui add --config '/a b/openclaw.json'")
    assert backup.strip().startswith("/home/ada/.openclaw.bak: named like a backup")
    assert "/home/ada/.openclaw:" not in left_out, "it is no instance that anybody misses"


def test_show_tells_every_value_of_the_contract() -> None:
    text = "\n".join(instance_text(FULL, RESCUE, PIPE))
    for value in (
        "openclaw:rescue", "● running", "live and ready", "2026.9.6", "from its config", "19012–19111",
        "computed from the base port",
        "/home/ada/.openclaw-rescue/openclaw.json", "systemd-user openclaw-gateway-rescue.service", "pid 1234",
        "proven by its lock file", "state-dir, lock", "python3 (pid 77)", "move openclaw:default to base 19789", "odd",
        "/home/ada/.moltbot",
    ):  # fmt: skip
        assert value in text, value


def test_ports_lists_listeners_claims_and_conflicts() -> None:
    stranger = Listener(port=18789, addresses=("0.0.0.0",), pid=None, process=None, command=None, instance=None)
    text = "\n".join(ports_text(FULL.model_copy(update={"listeners": (LISTENER, stranger)}), PIPE))
    assert re.search(
        r"^ +18789 +openclaw:default +gateway +always +from its config +127\.0\.0\.1 +a process that you may not see",
        text,
        re.MULTILINE,
    )
    assert re.search(
        r"^ +19001 +openclaw:rescue +1234 +openclaw-gatewa +127\.0\.0\.1, ::1 +openclaw-gateway$", text, re.MULTILINE
    )
    assert (
        "▲ certain  18789  openclaw:default (gateway) × python3 (pid 77): both want it → move openclaw:default" in text
    )


def test_ports_names_the_port_within_a_range_and_its_owner() -> None:
    chrome = Listener(port=19013, addresses=("127.0.0.1",), pid=5, process="chrome", command="chrome", instance=None)
    text = "\n".join(ports_text(FULL.model_copy(update={"listeners": (chrome,)}), PIPE))
    assert "19013 chrome (pid 5)" in text


def test_where_listeners_could_not_be_listed_nobody_is_said_to_hold_nothing() -> None:
    signals = RESCUE.signals.model_copy(update={"socket": SocketSignal(bound=None), "http": None})
    rescue = RESCUE.model_copy(update={"signals": signals})
    blind = picture(rescue, listeners_unseen="no list of sockets here")
    text = "\n".join(ports_text(blind, PIPE))
    assert re.search(r"^ +19001 +openclaw:rescue +gateway .*127\.0\.0\.1 +\? could not tell$", text, re.MULTILINE)
    assert "? bound: could not tell" in text
    assert "■" not in text
    shown = "\n".join(instance_text(blind, rescue, PIPE))
    assert shown.count("? could not tell") == 3
    assert "not bound" not in shown


def test_a_conflict_with_the_kernel_is_one_line() -> None:
    conflict = Conflict(
        id="c3",
        grade=Grade.EPHEMERAL,
        ports=PortRange(start=40000, end=40000),
        parties=(KernelParty(kernel="ephemeral ports 32768–60999"),),
        why="the kernel hands it out",
        remedy=None,
    )
    text = "\n".join(ports_text(picture(conflicts=(conflict,)), PIPE))
    assert "△ ephemeral  40000  ephemeral ports 32768–60999: the kernel hands it out" in text


def test_a_conflict_names_each_side_once() -> None:
    own = ProcessParty(process=PortOwner(pid=1234, name="openclaw-gatewa", command=None, instance="openclaw:rescue"))
    stranger = ProcessParty(process=PortOwner(pid=77, name="python3", command=None))
    unseen = ProcessParty(process=PortOwner(pid=None, name=None, command=None))
    rescue = InstanceParty(instance="openclaw:rescue", role=Role.GATEWAY)
    conflict = CONFLICT.model_copy(update={"parties": (rescue, own, own, stranger, stranger, unseen)})
    text = "\n".join(ports_text(picture(conflicts=(conflict,)), PIPE))
    assert "openclaw:rescue (gateway) × python3 (pid 77) × a process that you may not see: both want it" in text


def test_a_host_without_ports_says_so() -> None:
    assert ports_text(EMPTY, PIPE) == ["Nothing listens on this host, and no gateway claims a port."]


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 160])
def test_tables_fit_a_terminal(columns: int) -> None:
    long = renamed(RESCUE, "openclaw:" + "long" * 20)
    wide = renamed(BLOCKED, "openclaw:救援機器人")
    snapshot = picture(long, wide, RESCUE, listeners=(LISTENER.model_copy(update={"command": "x" * 300}),))
    table_of_instances = ls(snapshot, TableStyle(width=columns))[:4]
    assert all(width(line) <= columns for line in table_of_instances), table_of_instances
    for line in ports_text(snapshot, TableStyle(width=columns)):
        assert width(line) <= columns, line


def test_nothing_is_cut_without_a_terminal() -> None:
    long = renamed(RESCUE, "openclaw:" + "long" * 40)
    command = "python3 " + "x" * 500
    snapshot = picture(long, listeners=(LISTENER.model_copy(update={"command": command}),))
    for text in (ls(snapshot), ports_text(snapshot, PIPE), instance_text(snapshot, long, PIPE)):
        assert long.id in "\n".join(text)
        assert "…" not in "\n".join(text)
    assert command in "\n".join(ports_text(snapshot, PIPE))


def test_columns_stay_aligned_beside_wide_characters() -> None:
    columns: list[Column[str]] = [Column("Name", Cell), Column("N", lambda _: Cell("1"))]
    lines = table(columns, ["救援", "ab", "é"], PIPE)
    assert [width(line[:-1]) for line in lines[1:]] == [6, 6, 6]


def test_hostile_names_reach_no_terminal() -> None:
    evil = "a\x1b]0;owned\x07\u202eb\r\nc\x9b31m"
    instance = renamed(RESCUE, f"openclaw:{evil}").model_copy(
        update={"reason": evil, "state": "degraded", "state_dir": f"/{evil}", "version": evil, "found_by": (evil,)}
    )
    listener = LISTENER.model_copy(update={"process": evil, "command": evil, "instance": evil})
    problem = FULL.problems[0].model_copy(update={"where": evil, "message": evil})
    snapshot = picture(instance, listeners=(listener,), problems=(problem,))
    for lines in (ls(snapshot), ports_text(snapshot, PIPE), instance_text(snapshot, instance, PIPE)):
        for line in lines:
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", line), line


def test_colour_only_where_it_is_wanted() -> None:
    assert not any("\x1b" in line for line in ls(FULL, TableStyle(width=120)))
    coloured = ls(FULL, TableStyle(width=200, colour=True))
    assert "\x1b[32m● running" in "\n".join(coloured)


def test_the_first_to_go_is_what_matters_least() -> None:
    columns: list[Column[str]] = [
        Column("A", Cell),
        Column("B", lambda _: Cell("x" * 30), rank=1),
        Column("C", lambda _: Cell("y" * 30, Tone.MUTED), rank=2),
    ]
    lines = table(columns, ["name"], TableStyle(width=40))
    assert lines[1].split() == ["name", "x" * 30]
