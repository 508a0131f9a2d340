"""Values of the dashboard that screens follow."""

from textual.app import App
from textual.widgets import Static

from claw_tui.shell.dashboard_app import DashboardResult, Observed


class Follower(Static):
    """Remembers each value that it was called for."""

    def __init__(self, value: Observed[int]) -> None:
        super().__init__()
        self._followed = value
        self.seen: list[int] = []

    def on_mount(self) -> None:
        self._followed.follow(self, self.look)

    def look(self) -> None:
        self.seen.append(self._followed.value)


async def test_a_follower_is_called_once_for_all_that_changes_before_its_turn() -> None:
    app = App[DashboardResult]()
    async with app.run_test() as pilot:
        value = Observed(app, "number", 0)
        follower = Follower(value)
        await app.mount(follower)
        for number in range(1, 100):
            value.set(number)
        await pilot.pause()
        assert follower.seen == [0, 99]
        value.set(100)
        value.set(100)
        await pilot.pause()
        assert follower.seen == [0, 99, 100]
        await follower.remove()
        value.set(101)
        await pilot.pause()
        assert follower.seen == [0, 99, 100]
