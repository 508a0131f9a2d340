"""Completion in shells: click's, also of words in which a shell sees several: `openclaw:rescue`, `--preset=main`."""

from __future__ import annotations

import os
import re

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

_CURSOR = "\0"  # no command line holds one
_SPECIAL_IN_BASH = re.compile(r"([^\w@%+=:,./~-])")

_BASH = """\
%(complete_func)s() {
    local kind value answer
    COMPREPLY=()
    answer=$(COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_CWORD="$2" %(complete_var)s=bash_complete "$1" 2>/dev/null)
    while IFS=, read -r kind value; do
        case $kind in
            dir) compopt -o dirnames 2>/dev/null ;;
            file) compopt -o default 2>/dev/null ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done <<<"$answer"
}
# The bash of macOS knows no nosort.
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a answer values described
    local kind value help
    (( $+commands[%(prog_name)s] )) || return 1
    answer=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
%(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")
    for kind value help in ${answer}; do
        case $kind in
            dir) compset -P '--*='; _path_files -/ ;;
            file) compset -P '--*='; _path_files -f ;;
            plain) if [[ $help == _ ]]; then values+=("$value"); else described+=("$value:$help"); fi ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#values )) && compadd -U -V unsorted -a values
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
    %(complete_func)s "$@"  # found on the fpath, and called for each completion
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
_FISH = """\
function %(complete_func)s
    set -l token (commandline -ct)
    set -l option (string match -r '^--[^=]*=' -- $token)
    set -l path (string replace -r '^--[^=]*=' '' -- $token)
    for answer in (COMP_WORDS=(commandline -cp | string collect) COMP_CWORD=$token \
%(complete_var)s=fish_complete %(prog_name)s 2>/dev/null)
        set -l parts (string split -m 1 , -- $answer)
        switch $parts[1]
            case dir
                __fish_complete_directories $path '' | string replace -r -- '^' "$option"
            case file
                __fish_complete_path $path | string replace -r -- '^' "$option"
            case plain
                echo $parts[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class WholeWords(ShellComplete):
    """Completion that offers whole words also behind the `=` of an option, where click offers only the value."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        items = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if not equals or not option.startswith("--"):
            return items
        return [CompletionItem(f"{option}={one.value}", help=one.help) if one.type == "plain" else one for one in items]


class Bash(WholeWords, BashComplete):
    """Completion in bash, which replaces only what follows the last of its word breaks, such as `:`, `=` and `@`."""

    source_template = _BASH
    _kept = 0
    """So many characters of the word stay as they are."""

    def source(self) -> str:
        return ShellComplete.source(self)  # click's runs bash to learn its version; this script suits all of them

    def get_completion_args(self) -> tuple[list[str], str]:
        line, replaced = os.environ["COMP_WORDS"], os.environ["COMP_CWORD"].lstrip("'\"")
        *words, last = split_arg_string(line + _CURSOR)
        word = last.removesuffix(_CURSOR)
        self._kept = len(word) - len(replaced) if word.endswith(replaced) else 0
        return words[1:], word

    def format_completion(self, item: CompletionItem[str]) -> str:
        quoted = _SPECIAL_IN_BASH.sub(r"\\\1", item.value[self._kept :])
        return f"{item.type},{quoted}"


class Zsh(WholeWords, ZshComplete):
    """Completion in zsh. Of click's script every other call did nothing when it was loaded from the fpath."""

    source_template = _ZSH


class Fish(WholeWords, FishComplete):
    """Completion in fish. Click's script cut words at their commas, and completed no path behind an option's `=`."""

    source_template = _FISH


KINDS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def register() -> None:
    """Make click answer shells with these classes."""
    for kind in KINDS.values():
        add_completion_class(kind)


def script(command: click.Command, program: str, shell: str) -> str:
    """The script that teaches a shell to complete that command."""
    return KINDS[shell](command, {}, program, f"_{program.replace('-', '_').upper()}_COMPLETE").source()
