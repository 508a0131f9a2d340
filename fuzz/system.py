"""What the kernel shows of processes, sockets, mounts and control groups; accounts; versions."""

from pathlib import Path

from hypothesis import strategies as st

from fuzz.model import assert_shown_safely, fuzzes, scratch
from fuzz.processes import process_info
from fuzz.strategies import mutated, texts, with_lines, words
from gateway_core.accounts import account_home, account_name, account_of, account_uid, read_groups
from gateway_core.distributions.versions import VersionRange, version_key
from gateway_core.host import Placement
from gateway_core.ports.publishers import place_behind
from gateway_core.processes.containers import container_of, spoken_place
from gateway_core.system.mounts import mounts_directory
from gateway_core.system.placements import parse_cgroups
from gateway_core.system.procfs import parse_argv, parse_stat
from gateway_core.system.sockets import read_tables
from tests.fixed_host import FixedHost

NET_TCP = b"""  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000 100
   1: 00000000000000000000000001000000:4965 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0 0  0 0 77 1
"""
MOUNTINFO = b"""36 35 98:0 / / rw,noatime master:1 - ext4 /dev/root rw
37 36 98:0 /home/x\\040y /srv/bots rw - ext4 /dev/root rw
"""
STAT = b"4242 (openclaw) x) S 1 4242 4242 0 -1 4194304 1 0 0 0 12 3 0 0 20 0 11 0 987654 1000000000 150000 18446744073"
CGROUP = b"0::/user.slice/user-1000.slice/openclaw-gateway.service\n1:name=systemd:/docker/" + b"a" * 64 + b"\n"
PASSWD = with_lines(
    "root:x:0:0::/root:/bin/sh", "ada:x:1000:1000::/home/ada:/bin/sh", "x:y", "::::::", "b:x:٣:" + "9" * 5000 + "::/:"
)
GROUP = with_lines("ada:x:1000:", "users:x:100:ada,,bob", "g:x:²:", "z:x:" + "9" * 5000 + ":a")


@fuzzes("gateway_core.system.procfs", inputs=st.binary(max_size=40))
def process_names(name: bytes) -> None:
    """The kernel's numbers are right; the name in front of them is anybody's."""
    stat = parse_stat(STAT.replace(b"openclaw) x", name))
    assert (stat.parent, stat.start_ticks) == (1, 987654)
    assert all(isinstance(word, str) for word in parse_argv(name))


@fuzzes("gateway_core.system.sockets", inputs=st.tuples(mutated([NET_TCP]), mutated([NET_TCP])))
def tables_of_sockets(drawn: tuple[bytes, bytes]) -> None:
    with scratch() as proc:
        (proc / "net").mkdir()
        (proc / "net/tcp").write_bytes(drawn[0])
        (proc / "net/tcp6").write_bytes(drawn[1])
        for entry in read_tables(str(proc)) or ():
            assert 0 <= entry.port < 65536


@fuzzes("gateway_core.system.mounts", inputs=st.tuples(mutated([MOUNTINFO]), mutated([MOUNTINFO])))
def mounts(drawn: tuple[bytes, bytes]) -> None:
    with scratch() as proc:
        for name, data in zip(("self", "7"), drawn, strict=True):
            (proc / name).mkdir()
            (proc / name / "mountinfo").write_bytes(data)
        assert mounts_directory(str(proc), 7, Path("/srv/bots")) in (True, False)


@fuzzes(
    "gateway_core.system.placements",
    "gateway_core.processes.containers",
    inputs=mutated([CGROUP]).map(lambda data: data.decode("utf-8", "replace")),
)
def cgroups(text: str) -> None:
    groups = parse_cgroups(text)
    assert_shown_safely(*groups)
    placement = Placement(cgroups=groups)
    container_of(placement)
    assert_shown_safely(spoken_place(placement))


@fuzzes("gateway_core.accounts", inputs=st.tuples(PASSWD, GROUP, texts | st.sampled_from(("ada", "1000", "²"))))
def accounts(drawn: tuple[str, str, str]) -> None:
    passwd, group, user = drawn
    with scratch() as directory:
        (directory / "etc").mkdir()
        (directory / "etc/passwd").write_text(passwd, errors="surrogatepass")
        (directory / "etc/group").write_text(group, errors="surrogatepass")
        host = FixedHost(directory).host()
        account_name(host)
        account_of(directory, 1000)
        account_home(directory, user)
        account_uid(directory, user)
        groups = read_groups(directory)
        groups.named(1000)
        groups.is_private(1000, 1000)


@fuzzes("gateway_core.distributions.model", inputs=texts | words("2026", ".", "9", "-beta.", "9" * 5000).map("".join))
def versions(text: str) -> None:
    key = version_key(text)
    assert all(isinstance(number, int) for number in key)
    assert VersionRange(since=text).covers(text)
    assert not VersionRange(before=text).covers(text)


@fuzzes(
    "gateway_core.ports.publishers",
    inputs=words(
        "/usr/bin/docker-proxy", "docker-proxy", "conmon", "-n", "--name", "-c", "-container-ip", "172.17.0.2",
        "a" * 64, "-container-port", "99999999999999999999", "\x1b[31m",
    ),
)  # fmt: skip
def publishers(argv: tuple[str, ...]) -> None:
    assert_shown_safely(place_behind(process_info(*argv), None))
