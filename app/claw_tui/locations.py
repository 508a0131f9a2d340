"""Where claw-tui keeps its own files. Gateways' files are elsewhere, and are theirs."""

from pathlib import Path

import platformdirs

_NAME = "claw-tui"


def config_dir() -> Path:
    """Settings, and the user's own distributions and registrations."""
    return platformdirs.user_config_path(_NAME, appauthor=False)


def state_dir() -> Path:
    """What is remembered from one run to the next."""
    return platformdirs.user_state_path(_NAME, appauthor=False)


def cache_dir() -> Path:
    """What can be made again."""
    return platformdirs.user_cache_path(_NAME, appauthor=False)


def log_dir() -> Path:
    """claw-tui's own log, and the output of gateways that it started."""
    return platformdirs.user_log_path(_NAME, appauthor=False)
