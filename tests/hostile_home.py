"""A home in which everything that claw-tui reads is spoiled in some way, beside one gateway that is well kept."""

import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from tests.unseen import UNSEEN

NUMBER = "9" * 5000
DEEP = "[" * 5000 + "]" * 5000
PROFILE, PORT = "rescue", 21345


class HostileHome:
    """Makes the home below a directory; `environment` is that of a user who lives there."""

    def __init__(self, directory: Path) -> None:
        self.home = directory / "home"
        self.temporary = directory / "tmp"
        self.config_dir = self.home / ".config" / "claw-tui"
        self.state_dir = self.home / ".local" / "state" / "claw-tui"
        for path in (self.temporary, self.config_dir / "distributions", self.state_dir / "onboarding"):
            path.mkdir(parents=True)
        self.keep_well()

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }

    def keep_well(self) -> None:
        """The one gateway that is as it should be."""
        self.write(f".openclaw-{PROFILE}/openclaw.json", json.dumps({"gateway": {"mode": "local", "port": PORT}}))

    def write(self, name: str, text: str) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", "surrogateescape")
        return path

    def spoil_paths(self) -> None:
        """Nothing that is named leads anywhere: circles, endless chains, names that no file can have."""
        for name in (".a", ".openclaw-loop"):
            (self.home / name).symlink_to(name)
        closed = self.home / UNSEEN / "private"
        chain = self.chain()
        for number, place in enumerate((closed, self.home / ".a", chain, Path("/x\0y"), Path("/\ud800"))):
            self.unit(f"openclaw-gateway-u{number}.service", place)
            self.lock(number, place)
        entries = [
            {"distribution": "openclaw", "config_path": str(place / "openclaw.json"), "label": f"r{number}"}
            for number, place in enumerate((closed, self.home / ".a", chain))
        ]
        (self.config_dir / "instances.json").write_text(json.dumps({"instances": entries}))

    def chain(self, length: int = 1500) -> Path:
        """A chain of links that is longer than any that is followed."""
        links = self.temporary / "chain"
        links.mkdir(exist_ok=True)
        for number in range(length):
            (links / str(number)).symlink_to(str(number + 1))
        return links / "0"

    def unit(self, name: str, home: Path) -> None:
        text = str(home).replace("\0", "\\0")
        lines = (f"Environment=HOME={text}", f"Environment=OPENCLAW_STATE_DIR={text}", "ExecStart=/x/openclaw gateway")
        self.write(
            f".config/systemd/user/{name}", "\n".join(("[Service]", *lines, "")).encode("utf-8", "replace").decode()
        )

    def lock(self, number: int, place: Path, **more: object) -> None:
        directory = self.temporary / f"openclaw-{os.getuid()}"
        directory.mkdir(exist_ok=True)
        record = {"pid": os.getpid(), "configPath": f"{place}/openclaw.json", "stateDir": str(place)} | more
        (directory / f"gateway.{number:08x}.lock").write_text(json.dumps(record))

    def spoil_files(self, spoil: Callable[[Path], object]) -> list[Path]:
        """Put something else in the place of every file that claw-tui keeps; returns those."""
        own = [
            self.config_dir / "settings.toml",
            self.config_dir / "instances.json",
            self.config_dir / "distributions" / "mine.toml",
            *(self.state_dir / name for name in ("ids.json", "units.json", "challenges.json", "events.db")),
            self.state_dir / "onboarding" / "0123456789abcdef.json",
        ]
        for path in own:
            path.parent.mkdir(parents=True, exist_ok=True)
            spoil(path)
        return own

    def add_bad_events(self) -> None:
        """Rows that no claw-tui has written, between two that one has."""
        rows = [
            ("2026-11-20T10:00:00+00:00", "openclaw:rescue", "started", None, "{}"),
            ("2026-11-20T10:00:01", None, "started", None, "{}"),
            ("9999-12-31T23:59:59-14:00", "openclaw:rescue", "started", None, "{}"),
            ("zzzz", "openclaw:rescue", "started", None, "{}"),
            ("2026-11-20T10:00:02+00:00", "openclaw:rescue", "started", None, "{"),
            ("2026-11-20T10:00:03+00:00", "openclaw:rescue", "started", None, '{"x": NaN}'),
            ("2026-11-20T10:00:04+00:00", "openclaw:rescue", "started", None, f'{{"x": {NUMBER}}}'),
            ("2026-11-20T10:00:05+00:00", "openclaw:rescue", "started", None, DEEP),
            ("2026-11-20T10:00:06+00:00", b"\xff", "started", None, "[1]"),
            ("2026-11-20T10:00:07+00:00", "openclaw:rescue", "stopped", None, "{}"),
        ]
        with closing(sqlite3.connect(self.state_dir / "events.db")) as database:
            database.executescript(
                "CREATE TABLE events (number INTEGER PRIMARY KEY, at TEXT NOT NULL, instance TEXT, kind TEXT NOT NULL,"
                " cause TEXT, detail TEXT NOT NULL); PRAGMA user_version = 1;"
            )
            database.executemany("INSERT INTO events (at, instance, kind, cause, detail) VALUES (?, ?, ?, ?, ?)", rows)
            database.commit()
