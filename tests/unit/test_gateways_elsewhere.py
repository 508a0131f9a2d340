"""Gateways in containers and other namespaces: shown as that, joined with nothing of this host."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from claw_tui.text.unlisted import elsewhere_line, elsewhere_lines
from gateway_core.audit.model import Result
from gateway_core.audit.run import audit_host
from gateway_core.distributions.loader import load_distributions
from gateway_core.host import Placement
from gateway_core.lifecycle.operate import operate
from gateway_core.lifecycle.proof import require_proof
from gateway_core.lifecycle.target import find
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.monitor.observer import Observer
from gateway_core.operations import ErrorCode, Operation, RefusedError
from gateway_core.ports.free_blocks import FreeBlock, next_free_block
from gateway_core.ports.publishers import place_behind
from gateway_core.processes.containers import container_of, is_elsewhere
from gateway_core.snapshot import InstanceParty, Snapshot, State
from gateway_core.system.placements import parse_cgroups
from tests.fixed_gateways import add_profile, fixed, run_gateway
from tests.fixed_host import UID, FixedHost

__all__ = ["fixed"]

ID = "3f2a1b0c9d8e" + "0" * 52
DOCKER = Placement(
    own_pids=False, own_network=False, own_mounts=False, inner_pid=7, cgroups=(f"/system.slice/docker-{ID}.scope",)
)


async def look(fixed: FixedHost) -> Snapshot:
    return await take_snapshot(fixed.host())


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"/system.slice/docker-{ID}.scope", "docker container 3f2a1b0c9d8e"),
        (f"/docker/{ID}", "docker container 3f2a1b0c9d8e"),
        (
            f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container",
            "podman container 3f2a1b0c9d8e",
        ),
        (f"/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope", "Kubernetes container 3f2a1b0c9d8e"),
        (f"/kubepods/besteffort/pod1/{ID}", "Kubernetes container 3f2a1b0c9d8e"),
        ("/lxc.payload.web/system.slice", "lxc container web"),
        (r"/machine.slice/machine-my\x2dbox.scope/payload", "machine container my-box"),
        ("/user.slice/user-1000.slice/session-3.scope", "None"),
        (f"/machine.slice/libpod-conmon-{ID}.scope", "None"),
        ("/system.slice/docker.service", "None"),
    ],
)
def test_a_control_group_names_the_container(path: str, told: str) -> None:
    assert str(container_of(Placement(cgroups=(path,)))) == told


def test_control_groups_of_systemd_come_first() -> None:
    text = "9:name=systemd:/user.slice/a.service\n4:memory:/other\n1:cpu:/\n0::/user.slice/a.service\n"
    assert parse_cgroups(text) == ("/user.slice/a.service", "/other")


def test_where_namespaces_may_not_be_seen_control_groups_tell() -> None:
    unseen = Placement(own_pids=None, own_network=None, own_mounts=None)
    assert not is_elsewhere(unseen)
    assert is_elsewhere(replace(unseen, cgroups=(f"/docker/{ID}",)))
    assert is_elsewhere(replace(unseen, own_pids=False))
    assert not is_elsewhere(None)


def test_a_container_with_all_but_the_files_of_the_host_is_elsewhere() -> None:
    """`docker run --pid=host --network=host`; a unit with `PrivateTmp=` and a snap are like it but for the group."""
    shared = Placement(own_mounts=False)
    assert is_elsewhere(replace(shared, cgroups=(f"/system.slice/docker-{ID}.scope",)))
    assert not is_elsewhere(replace(shared, cgroups=("/system.slice/claw.service",)))
    assert not is_elsewhere(replace(shared, cgroups=("/app.slice/snap.claw.claw.scope",)))
    assert not is_elsewhere(Placement(cgroups=(f"/system.slice/docker-{ID}.scope",)))


async def test_a_lock_of_another_namespace_joins_no_process_of_this_one(fixed: FixedHost) -> None:
    """Without a start time in it, as early versions write it: the pid alone would do."""
    config = add_profile(fixed, "default", 18789)
    run_gateway(fixed, config, 7, 18789)
    add_profile(fixed, "web", 19789)
    directory = fixed.directory / "tmp" / "openclaw-0"
    directory.mkdir()
    lock = directory / "gateway.12345678.lock"
    lock.write_text(json.dumps({"pid": 7, "configPath": str(fixed.home / ".openclaw-web" / "openclaw.json")}))
    fixed.add_process(900, "openclaw-gateway", start=9)
    fixed.processes.placements[900] = DOCKER
    fixed.processes.files[900] = (lock,)
    fixed.processes.shared_files.add((900, lock, lock))

    seen = await look(fixed)

    states = {instance.id: instance.state for instance in seen.instances}
    assert states == {"openclaw:default": State.RUNNING, "openclaw:web": State.STOPPED}


async def test_a_lock_of_a_rootless_container_tells_whose_state_dir_it_uses(fixed: FixedHost) -> None:
    """There the gateway is another user than here, and keeps its locks in a directory of that one."""
    config = add_profile(fixed, "web", 18789)
    directory = config.parent / "tmp" / f"openclaw-{UID + 1}"
    directory.mkdir(parents=True)
    lock = {"pid": DOCKER.inner_pid, "startTime": 9, "configPath": str(config), "stateDir": str(config.parent)}
    (directory / "gateway.4eeef61b.lock").write_text(json.dumps(lock))
    fixed.add_process(900, "openclaw-gateway", start=9)
    fixed.processes.placements[900] = DOCKER
    fixed.processes.shared_files |= {(900, config, config), (900, config.parent, config.parent)}

    [instance] = (await look(fixed)).instances

    assert instance.state is State.BLOCKED


async def test_a_lock_that_names_any_process_of_a_container_does_not_make_it_a_gateway(fixed: FixedHost) -> None:
    """The pid and the start are right, as when they were reused: what bears them is in the container."""
    config = add_profile(fixed, "default", 18789)
    directory = config.parent / "tmp" / f"openclaw-{UID}"
    directory.mkdir(parents=True)
    lock = {"pid": 900, "startTime": 9, "configPath": str(config)}
    (directory / "gateway.4eeef61b.lock").write_text(json.dumps(lock))
    fixed.add_process(900, "sleep", start=9)
    fixed.processes.placements[900] = DOCKER

    [instance] = (await look(fixed)).instances

    assert instance.signals.process is None
    assert instance.state in (State.STOPPED, State.UNKNOWN)


@pytest.mark.parametrize("inside", ["/home/node/.openclaw", "/root/.openclaw"])
async def test_a_state_dir_in_use_in_a_container_blocks_a_start(fixed: FixedHost, inside: str) -> None:
    config = add_profile(fixed, "default", 18789)
    fixed.add_process(900, "openclaw-gateway")
    fixed.processes.placements[900] = DOCKER
    fixed.processes.environments[900] = {"HOME": str(Path(inside).parent)}
    fixed.processes.shared_files.add((900, Path(inside), config.parent))

    seen = await look(fixed)
    started = await operate(fixed.host(), "openclaw:default", Operation.START)
    stopped = await operate(fixed.host(), "openclaw:default", Operation.STOP)

    [instance] = seen.instances
    assert instance.state is State.BLOCKED
    assert "in use by a gateway in docker container 3f2a1b0c9d8e (pid 900)" in instance.reason
    assert [result.error and result.error.code for result in (started, stopped)] == [ErrorCode.RUNS_ELSEWHERE] * 2
    [line] = elsewhere_lines(seen)
    assert line.startswith("a gateway of openclaw in docker container 3f2a1b0c9d8e (pid 900)")
    assert line.endswith("it works in the state dir of openclaw:default")
    assert elsewhere_line(seen.elsewhere[0], but="openclaw:default").endswith("(pid 900)"), "said in its own details"


async def test_a_container_of_another_user_blocks_the_state_dir_that_is_mounted_into_it(fixed: FixedHost) -> None:
    """An ordinary user may see no path of root's processes, but what is mounted for them."""
    config = add_profile(fixed, "default", 18789)
    add_profile(fixed, "web", 19789)
    fixed.add_process(900, "openclaw-gateway", uid=0)
    fixed.processes.placements[900] = Placement(own_pids=False, own_network=None, own_mounts=None)
    fixed.processes.mounted.add((900, config.parent))

    seen = await look(fixed)

    states = {instance.id: instance.state for instance in seen.instances}
    assert states == {"openclaw:default": State.BLOCKED, "openclaw:web": State.STOPPED}


async def test_a_container_with_files_of_its_own_leaves_the_instance_stopped(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", 18789)
    fixed.add_process(900, "openclaw-gateway")
    fixed.processes.placements[900] = DOCKER
    fixed.processes.environments[900] = {"OPENCLAW_STATE_DIR": str(config.parent)}

    seen = await look(fixed)

    assert [(one.id, one.state) for one in seen.instances] == [("openclaw:default", State.STOPPED)]
    assert [one.pid for one in seen.elsewhere] == [900]
    assert not seen.problems


async def test_a_container_in_the_network_of_the_host_holds_its_port(fixed: FixedHost) -> None:
    """`docker run --network host`: its listener is one of this host, its pid and its paths are not."""
    add_profile(fixed, "default", 18789)
    fixed.add_process(900, "openclaw-gateway")
    fixed.listen(900, 18789)
    fixed.processes.placements[900] = replace(DOCKER, own_network=True)

    seen = await look(fixed)

    [instance] = seen.instances
    assert instance.state is State.FOREIGN
    assert instance.reason.endswith(" (pid 900, of docker container 3f2a1b0c9d8e)")
    [conflict] = seen.conflicts
    assert "(pid 900, of docker container 3f2a1b0c9d8e) listens on port" in conflict.why
    assert conflict.remedy is not None
    assert conflict.remedy.startswith("move openclaw:default")
    assert not any("kill" in command for command in conflict.commands)
    assert seen.elsewhere[0].port == 18789


async def test_a_browser_of_a_container_is_neither_an_instances_own_nor_to_be_killed(fixed: FixedHost) -> None:
    """Its profile has the path of one here. One with a port of this host, and one without."""
    config = add_profile(fixed, "default", 18789)
    for pid, port in ((900, 18800), (901, 0)):
        user_data = f"--user-data-dir={config.parent}/browser/openclaw/user-data"
        fixed.add_process(pid, "chrome", f"--remote-debugging-port={port}", user_data)
        fixed.processes.placements[pid] = replace(DOCKER, own_network=pid == 900)
    fixed.listen(900, 18800)

    seen = await look(fixed)
    _, report = await audit_host(fixed.host())

    [listener] = seen.listeners
    assert (listener.instance, listener.outlived) == (None, False)
    assert [item.result for item in report.items if item.check == "leftover browser"] == [Result.PASS]


async def test_a_gateway_of_two_processes_is_one(fixed: FixedHost) -> None:
    """As openclaw 2026.5.28 runs in a container: the parent keeps its arguments, the child has the title."""
    fixed.add_process(900, "node", "/app/openclaw", "gateway", parent=899)
    before = fixed.processes.placements[900] = DOCKER
    starting = await look(fixed)
    fixed.add_process(901, "openclaw", parent=900)
    fixed.processes.placements[901] = replace(before, inner_pid=8)
    fixed.processes.files[901] = (Path("/tmp/openclaw-0/gateway.1234abcd.lock"),)

    running = await look(fixed)

    assert [[one.pid for one in seen.elsewhere] for seen in (starting, running)] == [[900], [901]]


async def test_only_the_same_files_join_in_another_mount_namespace(fixed: FixedHost) -> None:
    """As `PrivateTmp=` and `ProtectHome=` make it: pids and ports are those of the host."""
    config = add_profile(fixed, "default", 18789)
    fixed.add_process(900, "openclaw-gateway")
    fixed.processes.placements[900] = Placement(own_mounts=False, files=fixed.directory / "other")
    fixed.processes.environments[900] = {"OPENCLAW_STATE_DIR": str(config.parent)}
    apart = await look(fixed)

    fixed.processes.shared_files |= {(900, path, path) for path in (config.parent, config)}
    same = await look(fixed)

    assert {one.id: one.state for one in apart.instances}["openclaw:default"] is State.STOPPED
    assert [one.signals.process is not None for one in same.instances] == [True]


async def test_a_home_that_begins_with_two_slashes_is_looked_for_below_the_root_of_its_process(
    fixed: FixedHost,
) -> None:
    add_profile(fixed, "default", 18789)
    other = fixed.directory / "other"
    (other / str(fixed.home)[1:] / ".openclaw").mkdir(parents=True)
    fixed.add_process(900, "openclaw-gateway")
    fixed.processes.placements[900] = Placement(own_mounts=False, files=other)
    fixed.processes.environments[900] = {"HOME": f"/{fixed.home}"}

    assert [one.pid for one in (await look(fixed)).elsewhere] == [900]


async def test_a_lock_with_the_start_of_a_process_of_this_host_is_that_of_the_one_that_holds_it(
    fixed: FixedHost,
) -> None:
    """As in a pid namespace whose `/proc` is that of this host: its pid 1 has there the start of another process."""
    config = add_profile(fixed, "default", 18789)
    directory = config.parent / "tmp" / f"openclaw-{UID}"
    directory.mkdir(parents=True)
    lock = directory / "gateway.4eeef61b.lock"
    lock.write_text(json.dumps({"pid": 7, "startTime": 5, "configPath": str(config), "stateDir": str(config.parent)}))
    fixed.add_process(7, "bash", start=5)
    fixed.add_process(900, "openclaw-gateway", start=9)
    fixed.processes.placements[900] = Placement(own_pids=False, inner_pid=7)
    fixed.processes.files[900] = (lock,)
    fixed.processes.shared_files |= {(900, path, path) for path in (lock, config, config.parent)}

    [instance] = (await look(fixed)).instances

    assert instance.signals.process is None
    assert instance.reason == "its state dir is in use by a gateway in another namespace (pid 900)"


@pytest.mark.parametrize("holds_lock", [True, False])
async def test_a_gateway_with_a_state_dir_of_its_own_under_that_path_is_not_the_instance(
    fixed: FixedHost, holds_lock: bool
) -> None:
    """Another directory is mounted over the state dir, or its root is another one: pids and ports are of this host."""
    config = add_profile(fixed, "default", 18789, version="2026.2.6")
    run_gateway(fixed, config, 900, 18789)
    [found] = config.parent.glob("tmp/*/*.lock")
    temporary_dir, theirs = fixed.directory / "tmp", fixed.directory / "theirs"
    (temporary_dir / "openclaw-0").mkdir()
    lock = found.rename(temporary_dir / "openclaw-0" / found.name)
    shutil.copytree(temporary_dir, theirs / str(temporary_dir)[1:])
    (theirs / str(config.parent)[1:]).mkdir(parents=True)
    fixed.processes.placements[900] = Placement(own_mounts=False, files=theirs)
    fixed.processes.environments[900] = {"HOME": str(fixed.home), "TMPDIR": str(temporary_dir)}
    fixed.processes.files[900] = (lock,) if holds_lock else ()
    fixed.processes.shared_files |= {(900, path, path) for path in (fixed.directory, temporary_dir, lock)}

    seen = await look(fixed)

    [instance] = seen.instances
    assert (instance.state, instance.signals.process) == (State.FOREIGN, None)
    [line] = elsewhere_lines(seen)
    assert line == "a gateway of openclaw in a file system of its own (pid 900), on port 18789"
    assert not any("kill" in command for conflict in seen.conflicts for command in conflict.commands)


async def test_nothing_of_another_namespace_is_signalled(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", 18789)
    run_gateway(fixed, config, 900, 18789)
    observer = Observer(fixed.host())
    target = await find(observer, "openclaw:default")
    info = fixed.processes.find(900)
    assert info is not None
    fixed.processes.placements[900] = DOCKER

    with pytest.raises(RefusedError) as refused:
        await require_proof(fixed.host(), load_distributions(fixed.host().config_dir), target, info)

    assert "runs in docker container 3f2a1b0c9d8e" in refused.value.failure.message


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (
            "docker-proxy -proto tcp -host-ip 127.0.0.1 -host-port 18789 -container-ip 172.17.0.2 -container-port 80",
            "docker container 172.17.0.2:80",
        ),
        (f"/usr/bin/conmon --api-version 1 -c {ID} -u {ID} -n web", "podman container web"),
        (f"/usr/bin/conmon -c {ID} -u {ID}", "podman container 3f2a1b0c9d8e"),
        ("rootlessport", "a podman container"),
        ("/usr/bin/pasta.avx2 --config-net -t 18789-18789:18789", "a podman container"),
        ("/usr/bin/slirp4netns --mtu=65520 1 tap0", "a podman container"),
        ("python3 -m http.server", "None"),
    ],
)
def test_a_published_port_is_that_of_a_container(fixed: FixedHost, argv: str, told: str) -> None:
    assert str(place_behind(fixed.add_process(40, *argv.split()), Placement())) == told


@pytest.mark.parametrize("program", ["/usr/bin/docker-proxy", "rootlessport"])
async def test_no_remedy_ends_what_publishes_a_port(fixed: FixedHost, program: str) -> None:
    add_profile(fixed, "default", 18789)
    fixed.add_process(40, program)
    fixed.listen(40, 18789)

    [conflict] = (await look(fixed)).conflicts

    assert "container" in conflict.why
    assert conflict.remedy is not None
    assert conflict.remedy.startswith("move openclaw:default")
    assert conflict.commands
    assert not any(command.startswith("kill") for command in conflict.commands)


async def test_the_ports_of_a_config_that_a_container_works_by_are_in_no_conflict(fixed: FixedHost) -> None:
    """As the vendor's compose file has it: the state dir is mounted, and a proxy publishes the port for its gateway."""
    used = add_profile(fixed, "default", 18789)
    fixed.add_process(40, "/usr/bin/docker-proxy")
    fixed.listen(40, 18789)
    fixed.add_process(900, "openclaw-gateway")
    fixed.processes.placements[900] = DOCKER
    fixed.processes.environments[900] = {"HOME": "/home/node"}
    fixed.processes.shared_files.add((900, Path("/home/node/.openclaw"), used.parent))

    alone = await look(fixed)
    add_profile(fixed, "near", 18789)
    beside = await look(fixed)

    assert not alone.conflicts
    assert next_free_block(alone.model_copy(update={"listeners": ()})) != FreeBlock(18789, 18899)
    [conflict] = beside.conflicts
    assert [party.instance for party in conflict.parties if isinstance(party, InstanceParty)] == ["openclaw:near"]
    assert str(conflict.remedy).startswith("move openclaw:near to base")
