"""The wizard's questions, answered key by key on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

from tests.terminal import Terminal

DOWN, END = "\x1b[B", "\x1b[F"
QUESTIONS = (
    "What is it for?",
    "called?",
    "At which port",
    "Who can reach it?",
    "Who makes its token?",
    "its agents work?",
    "Who runs it?",
)


def shows(screen: Terminal, *wanted: str) -> None:
    """Wait until the screen shows all of this."""
    screen.wait_for(lambda text: all(part in text for part in wanted))


def choose_openclaw(screen: Terminal) -> None:
    """Where all five products are installed."""
    shows(screen, "Which product", "OpenClaw")
    screen.type(END)
    shows(screen, "openclaw:default")


def answer_up_to_the_risk(screen: Terminal, profile: str, port: int) -> None:
    """Everything as suggested, except for the name and the port; begins at the first question."""
    for question in QUESTIONS:
        screen.type("\r")
        shows(screen, question)
        if question == "called?":
            screen.type(profile)
            shows(screen, f"openclaw:{profile}")
        if question == "At which port":
            screen.type(str(port))
            shows(screen, f"base {port}")
    screen.type("\r")
    shows(screen, "Read this first")


def accept_and_create(screen: Terminal) -> None:
    """From the notice on; leaves when the run begins."""
    screen.type(f"{DOWN}\r")
    shows(screen, "This is what will be done")
    screen.type("\r")


def token_of(config: Path) -> str:
    """The token that must not be seen anywhere else."""
    token = json.loads(config.read_text())["gateway"]["auth"]["token"]
    assert isinstance(token, str)
    assert len(token) == 48
    return token
