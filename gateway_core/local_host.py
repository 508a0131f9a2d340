"""The `Host` of the machine that this program runs on.

Importing this costs next to nothing: each implementation is loaded when a host is made, and only the one that the
platform needs.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from gateway_core.host import Host, Platform, ProcessTable, SocketTable


def this_host() -> Host:
    """The machine that this program runs on, as the calling user sees it."""
    return local_host(os.environ, this_platform())


def user_config_dir() -> Path:
    """The config dir of the calling user, for those who need nothing else of the machine."""
    from gateway_core.dirs import config_dir, home_dir

    return config_dir(os.environ, home_dir(os.environ, os.getuid()), this_platform())


def local_host(environment: Mapping[str, str], platform: Platform) -> Host:
    """The machine that this program runs on, as the user with that environment sees it."""
    from gateway_core.dirs import config_dir, home_dir
    from gateway_core.services.managers import LocalServiceManagers
    from gateway_core.system.clock import SystemClock
    from gateway_core.system.http import LoopbackHttp

    uid = os.getuid()
    home = home_dir(environment, uid)
    processes, sockets = _tables(platform)
    return Host(
        home=home,
        config_dir=config_dir(environment, home, platform),
        environment=environment,
        platform=platform,
        name=os.uname().nodename,
        uid=uid,
        clock=SystemClock(),
        processes=processes,
        sockets=sockets,
        http=LoopbackHttp(),
        services=LocalServiceManagers(home, uid, environment),
    )


def this_platform() -> Platform:
    return "darwin" if sys.platform == "darwin" else "linux"


def _tables(platform: Platform) -> tuple[ProcessTable, SocketTable]:
    if platform == "linux":
        from gateway_core.system.processes import LinuxProcesses
        from gateway_core.system.sockets import LinuxSockets

        return LinuxProcesses(), LinuxSockets()
    from gateway_core.system.psutil_tables import PsutilProcesses, PsutilSockets

    return PsutilProcesses(), PsutilSockets()
