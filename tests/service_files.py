"""Service definitions on disk: a host to put them on, and what is read from there."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.distributions.loader import Distributions, built_in_distributions
from gateway_core.host import Host
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.services.reader import ServiceFiles
from tests.cli_pictures import host_at

DISTRIBUTIONS = Distributions(built_in_distributions())
USER_UNITS = ".config/systemd/user"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host without services, with the accounts of root and bob."""
    home, root = tmp_path / "home", tmp_path / "root"
    home.mkdir()
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\nbob:x:1000:1000:Bob,,,:/srv/bob:/bin/sh\nbad\n")
    return replace(host_at(home), root=root)


def put(base: Path, place: str, content: str | bytes) -> Path:
    """Write a file, and the directories on the way to it."""
    path = base / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def unit(*lines: str, section: str = "Service") -> str:
    """The text of a unit: one section with those lines."""
    return "\n".join((f"[{section}]", *lines, ""))


def found(host: Host) -> list[ServiceDefinition]:
    """All gateways' services of that host; fails on a problem, and where a canary shows."""
    seen = ServiceFiles().read(host, DISTRIBUTIONS)
    assert seen.problems == ()
    assert "CANARY" not in repr(seen)
    return list(seen.definitions)


def only(host: Host) -> ServiceDefinition:
    """The one that is found; fails if there are more, or none."""
    (definition,) = found(host)
    return definition
