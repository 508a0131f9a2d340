"""Where claw-tui keeps its own files. Gateways' files are elsewhere, and are theirs."""

from pathlib import Path

import platformdirs

_NAME = "claw-tui"


def config_dir() -> Path:
    """Settings, and the user's own distributions and registrations."""
    return platformdirs.user_config_path(_NAME, appauthor=False)
