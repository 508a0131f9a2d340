"""What came to a directory since it was last looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_core.onboarding import inventory
from gateway_core.onboarding.inventory import created_in, holds_only, root_now
from tests.shallow_stack import deep_directories, shallow_stack
from tests.unseen import unlistable


def test_what_is_new_in_a_directory_is_told_by_as_few_paths_as_possible(tmp_path: Path) -> None:
    (tmp_path / "old" / "deep").mkdir(parents=True)
    (tmp_path / "old" / "link").symlink_to("/")
    before = root_now(tmp_path)
    (tmp_path / "new" / "inner").mkdir(parents=True)
    (tmp_path / "new" / "inner" / "file").touch()
    (tmp_path / "old" / "deep" / "file").touch()
    assert created_in(before) == (tmp_path / "new", tmp_path / "old" / "deep" / "file")
    absent = root_now(tmp_path / "a" / "b")
    assert absent.missing_parents == (str(tmp_path / "a"),)
    assert created_in(absent) == ()


def test_what_cannot_be_listed_was_not_added_by_anybody(tmp_path: Path) -> None:
    """It may hold what was there before, so that no undo takes it along."""
    (tmp_path / "old").mkdir()
    known = frozenset({str(tmp_path), str(tmp_path / "old")})
    assert root_now(tmp_path).entries == ("old",)
    assert holds_only(tmp_path, known)
    with unlistable(tmp_path / "old"):
        assert root_now(tmp_path).entries is None
        assert not holds_only(tmp_path, known)


def test_a_directory_may_be_deeper_than_the_stack(tmp_path: Path) -> None:
    directories = deep_directories(tmp_path)
    with shallow_stack():
        before = root_now(tmp_path)
        assert len(before.entries or ()) == len(directories)
        assert not holds_only(tmp_path, frozenset({str(tmp_path)}))
        (directories[-1] / "new").touch()
        assert created_in(before) == (directories[-1] / "new",)


def test_more_text_than_a_journal_holds_is_no_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "name").touch()
    monkeypatch.setattr(inventory, "_MOST_CHARACTERS", len("name"))
    assert root_now(tmp_path).entries == ("name",)
    (tmp_path / "b").touch()
    assert root_now(tmp_path).entries is None
