"""The program: `claw-tui`, or `python -m claw_tui`."""

from typing import NoReturn

from claw_tui import gc_tuning


def main() -> NoReturn:
    gc_tuning.collect_rarely()  # before anything else is imported: that is most of what a command does
    from claw_tui.cli.main import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
