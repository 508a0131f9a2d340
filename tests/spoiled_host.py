"""Ways to spoil a well-kept host: each is a function that takes the host, or makes one."""

import os
from collections.abc import Callable
from pathlib import Path

from gateway_core.host import ServiceState
from tests.audited_host import AuditedHost

Spoil = Callable[[AuditedHost], object]


def main(host: AuditedHost) -> Path:
    """The state dir of the main bot."""
    return host.home / ".openclaw-main"


def rescue(host: AuditedHost) -> Path:
    """The state dir of the rescue bot."""
    return host.home / ".openclaw-rescue"


def each(*spoils: Spoil) -> Spoil:
    """All of these, in this order."""

    def spoil(host: AuditedHost) -> None:
        for one in spoils:
            one(host)

    return spoil


def set_rescue(changes: dict[str, object]) -> Spoil:
    return lambda host: host.configure(rescue(host), changes)


def set_both(changes: dict[str, object]) -> Spoil:
    return each(
        lambda host: host.configure(main(host), changes),
        lambda host: host.configure(rescue(host), changes),
    )


def replace_by_link(name: str) -> Spoil:
    """That part of rescue's state dir is a link to main's."""

    def spoil(host: AuditedHost) -> None:
        path = rescue(host) / name
        path.rename(path.with_name(f"{path.name}-before"))
        path.symlink_to(main(host) / name)

    return spoil


def hard_link_the_config(host: AuditedHost) -> None:
    (rescue(host) / "openclaw.json").unlink()
    os.link(main(host) / "openclaw.json", rescue(host) / "openclaw.json")


def give_one_config_to_two_state_dirs(host: AuditedHost) -> None:
    other = host.home / "elsewhere"
    other.mkdir()
    host.serve(rescue(host), 19001, name="second.service", OPENCLAW_STATE_DIR=str(other))


def link_the_state_dir(host: AuditedHost) -> None:
    """The config lies elsewhere, so that the two stay two instances."""
    state_dir = rescue(host)
    config = host.home / "rescue.json"
    (state_dir / "openclaw.json").rename(config)
    state_dir.rename(host.home / "before")
    state_dir.symlink_to(main(host))
    unit = host.home / ".config/systemd/user/openclaw-gateway-rescue.service"
    host.write(unit, unit.read_text().replace(f"{state_dir}/openclaw.json", str(config)))


def share_the_bot(place: dict[str, object]) -> Spoil:
    def spoil(host: AuditedHost) -> None:
        token = host.secret()
        host.configure(main(host), {"channels": {"telegram": {"botToken": token}}})
        host.configure(rescue(host), {"channels": {"telegram": {"botToken": None}}})
        host.configure(rescue(host), place)
        config = rescue(host) / "openclaw.json"
        host.write(config, config.read_text().replace("THE-TOKEN", token))

    return spoil


def share_the_bot_through_dotenv(host: AuditedHost) -> None:
    share_the_bot({"channels": {"telegram": {"enabled": True}}})(host)
    host.write(rescue(host) / ".env", f"TELEGRAM_BOT_TOKEN={host.secrets[-1]}\n")


def share_a_far_browser(host: AuditedHost) -> None:
    set_both({"browser": {"cdpUrl": f"wss://browser.example/?token={host.secret()}"}})(host)


def move_logins_into_mains(host: AuditedHost) -> None:
    unit = host.home / ".config/systemd/user/openclaw-gateway-rescue.service"
    line = f"Environment=OPENCLAW_OAUTH_DIR={main(host) / 'credentials'}\n"
    host.write(unit, unit.read_text() + line)


def early(what: str) -> Spoil:
    """Both bots are of a version that keeps `what` in the default state dir."""

    def spoil(host: AuditedHost) -> None:
        set_both({"meta": {"lastTouchedVersion": "2026.2.6"}})(host)
        host.write(host.home / ".openclaw" / what, host.secret())

    return spoil


def leak_whatsapp(host: AuditedHost) -> None:
    host.configure(rescue(host), {"channels": {"whatsapp": {}}})
    host.write(host.home / ".openclaw" / "credentials" / "whatsapp" / "default" / "creds.json", host.secret())


def open_up(*names: str, mode: int = 0o644, state_dir: int = 0o755) -> Spoil:
    def spoil(host: AuditedHost) -> None:
        rescue(host).chmod(state_dir)
        for name in names:
            path = rescue(host) / name
            if not path.exists():
                host.write(path, host.secret())
            path.chmod(mode)

    return spoil


def with_group(name: str, *members: str, spoil: Spoil) -> Spoil:
    """The group of all files bears that name, and those are in it besides the user."""
    return each(lambda host: host.name_group(name, *members), spoil)


def second_unit(scope: str, state: ServiceState | None = None, **more: str) -> Spoil:
    def spoil(host: AuditedHost) -> None:
        path = host.serve(rescue(host), 19001, name="old-name.service", scope=scope, **more)
        if state is not None:
            host.fixed.services.known[f"systemd-{scope}", path.name] = state

    return spoil


def unit_mode(mode: int) -> Spoil:
    return lambda host: (host.home / ".config/systemd/user/openclaw-gateway-rescue.service").chmod(mode)


def add_drop_in(host: AuditedHost) -> None:
    unit = host.home / ".config/systemd/user/openclaw-gateway-rescue.service"
    text = f"[Service]\nEnvironment=TELEGRAM_BOT_TOKEN={host.secret()}\n"
    host.write(unit.with_name(f"{unit.name}.d") / "mine.conf", text, mode=0o644)


def lose_the_program(host: AuditedHost) -> None:
    unit = host.home / ".config/systemd/user/openclaw-gateway-rescue.service"
    host.write(unit, unit.read_text().replace(str(host.program), "/opt/gone/openclaw"))


def rename_config(name: str) -> Spoil:
    return lambda host: (rescue(host) / "openclaw.json").rename(rescue(host) / name)


def mistype(host: AuditedHost) -> None:
    (host.home / ".openclaw-resuce" / "agents" / "main" / "sessions").mkdir(parents=True)


def lock_without_start(host: AuditedHost) -> None:
    host.fixed.add_process(4242, "bash")
    path = host.lock(rescue(host), 4242, 1)
    path.write_text(path.read_text().replace('"startTime": 1, ', ""))


def reuse_the_pid(host: AuditedHost) -> None:
    host.fixed.add_process(4242, "firefox", start=9)
    host.lock(rescue(host), 4242, 8)


def leave_a_browser(host: AuditedHost) -> None:
    data = rescue(host) / "browser" / "openclaw" / "user-data"
    host.fixed.add_process(4711, "chrome", "--remote-debugging-port=19012", f"--user-data-dir={data}")


def leave_two_browsers(host: AuditedHost) -> None:
    leave_a_browser(host)
    data = rescue(host) / "browser" / "work" / "user-data"
    host.fixed.add_process(4712, "chrome", "--remote-debugging-pipe", f"--user-data-dir={data}")


def restart_beside(host: AuditedHost) -> None:
    """A gateway that somebody has started by hand, and its unit, which starts another one in vain."""
    host.run(rescue(host), 900, 19001)
    unit = ("systemd-user", "openclaw-gateway-rescue.service")
    host.fixed.services.known[unit] = ServiceState(active="active", enabled=True, main_pid=901, restarts=10)
