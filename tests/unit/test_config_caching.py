"""What the reader of configs keeps: an unchanged config is read once, a changed one again, and no secret stays."""

import dataclasses
import json
import os
import threading
from pathlib import Path

import pytest

from gateway_core.config.model import ConfigReading
from gateway_core.config.reader import ConfigReader
from tests.canaries import CANARY
from tests.config_files import state_dir
from tests.products import OPENCLAW

__all__ = ["state_dir"]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every path that is really opened."""
    from gateway_core import files

    paths: list[Path] = []
    original = files.open_regular

    def counted(path: Path) -> int:
        descriptor = original(path)
        paths.append(path)
        return descriptor

    monkeypatch.setattr(files, "open_regular", counted)
    return paths


def settle(path: Path) -> None:
    """Wait until the file's time is surely in the past for the file system's clock."""
    from gateway_core.files import read_file

    done = threading.Event()
    while not read_file(path, 1 << 20).settled:
        done.wait(0.01)


def test_an_unchanged_config_is_not_read_again(state_dir: Path, opened: list[Path]) -> None:
    path, reader = state_dir / "openclaw.json", ConfigReader()
    path.write_text('{"$include": "base.json"}')
    (state_dir / "base.json").write_text('{"gateway": {"port": 19001}}')
    settle(state_dir / "base.json")

    def read(**environment: str) -> ConfigReading:
        opened.clear()
        return reader.read(path, state_dir=state_dir, environment=environment, distribution=OPENCLAW)

    first = read(SECRET="1")
    assert opened == [path, state_dir / "base.json"]
    assert set(first.files) == {path, state_dir / "base.json", state_dir / ".env"}
    assert read(SECRET="2") is first, "a variable that the config does not use costs nothing"
    assert opened == []
    assert read(OPENCLAW_GATEWAY_PORT="1") is not first
    (state_dir / "base.json").write_text('{"gateway": {"port": 19002}}')
    assert read().settings.port == 19002
    (state_dir / ".env").write_text("OPENCLAW_GATEWAY_PORT=19003")
    assert read().settings.dotenv_port == 19003


def test_two_writes_within_one_tick_of_the_clock_are_told_apart(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway_core import files

    def coarse(status: os.stat_result) -> tuple[int, ...]:
        tick = 10_000_000
        return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns // tick, status.st_ctime_ns // tick)

    monkeypatch.setattr(files, "_identity", coarse)
    path, reader = state_dir / "openclaw.json", ConfigReader()
    for port in range(20000, 20300):
        path.write_text(json.dumps({"gateway": {"port": port}}))
        reading = reader.read(path, state_dir=state_dir, environment={}, distribution=OPENCLAW)
        assert reading.settings.port == port


def test_many_threads_read_while_the_config_is_replaced(state_dir: Path) -> None:
    path, reader = state_dir / "openclaw.json", ConfigReader()
    seen: list[tuple[bool, bool]] = []
    path.write_text('{"gateway": {"port": 20000}}')

    def look() -> None:
        for _ in range(200):
            reading = reader.read(path, state_dir=state_dir, environment={}, distribution=OPENCLAW)
            seen.append((reading.valid, reading.settings.port in range(20000, 20100)))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for port in range(20000, 20100):
        temporary = state_dir / "openclaw.json.tmp"
        temporary.write_text(json.dumps({"gateway": {"port": port}}))
        temporary.replace(path)
    for thread in threads:
        thread.join()
    assert set(seen) == {(True, True)}
    final = reader.read(path, state_dir=state_dir, environment={}, distribution=OPENCLAW)
    assert final.settings.port == 20099


def test_no_secret_stays_in_the_reader(state_dir: Path) -> None:
    path, reader = state_dir / "openclaw.json", ConfigReader()
    config = {
        "gateway": {"auth": {"token": CANARY}, "controlUi": {"basePath": "${BASE}"}},
        "channels": {"telegram": {"botToken": CANARY, "other": "${SECRET}"}},
        "env": {"vars": {"OPENAI_API_KEY": CANARY}},
    }
    path.write_text(json.dumps(config))
    (state_dir / ".env").write_text(f"SECRET={CANARY}\n")
    settle(state_dir / ".env")
    environment = {"BASE": "/x", "SECRET": CANARY}
    reading = reader.read(path, state_dir=state_dir, environment=environment, distribution=OPENCLAW)
    assert reading.valid
    assert reader._kept
    assert CANARY not in repr(vars(reader)) + repr(dataclasses.asdict(reading))
    assert reading.keys is not None
    assert {"gateway.auth.token", "channels.telegram.botToken", "env.vars.OPENAI_API_KEY"} <= set(reading.keys.digests)
