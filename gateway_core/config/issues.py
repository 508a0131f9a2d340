"""What is wrong with a config, and where in it."""

from collections.abc import Iterable, Sequence

from gateway_core.redaction import printable
from gateway_core.snapshot import ConfigIssue

ConfigPath = tuple[str | int, ...]
"""Where in a config: keys and list positions from the top."""

_LONGEST_PATH = 200


class ConfigError(Exception):
    """Makes the whole config invalid. The message never holds a value of the file: it could be a secret."""

    def __init__(self, path: ConfigPath, message: str) -> None:
        super().__init__(message)
        self.issue = issue_at(path, message)


def issue_at(path: ConfigPath, message: str) -> ConfigIssue:
    """An issue with its path as people write it: `agents.list[0].workspace`."""
    return ConfigIssue(path=dotted(path), message=message)


def shortened(issues: Sequence[ConfigIssue], limit: int = 20) -> Iterable[ConfigIssue]:
    """The first issues, and how many more there are: a hostile file can have any number."""
    yield from issues[:limit]
    if len(issues) > limit:
        yield ConfigIssue(path="", message=f"There are {len(issues) - limit} more issues.")


def dotted(path: ConfigPath) -> str:
    """A path as people write it, safe to show and not too long."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{printable(step)}" for step in path)
    return text[:_LONGEST_PATH].removeprefix(".")
