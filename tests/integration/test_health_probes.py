"""Probing real servers: gateways of every kind, and everything else that may sit on a port."""

import asyncio
import json
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from gateway_core.distributions.loader import built_in_distributions
from gateway_core.distributions.model import Distribution, HealthRule
from gateway_core.health.probes import probe_address, probe_http
from gateway_core.snapshot import HttpSignal
from gateway_core.system.http import BODY_LIMIT, LoopbackHttp
from tests.loopback_servers import (
    AMPLE_S,
    Handler,
    HttpServer,
    farewell,
    flood,
    garbage,
    json_response,
    leaves_no_socket_behind,
    page,
    response,
    serving,
    silence,
    trickle,
)

__all__ = ["leaves_no_socket_behind"]

DISTRIBUTIONS = {distribution.name: distribution for distribution in built_in_distributions()}
OPENCLAW = DISTRIBUTIONS["openclaw"]
HTTP = LoopbackHttp()
SAMPLES = Path(__file__).parent.parent / "data" / "health"
READY = json.loads((SAMPLES / "readyz.json").read_text())
STARTED = json.loads((SAMPLES / "startupz.json").read_text())


async def look(
    port: int,
    distribution: Distribution = OPENCLAW,
    *,
    version: str | None = "2026.9.6",
    tls: bool = False,
    control_path: str = "/",
    deadline: float = AMPLE_S,
    presumed_version: str | None = None,
) -> HttpSignal:
    return await probe_http(
        HTTP,
        distribution,
        version,
        port,
        tls=tls,
        control_path=control_path,
        deadline=deadline,
        presumed_version=presumed_version,
    )


def gateway(readiness: object = READY, startup: object = STARTED, status: int = 200) -> HttpServer:
    return HttpServer(
        {
            "/readyz": json_response(readiness, status),
            "/startupz": json_response(startup, status),
            "*": page("OpenClaw Control"),
        }
    )


class TestJsonHealth:
    async def test_a_ready_gateway_of_a_known_version_costs_one_request(self) -> None:
        server = gateway()
        async with serving(server) as port:
            signal = await look(port)
        assert signal == HttpSignal(
            live=True, ready=True, answered=True, uptime_s=4.178, event_loop_delay_s=20.4 * 0.001
        )
        assert server.paths == ["/readyz"]

    async def test_an_unknown_version_is_learned(self) -> None:
        server = gateway()
        async with serving(server) as port:
            assert (await look(port, version=None)).version == "2026.9.6"
        assert server.paths == ["/readyz", "/startupz"]

    @pytest.mark.parametrize("tls", [False, True])
    async def test_all_questions_of_a_look_take_one_connection_which_ends_with_it(self, tls: bool) -> None:
        """A gateway that stops waits for the connections that are open."""
        connections, left = [], asyncio.Event()
        server = gateway()

        async def stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(writer)
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    await server.answer(reader, writer)
            left.set()

        async with serving(stay, tls=tls) as port:
            assert (await look(port, version=None, tls=tls)).version == "2026.9.6"
            assert (server.paths, len(connections)) == (["/readyz", "/startupz"], 1)
            await left.wait()
            left.clear()
            async with HTTP.conversation() as conversation:
                await conversation.get(f"{'https' if tls else 'http'}://127.0.0.1:{port}/readyz", deadline=AMPLE_S)
            async with asyncio.timeout(AMPLE_S):
                await left.wait()

    @pytest.mark.parametrize("word", ["Connection: close\r\n", ""], ids=["announced", "without a word"])
    async def test_a_server_that_closes_after_each_answer_is_asked_over_another_connection(self, word: str) -> None:
        server = HttpServer({"*": response(json.dumps(READY | STARTED).encode(), extra=word)})
        async with serving(server) as port:
            assert (await look(port, version=None)).version == "2026.9.6"
        assert server.paths == ["/readyz", "/startupz"]

    async def test_a_server_that_closes_when_asked_again_is_asked_over_another_connection(self) -> None:
        server = gateway()

        async def one_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await server.answer(reader, writer)
            await reader.readuntil(b"\r\n\r\n")

        async with serving(one_answer) as port:
            assert (await look(port, version=None)).version == "2026.9.6"

    async def test_a_broken_channel_is_not_ready_but_live(self) -> None:
        server = gateway({"ready": False, "failing": ["discord", "telegram"], "uptimeMs": 10}, STARTED, 503)
        async with serving(server) as port:
            signal = await look(port)
        assert (signal.live, signal.ready, signal.failing) == (True, False, ("discord", "telegram"))
        assert not signal.starting

    async def test_a_gateway_says_that_it_is_still_starting(self) -> None:
        startup = {"ok": False, "status": "starting", "version": "2026.9.6", "pendingReason": "startup-sidecars"}
        server = gateway({"ready": False, "failing": ["startup-sidecars"], "uptimeMs": 10}, startup, 503)
        async with serving(server) as port:
            signal = await look(port)
        assert (signal.live, signal.ready, signal.starting, signal.version) == (True, False, True, "2026.9.6")

    async def test_a_draining_gateway_is_recognised_by_either_answer(self) -> None:
        for readiness, startup in (
            ({"ready": False, "failing": ["gateway-draining"]}, {}),
            ({"ready": False}, {"ok": False, "status": "draining", "uptimeMs": 5}),
        ):
            async with serving(gateway(readiness, startup, 503)) as port:
                signal = await look(port)
            assert (signal.live, signal.draining) == (True, True)

    async def test_a_busy_event_loop_is_reported(self) -> None:
        async with serving(gateway({**READY, "eventLoop": {"degraded": True, "delayP99Ms": 393.2}})) as port:
            found = await look(port)
        assert (found.event_loop_degraded, found.event_loop_delay_s) == (True, 0.3932)

    @pytest.mark.parametrize("delay", [-1, True, "20", None, 1e300, 10**400, [20]])
    async def test_a_delay_that_no_clock_can_say_is_none(self, delay: object) -> None:
        async with serving(gateway({**READY, "eventLoop": {"delayP99Ms": delay}})) as port:
            assert (await look(port)).event_loop_delay_s is None

    async def test_the_body_is_judged_whatever_the_configured_version_says(self) -> None:
        async with serving(gateway()) as port:
            assert (await look(port, version="2026.2.6")).ready is True

    async def test_a_version_without_startup_answer_keeps_its_readiness(self) -> None:
        server = HttpServer({"/readyz": json_response({"ready": False}, 503), "*": page("OpenClaw Control")})
        async with serving(server) as port:
            signal = await look(port, version=None)
        assert (signal.live, signal.ready, signal.version) == (True, False, None)

    async def test_odd_values_are_not_taken_over(self) -> None:
        odd = {"ready": True, "failing": "all", "uptimeMs": True, "eventLoop": ["degraded"]}
        async with serving(gateway(odd, {"version": 9})) as port:
            assert await look(port, version=None) == HttpSignal(live=True, ready=True, answered=True)

    async def test_self_signed_tls_is_accepted(self) -> None:
        async with serving(gateway(), tls=True) as port:
            assert (await look(port, tls=True)).ready is True


class TestOwnEndpoints:
    """A user's product whose file names other endpoints, and others again for its earlier versions."""

    OWN = OPENCLAW.model_copy(
        update={
            "health": (
                HealthRule(before="2", kind="json", readiness_path="/old"),
                HealthRule(since="2", kind="json", readiness_path="/up", startup_path="/up/start"),
            )
        }
    )

    async def test_a_ready_one_of_a_known_version_costs_one_request(self) -> None:
        server = HttpServer({"/up": json_response(READY), "*": page("OpenClaw Control")})
        async with serving(server) as port:
            assert (await look(port, self.OWN, version="2.1")).ready is True
        assert server.paths == ["/up"]

    async def test_one_of_an_unknown_version_is_asked_as_the_newest(self) -> None:
        server = HttpServer({"/up": json_response(READY), "/up/start": json_response(STARTED)})
        async with serving(server) as port:
            assert (await look(port, self.OWN, version=None)).version == "2026.9.6"
        assert server.paths == ["/up", "/up/start"]

    async def test_one_of_a_presumed_version_is_asked_where_that_answers(self) -> None:
        server = HttpServer({"/old": json_response(READY), "*": page("OpenClaw Control")})
        async with serving(server) as port:
            signal = await look(port, self.OWN, version=None, presumed_version="1.9")
        assert (signal.ready, signal.version) == (True, None)

    async def test_one_that_never_tells_how_it_starts_is_not_asked(self) -> None:
        own = self.OWN.model_copy(update={"health": (HealthRule(kind="json", readiness_path="/up"),)})
        server = HttpServer({"/up": json_response({"ready": False, "failing": ["x"]}, 503)})
        async with serving(server) as port:
            assert (await look(port, own, version=None)).failing == ("x",)
        assert server.paths == ["/up"]

    async def test_a_page_in_their_place_is_still_a_page(self) -> None:
        server = HttpServer({"*": page("OpenClaw Control")})
        async with serving(server) as port:
            assert await look(port, self.OWN, version=None) == HttpSignal(live=True, ready=None, answered=True)
        assert server.paths == ["/up"]


class TestEarlyVersions:
    @pytest.mark.parametrize("name", sorted(DISTRIBUTIONS))
    async def test_the_control_ui_on_any_path_is_life(self, name: str) -> None:
        distribution = DISTRIBUTIONS[name]
        server = HttpServer({"*": page(distribution.control_ui_title)})
        async with serving(server) as port:
            assert await look(port, distribution, version="2026.1.24") == HttpSignal(
                live=True, ready=None, answered=True
            )
        assert len(server.requests) == 1

    @pytest.mark.parametrize("control_path", ["/my claw", "my claw", "/my claw/", "/my\r\n claw"])
    async def test_a_control_ui_below_its_own_path_is_found(self, control_path: str) -> None:
        server = HttpServer({"/my%20claw/": page("OpenClaw Control"), "*": response(b"Not Found", status=404)})
        async with serving(server) as port:
            assert (await look(port, version="2026.2.6", control_path=control_path)).live

    async def test_a_gateway_without_a_control_ui_has_answered_but_shows_no_life(self) -> None:
        async with serving(HttpServer({"*": response(b"Not Found", status=404)})) as port:
            signal = await look(port, version="2026.2.6")
        assert (signal.live, signal.answered) == (False, True)
        assert signal.error == "answered 404 with something that is not OpenClaw's"

    async def test_another_product_of_the_family_is_not_this_one(self) -> None:
        async with serving(HttpServer({"*": page("Clawdbot Control")})) as port:
            signal = await look(port)
        assert not signal.live
        assert signal.error == "a page titled “Clawdbot Control” answered, not OpenClaw"


class TestOthers:
    @pytest.mark.parametrize(
        ("handler", "deadline", "error"),
        [
            (silence, 0.3, "no answer within 0.3 s"),
            (trickle, 0.3, "no answer within 0.3 s"),
            (garbage, AMPLE_S, "not HTTP"),
            (farewell, AMPLE_S, "closed without an answer"),
            (flood, AMPLE_S, "answered 200 with something that is not OpenClaw's"),
        ],
    )
    async def test_a_hostile_listener_costs_only_its_own_answer(
        self, handler: Handler, deadline: float, error: str
    ) -> None:
        async with serving(handler) as bad, serving(gateway()) as good:
            asking = asyncio.create_task(look(bad, deadline=deadline))
            good_signals = [await look(good) for _ in range(5)]
            bad_signal = await asking
        assert (bad_signal.live, bad_signal.error) == (False, error)
        assert all(signal.ready for signal in good_signals)

    async def test_a_redirect_is_not_followed(self) -> None:
        elsewhere = gateway()
        async with serving(elsewhere) as target:
            location = f"Location: http://127.0.0.1:{target}/readyz\r\n"
            async with serving(HttpServer({"*": response(b"", status=302, extra=location)})) as port:
                signal = await look(port)
        assert signal.error == "answered with a redirect (302), not as OpenClaw does"
        assert elsewhere.requests == []

    async def test_another_page_is_named_in_one_printable_line(self) -> None:
        async with serving(HttpServer({"*": page("Star\x1b[31m\nOffice &amp; " + "x" * 200)})) as port:
            error = (await look(port)).error
        assert error is not None
        assert error.startswith("a page titled “Star [31m Office & xxx")
        assert error.isprintable()
        assert len(error) < 120

    @pytest.mark.parametrize("body", [b"[]", b"null", b'{"ready": "yes"}', b"[" * 60_000, b"\xff\xfe", b""])
    async def test_other_json_is_no_life(self, body: bytes) -> None:
        async with serving(HttpServer({"*": response(body)})) as port:
            assert not (await look(port)).live

    async def test_a_closed_port_is_refused(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            assert (await look(unused.getsockname()[1])).error == "refused"

    async def test_plain_http_where_tls_was_asked_for(self) -> None:
        async with serving(garbage) as port:
            assert (await look(port, tls=True)).error == "not TLS"

    async def test_a_server_that_stalls_the_tls_handshake(self) -> None:
        async with serving(silence) as port:
            assert (await look(port, tls=True, deadline=0.2)).error == "no answer within 0.2 s"

    async def test_a_long_head_that_comes_in_pieces_is_read(self) -> None:
        async def piecemeal(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            whole = response(json.dumps(READY).encode(), extra=f"X-Long: {'x' * 20_000}\r\n")
            for piece in (whole[:18_000], whole[18_000:]):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.05)

        async with serving(piecemeal) as port:
            assert (await look(port)).ready

    async def test_a_long_body_is_cut(self) -> None:
        async with serving(flood) as port, HTTP.conversation() as conversation:
            answer = await conversation.get(f"http://127.0.0.1:{port}/", deadline=AMPLE_S)
        assert (answer.status, answer.body) == (200, b"x" * BODY_LIMIT)

    async def test_a_flood_leaves_the_others_their_turn(self) -> None:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with serving(flood) as port:
            bystander = asyncio.create_task(other())
            await look(port)
            bystander.cancel()
        assert turns > BODY_LIMIT, "one for each piece of the body"

    async def test_a_hundred_probes_at_once_all_get_their_answer(self) -> None:
        async with serving(silence) as bad, serving(gateway()) as good:
            hanging = [asyncio.create_task(look(bad, deadline=AMPLE_S)) for _ in range(100)]
            signals = await asyncio.gather(*(look(good, deadline=AMPLE_S) for _ in range(100)))
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
        assert all(signal.ready for signal in signals)


@pytest.mark.parametrize(
    ("bound", "asked"),
    [
        ((), "127.0.0.1"),
        (("127.0.0.1", "::1"), "127.0.0.1"),
        (("0.0.0.0",), "127.0.0.1"),
        (("::1",), "::1"),
        (("100.64.0.7",), "100.64.0.7"),
    ],
)
def test_a_gateway_is_asked_where_it_listens(bound: tuple[str, ...], asked: str) -> None:
    assert probe_address(bound) == asked
