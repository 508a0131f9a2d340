"""What claw-tui reads in units, beside what a real systemd makes of them."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.host import Host
from gateway_core.services.files import DefinitionFiles, ServiceDirs, ServiceName
from gateway_core.services.systemd import Systemd
from tests.cli_pictures import host_at
from tests.service_files import put, unit
from tests.systemd_manager import SystemdUserManager, systemd_user

__all__ = ["systemd_user"]

PREFIX = "claw-truth"
NAME = f"{PREFIX}@srv-a\\x2db.service"
COMPARED = ("_PROFILE", "_GATEWAY_PORT")
SPECIFIERS = "nNpPiIjJfhtuUHlTVEC"
ENVIRONMENT_FILE = r"""
# a comment
A_PROFILE=plain  words{blanks}
  B_PROFILE = 'single $x \n' "double \" \$ \\ \n \`" tail 'x'
;C_PROFILE=no
C_PROFILE="two
lines" # no comment
D_PROFILE=a\ b\\c\"d\
e
E_PROFILE=
F_PROFILE=x'y'"z"
export G_PROFILE=1
1H_PROFILE=2
I_PROFILE=%n ${A_PROFILE}
J_PROFILE='a'b'c'
K_PROFILE="a"  'b'{blanks}
not an assignment
L_GATEWAY_PORT=21000
"""


@pytest.mark.systemd
class TestSystemdUser:
    @pytest.fixture
    def host(self, systemd_user: SystemdUserManager, tmp_path: Path) -> Iterator[Host]:
        environment = {"XDG_RUNTIME_DIR": str(systemd_user.runtime_dir)}
        found = replace(host_at(systemd_user.home), environment=environment, uid=os.getuid(), root=Path("/"))
        before = set(systemd_user.unit_dir.iterdir()) if systemd_user.unit_dir.is_dir() else set()
        yield replace(found, name=socket.gethostname())
        systemd_user.systemctl("stop", f"{PREFIX}*", check=False)
        systemd_user.systemctl("reset-failed", f"{PREFIX}*", check=False)
        for path in set(systemd_user.unit_dir.iterdir()) - before:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        systemd_user.systemctl("daemon-reload")

    def read(self, host: Host, name: str) -> ServiceName:
        found = ServiceDirs(Systemd(user=True).search_path(host), (), []).service(name)
        assert found is not None
        return found

    def test_environment_and_specifiers(self, host: Host, systemd_user: SystemdUserManager, tmp_path: Path) -> None:
        output, units = tmp_path / "environment", systemd_user.unit_dir
        file = put(tmp_path, f"files/a-{PREFIX}.env", ENVIRONMENT_FILE.replace("{blanks}", " \t "))
        put(tmp_path, "srv-a\\x2db/x.env", "O_PROFILE=a backslash escapes the next character")
        put(tmp_path, "srv-ax2db/x.env", "P_PROFILE=1")
        put(tmp_path, "more/1.env", "M_PROFILE=1\nN_PROFILE=1")
        put(tmp_path, "more/2.env", "N_PROFILE=2")
        text = unit(
            "Type=oneshot",
            "ExecStart=/usr/bin/env -0",
            f"StandardOutput=file:{output}",
            *(f"Environment=S{specifier}_PROFILE=%{specifier}" for specifier in SPECIFIERS),
            r"""Environment="Q1_PROFILE=a b" 'Q2_PROFILE=%%i "%i"' Q3_PROFILE=a\x20b\tc Q4_PROFILE=%i%%""",
            "Environment=U1_PROFILE=1 U2_PROFILE=2 A_PROFILE=overridden",
            f"EnvironmentFile={file.parent}/a-%p.env",
            f"EnvironmentFile=-{tmp_path}/%i/x.env",
            f"EnvironmentFile=-{tmp_path}/more/*.env",
            f"EnvironmentFile=-{tmp_path}/none.env",
            "UnsetEnvironment=U1_PROFILE U2_PROFILE=3 M_PROFILE",
        )
        put(units, f"{PREFIX}@.service", text)
        systemd_user.systemctl("daemon-reload")
        systemd_user.systemctl("start", NAME)

        content = Systemd(user=True).read(DefinitionFiles(self.read(host, NAME)), host)

        assert content is not None
        pairs = (line.partition("=") for line in output.read_text().split("\0"))
        actual = {name: value for name, _, value in pairs if name.endswith(COMPARED) and value.isprintable()}
        read = {name: value for name, value in content.environment.items() if name.endswith(COMPARED)}
        assert read == actual
        assert len(actual) > 30
        assert content.missing_files == ()

    def test_a_missing_environment_file_keeps_it_from_starting(
        self, host: Host, systemd_user: SystemdUserManager
    ) -> None:
        put(systemd_user.unit_dir, f"{PREFIX}.service", unit("ExecStart=/bin/true", "EnvironmentFile=/none/%N.env"))
        systemd_user.systemctl("daemon-reload")
        systemd_user.systemctl("start", f"{PREFIX}.service", check=False)
        content = Systemd(user=True).read(DefinitionFiles(self.read(host, f"{PREFIX}.service")), host)
        assert content is not None
        assert content.missing_files == (f"/none/{PREFIX}.env",)
        assert systemd_user.property(f"{PREFIX}.service", "Result") == "resources"

    def test_drop_ins(self, host: Host, systemd_user: SystemdUserManager) -> None:
        units = systemd_user.unit_dir
        put(units, f"{PREFIX}@.service", unit("ExecStart=/bin/true"))
        for folder, names in {
            f"{NAME}.d": ("20-a", "50-x"),
            f"{PREFIX}@.service.d": ("10-a", "50-x"),
            "claw-.service.d": ("30-a", "50-x", "60-x"),
            "claw-@srv-a\\x2db.service.d": ("45-a",),
            "claw-@.service.d": ("46-a",),
            "service.d": ("40-a", "60-x"),
        }.items():
            for name in names:
                put(units, f"{folder}/{name}.conf", unit("Environment=A=1"))
        systemd_user.systemctl("daemon-reload")
        paths = [str(path) for path in self.read(host, NAME).paths]
        assert paths[0] == systemd_user.property(NAME, "FragmentPath")
        assert sorted(paths[1:]) == sorted(shlex.split(systemd_user.property(NAME, "DropInPaths")))
        assert [Path(path).stem for path in paths[1:]] == [
            "10-a", "20-a", "30-a", "40-a", "45-a", "46-a", "50-x", "60-x",
        ]  # fmt: skip

    def test_search_path(self, host: Host, systemd_user: SystemdUserManager, tmp_path: Path) -> None:
        variables = {
            "XDG_CONFIG_HOME": f"{tmp_path}/config",
            "XDG_CONFIG_DIRS": f"{tmp_path}/c1:{tmp_path}/c2",
            "XDG_DATA_HOME": f"{tmp_path}/data",
            "XDG_DATA_DIRS": f"{tmp_path}/d1:{tmp_path}/d2",
        }
        environment = {**systemd_user.environment, **variables}
        command = ["systemd-analyze", "--user", "unit-paths"]
        if shutil.which(command[0]) is None:
            pytest.skip("systemd-analyze is missing")
        told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=True)
        expected = [Path(line) for line in told.stdout.split("\n") if line and not line.startswith("/usr/")]
        dirs = Systemd(user=True).search_path(replace(host, environment=environment)).dirs
        assert [path for path in dirs if path in expected] == expected
        assert tmp_path / "c2" / "systemd" / "user" in expected
