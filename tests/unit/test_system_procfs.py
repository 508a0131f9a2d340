"""Lines of `/proc`, as real gateways and awkward programs leave them."""

from pathlib import Path

import pytest

from gateway_core.system.procfs import (
    KERNEL_THREAD,
    LONGEST_COMMAND_LINE,
    parse_argv,
    parse_stat,
    read_argv,
    read_bytes,
)
from gateway_core.system.sockets import read_tables

OPENCLAW = (
    b"20011 (openclaw-gatewa) S 1 20011 20011 0 -1 4194560 262024 119064 40 1 536 136 91 40 20 0 15 0 189920 "
    b"4779716608 183307 18446744073709551615 7589888 52430501 140734233942048 0 0 0 0 16781312 85506 0 0 0 17 0 0 0 0\n"
)


def test_stat_of_a_real_gateway() -> None:
    stat = parse_stat(OPENCLAW)
    assert (stat.name, stat.state, stat.parent) == ("openclaw-gatewa", "S", 1)
    assert (stat.cpu_ticks, stat.start_ticks, stat.rss_pages) == (672, 189920, 183307)
    assert not stat.gone
    assert not stat.flags & KERNEL_THREAD


def test_a_name_with_blanks_and_parentheses() -> None:
    stat = parse_stat(OPENCLAW.replace(b"(openclaw-gatewa)", b"(a) S 7 (b c)"))
    assert (stat.name, stat.parent, stat.start_ticks) == ("a) S 7 (b c", 1, 189920)


def test_a_zombie_is_gone() -> None:
    assert parse_stat(OPENCLAW.replace(b") S ", b") Z ")).gone


def test_argv_loses_the_padding_of_a_new_title() -> None:
    assert parse_argv(b"openclaw-gateway" + b"\0" * 100) == ("openclaw-gateway",)


def test_of_a_huge_command_line_only_the_beginning_is_read(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cmdline").write_bytes(b"node\0" + b"token=abc\0" * 100_000)
    argv = read_argv(str(tmp_path), 7)
    assert argv[:2] == ("node", "token=abc")
    assert sum(map(len, argv)) < LONGEST_COMMAND_LINE


@pytest.mark.parametrize("most", [1, 4096, 65536, 65537, 200_000, 300_000])
def test_so_much_of_a_file_is_read_and_no_more(tmp_path: Path, most: int) -> None:
    content = bytes(range(250)) * 1000
    (tmp_path / "file").write_bytes(content)
    assert read_bytes(str(tmp_path / "file"), most) == content[:most]
    assert read_bytes(str(tmp_path / "file")) == content


def test_argv_keeps_empty_arguments_in_the_middle() -> None:
    assert parse_argv(b"node\0\0--port\x0019001\0") == ("node", "", "--port", "19001")


def test_argv_of_a_kernel_thread_is_empty() -> None:
    assert parse_argv(b"") == ()


def test_argv_that_is_not_utf8_stays_printable() -> None:
    parse_argv(b"caf\xe9\0")[0].encode()


LISTENING = (
    "   0: {}:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 {} 1 0000000000000000 100\n"
)


def test_a_listener_stands_in_a_table(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp").write_text(LISTENING.format("0100007F", 77))
    assert [(found.port, found.inode) for found in read_tables(str(tmp_path)) or ()] == [(0x4965, 77)]


@pytest.mark.parametrize(
    ("address", "inode"),
    [("0100007", 1), ("0100007F00", 1), ("0100007F", "9" * 5000)],
    ids=["short", "long", "endless"],
)
def test_a_line_of_a_table_that_makes_no_sense_is_none(address: str, inode: object, tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp").write_text(LISTENING.format(address, inode) + LISTENING.format("0100007F", 77))
    assert [found.inode for found in read_tables(str(tmp_path)) or ()] == [77]
