"""Conflicts in words, who has a port, which conflicts a list shows, and what of them is copied."""

import pytest

from claw_tui.cli.tables.layout import TableStyle
from claw_tui.cli.tables.ports import ports_text
from claw_tui.ports import conflicts, overview
from claw_tui.ports import conflicts as conflict_copying
from claw_tui.ports.conflicts import ConflictView
from claw_tui.ports.who_has import asked_port, claims_at, involved, who_has
from claw_tui.text.sections import Section, lay_out
from claw_tui.text.values import width
from gateway_core.host import PortLimits
from gateway_core.snapshot import ConfigStatus, Grade, Snapshot, Source
from tests.claimants import claimant, listener
from tests.port_snapshots import calm, conflicted, snapshot_of
from tests.snapshots import PROBLEM

EVIL = "a\x1b]0;owned\x07\u202eb"


def text(*sections: Section) -> str:
    return "\n".join("".join(piece.text for piece in line) for line in lay_out(sections, 200))


def answer(snapshot: Snapshot, port: int) -> str:
    return text(who_has(snapshot, port))


def test_an_entry_names_grade_ports_both_sides_why_and_remedy() -> None:
    (squatter, possible) = conflicts.ordered(conflicted().conflicts)
    lines = ["".join(piece.text for piece in line) for line in conflicts.conflict_lines(possible, 160)]
    assert lines[0] == "▲ possible   18889–18892  clawdbot:cb × openclaw:default"
    assert "lie in openclaw:default's CDP range" in lines[1]
    assert lines[2].strip() == "→ move clawdbot:cb to base 19989: 19989–20099 is free"
    assert squatter.grade is Grade.SQUATTER


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_entries_are_cut_to_the_width(columns: int) -> None:
    for conflict in conflicted().conflicts:
        assert all(
            sum(width(piece.text) for piece in line) <= columns for line in conflicts.conflict_lines(conflict, columns)
        )


def test_all_of_a_conflict_tells_states_claims_and_listeners() -> None:
    snapshot = conflicted()
    everything = text(*conflicts.sections(snapshot, conflicts.ordered(snapshot.conflicts)[1]))
    for part in (
        "a port of one lies in the range that another may take from",
        "clawdbot:cb  gateway  ● running",
        "cdp 18800–18899  127.0.0.1  on-demand, computed from the base port",
        "move clawdbot:cb to base 19989",
        "clawdbot-gatewa (pid 15249)",
    ):
        assert part in everything, part


def test_one_process_on_several_ports_is_one_side() -> None:
    snapshot = conflicted()
    possible = conflicts.ordered(snapshot.conflicts)[1]
    assert text(conflicts.sections(snapshot, possible)[0]).count("clawdbot-gatewa -m something") == 1


def test_hostile_names_are_shown_escaped() -> None:
    snapshot = snapshot_of([claimant("openclaw:a", 18789)], [listener(18791, 7, EVIL)])
    (conflict,) = snapshot.conflicts
    shown = text(*conflicts.sections(snapshot, conflict), who_has(snapshot, 18791))
    shown += "".join(piece.text for line in conflicts.conflict_lines(conflict, 80) for piece in line)
    assert not any(char in shown for char in "\x1b\x07\u202e")


def test_who_has_a_port_answers_with_owner_claims_and_conflict() -> None:
    shown = answer(conflicted(), 18891)
    assert "Who has 18891?" in shown
    assert "● clawdbot:cb  clawdbot-gatewa (pid 15249)  on 127.0.0.1" in shown
    assert "clawdbot:cb  browser-control 18891  127.0.0.1  always, computed" in shown
    assert "openclaw:default  cdp 18800–18899  127.0.0.1  on-demand, computed" in shown
    assert "▲ possible" in shown


def test_who_has_a_port_names_strangers() -> None:
    assert "◆ python3 (pid 77)  on 127.0.0.1  python3 -m something" in answer(conflicted(), 18791)


def test_who_has_a_free_port() -> None:
    shown = answer(conflicted(), 20000)
    assert shown.count("○ nobody") == 2


def test_what_could_not_be_seen_is_never_called_nobodys() -> None:
    hidden = snapshot_of([claimant("openclaw:a", 18789)], [listener(18791, None)])
    assert "? a process that you may not see" in answer(hidden, 18791)
    blind = calm().model_copy(update={"listeners": (), "listeners_unseen": "no permission"})
    shown = answer(blind, 30000)
    assert "? could not tell  no permission" in shown
    assert "listening         ○ nobody" not in shown


def test_who_has_a_port_says_what_the_kernel_does_with_it() -> None:
    assert "one of the ephemeral ports 32768–60999" in answer(calm(), 40000)
    assert "below 1024" in answer(calm(), 80)
    moved = calm().model_copy(update={"port_limits": PortLimits(ephemeral_start=50000, ephemeral_end=60000)})
    assert "ephemeral" not in answer(moved, 40000)


def test_the_lanes_of_an_answer_are_those_that_claim_or_hold_the_port() -> None:
    assert involved(conflicted(), 18791) == {"openclaw:default", "pid 77"}
    assert involved(conflicted(), 18889) == {"openclaw:default", "clawdbot:cb"}


@pytest.mark.parametrize(
    ("typed", "port"), [("18792", 18792), (" 80 ", 80), ("0", None), ("65536", None), ("1e3", None), ("", None)]
)
def test_a_number_is_a_question(typed: str, port: int | None) -> None:
    assert asked_port(typed) == port
    assert ConflictView().typed(typed).port == port


@pytest.mark.parametrize(
    ("typed", "grades"),
    [
        ("18791", [Grade.SQUATTER]),
        ("18890", [Grade.POSSIBLE]),
        ("20000", []),
        ("possible", [Grade.POSSIBLE]),
        ("!possible", [Grade.SQUATTER]),
        ("clawdbot:cb", [Grade.POSSIBLE]),
        ("openclaw:default", [Grade.SQUATTER, Grade.POSSIBLE]),
        ("openclaw:rescue", []),
        ("-m something", [Grade.SQUATTER, Grade.POSSIBLE]),
        ("(", [Grade.SQUATTER, Grade.POSSIBLE]),
    ],
)
def test_a_list_is_narrowed_by_port_grade_instance_and_text(typed: str, grades: list[Grade]) -> None:
    assert [found.grade for found in ConflictView().typed(typed).conflicts(conflicted())] == grades


def test_the_id_of_an_instance_means_just_that_instance() -> None:
    snapshot = snapshot_of(
        [claimant("openclaw:a", 18789), claimant("openclaw:a2", 19789), claimant("openclaw:b", 19809)]
    )
    assert snapshot.conflicts
    assert ConflictView().typed("openclaw:a").conflicts(snapshot) == []


def test_grades_go_round_among_those_that_there_are() -> None:
    found = conflicted().conflicts
    view, seen = ConflictView(), []
    for _ in range(4):
        view = view.next_grade(found)
        seen.append(view.grade)
    assert seen == [Grade.SQUATTER, Grade.POSSIBLE, None, Grade.SQUATTER]


def test_the_caption_counts_what_is_shown() -> None:
    snapshot = conflicted()

    def caption(view: ConflictView) -> str:
        return "".join(piece.text for piece in overview.caption(snapshot, view, view.conflicts(snapshot)))

    assert caption(ConflictView()) == "▲ 2 conflicts, worst first"
    assert caption(ConflictView(grade=Grade.POSSIBLE)) == "▲ 1 of 2 conflicts: only possible"
    assert caption(ConflictView().typed("cb")) == "▲ 1 of 2 conflicts: cb"


def test_a_calm_host_is_told_which_block_is_free() -> None:
    shown = text(overview.instead_of_list(calm()))
    assert "3 instances, none in the way of another" in shown
    assert "19989–20099" in shown


def test_no_block_is_called_free_where_listeners_cannot_be_seen() -> None:
    blind = calm().model_copy(update={"listeners": (), "listeners_unseen": "no permission"})
    assert "could not be told: no permission" in text(overview.instead_of_list(blind))
    assert "?" in "".join(piece.text for piece in overview.caption(blind, ConflictView(), []))


def test_nothing_is_called_free_or_without_conflict_where_a_part_of_the_host_is_hidden() -> None:
    hiding = PROBLEM.model_copy(update={"unseen": True})
    host = calm().model_copy(update={"problems": (hiding,)})
    caption = "".join(piece.text for piece in overview.caption(host, ConflictView(), []))
    assert caption == "? No conflict was found, but not everything could be seen"
    told = text(overview.instead_of_list(host))
    assert "could not be told: /proc/net/tcp: permission denied" in told
    assert "in the way of another" not in told
    assert "19989" not in told
    assert "/proc/net/tcp" in str(claims_at(host, 4000, 4000)), "nobody is known to claim it, which is not nobody"
    assert "/proc/net/tcp" not in str(claims_at(calm(), 4000, 4000))


def test_no_block_is_called_free_where_a_config_may_not_be_read() -> None:
    first, *others = calm().instances
    hidden = first.model_copy(update={"config": ConfigStatus(exists=True, valid=False, forbidden=True)})
    told = text(overview.instead_of_list(calm().model_copy(update={"instances": (hidden, *others)})))
    assert f"could not be told: this user may not read the config of {first.id}" in told
    assert "19989" not in told


def test_ports_that_could_not_be_told_are_neither_without_conflict_nor_free() -> None:
    first, *others = calm().instances
    assert first.base_port is not None
    guess = first.base_port.model_copy(update={"source": Source.DEFAULT})
    broken = first.model_copy(
        update={"config": ConfigStatus(exists=True, valid=False), "base_port": guess, "live_port": None}
    )
    listeners = tuple(seen for seen in calm().listeners if seen.instance != first.id)
    host = calm().model_copy(update={"instances": (broken, *others), "listeners": listeners})
    caption = "".join(piece.text for piece in overview.caption(host, ConflictView(), []))
    assert (
        caption
        == f"? No conflict among the ports that gateways want; which ports {first.id} would take could not be told"
    )
    told = text(overview.instead_of_list(host))
    assert "to itself" not in told
    assert f"19989–20099, as far as could be told: the config of {first.id} is invalid" in told
    assert first.id not in "\n".join(ports_text(host, TableStyle())).partition("Problems")[0]
    assert first.id not in answer(host, guess.value).partition("? could not tell")[0]
    asked = answer(host, 30000)
    assert f"? could not tell  the config of {first.id} is invalid" in asked
    assert asked.count("○ nobody") == 1, "only who listens is known"


def test_a_claim_of_the_next_start_says_so() -> None:
    first, *others = calm().instances
    coming = first.claims[0].model_copy(update={"start": 30000, "end": 30000, "at_next_start": True})
    drifted = first.model_copy(update={"claims": (*first.claims, coming)})
    host = calm().model_copy(update={"instances": (drifted, *others)})
    assert f"{first.id}  gateway 30000  127.0.0.1  next start, from its config" in answer(host, 30000)
    assert "next start" in "\n".join(ports_text(host, TableStyle()))


def test_the_remedy_is_the_first_thing_to_copy() -> None:
    squatter = conflicts.ordered(conflicted().conflicts)[0]
    things = {thing.key: thing.text for thing in conflict_copying.copyables(squatter)}
    assert next(iter(things)) == "r"
    assert things["r"] == squatter.remedy
    assert things["a"].startswith("squatter 18791 openclaw:default × python3 (pid 77): python3 (pid 77) listens")
    assert "c" not in things
    without = conflict_copying.copyables(squatter.model_copy(update={"remedy": None}))
    assert "r" not in {thing.key for thing in without}


def test_commands_are_shown_and_copied_where_there_are_any() -> None:
    squatter = conflicts.ordered(conflicted().conflicts)[0]
    move = "openclaw config set gateway.port 19989"
    offered = squatter.model_copy(update={"commands": ("kill 77", move)})
    things = {thing.key: thing.text for thing in conflict_copying.copyables(offered)}
    assert (things["c"], things["d"]) == ("kill 77", move)
    shown = text(*conflicts.sections(conflicted(), offered))
    assert "command           kill 77" in shown
    assert f"command           {move}" in shown
