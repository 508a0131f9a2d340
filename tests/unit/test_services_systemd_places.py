"""Where systemd looks for units, and which of several it takes."""

import os
from dataclasses import replace

import pytest

from gateway_core.host import Host
from gateway_core.services.reader import service_dirs
from tests.service_files import USER_UNITS, found, host, only, put, unit

__all__ = ["host"]

RUNTIME = "run/user/1000/systemd"


@pytest.mark.parametrize(
    ("base", "place", "manager"),
    [
        ("home", USER_UNITS, "systemd-user"),
        ("home", ".local/share/systemd/user", "systemd-user"),
        ("root", "etc/systemd/user", "systemd-user"),
        ("root", "run/systemd/user", "systemd-user"),
        ("root", f"{RUNTIME}/transient", "systemd-user"),
        ("root", f"{RUNTIME}/generator", "systemd-user"),
        ("root", "etc/systemd/system", "systemd-system"),
        ("root", "run/systemd/system", "systemd-system"),
        ("root", "run/systemd/transient", "systemd-system"),
        ("root", "run/systemd/generator", "systemd-system"),
    ],
)
def test_every_place_and_any_name(host: Host, base: str, place: str, manager: str) -> None:
    put(getattr(host, base), f"{place}/my bot.service", unit("ExecStart=/usr/bin/openclaw gateway"))
    definition = only(host)
    assert (definition.manager, definition.name, definition.distribution) == (manager, "my bot.service", "openclaw")
    assert getattr(host, base) / place in service_dirs(host)


@pytest.mark.parametrize("scope", ["user", "system"])
@pytest.mark.parametrize("library", ["usr/local/lib", "usr/lib", "lib"])
def test_of_packaged_units_only_names_of_the_family_are_read(host: Host, library: str, scope: str) -> None:
    place = f"{library}/systemd/{scope}"
    put(host.root, f"{place}/other.service", unit("ExecStart=/usr/bin/openclaw gateway"))
    path = put(host.root, f"{place}/openclaw-gateway.service", unit("ExecStart=/usr/bin/openclaw gateway"))
    definition = only(host)
    assert (definition.manager, definition.path) == (f"systemd-{scope}", path)
    assert host.root / place in service_dirs(host)


def test_a_merged_lib_is_looked_at_once(host: Host) -> None:
    (host.root / "usr" / "lib").mkdir(parents=True)
    (host.root / "lib").symlink_to("usr/lib")
    assert not [path for path in service_dirs(host) if path.is_relative_to(host.root / "lib")]


@pytest.mark.parametrize(
    ("variable", "usual"), [("XDG_CONFIG_HOME", USER_UNITS), ("XDG_DATA_HOME", ".local/share/systemd/user")]
)
def test_a_base_directory_of_the_environment_comes_before_the_usual_one(host: Host, variable: str, usual: str) -> None:
    text = unit("ExecStart=/usr/bin/openclaw gateway")
    path = put(host.home, "base/systemd/user/a.service", text)
    hidden, further = (put(host.home, f"{usual}/{name}.service", text) for name in "ab")
    relative = replace(host, environment={variable: "base"})
    assert {item.path for item in found(relative)} == {hidden, further}
    absolute = replace(host, environment={variable: str(host.home / "base")})
    assert {item.path for item in found(absolute)} == {path, further}


@pytest.mark.parametrize(
    ("variable", "usual"), [("XDG_CONFIG_DIRS", "etc/xdg/systemd/user"), ("XDG_DATA_DIRS", "usr/share/systemd/user")]
)
def test_every_listed_base_directory_counts_in_its_order(host: Host, variable: str, usual: str) -> None:
    text, name = unit("ExecStart=/usr/bin/openclaw gateway"), "openclaw-gateway.service"
    first, second = (put(host.home, f"{base}/systemd/user/{name}", text) for base in ("one", "two"))
    last = put(host.root, f"{usual}/{name}", text)
    listed = replace(host, environment={variable: f"{host.home}/one::relative:{host.home}/two"})
    for path in (first, second, last):
        assert only(listed).path == path
        path.unlink()
    own = put(host.home, f"{USER_UNITS}/{name}", text)
    put(host.home, f"one/systemd/user/{name}", text)
    assert only(listed).path == own


PRECEDENCE = {
    "user": [
        ("home", f"{USER_UNITS}.control"),
        ("root", f"{RUNTIME}/user.control"),
        ("root", f"{RUNTIME}/transient"),
        ("root", f"{RUNTIME}/generator.early"),
        ("home", USER_UNITS),
        ("root", "etc/xdg/systemd/user"),
        ("root", "etc/systemd/user"),
        ("root", f"{RUNTIME}/user"),
        ("root", "run/systemd/user"),
        ("root", f"{RUNTIME}/generator"),
        ("home", ".local/share/systemd/user"),
        ("root", "usr/local/share/systemd/user"),
        ("root", "usr/share/systemd/user"),
        ("root", "usr/local/lib/systemd/user"),
        ("root", "usr/lib/systemd/user"),
        ("root", "lib/systemd/user"),
        ("root", f"{RUNTIME}/generator.late"),
    ],
    "system": [
        ("root", "etc/systemd/system.control"),
        ("root", "run/systemd/system.control"),
        ("root", "run/systemd/transient"),
        ("root", "run/systemd/generator.early"),
        ("root", "etc/systemd/system"),
        ("root", "etc/systemd/system.attached"),
        ("root", "run/systemd/system"),
        ("root", "run/systemd/system.attached"),
        ("root", "run/systemd/generator"),
        ("root", "usr/local/lib/systemd/system"),
        ("root", "usr/lib/systemd/system"),
        ("root", "lib/systemd/system"),
        ("root", "run/systemd/generator.late"),
    ],
}


@pytest.mark.parametrize("scope", list(PRECEDENCE))
def test_the_strongest_place_masks_the_others(host: Host, scope: str) -> None:
    name = "openclaw-gateway.service"
    text = unit("ExecStart=/usr/bin/openclaw gateway")
    paths = [put(getattr(host, base), f"{place}/{name}", text) for base, place in PRECEDENCE[scope]]
    for path in paths:
        assert [definition.path for definition in found(host)] == [path]
        path.unlink()
    put(paths[-1].parent, name, text)
    for path in paths[:-1]:
        path.symlink_to("/dev/null")
        assert found(host) == []
        path.unlink()


def test_the_runtime_directory_is_the_one_that_the_environment_names(host: Host) -> None:
    text = unit("ExecStart=/usr/bin/openclaw gateway")
    usual = put(host.root, f"{RUNTIME}/transient/a.service", text)
    named = put(host.root, "elsewhere/systemd/transient/a.service", text)
    relative = replace(host, environment={"XDG_RUNTIME_DIR": "elsewhere"})
    assert [item.path for item in found(relative)] == [usual]
    absolute = replace(host, uid=os.getuid(), environment={"XDG_RUNTIME_DIR": str(host.root / "elsewhere")})
    assert [item.path for item in found(absolute)] == [named]
    assert found(replace(absolute, uid=os.getuid() + 1)) == [], "it is another user's"


def test_links_into_a_weaker_place(host: Host) -> None:
    units = put(host.root, "usr/lib/systemd/system/openclaw-gateway.service", unit("ExecStart=openclaw gateway")).parent
    put(units, "bot.service", unit("ExecStart=/usr/bin/openclaw gateway --port 2"))
    own = host.root / "etc/systemd/system"
    own.mkdir(parents=True)
    (own / "alias.service").symlink_to(units / "openclaw-gateway.service")
    (own / "bot.service").symlink_to(units / "bot.service")
    (own / "openclaw-gateway.service").symlink_to(units / "openclaw-gateway.service")
    assert [definition.path.name for definition in found(host)] == ["bot.service", "openclaw-gateway.service"]
    (own / "openclaw-gateway.service").unlink()
    assert [definition.path for definition in found(host)] == [own / "bot.service", units / "openclaw-gateway.service"]


def test_each_unit_once(host: Host) -> None:
    units = host.home / USER_UNITS
    text = unit("ExecStart=/usr/bin/openclaw gateway --port 1")
    put(units, "a.service", text)
    (units / "alias.service").symlink_to("a.service")
    (units / "default.target.wants").mkdir()
    (units / "default.target.wants" / "a.service").symlink_to(units / "a.service")
    put(host.root, "etc/systemd/user/a.service", text)
    put(units, "template@.service", text)
    linked = put(host.home, "dist/linked.service", text)
    (units / "linked.service").symlink_to(linked)
    (units / "linked-again.service").symlink_to(linked)
    assert [definition.path for definition in found(host)] == [units / "a.service", units / "linked-again.service"]


def test_a_masked_unit_hides_what_lies_behind_it(host: Host) -> None:
    units = host.home / USER_UNITS
    units.mkdir(parents=True)
    (units / "a.service").symlink_to("/dev/null")
    put(units, "b.service", "")
    for name in ("a", "b"):
        put(host.root, f"etc/systemd/user/{name}.service", unit("ExecStart=/usr/bin/openclaw gateway"))
    assert found(host) == []
