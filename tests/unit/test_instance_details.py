import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_tui.instances import details, welcome
from claw_tui.instances.columns import COLUMNS
from claw_tui.instances.rows import InstanceRow
from claw_tui.ports.claim_text import holders
from claw_tui.text import help as help_text
from claw_tui.text.cells import Tone
from claw_tui.text.header_footer import (
    Key,
    footer,
)
from claw_tui.text.sections import (
    Line,
    Section,
    command_fact,
    fact,
    lay_out,
    lay_out_abreast,
)
from claw_tui.text.values import clean, width
from gateway_core import snapshot as model
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.snapshot import Grade, Role, Source, State
from tests.snapshots import NOW, claims, conflict, host, instance, signals, sketch


def plain(line: Line) -> str:
    return "".join(piece.text for piece in line)


def told(snapshot: model.Snapshot, columns: int = 200) -> str:
    """Everything that is told of the first instance."""
    return "\n".join(plain(line) for line in lay_out(details.sections(snapshot, snapshot.instances[0], NOW), columns))


def with_signals(**changes: object) -> str:
    changed = signals(5).model_copy(update=changes)
    return told(host(instance(signals=changed)))


def listener(port: int, owner: str | None = None, pid: int | None = 77, address: str = "127.0.0.1") -> model.Listener:
    return model.Listener(
        port=port, addresses=(address,), pid=pid, process="python3" if pid else None, command=None, instance=owner
    )


def test_a_base_port_that_is_only_a_guess_says_so() -> None:
    guess = model.PortValue(value=23532, source=Source.PROFILE_HASH)
    found = instance(state=State.BLOCKED, config=model.ConfigStatus(exists=True, valid=False), base_port=guess)
    shown = told(host(found))
    assert "could not be told; 23532 unless its config says otherwise" in shown
    assert "bound" not in shown.partition("Ports")[2], "nobody knows which ports these are"


def test_healthy_instance_is_told_in_full_with_sources() -> None:
    text = told(host(instance()))
    for expected in (
        "● running  live and ready",
        "● active, enabled  systemd-user openclaw-gateway.service",
        "pid 11789, up 3h02, CPU 0.4%, 614M  proven by its lock file",
        "● bound on 127.0.0.1, ::1  by its own process",
        "● live, ready  version 2026.9.6",
        "18789  from its config",
        "● bound      127.0.0.1  always, from its config",
        "18800–18899  ○ not bound  127.0.0.1  on-demand, computed from the base port",
        "● readable and valid",
        "/home/me/.openclaw/openclaw.json",
        "http://127.0.0.1:18789/",
    ):
        assert expected in text, expected


@pytest.mark.parametrize(
    ("http", "expected"),
    [
        (None, "○ not asked"),
        (model.HttpSignal(live=False, ready=None, error="refused"), "○ no answer  refused"),
        (
            model.HttpSignal(
                live=True, ready=False, failing=("telegram",), not_ready="channel telegram is not connected"
            ),
            "◐ live, but channel telegram is not connected",
        ),
        (model.HttpSignal(live=True, ready=False), "◐ live, but it is not ready, and does not say why"),
        (model.HttpSignal(live=True, ready=None), "● live  this version has no readiness answer"),
        (
            model.HttpSignal(live=True, ready=True, event_loop_degraded=True),
            "◐ live, but it answers late: its event loop is overloaded",
        ),
        (model.HttpSignal(live=True, ready=False, draining=True), "◕ draining"),
    ],
)
def test_http_in_plain_words(http: model.HttpSignal | None, expected: str) -> None:
    assert expected in with_signals(http=http)


def test_signals_that_say_nothing_are_told_too() -> None:
    text = told(host(instance(state=State.STOPPED)))
    for expected in ("no service definition", "no gateway process", "port not bound", "not asked"):
        assert expected in text


def test_where_processes_could_not_be_listed_none_is_called_missing() -> None:
    text = with_signals(process=None, process_unseen="no /proc here")
    assert "no gateway process" not in text
    assert "? could not tell  no /proc here" in text
    assert "? bound on 127.0.0.1, ::1  by pid 5; whether that is this gateway could not be told" in text


def test_socket_of_somebody_else_is_named() -> None:
    foreign = model.SocketSignal(bound=True, addresses=("0.0.0.0",), owner_pid=77)
    assert "▲ bound on 0.0.0.0  by pid 77, which is not this gateway" in with_signals(socket=foreign)
    hidden = model.SocketSignal(bound=True, addresses=("127.0.0.1",))
    assert "? bound on 127.0.0.1  its owner is not visible to you" in with_signals(socket=hidden)


def test_where_listeners_could_not_be_listed_no_port_is_called_unbound() -> None:
    unseen = instance(signals=signals(5).model_copy(update={"socket": model.SocketSignal(bound=None), "http": None}))
    text = told(host(unseen, listeners=(), listeners_unseen="no list of sockets here"))
    assert "not bound" not in text
    assert "? could not tell  the listeners could not be listed" in text
    for claim in ("18789", "18791", "18800–18899"):
        assert f"{claim:<11}  ? could not tell  " in text


def test_unproven_process_is_told_as_such() -> None:
    process = signals(5).process
    assert process
    assert "? pid 5" in with_signals(process=process.model_copy(update={"proof": None}))


@pytest.mark.parametrize(
    ("listeners", "expected"),
    [
        ((listener(18789, "openclaw:default"),), "● bound"),
        ((listener(18800, "openclaw:default"), listener(18801, "openclaw:default")), "● bound: 18800, 18801"),
        ((listener(18789),), "▲ 18789 held by python3 (pid 77)"),
        (
            (listener(18800, "openclaw:default").model_copy(update={"outlived": True}),),
            "▲ 18800 held by python3 (pid 77)",
        ),
        ((listener(18805, "clawdbot:cb"),), "▲ 18805 held by clawdbot:cb (pid 77)"),
        ((listener(18789, pid=None),), "? 18789: owner not visible"),
        (tuple(listener(18800 + n) for n in range(6)), "▲ 18800, 18801, 18802 and 3 others held by python3 (pid 77)"),
        (
            (listener(18801), listener(18805, "clawdbot:cb", 8)),
            "18801 held by python3 (pid 77), 18805 held by clawdbot:cb",
        ),
    ],
)
def test_claims_say_who_holds_them_now(listeners: tuple[model.Listener, ...], expected: str) -> None:
    assert expected in told(host(instance()).model_copy(update={"listeners": listeners}))


@pytest.mark.parametrize(
    ("claimed", "bound", "met"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "::1", True),
        ("127.0.0.1", "192.0.2.1", False),
        ("0.0.0.0", "192.0.2.1", True),
        ("192.0.2.1", "::", True),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_addresses_count(claimed: str, bound: str, met: bool) -> None:
    claim = claims(19001)[0].model_copy(update={"address": claimed})
    bound_there = model.Listener(port=19001, addresses=(bound,), pid=77, process="python3", command=None, instance=None)
    assert holders(claim, [bound_there]) == ([bound_there] if met else [])


def test_configured_and_live_ports_appear_where_they_differ() -> None:
    moved = instance(
        base_port=model.PortValue(value=19001, source=Source.SERVICE),
        configured_port=model.PortValue(value=18789, source=Source.PROFILE_HASH),
        live_port=19008,
    )
    text = told(host(moved))
    assert "19001  from its service" in text
    assert "18789  computed from the profile name" in text
    assert "19008  what it runs on now" in text


def test_conflicts_issues_locks_and_services_are_told() -> None:
    issue = model.ConfigIssue(path="gateway.port", message="not a port: 99999")
    second = model.ServiceSignal(
        manager="systemd-system", name="o.service", active="failed", enabled=None, restarts=43175, path="/etc/o.service"
    )
    changed = instance(
        conflicts=("c1",),
        config=model.ConfigStatus(exists=True, valid=False, issues=(issue,)),
        locks=(model.LockStatus(path="/tmp/gateway.1.lock", pid=9, stale=True),),
        signals=signals(5).model_copy(update={"other_services": (second,)}),
    )
    text = told(host(changed, conflicts=(conflict("openclaw:default", "clawdbot:cb", Grade.CERTAIN),)))
    for expected in (
        "▲ certain",
        "18889–18899  with clawdbot:cb (gateway)",
        "remedy            move clawdbot:cb",
        "■ not valid",
        "gateway.port  not a port: 99999",
        "○ stale  /tmp/gateway.1.lock",
        "/etc/o.service",
        "failed, 43175 restarts",
    ):
        assert expected in text, expected


def test_process_and_kernel_parties_are_named() -> None:
    squat = conflict("openclaw:default", "x", Grade.SQUATTER).model_copy(
        update={
            "parties": (
                model.InstanceParty(instance="openclaw:default", role=Role.CANVAS),
                model.ProcessParty(process=model.PortOwner(pid=7, name="nginx", command=None)),
                model.ProcessParty(
                    process=model.PortOwner(pid=8, name="own", command=None, instance="openclaw:default")
                ),
                model.KernelParty(kernel="ephemeral ports 32768–60999"),
            )
        }
    )
    text = told(host(instance(conflicts=("c1",)), conflicts=(squat,)))
    assert "with nginx (pid 7), ephemeral ports 32768–60999" in text


@given(st.integers(1, 200), st.text(max_size=200))
def test_lines_fit_the_width(columns: int, text: str) -> None:
    sections = (
        *details.sections(sketch(), sketch().instances[0], NOW),
        Section("t", (fact("l", clean(text)),)),
    )
    room = max(columns, 26)
    assert all(width(plain(line)) <= room for line in lay_out(sections, room))


def test_two_stacks_hold_everything_in_order_and_evenly() -> None:
    sections = details.sections(sketch(), sketch().instances[0], NOW)
    first, second = lay_out_abreast(sections, 70)
    titles = [line[0].text for line in (*first, *second) if line and line[0].tone is Tone.TITLE]
    assert titles == [section.title for section in sections]
    assert abs(len(first) - len(second)) < 12


def test_pieces_stay_together_where_they_fit() -> None:
    lines = [plain(line) for line in lay_out((Section("t", (fact("l", "word " * 4, "stays in one"),)),), 45)]
    assert lines[-1].strip() == "stays in one"


def test_long_words_lose_their_middle_and_wrapped_lines_are_indented() -> None:
    section = Section("t", (fact("path", "/a" * 60), fact("text", "word " * 20)))
    lines = [plain(line) for line in lay_out((section,), 40)]
    assert "…" in lines[1]
    assert lines[3].startswith(" " * 18)


def test_a_command_with_a_word_that_is_too_long_beside_its_label_is_beneath_it() -> None:
    command = f"rm -- '/{'long path/' * 3}'"
    section = Section("t", (command_fact("run", "true", "a note"), command_fact("run", command, "a note")))
    lines = [plain(line).rstrip() for line in lay_out((section,), 52)]
    assert lines[1:] == ["run               true  a note", "run", command + "  a note"]


def test_footer_keeps_help_and_quit() -> None:
    keys = [Key(str(number), "Something", True, "") for number in range(9)]
    line = plain(footer(44, [*keys, Key("?", "Help", True, ""), Key("q", "Quit", True, "")]))
    assert line.endswith("? Help  q Quit ")
    assert width(line) <= 44


def test_a_key_that_cannot_be_used_now_stands_in_brackets_of_the_same_width() -> None:
    both = [Key("X", "Stop", True, ""), Key("X", "Stop", False, "")]
    assert [plain(footer(44, [key])) for key in both] == [" X Stop ", "(X Stop)"]


def test_help_explains_every_state_and_grade() -> None:
    text = "\n".join(f"{topic.title} {topic.explanation}" for topic in help_text.topics())
    for word in (*State, *Grade):
        assert word.value in text
    assert "port taken" in text


@pytest.mark.parametrize(
    ("whose", "told"),
    [
        ({}, None),
        ({"own": False, "home": "/home/bob"}, "/home/bob"),
        ({"own": False, "demo": True, "home": "/tmp/x"}, "demo"),
        ({"demo": True}, "demo"),
    ],
)
def test_details_say_whose_a_gateway_is_that_all_does_not_mean(whose: dict[str, object], told: str | None) -> None:
    shown = host(instance(**whose))  # type: ignore[arg-type]
    facts = [one for section in details.sections(shown, shown.instances[0], NOW) for one in section.facts]
    assert [one.pieces[0].text for one in facts if one.label == "home"] == ([told] if told else [])
    cell = next(column for column in COLUMNS if column.key == "home").cell(InstanceRow(shown.instances[0], None, NOW))
    assert cell.text == {None: "", "demo": "demo"}.get(told, "other")


def test_welcome_names_every_distribution_and_what_was_left_out() -> None:
    left_out = model.SupportDir(distribution="openclaw", path="/home/me/.openclaw")
    seen = model.Snapshot(taken_at=NOW, host="mini", support_dirs=(left_out,))
    text = "\n".join(
        plain(line)
        for line in lay_out(welcome.sections(built_in_distributions(), seen, welcome.WaysToBegin("press d")), 76)
    )
    for distribution in built_in_distributions():
        assert distribution.title in text
    assert "press d" in text
    assert "/home/me/.openclaw" in text


def test_the_account_is_told_only_where_it_is_another_users() -> None:
    snapshot = sketch()
    other = snapshot.instances[0].model_copy(update={"account": "alice"})
    assert "alice" not in told(snapshot)
    assert "alice" in told(snapshot.model_copy(update={"instances": (other,)}))
