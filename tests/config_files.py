"""A config of openclaw in a state dir of the test's own, and how it is read."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from gateway_core.config.model import ConfigReading
from gateway_core.config.reader import ConfigReader
from gateway_core.distributions.model import Distribution
from tests.products import OPENCLAW


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    directory = tmp_path / ".openclaw"
    directory.mkdir()
    return directory


class Read(Protocol):
    """Writes `openclaw.json` (if a config is given) and reads it with a fresh reader."""

    def __call__(
        self,
        config: object = None,
        *,
        environment: Mapping[str, str] | None = None,
        distribution: Distribution = OPENCLAW,
        dotenv: str | None = None,
    ) -> ConfigReading: ...


@pytest.fixture
def read(state_dir: Path) -> Read:
    def read(
        config: object = None,
        *,
        environment: Mapping[str, str] | None = None,
        distribution: Distribution = OPENCLAW,
        dotenv: str | None = None,
    ) -> ConfigReading:
        path = state_dir / "openclaw.json"
        if config is not None:
            path.write_text(config if isinstance(config, str) else json.dumps(config))
        if dotenv is not None:
            (state_dir / ".env").write_text(dotenv)
        return ConfigReader().read(path, state_dir=state_dir, environment=environment or {}, distribution=distribution)

    return read


def issues(reading: ConfigReading) -> dict[str, str]:
    """The messages, by the path of the setting."""
    return {issue.path: issue.message for issue in reading.issues}
