"""Where this user's home and claw-tui's own files lie.

These are the rules of `platformdirs`, applied to the environment that a `Host` is given; the library itself only
looks at the environment of its own process.
"""

import pwd
from collections.abc import Mapping
from pathlib import Path

from gateway_core.host import Platform

APPLICATION = "claw-tui"


def home_directory(environment: Mapping[str, str], uid: int) -> Path:
    """`HOME` if it is an absolute path, else what the account database says."""
    home = environment.get("HOME", "")
    return Path(home) if home.startswith("/") else Path(pwd.getpwuid(uid).pw_dir)


def config_directory(environment: Mapping[str, str], home: Path, platform: Platform) -> Path:
    """Where claw-tui keeps this user's own distributions and registrations."""
    if platform == "darwin":
        return home / "Library" / "Application Support" / APPLICATION
    base = environment.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else home / ".config") / APPLICATION
