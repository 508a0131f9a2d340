"""The churn: what happens to the gateways of a throw-away home while somebody looks."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome, DidNotStartError, RunningGateway
from gateway_core.demo.installation import DemoProfile
from gateway_core.dirs import events_database
from gateway_core.events.model import Event, Kind
from gateway_core.events.store import EventStore

PRODUCTS = ("openclaw", "clawdbot", "moltbot", "mazelclaw", "omniclaw")
LASTING = 5  # profiles that stay
_PASSING = 3  # as many more come and go
_PAUSE_S = (0.2, 1.5)
_LARGEST_LOG = 2_000_000
_EARLIER = 1_000  # events, and lines of each log, that are there from the start: what is shown does not become more


class Churn:
    """Starts, stops and kills gateways, rewrites configs, writes logs; makes and removes profiles."""

    def __init__(self, home: DemoHome, rng: random.Random) -> None:
        self._home = home
        self._rng = rng
        self._running: dict[str, RunningGateway] = {}
        self._profiles: dict[str, DemoProfile] = {}
        self._configs: dict[str, str] = {}
        self._passed = 0
        self.done = 0

    async def begin(self) -> None:
        for product in PRODUCTS[:LASTING]:
            self._add(self._home.add_profile(product, "stays"))
        self._write_down_earlier_events()
        for profile in self._profiles.values():
            self._write_lines(profile, _EARLIER)
        await asyncio.gather(*map(self._start, self._profiles.values()))

    async def go_on(self) -> None:
        """Do one thing after the other until it is cancelled."""
        deeds = (
            *(self._start_one, self._end_one, self._kill_one, self._break_config, self._mend_config),
            *(self._touch_config, self._write_log, self._write_log, self._write_log, self._come, self._leave),
            self._fail_one,
        )
        while True:
            await asyncio.sleep(self._rng.uniform(*_PAUSE_S))
            with suppress(OSError, DidNotStartError, TimeoutError):  # what the dashboard's keys did may be in its way
                await self._rng.choice(deeds)()
            self.done += 1

    def _add(self, profile: DemoProfile) -> None:
        self._profiles[profile.id] = profile
        self._configs[profile.id] = profile.config_path.read_text()

    def _some(self) -> DemoProfile:
        return self._rng.choice(list(self._profiles.values()))

    async def _start(self, profile: DemoProfile) -> None:
        known = self._running.get(profile.id)
        if known is None or known.exit_code is not None:
            self._running[profile.id] = await self._home.launch(profile, wait=False)

    async def _start_one(self) -> None:
        await self._start(self._some())

    async def _end(self, profile: DemoProfile, *, kill: bool) -> None:
        gateway = self._running.pop(profile.id, None)
        if gateway is not None:
            await (gateway.kill(5) if kill else gateway.stop(5))

    async def _end_one(self) -> None:
        await self._end(self._some(), kill=False)

    async def _kill_one(self) -> None:
        await self._end(self._some(), kill=True)

    async def _break_config(self) -> None:
        profile = self._some()
        text = self._configs[profile.id]
        profile.config_path.write_text(self._rng.choice((text[: len(text) // 2], "", "{}", "\x00\xff", text + "}")))

    async def _mend_config(self) -> None:
        for profile in self._profiles.values():
            profile.config_path.write_text(self._configs[profile.id])

    async def _touch_config(self) -> None:
        profile = self._some()
        settings = json.loads(self._configs[profile.id])
        settings["agents"] = {"defaults": {"model": f"m{self._rng.random()}"}}
        profile.config_path.write_text(json.dumps(settings))

    async def _fail_one(self) -> None:
        self._some().set_faults(Faults(failing=self._rng.choice(((), ("discord",), ("telegram", "slack")))))

    async def _write_log(self) -> None:
        self._write_lines(self._some(), self._rng.choice((1, 20, 400)))

    def _write_lines(self, profile: DemoProfile, count: int) -> None:
        path = profile.log_file
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LARGEST_LOG:
            path.unlink()
        lines = (json.dumps(_record(self._rng, number)) for number in range(count))
        with path.open("a") as log:
            log.writelines(f"{line}\n" for line in lines)

    def _write_down_earlier_events(self) -> None:
        now, ids = datetime.now(UTC), list(self._profiles)
        detail = {"keys": ("agents.defaults.model",)}
        EventStore(events_database(self._home.host()), print).append(
            Event(
                at=now - timedelta(minutes=ago), instance=ids[ago % len(ids)], kind=Kind.CONFIG_CHANGED, detail=detail
            )
            for ago in range(_EARLIER, 0, -1)
        )

    async def _come(self) -> None:
        if len(self._profiles) < LASTING + _PASSING:
            self._passed += 1
            profile = self._home.add_profile(self._rng.choice(PRODUCTS), f"passing{self._passed % 20}")
            self._add(profile)
            await self._start(profile)
        await asyncio.to_thread(self._remove_strangers)

    async def _leave(self) -> None:
        passing = [one for one in self._profiles.values() if one.installation.profile.startswith("passing")]
        if passing:
            profile = self._rng.choice(passing)
            await self._end(profile, kill=self._rng.random() < 0.5)
            del self._profiles[profile.id], self._configs[profile.id]
            await asyncio.to_thread(shutil.rmtree, profile.state_dir, ignore_errors=True)
            self._home.ports.give_back(profile.port)

    def _remove_strangers(self) -> None:
        """Profiles that the keys have made: else there would be ever more."""
        known = {profile.state_dir for profile in self._profiles.values()}
        for path in self._home.home.glob(".*claw*-*"):
            if path.is_dir() and path not in known:
                shutil.rmtree(path, ignore_errors=True)


def _record(rng: random.Random, number: int) -> dict[str, object]:
    words = " ".join(rng.choice(("tick", "connected", "漢字", "token=x", "retry", "\x1b[31mred")) for _ in range(8))
    level = rng.choice(("DEBUG", "INFO", "WARN", "ERROR"))
    meta = {"logLevelName": level, "date": datetime.now(UTC).isoformat(), "name": '{"subsystem":"soak"}'}
    return {"0": f"{words} {number}", "_meta": meta, "time": meta["date"]}
