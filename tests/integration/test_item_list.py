"""The list whose cursor stays on its item: where it scrolls to when items come and go."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from rich.style import Style
from textual.app import App, ComposeResult
from textual.events import Click
from textual.pilot import Pilot

from claw_tui.shell.item_list import ItemList
from claw_tui.text.sections import Line, Piece

HEIGHT = 10


class NumberList(ItemList[int]):
    """Numbers; one that is divisible by ten takes two rows."""

    def lines(self, item: int, columns: int) -> Iterable[Line]:
        return [(Piece(str(item)),)] * (1 if item % 10 else 2)


class NumberApp(App[None]):
    """Nothing but the list."""

    CSS = f"NumberList {{ height: {HEIGHT}; border: none; }}"

    def compose(self) -> ComposeResult:
        yield NumberList(id="numbers")

    @property
    def list(self) -> NumberList:
        return self.query_one(NumberList)

    @property
    def row_of_cursor(self) -> int:
        """The row of the window that the cursor is on; not 0–9 if it is out of sight."""
        above = sum(1 if item % 10 else 2 for item in self.list._items[: self.list.highlighted])
        return above - self.list.scroll_offset.y


@asynccontextmanager
async def numbers(items: Iterable[int], cursor: int) -> AsyncIterator[tuple[NumberApp, Pilot[None]]]:
    app = NumberApp()
    async with app.run_test(size=(40, 20)) as pilot:
        app.list.show(list(items))
        app.list.highlighted = list(items).index(cursor)
        await pilot.pause()
        yield app, pilot


async def show(app: NumberApp, pilot: Pilot[None], items: Iterable[int]) -> None:
    """Show these items, and wait until the list has scrolled to where it wants to be."""
    app.list.show(list(items))
    for _ in range(5):
        await pilot.pause()


async def test_the_cursor_stays_at_its_height_when_items_come_on_top_and_go() -> None:
    async with numbers(range(100, 200), 160) as (app, pilot):
        height = app.row_of_cursor
        assert 0 < height < HEIGHT
        await show(app, pilot, range(85, 200))
        assert (app.list.chosen, app.row_of_cursor) == (160, height)
        await show(app, pilot, range(120, 200))
        assert (app.list.chosen, app.row_of_cursor) == (160, height)


async def test_the_cursor_stays_in_sight_when_a_filter_leaves_little_of_the_list() -> None:
    async with numbers(range(100, 200), 160) as (app, pilot):
        await show(app, pilot, range(158, 163))
        assert (app.list.chosen, app.list.scroll_offset.y) == (160, 0)
        await show(app, pilot, range(100, 200))
        assert app.list.chosen == 160
        assert 0 <= app.row_of_cursor < HEIGHT
        await show(app, pilot, [])
        assert app.list.chosen is None


async def test_what_comes_on_top_of_a_list_that_was_not_scrolled_is_seen() -> None:
    async with numbers(range(100, 200), 102) as (app, pilot):
        await show(app, pilot, range(98, 200))
        assert (app.list.chosen, app.list.scroll_offset.y) == (102, 0)


async def test_a_click_on_a_line_whose_item_has_gone_meanwhile_does_nothing() -> None:
    async with numbers(range(1, 4), 1) as (app, pilot):
        for clicked in (1, 3):
            drawn = Style.from_meta({"option": clicked})
            app.list.post_message(
                Click(app.list, 1, clicked, 0, 0, 1, shift=False, meta=False, ctrl=False, style=drawn)
            )
            await pilot.pause()
            assert app.list.chosen == 2


async def test_what_is_chosen_before_the_list_has_room_is_chosen_once_it_is_drawn() -> None:
    async with numbers(range(1, 9), cursor=1) as (app, pilot):
        app.list.display = False
        await pilot.pause()
        app.list.show(list(range(1, 30)))
        app.list.choose(27)
        app.list.display = True
        async with asyncio.timeout(20):
            while app.list.chosen != 27 or not 0 <= app.row_of_cursor < HEIGHT:
                await pilot.pause()
