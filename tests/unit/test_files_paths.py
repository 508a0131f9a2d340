"""Asking about paths: no name and no error that the system has for it ends the program."""

from pathlib import Path

import pytest

from gateway_core.files import (
    MOST_ENTRIES,
    absolute_path,
    entries_in,
    files_below,
    files_fitting,
    path_status,
    paths_matching,
    real_path,
)
from gateway_core.host import ProcessInfo
from gateway_core.ports.listeners import chrome_owner
from tests.fixed_host import NOW, UID
from tests.unseen import UNSEEN


@pytest.fixture
def odd_paths(tmp_path: Path) -> list[Path]:
    """A circle, a chain without end, what is below a file, and names that no file can have."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("")
    for number in range(1500):
        (tmp_path / f"link-{number}").symlink_to(f"link-{number + 1}")
    names = ("loop", "loop/x", "link-0", "link-0/x", "file/x", UNSEEN, f"{UNSEEN}/x", "a\0b", "\ud800", "x/" * 4000)
    return [tmp_path / name for name in names]


def test_no_path_makes_a_question_raise(odd_paths: list[Path]) -> None:
    for path in odd_paths:
        assert not path_status(path).exists
        assert entries_in(path).files == []
        assert list(paths_matching(path, "*/x")) == []
        assert real_path(path)


def test_a_link_itself_can_be_asked_about(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("nowhere")
    assert not path_status(link).exists
    assert path_status(link, follow=False).exists


def test_links_are_followed_as_far_as_the_system_follows_them(tmp_path: Path, odd_paths: list[Path]) -> None:
    directory, link = tmp_path / "directory", tmp_path / "link"
    directory.mkdir()
    link.symlink_to(directory)
    real = Path(tmp_path).resolve()
    assert real_path(link / "not" / "there") == f"{real}/directory/not/there"
    assert real_path(link) == f"{real}/directory"
    assert real_path(tmp_path / "link-0") == str(tmp_path / "link-0")
    assert real_path(tmp_path / "link-1490") == f"{real}/link-1500"
    assert odd_paths


def matched(directory: Path, pattern: str) -> list[Path]:
    """What the standard library says."""
    hidden = pattern.startswith(".")
    return [path for path in directory.glob(pattern) if hidden or not path.name.startswith(".")]


@pytest.mark.timeout(20)
def test_a_pattern_fits_what_glob_fits_and_never_all_that_there_is(tmp_path: Path) -> None:
    for name in ("b.env", "a.env", ".hidden.env", "x/c.env", "y/d.env", "we[i]rd.env"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    patterns = (
        "*.env",
        "*/*.env",
        ".*.env",
        "[ab].env",
        "none/*",
        "x/*.none",
        "we[[]i]rd.env",
        "?/c.env",
        "a.env",
        "b",
    )
    for pattern in patterns:
        assert list(map(Path, files_fitting(f"{tmp_path}/{pattern}"))) == sorted(matched(tmp_path, pattern))
    files_fitting("/*" * 30)
    files_fitting("/*" * 5 + "/none")


@pytest.mark.timeout(20)
def test_of_the_root_directory_only_a_part_is_looked_at() -> None:
    assert len(files_below(Path("/")).files) <= MOST_ENTRIES


def test_entries_are_told_by_name_and_a_directory_that_cannot_be_listed_is_a_fault(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "c.txt"):
        (tmp_path / name).write_text("")
    assert [path.name for path in entries_in(tmp_path, ".json").files] == ["a.json", "b.json"]
    assert entries_in(tmp_path / "none") == entries_in(tmp_path / "a.json") != entries_in(tmp_path)
    (fault,) = entries_in(tmp_path / UNSEEN).faults
    assert fault == "File name too long"


@pytest.mark.parametrize("text", ["", "x", "/a\0b", "/\ud800", f"/{'x' * 4095}", 7, None, ["/"]])
def test_what_is_no_absolute_path(text: object) -> None:
    assert absolute_path(text) is None
    assert absolute_path(f"/{'x' * 4094}") is not None


@pytest.mark.parametrize(
    "name", ["loop/browser/x/user-data", "link-0/browser/x/user-data", "a\0b/user-data", "d/" * 60_000]
)
def test_a_process_of_anybody_that_names_an_odd_directory_is_no_browser_of_an_instance(
    tmp_path: Path, odd_paths: list[Path], name: str
) -> None:
    argv = ("chrome", "--remote-debugging-port=9222", f"--user-data-dir={tmp_path}/{name}")
    assert (
        chrome_owner(ProcessInfo(7, 1, NOW, 1, UID, "chrome", argv), {tmp_path / ".openclaw": "openclaw:default"})
        is None
    )
    assert odd_paths
