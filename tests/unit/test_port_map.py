"""The port map: everything in view has a place on it, and only real collisions are marked."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw_tui.logs.lines import lane_mark
from claw_tui.ports.map import Lane, PortMap, port_map
from claw_tui.ports.map_axis import axis_of
from claw_tui.ports.map_lanes import UNSEEN, Hold
from claw_tui.ports.map_text import Drawing, crop, draw
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece
from claw_tui.text.values import width
from gateway_core.ports.addresses import claimed_places, collide
from gateway_core.ports.claimants import Claimant
from gateway_core.snapshot import Grade, Listener, Snapshot
from tests.claimants import claimant, listener, pinning
from tests.port_snapshots import calm, conflicted, snapshot_of

WIDTHS = st.integers(20, 180)
KEYS = ("openclaw:default", "moltbot:a", "moltbot:b", "moltbot:c", "pid 7", "clawdbot:d", "openclaw:new")
DRAWING = Drawing((), tuple((Piece(key),) for key in KEYS), KEYS, ())
NEW = frozenset({"openclaw:new"})
ORDERED = ("openclaw:default", "pid 77", "clawdbot:cb", "openclaw:rescue", "openclaw:dev")


@st.composite
def hosts(draw_from: st.DrawFn, most: int = 12) -> Snapshot:
    bases = st.one_of(st.integers(18700, 19300), st.integers(1024, 65535))
    claimants: list[Claimant] = []
    for number in range(draw_from(st.integers(1, most))):
        product, version = draw_from(st.sampled_from([("openclaw", "2026.9.6"), ("clawdbot", "2026.1.24")]))
        pins = draw_from(st.one_of(st.none(), bases.map(pinning)))
        claimants.append(claimant(f"{product}:p{number}", draw_from(bases), version, settings=pins))
    names = [None, *(claimant.id for claimant in claimants)]
    listeners = draw_from(st.lists(st.tuples(bases, st.integers(1, 4), st.sampled_from(names)), max_size=8))
    return snapshot_of(claimants, [_listener(*made, names) for made in {made[0]: made for made in listeners}.values()])


def _listener(port: int, pid: int, owner: str | None, names: list[str | None]) -> Listener:
    if owner is not None:
        return listener(port, 100 + names.index(owner), "gateway", instance=owner)
    return listener(port, pid if pid < 4 else None, "python3")


def lane(found: PortMap, key: str) -> Lane:
    return next(lane for lane in found.lanes if lane.key == key)


def texts(lines: Iterable[Line]) -> list[str]:
    return ["".join(piece.text for piece in line) for line in lines]


@settings(max_examples=50)
@given(hosts(), WIDTHS)
def test_columns_ascend_fit_and_leave_no_claim_out(snapshot: Snapshot, columns: int) -> None:
    axis = port_map(snapshot, columns).axis
    assert len(axis.columns) <= columns
    real = [column for column in axis.columns if not column.is_break]
    for column, following in pairwise(real):
        assert column.start <= column.end < following.start
    for instance in snapshot.instances:
        for claim in instance.claims:
            shown = [axis.columns[index] for index in axis.columns_of(claim.start, claim.end)]
            assert shown
            assert not any(column.is_break for column in shown)
            assert all(column.start <= claim.end and claim.start <= column.end for column in shown)


@settings(max_examples=50)
@given(hosts(), WIDTHS)
def test_every_claim_and_every_listener_in_view_is_in_its_lane(snapshot: Snapshot, columns: int) -> None:
    found = port_map(snapshot, columns)
    for instance in snapshot.instances:
        for claim in instance.claims:
            spots = lane(found, instance.id).spots
            assert all(spots[i].hold >= Hold.RESERVED for i in found.axis.columns_of(claim.start, claim.end))
    for seen in snapshot.listeners:
        if found.axis.shows(seen.port):
            key = seen.instance or (UNSEEN if seen.pid is None else f"pid {seen.pid}")
            column = found.axis.columns_of(seen.port, seen.port)[0]
            assert lane(found, key).spots[column].hold is Hold.BOUND


@settings(max_examples=50)
@given(hosts(), WIDTHS)
def test_claims_that_collide_share_a_marked_column(snapshot: Snapshot, columns: int) -> None:
    found = port_map(snapshot, columns)
    claims = [(instance.id, claim) for instance in snapshot.instances for claim in instance.claims]
    for one, first in claims:
        for other, second in claims:
            start, end = max(first.start, second.start), min(first.end, second.end)
            if one < other and start <= end and collide(claimed_places(first.address), claimed_places(second.address)):
                shared = found.axis.columns_of(start, end)
                assert all(lane(found, key).spots[i].grade for key in (one, other) for i in shared)


@settings(max_examples=50)
@given(hosts(), WIDTHS)
def test_nothing_is_marked_in_a_column_without_a_meeting(snapshot: Snapshot, columns: int) -> None:
    found = port_map(snapshot, columns)
    taken = [(instance.id, claim.start, claim.end) for instance in snapshot.instances for claim in instance.claims]
    taken += [(f"{seen.instance} {seen.pid}", seen.port, seen.port) for seen in snapshot.listeners]
    for index, column in enumerate(found.axis.columns):
        inside = [(who, max(a, column.start), min(b, column.end)) for who, a, b in taken]
        inside = [(who, a, b) for who, a, b in inside if a <= b]
        meeting = any(a[1] <= b[2] and b[1] <= a[2] for n, a in enumerate(inside) for b in inside[n + 1 :])
        if not meeting:
            assert found.worst[index] is None


@settings(max_examples=50)
@given(hosts(), WIDTHS)
def test_order_does_not_depend_on_order_or_width(snapshot: Snapshot, columns: int) -> None:
    backwards = snapshot.model_copy(
        update={"instances": snapshot.instances[::-1], "listeners": snapshot.listeners[::-1]}
    )
    found = port_map(snapshot, columns)
    assert found == port_map(backwards, columns)
    assert [lane.key for lane in found.lanes] == [lane.key for lane in port_map(snapshot, 200).lanes]


@settings(max_examples=50)
@given(hosts(), st.integers(40, 200))
def test_lines_fit_and_are_as_long_as_each_other(snapshot: Snapshot, columns: int) -> None:
    drawing = draw(snapshot, columns)
    lines = texts((*drawing.head, *drawing.lanes))
    assert len({width(line) for line in lines}) == 1
    assert width(lines[0]) <= columns
    assert width(texts([drawing.legend])[0]) <= columns


@settings(max_examples=50)
@given(hosts(), WIDTHS)
def test_the_axis_stands_still_when_listeners_come_and_go(snapshot: Snapshot, columns: int) -> None:
    silent = snapshot.model_copy(update={"listeners": ()})
    assert port_map(snapshot, columns).axis == port_map(silent, columns).axis


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
@pytest.mark.parametrize("number", [1, 10, 50])
def test_many_instances_still_have_a_lane_each_and_a_place_of_their_own(number: int, columns: int) -> None:
    snapshot = snapshot_of([claimant(f"openclaw:p{n:02}", 18789 + 200 * n) for n in range(number)])
    found = port_map(snapshot, columns)
    assert [lane.key for lane in found.lanes] == [f"openclaw:p{n:02}" for n in range(number)]
    assert all(any(spot.hold is not Hold.NONE for spot in lane.spots) for lane in found.lanes)
    assert not any(spot.grade for lane in found.lanes for spot in lane.spots)


def test_lanes_stand_in_the_order_of_their_first_ports() -> None:
    found = port_map(conflicted(), 80)
    assert tuple(lane.key for lane in found.lanes) == ORDERED
    assert [lane.foreign for lane in found.lanes] == [False, True, False, False, False]


def test_the_sketch_of_two_products_too_close_to_each_other() -> None:
    drawing = draw(conflicted(), 100)
    assert texts((*drawing.head, *drawing.lanes)) == [
        "                      18789            18889 18900          19001         19111   19789        19899",
        "                      ├─▲┬─┬───────────▲▲▲▲▲─┬──────────────┬──┬─┬────────────┤···├──┬─┬───────────┤",
        "  openclaw:default    ■─▓░░░░░░░░░░░░░░▓▓▓▓▓░                                                       ",
        "  ◆ python3 (77)        █                                                                           ",
        "  clawdbot:cb                          █▓██▓─░░░░░░░░░░░░░░                                         ",
        "  openclaw:rescue                                           ■─·░░░░░░░░░░░░░░░░                     ",
        "  openclaw:dev                                                                    □─·░░░░░░░░░░░░░░░",
    ]


def test_lanes_have_the_colours_that_their_lines_have_among_merged_logs() -> None:
    snapshot = conflicted()
    ids = sorted(found.id for found in snapshot.instances)
    tones = dict(zip((lane.key for lane in port_map(snapshot, 80).lanes), draw(snapshot, 100).lanes, strict=True))
    names = {key: line[1].tone for key, line in tones.items()}
    assert [names[known] for known in ids] == [lane_mark(number).tone for number in range(len(ids))]
    assert names["pid 77"] is Tone.NORMAL
    free = {piece.tone for piece in tones["openclaw:dev"] if "░" in piece.text}
    assert free == {names["openclaw:dev"]}


def test_a_calm_host_has_no_mark() -> None:
    found = port_map(calm(), 80)
    assert not any(found.worst)
    assert "▲" not in "".join(texts(draw(calm(), 100).head))


def test_one_base_in_common_marks_all_that_follows_from_it() -> None:
    found = port_map(snapshot_of([claimant("openclaw:a", 18789), claimant("openclaw:b", 18789)]), 60)
    assert {spot.grade for spot in lane(found, "openclaw:a").spots if spot.hold > Hold.BLOCK} == {Grade.CERTAIN}


def test_addresses_apart_are_not_marked() -> None:
    lan = listener(18791, 77, addresses=("192.0.2.1",))
    found = port_map(snapshot_of([claimant("openclaw:a", 18789)], [lan]), 60)
    assert not any(found.worst)


def test_a_listener_whose_owner_is_hidden_has_a_lane_that_says_so() -> None:
    found = port_map(snapshot_of([claimant("openclaw:a", 18789)], [listener(18850, None)]), 60)
    assert lane(found, UNSEEN).label == "owner not visible"


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_where_listeners_could_not_be_listed_the_map_says_so(columns: int) -> None:
    assert "■ bound" in texts([draw(calm(), 100).legend])[0]
    blind = calm().model_copy(update={"listeners": (), "listeners_unseen": "no list of sockets here"})
    legend = texts([draw(blind, columns).legend])[0]
    assert "? bound: could not tell" in legend
    assert "■" not in legend
    assert width(legend) <= columns


def test_chosen_lanes_are_pointed_at() -> None:
    lines = texts(draw(conflicted(), 100, frozenset({"clawdbot:cb"})).lanes)
    assert [line[2:14] for line in lines if line.startswith("▸")] == ["clawdbot:cb "]


def test_ports_that_do_not_exist_have_no_place() -> None:
    assert axis_of([(70000, 70000), (65500, 65600)], 40).stretches == ((65500, 65535),)
    assert axis_of([], 40).columns == ()


def test_a_host_without_claims_has_an_empty_map() -> None:
    drawing = draw(snapshot_of([]), 80)
    assert drawing.lanes == ()


def shown_lanes(drawing: Drawing) -> list[str]:
    return ["".join(piece.text for piece in lane) for lane in drawing.lanes]


def test_the_same_product_stays_then_the_nearest_and_the_rest_is_counted() -> None:
    cropped = crop(DRAWING, NEW, 5)
    assert shown_lanes(cropped) == ["openclaw:default", "pid 7", "clawdbot:d", "openclaw:new", "  and 3 more"]
    assert len(cropped.keys) == len(cropped.lanes)


def test_what_finds_room_stays_as_it_is() -> None:
    assert crop(DRAWING, NEW, 7) is DRAWING
    assert shown_lanes(crop(DRAWING, NEW, 6))[-1] == "  and 2 more"
