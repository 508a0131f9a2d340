"""The help: what it has, how it is laid out in columns, and how it is searched."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from claw_tui.actions.model import MODES, Situation
from claw_tui.actions.registry import ACTIONS
from claw_tui.settings import SETTINGS, TABLES
from claw_tui.shell.help_entries import help_entries
from claw_tui.text.help import HelpEntry, best_match, explained, matching, topics
from claw_tui.text.help_grid import GAP, arranged, cell, cell_width
from claw_tui.text.values import width

DOCS = Path(__file__).parents[2] / "docs" / "settings-and-keys.md"


def everything(mode: str = "instances", keymap: dict[str, str] | None = None) -> tuple[HelpEntry, ...]:
    return help_entries(mode, Situation(), keymap or {}, lambda binding: binding.key, Path("/home/me/settings.toml"))


def found(text: str, entries: tuple[HelpEntry, ...] | None = None) -> list[str]:
    return [entry.id for entry in matching(entries or everything(), text)]


@pytest.mark.parametrize("mode", [mode.name for mode in MODES])
def test_it_has_every_action_that_can_ever_be_done_here_once_and_every_setting(mode: str) -> None:
    ids = [entry.id for entry in everything(mode)]
    assert len(set(ids)) == len(ids)
    assert {action.id for action in ACTIONS if not action.never_here(Situation())} <= set(ids)
    assert {f"setting:{one.name}" for one in (*SETTINGS, *TABLES)} <= set(ids)


@pytest.mark.parametrize("mode", [mode.name for mode in MODES])
def test_no_title_is_cut_in_the_narrowest_column_not_even_in_brackets(mode: str) -> None:
    narrowest = cell_width(arranged(everything(mode), 70), 70)
    for entry in everything(mode):
        shown = "".join(piece.text for piece in cell(replace(entry, possible=False), narrowest, " "))
        assert f"({entry.title})" in shown


def test_what_can_be_done_now_comes_first_in_its_group_and_the_rest_says_why_not() -> None:
    group = [entry for entry in everything() if entry.group == "The list"]
    assert {entry.possible for entry in group} == {True, False}
    assert [entry.possible for entry in group] == sorted((entry.possible for entry in group), reverse=True)
    details = next(entry for entry in everything() if entry.id == "details")
    assert details.refusal == "There is no instance under the cursor."
    (section,) = explained(details)
    assert section.facts[-1].pieces[0].text == "Not now: There is no instance under the cursor."
    assert all(entry.possible for entry in everything() if entry.group == "3 Logs"), "of another mode nobody knows"


def test_it_is_searched_by_key_title_name_words_and_settings() -> None:
    assert found("who has") == ["who-has"]
    assert "start-otherwise" in found("port CONFLICT spite")
    assert "log-level" in found("log-level")
    assert "setting:bell" in found("ring terminal")
    assert found("no such thing at all") == []
    assert "refresh" in found("f5", everything(keymap={"refresh": "f5"}))


def test_the_cursor_goes_to_what_is_called_like_the_search() -> None:
    assert best_match(matching(everything(), "theme"), "theme") == "theme"
    assert best_match(matching(everything(), "stop"), "stop") == "stop"
    assert best_match((), "x") == ""


@pytest.mark.parametrize(("columns", "stacks"), [(50, 1), (69, 1), (70, 2), (109, 3), (149, 4)])
def test_there_are_as_many_columns_as_fit_and_whole_groups_in_each(columns: int, stacks: int) -> None:
    entries = everything()
    grid = arranged(entries, columns)
    assert len(grid.stacks) == stacks
    assert grid.entries == list(entries), "in reading order"
    wide = cell_width(grid, columns)
    assert wide * stacks + GAP * (stacks - 1) <= columns
    for stack in grid.stacks:
        assert isinstance(stack[0], str), "each begins with a title"
        for row in stack:
            assert sum(width(piece.text) for piece in cell(row, wide, "▌")) == wide
    rows = {entry.group for entry in entries}
    titles = [row for stack in grid.stacks for row in stack if isinstance(row, str) and row]
    assert sorted(titles) == sorted(rows), "no group is torn apart"


def test_steps_lead_down_a_column_and_on_to_the_next() -> None:
    grid = arranged(everything(), 149)
    ids = [entry.id for entry in grid.entries]
    assert grid.along(ids[0], 1) == ids[1]
    assert grid.along(ids[0], -1) == ids[0]
    assert grid.along(ids[0], 9999) == ids[-1]
    last_of_first = [row for row in grid.stacks[0] if isinstance(row, HelpEntry)][-1]
    assert grid.place(grid.along(last_of_first.id, 1))[0] == 1
    beside = grid.beside(ids[0], 1)
    assert grid.place(beside)[0] == 1
    assert grid.beside(beside, -1) == ids[0]
    assert grid.beside(ids[0], -1) == ids[0]


def test_an_empty_search_has_no_column_and_no_step() -> None:
    grid = arranged((), 100)
    assert (grid.height, grid.entries) == (0, [])
    assert (grid.along("x", 1), grid.beside("x", 1)) == ("", "x")


@pytest.mark.parametrize("heading", ["### Lists and text", "### Questions and sheets"])
def test_every_key_that_the_docs_list_beside_the_actions_is_in_the_help(heading: str) -> None:
    section = DOCS.read_text().split(f"\n{heading}\n", 1)[1].split("\n### ", 1)[0]
    keys = {key for row in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE) for key in re.findall(r"`([^`]+)`", row)}
    assert len(keys) > 3
    told = {word for topic in topics() for word in re.findall(r"\S+", f"{topic.keys} {topic.explanation}")}
    assert {key for key in keys if not {key, f"{key}.", f"{key},"} & told} == set()
