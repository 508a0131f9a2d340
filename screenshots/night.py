"""A night between two dashboards of a demo home: what the picture of the next morning tells of."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from gateway_core.decoding import decode_model, encode_model
from gateway_core.demo.home import DemoHome, RunningGateway
from gateway_core.dirs import events_database
from gateway_core.events.last_seen import LastSeen, LastSeenFile
from gateway_core.events.looking_back import LookingBack
from gateway_core.events.store import EventStore
from gateway_core.host import Host
from gateway_core.monitor.monitor import take_snapshot

_LASTED = timedelta(hours=9)
_EVENING = (
    ("openclaw", "default"),
    ("openclaw", "rescue"),
    ("openclaw", "dev"),
    ("clawdbot", "cb"),
    ("moltbot", "lab"),
)
GATEWAYS = len(_EVENING) + 1


async def pass_night(home: DemoHome) -> None:
    """Have a dashboard look in the evening; then end, move, restart and add gateways."""
    running = {f"{product}:{profile}": await home.start(product, profile) for product, profile in _EVENING}
    await _look(home.host())
    await _act(home, running)


async def _look(host: Host) -> None:
    store = EventStore(events_database(host), print)
    await LookingBack(host, store).look_back(await take_snapshot(host))
    path = LastSeenFile(host).path
    seen = decode_model(LastSeen, path.read_text())
    path.write_text(encode_model(seen.model_copy(update={"seen_at": seen.seen_at - _LASTED})))


async def _act(home: DemoHome, running: Mapping[str, RunningGateway]) -> None:
    await running["openclaw:rescue"].kill()
    await running["openclaw:default"].kill()
    await home.launch(running["openclaw:default"].profile)
    await running["openclaw:dev"].stop()
    moved = running["moltbot:lab"].profile
    text = await asyncio.to_thread(moved.config_path.read_text)
    await asyncio.to_thread(moved.config_path.write_text, text.replace(str(moved.port), str(moved.port + 200)))
    await home.start("mazelclaw", "new")
