"""The faults that a demo gateway can be told to have."""

from pathlib import Path
from typing import Literal

from gateway_core.snapshot import Model

FILE_NAME = "demo-faults.json"

Misbehaviour = Literal["silent", "garbage", "stream", "redirect", "error-page", "not-live"]
"""The ways to answer every request on the gateway's port instead of properly.

`silent` accepts and never answers (a wedged gateway), `garbage` is not HTTP, `stream` never ends, `redirect` points
to itself, `error-page` is a 500 with HTML, `not-live` is JSON that says so.
"""


class Faults(Model):
    """The faults of one demo gateway.

    They lie in `<state dir>/demo-faults.json` and are read anew for every answer and signal, so that a test changes
    a running gateway, and a gateway that somebody else starts with a scrubbed environment has them too.
    """

    exit_code: int | None = None  # exit with this code instead of starting
    lock_delay_s: float = 0
    """Seconds between setting its title and taking the lock. Less than have passed already: it takes it at once."""
    start_delay_s: float = 0
    """Seconds between taking the lock and binding the port. Less than have passed already: it binds at once."""
    start_work_s: float = 0  # CPU time that it uses before it binds the port, as a cold start does
    ready_delay_s: float = 0  # seconds between binding the port and being ready
    stop_delay_s: float = 0  # seconds of draining between SIGTERM and the end
    ignore_sigterm: bool = False
    answer: Misbehaviour | None = None
    failing: tuple[str, ...] = ()  # listed by `/readyz`, such as `discord`; not ready while there are any
    event_loop_degraded: bool = False
    lock_timeout_s: float = 5  # seconds that a second start waits for the lock of the first

    @classmethod
    def read(cls, state_dir: Path) -> "Faults":
        """The faults wanted right now; none if there is no file."""
        try:
            return cls.model_validate_json((state_dir / FILE_NAME).read_bytes())
        except FileNotFoundError:
            return cls()

    def write(self, state_dir: Path) -> None:
        """Ask the gateway of that state dir for these faults, from now on."""
        target = state_dir / FILE_NAME
        staged = target.with_suffix(".tmp")
        staged.write_text(self.model_dump_json(exclude_defaults=True), "utf-8")
        staged.replace(target)
