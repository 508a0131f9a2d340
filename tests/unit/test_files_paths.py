"""Asking about paths: no name and no error that the system has for it ends the program."""

from pathlib import Path

import pytest

from gateway_core.files import (
    MOST_ENTRIES,
    Listing,
    absolute_path,
    files_below,
    files_fitting,
    from_working_dir,
    listing_of,
    path_status,
    paths_matching,
    real_path,
    why_unlisted,
)
from gateway_core.host import ProcessInfo
from gateway_core.ports.listeners import chrome_owner
from tests.fixed_host import NOW, UID
from tests.shallow_stack import deep_directories, shallow_stack
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
        assert list(listing_of(path).names) == []
        assert files_below(path).files == ()
        assert paths_matching(path, "*/x").paths == ()
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
        assert list(files_fitting(f"{tmp_path}/{pattern}").paths) == sorted(matched(tmp_path, pattern))


@pytest.mark.timeout(20)
def test_of_a_tree_without_end_only_a_part_is_looked_at(tmp_path: Path) -> None:
    """Each directory of it is all of it again, or has very many files."""
    wide = tmp_path / "wide"
    wide.mkdir()
    for number in range(1_000):
        (wide / str(number)).touch()
    for number in range(30):
        (wide / f"again{number}").symlink_to(wide)
    assert files_fitting(f"{wide}{'/*' * 30}").faults
    assert files_fitting(f"{wide}{'/*' * 5}/none").paths == ()
    deep = tmp_path / "deep"
    for number in range(MOST_ENTRIES // 1_000 + 1):
        (deep / f"{number}").mkdir(parents=True)
        for other in range(1_000):
            (deep / f"{number}" / f"{other}").hardlink_to(wide / "0")
    assert len(files_below(deep).files) <= MOST_ENTRIES


def test_the_files_of_a_directory_are_found_however_deep_it_is(tmp_path: Path) -> None:
    directories = deep_directories(tmp_path)
    (directories[-1] / "file").touch()
    (tmp_path / "link").symlink_to(directories[0])
    (tmp_path / "other").symlink_to("none")
    with shallow_stack():
        found = files_below(tmp_path)
    assert (sorted(found.files), found.faults) == ([directories[-1] / "file", tmp_path / "other"], [])


def test_nothing_is_relative_to_a_working_directory_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    assert from_working_dir(Path("x")) == tmp_path.resolve() / "gone" / "x"
    (tmp_path / "gone").rmdir()
    assert (from_working_dir(Path("x")), from_working_dir(Path("/x"))) == (None, Path("/x"))
    assert (real_path("x"), real_path(Path("x/../y"))) == ("x", "x/../y")


def test_entries_are_told_by_name_and_a_directory_that_cannot_be_listed_is_a_fault(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "c.txt"):
        (tmp_path / name).write_text("")
    assert [path.name for path in listing_of(tmp_path).paths(".json")] == ["a.json", "b.json"]
    for absent in ("none", "a.json"):
        assert listing_of(tmp_path / absent) == Listing(tmp_path / absent)
        assert why_unlisted(tmp_path / absent) is None
    assert listing_of(tmp_path / UNSEEN).fault == "File name too long"
    assert why_unlisted(tmp_path / "a\0b") == f"{tmp_path}/a\0b: no directory can have that name"


def test_a_listing_with_a_limit_tells_that_it_was_cut(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("")
    looked = [listing_of(tmp_path, most) for most in (0, 1, 2, None)]
    assert [(len(found.names), found.cut) for found in looked] == [(0, True), (1, True), (2, False), (2, False)]


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
