"""A demo home with a canary in every place where gateways, their users and their services keep secrets."""

import asyncio
import json
import plistlib
import socket
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.logs.output import output_path
from tests.canaries import Canaries
from tests.secret_kinds import lines_of_every_kind

_DEADLINE_S = 20
_JOURNALCTL = """#!/bin/sh
case "$*" in *--follow*) exec sleep 600;; esac
case "$*" in *--reverse*) tac '{entries}';; *) cat '{entries}';; esac
"""
_OUTSIDER = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"
_IMPOSTOR = textwrap.dedent(
    """
    import http.server, json, os, sys
    answers, port, title = json.loads(sys.stdin.readline())
    os.environ["SPT_NOENV"] = "1"
    import setproctitle
    setproctitle.setproctitle(title)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = answers.get(self.path, answers["*"]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *arguments):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
    """
)


class CanaryHome:
    """Furnishes a demo home; `caller` is the environment that claw-tui is called with."""

    def __init__(self, home: DemoHome, canaries: Canaries) -> None:
        self.home = home
        self.canaries = canaries
        self._impostors: list[asyncio.subprocess.Process] = []
        self.planted: set[Path] = set()
        """The files that hold a canary because they were given one."""
        self.caller = dict(home.environment) | {
            "OPENCLAW_GATEWAY_TOKEN": canaries.plant("caller's environment"),
            "CALLER_TOKEN": canaries.plant("caller's environment, in a workspace"),
        }

    async def furnish(self) -> None:
        """Plant everything, and start what has to run."""
        plant = self.canaries.plant
        self._describe_settings_of_every_kind()
        self._add_broken_configs()
        self._add_services()
        self._add_claw_tuis_own_files()
        main = self.main = self._main()
        for name in ("credentials/whatsapp/creds.json", "agents/main/agent/auth-profiles.json", "identity/device.json",
                     "devices/paired.json", "nodes/pairing.json", "exec-approvals.json", "gateway/tls/key.pem",
                     "openclaw.json.bak", "openclaw.json.bak.1"):  # fmt: skip
            self._write(main.state_dir / name, json.dumps({"token": plant(name)}))
        await self._run(main)
        self._append_log_line(self.home.add_profile("openclaw", "failing", faults=Faults(exit_code=1)))
        self._add_lock_neighbours(main)
        self._append_log_line(main)
        self._append_log_line(main, self._told_in_every_way("the log file"))
        self._keep_a_journal()
        self._keep_output(self.home.host(), "openclaw:literal")
        await self._listen_in_the_way(main.port + 5)
        await self._listen_in_the_way(main.port + 7, self._arguments_of_every_kind())
        await self._pose_as(self.home.add_profile("mazelclaw", "impostor"), {"*": self._page("page of a gateway")})
        await self._pose_as(self.home.add_profile("openclaw", "chatty"), self._answers())

    def _main(self) -> DemoProfile:
        plant = self.canaries.plant
        failing = f"telegram: bot_token={plant('failing name of /readyz')}"
        profile = self.home.add_profile("openclaw", "main", faults=Faults(failing=(failing,)))
        include = profile.state_dir / "channels.json5"
        self._write(include, json.dumps({"discord": {"token": plant("$include")}}))
        self._configure(
            profile,
            auth={"mode": "token", "token": plant("gateway.auth.token"), "password": plant("gateway.auth.password")},
            others={
                "channels": {"$include": "./channels.json5", "telegram": {"botToken": plant("channel token")}},
                "models": {"providers": {"openai": {"apiKey": plant("provider key")}}},
                "env": {"vars": {"ANTHROPIC_API_KEY": plant("env of the config")}},
                "browser": self._browser(profile.port),
            },
        )
        return profile

    def _browser(self, port: int) -> dict[str, object]:
        plant = self.canaries.plant
        work = f"ws://127.0.0.1:{port + 60}/devtools#token={plant('fragment of a cdpUrl')}"
        url = f"http://user:{plant('userinfo of cdpUrl')}@127.0.0.1:{port + 50}/?token={plant('query of cdpUrl')}"
        return {"cdpUrl": url, "profiles": {"work": {"cdpUrl": work, "color": "#00AA00"}}}

    def _describe_settings_of_every_kind(self) -> None:
        """Settings that claw-tui reads and shows, with secrets in them."""
        plant = self.canaries.plant
        names = (
            "WORKSPACE_TOKEN",
            "LOG_API_KEY",
            "BIND_PASSWORD",
            "UI_SECRET",
            "CDP_PASSWORD",
            "CDP_TOKEN",
            "MODE_KEY",
        )
        profile = self.home.add_profile("openclaw", "vars")
        lines = (f"{name}={plant(f'.env, as {name} in a setting')}" for name in names)
        self._write(profile.state_dir / ".env", "\n".join((*lines, f"UNUSED_TOKEN={plant('.env')}")))
        self._configure(
            profile,
            bind="custom",
            customBindHost="${BIND_PASSWORD}",
            controlUi={"basePath": "/ui/${UI_SECRET}"},
            auth={"mode": "${MODE_KEY}"},
            others={
                "agents": {
                    "defaults": {"workspace": "~/work/${WORKSPACE_TOKEN}"},
                    "list": [{"id": "${WORKSPACE_TOKEN}", "workspace": "/srv/${WORKSPACE_TOKEN}"}],
                },
                "logging": {"file": "/tmp/${LOG_API_KEY}/gateway.log"},
                "browser": {"cdpUrl": "http://u:${CDP_PASSWORD}@127.0.0.1:9333/?token=${CDP_TOKEN}"},
            },
        )
        query = f"/ui?token={plant('query of basePath')}#token={plant('fragment of basePath')}"
        self._literal = self.home.add_profile("openclaw", "literal")
        self._configure(self._literal, controlUi={"basePath": query})
        caller = self.home.add_profile("openclaw", "caller")
        self._configure(caller, others={"agents": {"defaults": {"workspace": "/srv/${CALLER_TOKEN}"}}})

    def _add_broken_configs(self) -> None:
        plant = self.canaries.plant
        broken = self.home.add_profile("openclaw", "broken")
        self._write(broken.config_path, f'{{gateway: {{auth: {{token: "{plant("at a parse error")}" "oops"}}}}}}')
        unclosed = self.home.add_profile("clawdbot", "unclosed")
        self._write(unclosed.config_path, f'{{gateway: {{auth: {{token: "{plant("at the end of a text")}')
        include = self.home.add_profile("openclaw", "include")
        self._write(include.state_dir / "secrets.json5", f'{{token: "{plant("at a parse error of an include")}" oops}}')
        self._configure(include, others={"channels": {"$include": "secrets.json5"}})
        wrong = self.home.add_profile("openclaw", "wrong")
        bad = {name: plant(f"value of the wrong type: {name}") for name in ("mode", "bind", "customBindHost", "tls")}
        self._configure(wrong, port=plant("gateway.port"), others={"browser": plant("browser")}, **bad)
        unset = self.home.add_profile("openclaw", "unset")
        self._configure(unset, auth={"token": f"${{NOT_SET}}{plant('beside an unset variable')}"})

    def _add_services(self) -> None:
        plant = self.canaries.plant
        service = self.home.add_profile("openclaw", "svc")
        unit = self.home.write_unit(service)
        token = plant("unit")
        text = unit.read_text("utf-8").replace("CANARY-of-a-demo-unit", token)
        started = f"gateway --token {plant('ExecStart of a unit')} --port"
        self._write(unit, text.replace("gateway --port", started))
        drop_in = f'[Service]\nEnvironment="TELEGRAM_BOT_TOKEN={plant("drop-in")}"\n'
        self._write(unit.with_name(f"{unit.name}.d") / "override.conf", drop_in)
        agent = {
            "Label": "ai.openclaw.agent",
            "ProgramArguments": ["node", "/opt/openclaw/dist/index.js", "gateway", "--token", plant("plist's argv")],
            "EnvironmentVariables": {
                "OPENCLAW_GATEWAY_TOKEN": plant("plist"),
                "OPENCLAW_PROFILE": "agent",
                "OPENCLAW_SERVICE_MARKER": "openclaw",
                "OPENCLAW_SERVICE_KIND": "gateway",
            },
        }  # fmt: skip
        plist = self.home.home / "Library" / "LaunchAgents" / "ai.openclaw.agent.plist"
        self._write(plist, plistlib.dumps(agent).decode())

    def _add_claw_tuis_own_files(self) -> None:
        plant = self.canaries.plant
        entries = [{"label": "x", "token": plant("registration")}, {"distribution": f"password={plant('bad one')}"}]
        self._write(self.home.config_dir / "instances.json", json.dumps({"schema": 1, "instances": entries}))
        own = self.home.config_dir / "distributions"
        self._write(own / "wrong.toml", f'token = "{plant("distribution of the user")}"\nname = 3\n')
        self._write(own / "broken.toml", f'token = "{plant("broken distribution of the user")}\n')
        self._write(self.home.config_dir / "settings.toml", f'token = "{plant("settings")}"\n')

    def _add_lock_neighbours(self, main: DemoProfile) -> None:
        plant = self.canaries.plant
        locks = next(main.state_dir.glob("tmp/*/gateway.*.lock")).parent
        record = {"pid": 1, "configPath": str(main.config_path), "token": plant("other lock")}
        self._write(locks / "gateway.abcdef01.lock", json.dumps(record))
        self._write(locks / "gateway.abcdef02.lock", f'{{"token": "{plant("broken lock")}')
        self._write(locks / "token.txt", plant("file beside a lock"))

    async def stir(self) -> None:
        """Let things happen that are seen and written down, each with secrets in it."""
        plant = self.canaries.plant
        literal = self._literal
        auth = {"mode": "token", "token": plant("token that a config was given later")}
        pinned = {"browser": {"cdpUrl": f"http://u:{plant('cdpUrl of later')}@127.0.0.1:{literal.port + 70}/?token=x"}}
        hooks = {plant("key of an object of later"): {"enabled": True}}
        self._configure(literal, auth=auth, port=literal.port + 1, others={**pinned, "hooks": hooks})
        await self._listen_in_the_way(literal.port + 1)
        for process in self._impostors:
            process.kill()
            await process.wait()

    def speak(self, profile: DemoProfile, place: str) -> None:
        """Let that gateway log what it should not."""
        self._append_log_line(profile, self._told_in_every_way(place))

    def _append_log_line(self, profile: DemoProfile, text: str | None = None) -> None:
        secret = self.canaries.plant(f"log line of {profile.id}")
        line = {"0": f"connect http://127.0.0.1:1/?token={secret}", "_meta": {"logLevelName": "ERROR"}, "message": "x"}
        profile.log_file.parent.mkdir(parents=True, exist_ok=True)
        self.planted.add(profile.log_file)
        with profile.log_file.open("a", encoding="utf-8") as log:
            log.write(text if text is not None else json.dumps(line) + "\n")

    def _told_in_every_way(self, place: str) -> str:
        """Lines of a log: of the family's own form and of none, with secrets in each."""
        plant = self.canaries.plant
        meta = {"logLevelName": "ERROR", "date": "2026-11-20T10:00:00.000Z"}
        named = {"0": "login", "1": {"token": plant(f"object in {place}"), "ok": False}, "_meta": meta}
        header = {"0": f"sent Authorization: Bearer {plant(f'header in {place}')}", "_meta": meta}
        nested = {"0": json.dumps({"botToken": plant(f"text of JSON in {place}")}), "_meta": meta}
        plain = [
            f"Error: OPENAI_API_KEY={plant(f'variable in {place}')} was refused",
            f"    at connect (ws://u:{plant(f'userinfo in {place}')}@127.0.0.1:1/)",
            f'{{"0": "cut short", "password": "{plant(f"broken JSON in {place}")}',
            f"\x1b[31mtok\x1b[0men={plant(f'coloured text in {place}')}",
        ]
        every = list(lines_of_every_kind(plant, place))
        records = [
            json.dumps({"0": line, "_meta": meta}) for line in lines_of_every_kind(plant, f"a record of {place}")
        ]
        return "\n".join([*every, *records, *map(json.dumps, (named, header, nested)), *plain, ""])

    def _keep_a_journal(self) -> None:
        """Of every unit the same."""
        told = [*self._told_in_every_way("the journal").splitlines()]
        told.append(f"[gateway] started with --token {self.canaries.plant('journal')}, see [journal of a unit]")
        entries = (
            json.dumps({"__REALTIME_TIMESTAMP": "1795168800000000", "PRIORITY": "3", "MESSAGE": message})
            for message in told
        )
        journal = self.home.bin / "journal.jsonl"
        self._write(journal, "".join(f"{entry}\n" for entry in entries))
        script = self.home.bin / "journalctl"
        self._write(script, _JOURNALCTL.replace("{entries}", str(journal)))
        script.chmod(0o755)

    def _keep_output(self, host: Host, instance_id: str) -> None:
        """What a gateway has printed that claw-tui started."""
        self._write(output_path(host, instance_id), self._told_in_every_way("output"))

    def _answers(self) -> dict[str, str]:
        """What an openclaw of 2026.9 answers, with secrets in every text."""
        plant = self.canaries.plant
        failing = [
            f"discord?token={plant('failing name')}", f"Authorization: Hawk mac={plant('failing header')}",
            f'{{"name":"token","value":"{plant("failing JSON")}"}}',
        ]  # fmt: skip
        ready = {"ready": False, "failing": failing, "uptimeMs": 1}
        start = {"ok": True, "status": "started", "version": f"2026.9.7 token={plant('version')}", "uptimeMs": 1}
        live = {"ok": True, "status": "live", "token": plant("/healthz")}
        answers = {"/readyz": ready, "/startupz": start, "/healthz": live}
        return {path: json.dumps(answer) for path, answer in answers.items()} | {"*": self._page("another page")}

    def _page(self, place: str) -> str:
        plant = self.canaries.plant
        title = f"Sign in: token={plant(f'title of {place}')}"
        return f"<html><head><title>{title}</title></head><body>{plant(f'body of {place}')}</body></html>"

    async def _run(self, profile: DemoProfile) -> None:
        """The gateway, with secrets in its environment."""
        plant = self.canaries.plant
        names = ("OPENCLAW_GATEWAY_TOKEN", "OPENAI_API_KEY", "SOME_PASSWORD", "PGPASSWORD", "DB_PASS", "SESSION_ID")
        environment = dict(self.home.environment) | {name: plant(f"environment: {name}") for name in names}
        await asyncio.create_subprocess_exec(
            *profile.arguments, env=environment, cwd=self.home.home, stdout=asyncio.subprocess.DEVNULL
        )
        await _until(lambda: _listens(profile.port))

    def _arguments_of_every_kind(self) -> list[str]:
        plant = self.canaries.plant
        return [
            "-u", f"bob:{plant('-u user:X')}", f"--user=bob:{plant('--user=user:X')}", "--auth", plant("--auth X"),
            f"--pass={plant('--pass=X')}", f"-p{plant('-pX')}", "-H", f"X-Api-Key: {plant('X-Api-Key')}",
            f"postgres://u:p/{plant('userinfo with a slash')}@x@h/db", f"DB_PASS={plant('DB_PASS')}",
            "set", "password", plant("set password X"), f'{{"key":"token","value":"{plant("JSON in an argument")}"}}',
            f"<password>{plant('XML in an argument')}</password>", f"?a%74oken=x&t%6Fken={plant('encoded name')}",
        ]  # fmt: skip

    async def _listen_in_the_way(self, port: int, more: Sequence[str] = ()) -> None:
        """A stranger with secrets wherever a command line can have them."""
        plant = self.canaries.plant
        arguments = [
            str(port), *more, "--token", plant("--token X"), f"--token={plant('--token=X')}",
            f"API_KEY={plant('X_KEY=')}", f"http://127.0.0.1/#token={plant('#token=')}",
            f"http://u:{plant('userinfo')}@localhost/", "--password",
            plant("--password X"), "-H", f"Authorization: Bearer {plant('Bearer')}",
        ]  # fmt: skip
        name = f"server --token={plant('argv[0]')}"  # by which a Python that was moved does not find its library
        environment = {**self.home.environment, "PYTHONHOME": sys.base_prefix}
        await asyncio.create_subprocess_exec(
            name, "-c", _OUTSIDER, *arguments, executable=sys.executable, env=environment
        )
        await _until(lambda: _listens(port))

    async def _pose_as(self, profile: DemoProfile, answers: Mapping[str, str]) -> None:
        """A process that is titled as that profile's gateway and answers this."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _IMPOSTOR, env=self.home.environment, stdin=asyncio.subprocess.PIPE
        )
        title = profile.installation.distribution.process_title
        self._impostors.append(process)
        assert process.stdin is not None
        process.stdin.write(json.dumps([answers, profile.port, title]).encode() + b"\n")
        await process.stdin.drain()
        await _until(lambda: _listens(profile.port))

    def _configure(
        self, profile: DemoProfile, *, others: Mapping[str, object] | None = None, **gateway: object
    ) -> None:
        config = json.loads(profile.config_path.read_text("utf-8")) | dict(others or {})
        config["gateway"] |= gateway
        self._write(profile.config_path, json.dumps(config))

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        self.planted.add(path)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_DEADLINE_S):
        while not condition():  # noqa: ASYNC110  other processes set no asyncio.Event
            await asyncio.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
