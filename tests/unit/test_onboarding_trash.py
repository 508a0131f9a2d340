"""The trash: what it counts, and how it takes things across file systems."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway_core.decoding import decode_model
from gateway_core.onboarding.trash import MANIFEST, Manifest, Trash, size_of
from gateway_core.onboarding.undo import LeftAlone, planned_move
from tests.onboarding import contents


@contextmanager
def rotating(directory: Path) -> Iterator[None]:
    """Logs come and go there, as fast as they can."""
    over = threading.Event()

    def rotate() -> None:
        while not over.is_set():
            for number in range(20):
                (directory / f"{number}.log").touch()
            for number in range(20):
                (directory / f"{number}.log").unlink()

    thread = threading.Thread(target=rotate)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_what_vanishes_while_it_is_counted_does_not_count(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"kept-{number}").write_text("12")
    with rotating(tmp_path):
        sizes = [size_of(tmp_path) for _ in range(300)]
    assert {size for _, size in sizes} == {60}
    assert size_of(tmp_path) == (30, 60)
    assert size_of(tmp_path / "gone") == (0, 0)


def test_across_file_systems_the_trash_copies_compares_and_removes(tmp_path: Path) -> None:
    shared_memory = Path("/dev/shm")
    if not shared_memory.is_dir() or shared_memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    thing = tmp_path / ".thing"
    (thing / "sub").mkdir(parents=True)
    (thing / "sub" / "secret").write_text("x" * 1000)
    (thing / "sub" / "secret").chmod(0o600)
    (thing / "link").symlink_to("sub/secret")
    was = contents(thing, without=())
    folder = shared_memory / f"claw-tui-test-{tmp_path.name}"
    try:
        now = Trash(folder, "openclaw:x", datetime.now(UTC)).take(thing)
        assert not thing.exists()
        assert contents(now, without=()) == was
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    "manifest", ["", "[" * 5000, '{"at": "9999-12-31T23:59:59-14:00"}', f'{{"instance": {"9" * 5000}}}']
)
def test_where_the_manifest_was_damaged_nothing_is_overwritten(tmp_path: Path, manifest: str) -> None:
    folder = tmp_path / "trash"
    for text in ("first", "second"):
        (tmp_path / "config.json").write_text(text)
        Trash(folder, "openclaw:x", datetime.now(UTC)).take(tmp_path / "config.json")
        (folder / MANIFEST).write_text(manifest)
    kept = {path.read_text() for path in folder.iterdir()}
    assert kept == {"first", "second", manifest}
    assert len(list(folder.iterdir())) == 4


def test_a_name_that_is_no_utf8_is_taken_and_can_be_had_back(tmp_path: Path) -> None:
    thing = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    thing.write_text("first")
    folder = tmp_path / "trash"
    now = Trash(folder, "openclaw:x", datetime.now(UTC)).take(thing)
    (item,) = decode_model(Manifest, (folder / MANIFEST).read_text("utf-8")).items
    assert (item.was, item.now, now.read_text()) == (str(thing), str(now), "first")


def _closed(directory: Path) -> None:
    directory.mkdir()
    (directory / "file").touch()
    directory.chmod(0o444)  # its names can be listed, and not looked at


def _shut(directory: Path) -> None:
    directory.mkdir(mode=0)


@pytest.mark.parametrize("make", [_closed, _shut])
def test_what_cannot_be_looked_at_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    make(made / "odd")
    for directory in (tmp_path, made):
        directory.chmod(0o755)
    monkeypatch.chdir(tmp_path)  # others may not look at what is above it
    uid = os.geteuid()
    if uid == 0:
        os.seteuid(65534)
    try:
        item = planned_move(Path("made"))
    finally:
        os.seteuid(uid)
        (made / "odd").chmod(0o755)
    assert isinstance(item, LeftAlone)
    assert item.why.startswith("made/odd")
    assert item.why.endswith(" cannot be looked at: Permission denied")


@pytest.mark.timeout(20)
def test_a_pipe_in_the_place_of_the_manifest_is_set_aside(tmp_path: Path) -> None:
    folder = tmp_path / "trash"
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / MANIFEST)
    (tmp_path / "config.json").write_text("first")
    assert Trash(folder, "openclaw:x", datetime.now(UTC)).take(tmp_path / "config.json").read_text() == "first"
    assert (folder / MANIFEST).is_file()
