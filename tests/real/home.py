"""A temporary home in which real gateways live, and claw-tui looking at it from the outside."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway_core.demo.port_blocks import PortBlocks
from tests.documents import fields
from tests.real.installation import RealOpenClaw

Picture = dict[str, object]

CLAW_TUI = Path(sys.executable).parent / "claw-tui"
_ONBOARD_FLAGS = (
    "--non-interactive", "--accept-risk", "--mode", "local", "--auth-choice", "skip", "--gateway-bind", "loopback",
    "--gateway-auth", "token", "--skip-channels", "--skip-skills", "--skip-health", "--skip-ui", "--no-install-daemon",
    "--skip-search", "--skip-hooks", "--suppress-gateway-token-output", "--json",
)  # fmt: skip
LOOPBACK_ONLY = {"update": {"checkOnStart": False}, "models": {"catalogRefresh": {"enabled": False}}}
"""Without these a gateway asks servers of its vendor when it starts."""
EARLIER_LOOPBACK_ONLY = {"update": {"checkOnStart": False}, "models": {"pricing": {"enabled": False}}}
"""The same for 2026.5.28, which refuses a config with the keys of later versions."""
_PORTS = PortBlocks()
_STAY_AT_HOME = """\
import json, pathlib, sys
for path in pathlib.Path(sys.argv[1]).glob(".openclaw*/openclaw.json"):
    path.write_text(json.dumps(json.loads(path.read_text()) | {settings!r}))
"""
_COMMAND = """\
#!/bin/sh
case " $* " in
  *" onboard "*) "{openclaw}" "$@" || exit; exec "{python}" "{stay_at_home}" "$HOME" ;;
  *) exec "{openclaw}" "$@" ;;
esac
"""


@dataclass(frozen=True)
class RealProfile:
    """One onboarded profile of the real openclaw."""

    name: str
    port: int
    state_dir: Path

    @property
    def id(self) -> str:
        return f"openclaw:{self.name}"

    @property
    def config_path(self) -> Path:
        return self.state_dir / "openclaw.json"

    @property
    def config(self) -> dict[str, object]:
        return fields(json.loads(self.config_path.read_text()))

    def lock(self) -> dict[str, object] | None:
        """What the gateway itself wrote into its lock file."""
        for path in self.state_dir.glob("tmp/openclaw-*/gateway.*.lock"):
            if path.name != "gateway.state.lock":
                return fields(json.JSONDecoder().raw_decode(path.read_text())[0])
        return None


@dataclass
class RealHome:
    """The home, and what can be done in it."""

    root: Path
    openclaw: RealOpenClaw
    gateways: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def environment(self) -> dict[str, str]:
        """All that a child gets. One TMPDIR for all keeps Node's compile cache warm."""
        search_path = (*map(str, self.openclaw.bin_dirs), "/usr/bin", "/bin")
        return {
            "HOME": str(self.home),
            "TMPDIR": str(self.root / "tmp"),
            "PATH": os.pathsep.join(search_path),
            "LANG": "C.UTF-8",
            "OPENCLAW_NO_AUTO_UPDATE": "1",
        }

    def onboard(self, name: str) -> RealProfile:
        """Let openclaw itself make a profile on a block of ports that no other test is given."""
        profile = RealProfile(name, _PORTS.take(), self.home / f".openclaw-{name}")
        flags = (*_ONBOARD_FLAGS, "--gateway-port", str(profile.port))
        done = self._run(str(self.openclaw.command), "--profile", name, "onboard", *flags)
        assert done.returncode == 0, done.stdout + done.stderr
        profile.config_path.write_text(json.dumps({**profile.config, **LOOPBACK_ONLY}))
        return profile

    def start(self, profile: RealProfile) -> None:
        """Run the gateway as a user does in a terminal."""
        output = (self.root / f"{profile.name}.out").open("wb")
        self.gateways[profile.name] = subprocess.Popen(
            (self.openclaw.command, "--profile", profile.name, "gateway", "--port", str(profile.port)),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        output.close()

    def output_of(self, profile: RealProfile) -> str:
        return (self.root / f"{profile.name}.out").read_text(errors="replace")

    def claw(self, *arguments: str) -> str:
        """What `claw-tui` prints here."""
        done = self._run(str(CLAW_TUI), *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def document(self, *arguments: str) -> Picture:
        """What `claw-tui … --json` prints here, whether the answer is yes or no."""
        done = self._run(str(CLAW_TUI), *arguments, "--json")
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return fields(json.loads(done.stdout))

    def instance(self, profile: RealProfile) -> Picture:
        """That profile as `claw-tui show --json` sees it."""
        return fields(json.loads(self.claw("show", profile.id, "--json"))["instance"])

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
        )


@dataclass
class QuietRealHome(RealHome):
    """Its `openclaw` onboards, and then forbids the new profile to ask its vendor's servers."""

    quiet_settings: Mapping[str, object] = field(default_factory=lambda: LOOPBACK_ONLY)

    @property
    def environment(self) -> dict[str, str]:
        """With that command in front."""
        usual = super().environment
        return {**usual, "PATH": f"{self.root / 'bin'}:{usual['PATH']}"}

    def prepare(self) -> None:
        for name in ("home", "tmp", "bin"):
            (self.root / name).mkdir()
        script = self.root / "stay_at_home.py"
        script.write_text(_STAY_AT_HOME.format(settings=self.quiet_settings))
        command = self.root / "bin" / "openclaw"
        command.write_text(_COMMAND.format(openclaw=self.openclaw.command, python=sys.executable, stay_at_home=script))
        command.chmod(0o755)

    def config_of(self, name: str) -> Path:
        return self.home / f".openclaw-{name}" / "openclaw.json"

    def shown(self, name: str) -> Picture:
        """That profile as `claw-tui show --json` sees it."""
        return fields(json.loads(self.claw("show", f"openclaw:{name}", "--json"))["instance"])


class LsWatch:
    """`claw-tui ls --json --watch`, read as it comes."""

    def __init__(self, real_home: RealHome) -> None:
        self._seen: list[dict[str, Picture]] = []
        self._news = threading.Condition()
        self._errors = real_home.root / "watch.err"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                (CLAW_TUI, "ls", "--json", "--watch"),
                env=real_home.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(
        self, wanted: Callable[[dict[str, Picture]], bool], what: str, deadline_s: float
    ) -> dict[str, Picture]:
        """The first picture from now on that is as wanted, the current one included."""
        limit = time.monotonic() + deadline_s
        with self._news:
            while not (self._seen and wanted(self._seen[-1])):
                if not self._news.wait(limit - time.monotonic()):
                    raise AssertionError(f"not seen within {deadline_s} s: {what}\n{self._explain()}")
            return self._seen[-1]

    def states_of(self, profile: RealProfile) -> list[str]:
        """Every state that was seen of it, each once per stretch."""
        with self._news:
            states = [str(picture[profile.id]["state"]) for picture in self._seen if profile.id in picture]
        return [state for number, state in enumerate(states) if number == 0 or states[number - 1] != state]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        self._reader.join(timeout=30)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            picture = {instance["id"]: instance for instance in json.loads(line)["instances"]}
            with self._news:
                self._seen.append(picture)
                self._news.notify_all()

    def _explain(self) -> str:
        last = self._seen[-1] if self._seen else {}
        told = {name: (instance["state"], instance["reason"]) for name, instance in last.items()}
        return f"last seen: {told}\nstderr: {self._errors.read_text()}"


@contextmanager
def guarded(root: Path) -> Iterator[None]:
    """Whatever runs with its home in `root` is gone afterwards, and so is `root`, even if this process is killed."""
    guard = subprocess.Popen(
        (sys.executable, Path(__file__).with_name("guard.py"), root), stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield
    finally:
        guard.communicate(timeout=60)


def in_state(profiles: Sequence[RealProfile], state: str) -> Callable[[dict[str, Picture]], bool]:
    """Whether all of these are in that state."""
    return lambda picture: all(picture.get(profile.id, {}).get("state") == state for profile in profiles)
