r"""Commands on several lines: what a shell makes of the lines, when they are pasted, is what it makes of the command.

Lines end with a backslash, so that no shell runs the first without the next. Between words, an indentation of the next
line does not matter; within a word it would, and so would a line end within quotes: they are closed and opened again.
"""

from collections.abc import Iterable, Iterator

from claw_tui.text.values import width

_CONTINUES = "\\"
_PROMPT = [("$", "")]
_END = 2  # columns at the end of a line that are left for it, and for a blank before it

_Token = tuple[str, str]
"""Characters that belong together, and the quote that is open behind them."""


def command_lines(command: str, columns: int) -> list[str]:
    """Lines of at most that width, six columns or more, broken between words wherever a word fits on a line."""
    if width(command) <= columns:
        return [command]
    lines: list[str] = []
    line = ""
    for word in _words(command):
        *full, rest = _word_lines(word, columns)
        if line and (full or width(line) + 1 + width(rest) + _END > columns):
            lines.append(f"{line} {_CONTINUES}")
            line = ""
        lines.extend(full)
        line = f"{line} {rest}" if line else rest
    return [*lines, line]


def has_word_beyond(command: str, columns: int) -> bool:
    """Whether `command_lines` breaks a word of it."""
    return width(command) > columns and any(len(_word_lines(word, columns)) > 1 for word in _words(command))


def _words(command: str) -> Iterator[list[_Token]]:
    word: list[_Token] = []
    for text, quote in _tokens(command):
        if text == " " and not quote and word != _PROMPT:  # a prompt alone on a line would show no command
            yield word
            word = []
        else:
            word.append((text, quote))
    yield word


def _tokens(command: str) -> Iterator[_Token]:
    quote = ""
    characters = iter(command)
    for text in characters:
        if text == "\\" and quote != "'":
            yield text + next(characters, ""), quote
            continue
        if text in ("'", '"') and quote in ("", text):
            quote = "" if quote else text
        yield text, quote


def _word_lines(word: Iterable[_Token], columns: int) -> list[str]:
    tokens = list(word)
    whole = "".join(text for text, _ in tokens)
    if width(whole) + _END <= columns:
        return [whole]
    lines: list[str] = []
    line = before = ""
    for text, quote in tokens:
        if line.removeprefix(before) and width(line + text + quote) + _END > columns:
            lines.append(line + before + _CONTINUES)
            line = before
        line += text
        before = quote
    return [*lines, line]
