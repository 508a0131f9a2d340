"""What came to a directory since it was last looked at."""

from __future__ import annotations

from pathlib import Path

from gateway_core.onboarding.inventory import created_in, root_now


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
