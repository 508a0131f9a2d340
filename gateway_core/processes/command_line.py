"""Recognises a gateway's command line, and reads what it says about profile and port."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway_core.config.parsing import port_from_variable
from gateway_core.distributions.model import DEV_PROFILE, Distribution
from gateway_core.distributions.serving import Serving

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_TAKES_COMMAND = frozenset((*_SHELLS, "su", "runuser"))  # behind `-c`, as one text
_SWITCHES_USER = re.compile(r"(?:-[a-zA-Z]*u|--user)(?:=(?P<name>.+))?")
_SHELL_COMMAND_FLAG = re.compile(r"-[a-z]*c")
_MOST_WRAPPING = 8  # interpreter, its flags, `env` and its assignments: how far in front the program may still be
_MOST_MENTIONS = 8
"""So often one command may name a product before its program: as a user, a directory, a title."""
_LONGEST_SCRIPT = 1 << 15  # characters of a shell's text
WRAPPERS = ("env", "nice", "nohup", "timeout", "time", "flock", "sudo", "su", "doas", "runuser", "setpriv", "script")
_CONTAINER_TOOLS = (
    "docker",
    "docker-compose",
    "podman",
    "podman-compose",
    "nerdctl",
    "lxc",
    "lxc-attach",
    "incus",
    "kubectl",
)
_SYSTEM_TOOLS = ("machinectl", "systemd-nspawn", "nsenter", "chroot", "distrobox", "distrobox-enter", "toolbox")
_ELSEWHERE = frozenset((*_CONTAINER_TOOLS, *_SYSTEM_TOOLS, "ssh", "autossh", "mosh"))
"""Programs that run a command in another system, whose files and ports are not those of this one."""
_LAUNCHERS = frozenset((*_SHELLS, *WRAPPERS, "npm", "npx", "pnpm", "yarn", "node", "nodejs", "bun", "deno"))
"""Programs that run another one; an editor or a terminal only mentions the program, or ran it long ago."""
_RUNTIME = re.compile(r"(node|nodejs|bun|deno)(-?[0-9.]+)?")
_RUNTIME_VALUES = frozenset(
    (
        *("-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--title"),
        *("--env-file", "--env-file-if-exists", "--input-type", "--experimental-default-type", "--openssl-config"),
        *("--disable-warning", "--redirect-warnings", "--unhandled-rejections", "--dns-result-order"),
        *("--max-http-header-size", "--network-family-autoselection-attempt-timeout", "--disable-proto"),
        *("--inspect-port", "--inspect-publish-uid", "--watch-path", "--icu-data-dir", "--use-largepages"),
        *("--diagnostic-dir", "--report-dir", "--report-directory", "--report-filename", "--report-signal"),
        *("--heapsnapshot-signal", "--heapsnapshot-near-heap-limit", "--cpu-prof-dir", "--cpu-prof-name"),
        *("--trace-event-categories", "--trace-event-file-pattern", "--tls-cipher-list", "--tls-keylog"),
        *("--secure-heap", "--secure-heap-min", "--snapshot-blob", "--allow-fs-read", "--allow-fs-write"),
        *("--preload", "--cwd"),  # of bun
    )
)
"""Options of a runtime that take the next word, unless their value stands behind a `=`."""
_NO_SCRIPT = frozenset(
    (
        "-e",
        "--eval",
        "-p",
        "--print",
        "-pe",
        "-c",
        "--check",
        "-i",
        "--interactive",
        "--test",
        "--run",
        "-v",
        "--version",
    )
)
"""Options of a runtime that then runs no script, or only looks at it."""
_REDIRECTION = re.compile(r"&?[<>]+(?:[&|][<>]*)?")
_SEPARATOR = re.compile(r"[;&|()\n]+")
_NO_WORDS = re.compile(r"\\\n|^[ \t]*+#[^\n]*+", re.MULTILINE)
"""What a shell reads over: that a line goes on in the next, and lines of comment, with whatever quotes in them."""
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
RUN = "run"
_SECRET_FLAGS = ("--token", "--password", "--gateway-token", "--gateway-password")


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """A call of a distribution's program."""

    distribution: Distribution
    program: str  # the command or script, as written
    subcommand: str | None
    verb: str | None  # `run`, else the word behind the subcommand: `gateway status`
    profile: str | None  # given by `--profile` or `--dev` in front of the subcommand; they do not count behind it
    secret: bool  # whether a token or password stands on the command line
    runs_gateway: bool  # its words are those of a serving form, whatever options stand between them
    serves: bool  # and it has only options of that form: it becomes a gateway, and nothing else


def find_call(argv: Sequence[str], distributions: Iterable[Distribution]) -> ProgramCall | None:
    """The call of a distribution's program in that command line, be it behind an interpreter, `env` or a shell."""
    words, by_shell = _unwrapped(argv)
    return next(_calls(words, tuple(distributions), _MOST_WRAPPING, by_shell=by_shell), None)


def serving_call(argv: Sequence[str], distributions: Iterable[Distribution]) -> ProgramCall | None:
    """The call by which a JavaScript runtime becomes a gateway itself; `None` for everything else.

    It is the script of the runtime that counts, and every word behind it: another script may have the name of a
    product among its arguments, and a product's command does many other things.
    """
    call = _script_call(argv, distributions)
    return call if call is not None and call.serves else None


def _script_call(argv: Sequence[str], distributions: Iterable[Distribution]) -> ProgramCall | None:
    at = _script_at(argv)
    found = next((one for one in distributions if _is_entry(argv[at], one)), None) if at is not None else None
    return None if at is None or found is None else _call(found, argv[at], argv[at + 1 :])


def will_run_gateway(argv: Sequence[str], distribution: Distribution) -> bool:
    """Whether a shell, a runtime or another wrapper was told to run a gateway of that product, or is about to be it."""
    at = _script_at(argv)
    if at is not None and _name(argv[at]).partition(".")[0].removesuffix("-cli") not in _LAUNCHERS:
        # Wherever a product was unpacked, or called from: the service that runs it is known to be the product's.
        entry = _is_entry(argv[at], distribution) or argv[at].rpartition("/")[2] in distribution.serving.entry_files
        return entry and _call(distribution, argv[at], argv[at + 1 :]).runs_gateway
    return any(call.runs_gateway for call in launcher_calls(argv, (distribution,)))


def is_runtime(argv: Sequence[str]) -> bool:
    """Whether it is a JavaScript runtime: an editor or a shell only mentions the program it works on."""
    return bool(argv) and _RUNTIME.fullmatch(_name(argv[0])) is not None


def is_silent_runtime(argv: Sequence[str]) -> bool:
    """Whether it is a JavaScript runtime that shows neither script nor option: a title may have hidden them."""
    return is_runtime(argv) and len(argv) == 1


def _script_at(argv: Sequence[str]) -> int | None:
    """The position of the script that a JavaScript runtime was given."""
    if not is_runtime(argv):
        return None
    has_verbs, value = not _name(argv[0]).startswith("node"), False
    for index, word in enumerate(argv[1:], 1):
        if value:
            value = False
        elif word.startswith("-"):
            if word.partition("=")[0] in _NO_SCRIPT or word == "--":
                return index + 1 if word == "--" and index + 1 < len(argv) else None
            value = word in _RUNTIME_VALUES
        elif not (has_verbs and word == RUN):
            return index
    return None


def _is_entry(word: str, distribution: Distribution) -> bool:
    """Whether a script is one that starts the product's command, and not another one of its package, or below it."""
    name = _name(word)
    if name in (distribution.command, f"{distribution.command}.mjs"):
        return True
    inner = re.split(rf"(?:^|/){re.escape(distribution.package)}/", word)[-1]
    return name in distribution.serving.entry_files and _is_program(word, distribution) and "node_modules/" not in inner


def assignments(argv: Sequence[str], distributions: Iterable[Distribution]) -> Iterator[tuple[str, str]]:
    """The variables that `env` or a shell is told to set before it runs a distribution's program."""
    known, words = tuple(distributions), _unwrapped(argv)[0]
    at = next((at for at, word in enumerate(words) if any(_is_program(word, item) for item in known)), 0)
    matches = (_ASSIGNMENT.fullmatch(word) for word in words[:at])
    return ((match["name"], match["value"]) for match in matches if match is not None)


def launcher_calls(argv: Sequence[str], distributions: Iterable[Distribution]) -> tuple[ProgramCall, ...]:
    """All calls that a shell, a runtime or another wrapper was told to make; none if it is no such program."""
    if not is_launcher(argv):
        return ()
    words, by_shell = _unwrapped(_words(argv))
    return tuple(_calls(words, tuple(distributions), by_shell=by_shell))


def is_launcher(argv: Sequence[str]) -> bool:
    """Whether that is a program that runs another one, and then waits for it."""
    if not argv:
        return False
    name = _words(argv)[0].rpartition("/")[2]
    return name.removeprefix("-") in _LAUNCHERS or name.rstrip("0123456789.").removesuffix("-") in _LAUNCHERS


def _words(argv: Sequence[str]) -> Sequence[str]:
    """The words of a command line; of one that was overwritten by a title (`npm exec …`), those of the title."""
    return argv[0].split() or argv if len(argv) == 1 else argv


def _calls(
    words: Sequence[str], known: Sequence[Distribution], within: int | None = None, *, by_shell: bool
) -> Iterator[ProgramCall]:
    """The calls in these words; `within` so many words of a command, of which a shell's text may hold several."""
    begun = mentions = 0
    for index, word in enumerate(words):
        if _SEPARATOR.fullmatch(word):
            begun, mentions = index + 1, 0 if by_shell else mentions
        if mentions == _MOST_MENTIONS or (within is not None and index >= begun + within):
            continue
        found = next((one for one in known if _is_program(word, one)), None)
        if found is None:
            continue
        mentions += 1
        if _ELSEWHERE.isdisjoint(map(_name, words[begun:index])):
            yield _call(found, word, tuple(_own_words(words, index + 1)) if by_shell else words[index + 1 :])


def _own_words(words: Sequence[str], begin: int) -> Iterator[str]:
    """The words of a shell's command from there on that are its program's, without redirections."""
    before = ""
    for index in range(begin, len(words)):
        word, behind = words[index], words[index + 1] if index + 1 < len(words) else ""
        if _SEPARATOR.fullmatch(word):
            return
        redirected = _REDIRECTION.fullmatch(before) or _REDIRECTION.fullmatch(word)
        if not redirected and not (word.isdecimal() and _REDIRECTION.fullmatch(behind)):
            yield word
        before = word


def _name(word: str) -> str:
    return word.rpartition("/")[2]


def port_option(argv: Sequence[str]) -> int | None:
    """The port that a command line gives, whatever program it runs."""
    return port_from_variable(_option(_unwrapped(argv)[0], "--port"))


def bind_option(argv: Sequence[str]) -> str | None:
    """The `--bind` that a command line gives, whatever program it runs."""
    return _option(_unwrapped(argv)[0], "--bind")


def starts_unconfigured(argv: Sequence[str]) -> bool:
    """Whether a command line has its gateway start without a config, or without `gateway.mode` in it."""
    return "--allow-unconfigured" in _unwrapped(argv)[0]


def _unwrapped(argv: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The words that a shell, `su` or the like is told to run, behind those in front of it; else the arguments.

    Also whether a shell reads them.
    """
    at = next((at for at, word in enumerate(argv[:_MOST_WRAPPING]) if _name(word) in _TAKES_COMMAND), len(argv))
    flags = [index for index, word in enumerate(argv[at + 1 : -1], at + 1) if _SHELL_COMMAND_FLAG.fullmatch(word)]
    if not flags or runs_elsewhere(argv[:at]) or len(argv[flags[0] + 1]) > _LONGEST_SCRIPT:
        return argv, False
    try:
        return (*argv[:at], *_shell_words(argv[flags[0] + 1])), True
    except ValueError:
        return argv, False


def runs_elsewhere(argv: Sequence[str]) -> bool:
    """Whether a command line has another system run something: a container, a machine reached by ssh."""
    return not _ELSEWHERE.isdisjoint(map(_name, argv[:_MOST_WRAPPING]))


def switched_user(argv: Sequence[str]) -> str | None:
    """The account as which `sudo`, `su` or the like is told to run the rest."""
    for index, word in enumerate(argv[:_MOST_WRAPPING]):
        options = argv[index + 1 :]
        if _name(word) in ("sudo", "doas", "runuser", "su"):
            named = next((match for one in options if (match := _SWITCHES_USER.fullmatch(one))), None)
            if named is not None:
                return named["name"] or next(iter(options[options.index(named[0]) + 1 :]), None)
            login = next((one for one in options if not one.startswith("-")), None)
            return login if _name(word) in ("runuser", "su") else "root"
    return None


def _shell_words(text: str) -> Iterable[str]:
    """The words of a shell's text, with `;`, `&&`, `>`, ends of lines and the like as words of their own.

    Raises `ValueError`.
    """
    words = shlex.shlex(_NO_WORDS.sub("", text), posix=True, punctuation_chars="();<>|&\n")
    words.whitespace, words.whitespace_split = " \t\r", True
    words.commenters = ""
    return words


def _is_program(word: str, distribution: Distribution) -> bool:
    name = word.rpartition("/")[2]
    places = (f"node_modules/{distribution.package}/", f"/{distribution.package}/dist/")
    return name in (distribution.command, f"{distribution.command}.mjs") or any(place in word for place in places)


def _call(distribution: Distribution, program: str, arguments: Sequence[str]) -> ProgramCall:
    words, at, clear = _read(arguments, distribution.serving)
    flags = arguments[:at]
    runs_gateway = words in distribution.serving.words
    return ProgramCall(
        distribution=distribution,
        program=program,
        subcommand=words[0] if words else None,
        verb=words[1] if len(words) > 1 else None,
        profile=_option(flags, "--profile") or (DEV_PROFILE if "--dev" in flags else None),
        secret=any(_option(arguments, flag) for flag in _SECRET_FLAGS),
        runs_gateway=runs_gateway,
        serves=runs_gateway and clear,
    )


def _read(arguments: Sequence[str], serving: Serving) -> tuple[tuple[str, ...], int, bool]:
    """The words apart from options and their values, where the first stands, and whether all options are known."""
    words: list[str] = []
    first, clear, index = len(arguments), True, 0
    while index < len(arguments):
        word = arguments[index]
        name, equals, _ = word.partition("=")
        if not word.startswith(("-", "$")):  # what a variable will bring is not known
            first = index if not words else first
            words.append(word)
        elif name in serving.values:
            index += not equals
        elif word not in serving.flags:
            clear = False
        index += 1
    return tuple(words), first, clear and index == len(arguments)


def _option(arguments: Sequence[str], name: str) -> str | None:
    for index, word in enumerate(arguments):
        if word == name and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None
