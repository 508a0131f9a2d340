"""README and docs, compared with the program that they describe."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import get_args

import click
import pytest
import yaml
from pydantic import BaseModel

import claw_tui
import gateway_core
from claw_tui.actions.keymap import read_keymap
from claw_tui.actions.model import APP, MODES
from claw_tui.actions.registry import ACTIONS
from claw_tui.cli.main import cli
from claw_tui.settings import SETTINGS, TABLES, load_settings
from gateway_core.audit.model import AuditItem, Drift, Result
from gateway_core.audit.run import CHECKS
from gateway_core.events.model import Event, Kind
from gateway_core.onboarding.choices import ChoiceProblem
from gateway_core.onboarding.plan import OnboardingResult
from gateway_core.onboarding.undo import UndoPlan, UndoResult
from gateway_core.operations import ErrorCode, OperationResult
from gateway_core.snapshot import Binding, Conflict, Grade, Instance, Listener, Proof, Role, Snapshot, Source, State

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")))
DOCUMENTS = (Snapshot, Instance, Conflict, Listener, OperationResult, OnboardingResult, ChoiceProblem)
OTHER_DOCUMENTS = (UndoPlan, UndoResult, AuditItem, Drift, Event)
KEPT_INSIDE = {"port_limits"}
"""Fields of the snapshot that no document shows."""
SHOWN_KEYS = {
    "escape": "esc",
    "enter": "⏎",
    "space": "␣",
    "slash": "/",
    "question_mark": "?",
    "exclamation_mark": "!",
    "comma": ",",
    "ctrl+p": "^p",
    "colon": ":",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "right": "→",
    "left": "←",
    "end": "End",
}

CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^(?:    |\t).+$|^```\w*\n.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def rows(page: Path, heading: str) -> Iterator[list[str]]:
    """The cells of all tables below that heading, up to the next one of its level."""
    level = heading.partition(" ")[0]
    below = page.read_text().split(f"\n{heading}\n", 1)[1]
    section = re.split(rf"^#{{1,{len(level)}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and not cells[0].startswith("---"):
            yield cells


def first_cells(page: Path, heading: str) -> set[str]:
    """What stands in backticks in the first column."""
    return {word for cells in rows(page, heading) for word in CODE.findall(cells[0])}


def commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


# --- the command line -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "command-line.md"], ids=lambda page: page.name)
def test_the_table_of_commands_lists_exactly_those_that_there_are(page: Path) -> None:
    calls = {call.replace("\\|", "|").removeprefix("claw-tui ") for call in first_cells(page, "## Commands")}
    named = {name for call in calls for name in call.split()[0].split("|") if name[0].isalpha()}
    assert named - {"claw-tui"} == set(commands())


def test_every_option_of_every_command_is_described() -> None:
    text = (DOCS / "command-line.md").read_text()
    missing = [
        f"{name} {option.opts[-1]}"
        for name, command in commands().items()
        for option in command.params
        if isinstance(option, click.Option) and not any(re.search(rf"{opt}\b", text) for opt in option.opts)
    ]
    assert missing == []


def test_a_name_that_stands_before_its_file_is_defined_there() -> None:
    said = re.findall(r"`(\w+)` in `(\w+/[\w/]+\.py)`", (DOCS / "architecture.md").read_text())
    assert len(said) > 5
    assert [(name, path) for name, path in said if name not in names_defined(ROOT / path)] == []


def names_defined(module: Path) -> set[str]:
    """The functions, classes, constants and attributes that a module defines, by its syntax."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
    return found


# --- keys, settings, words --------------------------------------------------------------------------------------


def test_every_key_of_every_action_is_listed_and_no_other() -> None:
    page = DOCS / "settings-and-keys.md"
    headings = {scope: "Everywhere" if scope == "app" else scope.title() for scope in {a.scope for a in ACTIONS}}
    listed = {
        (scope, cells[1].strip("`"), tuple(CODE.findall(cells[0])))
        for scope, heading in headings.items()
        for cells in rows(page, f"### {heading}")
        if cells[0] != "key"
    }
    keys = {action.id: tuple(SHOWN_KEYS.get(key, key) for key in action.keys.split(",")) for action in ACTIONS}
    assert listed == {(action.scope, action.id, keys[action.id]) for action in ACTIONS}


def test_every_setting_is_described_in_its_own_words_and_no_other() -> None:
    declared = [(f"`{one.name}`", f"`{one.default_text}`", one.explanation) for one in SETTINGS]
    declared += [(f"`[{one.name}]`", "as below" if one.name == "keys" else "none", one.explanation) for one in TABLES]
    _, *listed = list(rows(DOCS / "settings-and-keys.md", "## Settings"))
    assert [tuple(cells) for cells in listed] == declared


def test_the_example_of_settings_has_no_fault(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"^```toml\n(.*?)^```$", (DOCS / "settings-and-keys.md").read_text(), re.DOTALL | re.MULTILINE
    )
    (tmp_path / "settings.toml").write_text(example)
    loaded = load_settings(tmp_path)
    assert loaded.faults == ()
    assert loaded.settings.keys
    assert read_keymap(loaded.settings.keys)[1] == ()


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("## States", State),
        ("## The four signals", Proof),
        ("## Sources", Source),
        ("## Conflict grades", Grade),
        ("## The audit", [*Result, *(check.name for check in CHECKS)]),
        ("## Claims", [*Role, *Binding]),
    ],
)
def test_every_word_of_the_screen_is_explained(heading: str, words: list[str]) -> None:
    symbols = set("●◐◔◕■◆↻○⊘!?▲△·")
    assert first_cells(DOCS / "states-and-grades.md", heading) - symbols == {str(word) for word in words}


# --- features ---------------------------------------------------------------------------------------------------

KEYS_OF_ACTION = re.compile(r"(?:([1-4]) )?((?:`[^`]+`(?: or )?)+) \(`([\w-]+)`\)")


def features() -> list[list[str]]:
    _, *listed = rows(DOCS / "features.md", "## Features")
    return listed


def test_every_key_in_the_list_of_features_is_that_of_its_action_in_that_mode() -> None:
    scopes = {"": APP, **{mode.key: mode.name for mode in MODES}}
    keys = {(one.scope, one.id): {SHOWN_KEYS.get(key, key) for key in one.keys.split(",")} for one in ACTIONS}
    named = [found for cells in features() for cell in cells for found in KEYS_OF_ACTION.findall(cell)]
    assert len(named) > 40
    wrong = [told for told in named if not set(CODE.findall(told[1])) <= keys.get((scopes[told[0]], told[2]), set())]
    assert wrong == []


def test_the_list_of_features_is_the_whole_one_and_says_of_each_how_to_reach_it() -> None:
    listed = features()
    assert len({what for what, *_ in listed}) == len(listed) == 34
    assert [what for what, keys, shell, _ in listed if keys == shell == "–"] == []


def test_every_command_in_the_list_of_features_takes_what_it_is_given() -> None:
    said = [code for cells in features() for cell in cells for code in CODE.findall(cell) if "claw-tui " in f"{code} "]
    assert len(said) > 30
    assert [code for code in said if "[" not in code and not is_taken(code.split("claw-tui", 1)[1].split())] == []


def is_taken(words: list[str]) -> bool:
    """Whether a command has that name and these options."""
    name = next((word for word in words if not word.startswith("-")), None)
    command = cli if name is None else commands().get(name)
    options = [word for word in words if word.startswith("-")]
    with_help = {"--help"} | {opt for one in (command.params if command else ()) for opt in one.opts}
    return command is not None and set(options) <= with_help


# --- JSON -------------------------------------------------------------------------------------------------------


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for argument in get_args(annotation):
        yield from models_in(argument)


def test_every_field_of_every_document_is_described() -> None:
    text = (DOCS / "json.md").read_text()
    described = {word for code in (*CODE.findall(text), *BLOCK.findall(text)) for word in re.findall(r"\w+", code)}
    models = {model for document in (*DOCUMENTS, *OTHER_DOCUMENTS) for model in models_in(document)}
    assert len(models) > 20
    fields = {name for model in models for name, field in model.model_fields.items() if not field.exclude}
    assert fields - described - KEPT_INSIDE == set()


def test_every_code_and_kind_is_described() -> None:
    described = set(CODE.findall((DOCS / "json.md").read_text()))
    raised = codes_of_commands()
    assert len(raised) > 12
    assert {str(word) for word in (*ErrorCode, *Kind, *raised)} - described == set()


def codes_of_commands() -> set[str]:
    """The codes that commands raise and that no enumeration has, by the syntax of every module of the app."""
    found = set()
    for module in Path(claw_tui.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="CommandError"), args=[ast.Constant(value=str(code)), *_]):
                    found.add(code)
    return found


# --- the map of the house ---------------------------------------------------------------------------------------


def rooms(package: Path) -> set[str]:
    """The folders and modules at the top of a package, as the map names them."""
    inside = [path for path in package.iterdir() if not path.name.startswith(("_", "."))]
    return {f"{path.name}/" for path in inside if path.is_dir()} | {
        path.name for path in inside if path.suffix == ".py"
    }


def test_every_room_of_the_core_stands_in_the_map_and_no_other() -> None:
    assert first_cells(DOCS / "architecture.md", "## The core: `gateway_core/`") == rooms(
        Path(gateway_core.__path__[0])
    )


def test_every_folder_of_the_app_stands_in_the_map_and_no_other() -> None:
    app = Path(claw_tui.__path__[0])
    mapped = first_cells(DOCS / "architecture.md", "## The app: `app/claw_tui/`")
    folders = {f"{module.parent.relative_to(app).as_posix()}/" for module in app.rglob("*/*.py")}
    assert {name for name in mapped if name.endswith("/")} == folders
    assert [name for name in mapped if not (app / name).exists()] == []


def test_the_short_map_of_the_readme_names_what_is_there() -> None:
    place = ROOT
    named = 0
    for cells in rows(ROOT / "README.md", "## The house"):
        for folder in CODE.findall(cells[0]):
            inside = cells[0].startswith("·")
            place = place if inside else ROOT / folder
            named += 1
            path = place / folder if inside else place
            assert path.is_dir() if folder.endswith("/") else path.is_file(), folder
    assert named > 20


def layers_of_the_core() -> dict[str, int]:
    """The layer of each room of the core, counted from below."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = (one for one in contracts if one.get("containers") == ["gateway_core"])
    layers = enumerate(reversed(contract["layers"]))
    return {room: place for place, layer in layers for room in re.findall(r"\w+", layer)}


@pytest.mark.parametrize(
    ("page", "heading"), [("README.md", "## The house"), ("docs/architecture.md", "## The core: `gateway_core/`")]
)
def test_the_maps_list_the_rooms_of_the_core_as_data_flows(page: str, heading: str) -> None:
    cells = [cell for cell, *_ in rows(ROOT / page, heading)]
    core = takewhile(lambda cell: "`app/" not in cell, cells)
    layers = layers_of_the_core()
    listed = [code.rstrip("/").removesuffix(".py") for cell in core for code in CODE.findall(cell)]
    places = [layers[room] for room in listed if room != "gateway_core"]
    assert len(places) > 15
    assert places == sorted(places)


# --- links, paths, targets --------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in HEADING.findall(page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    tops = (
        "gateway_core/",
        "app/",
        "tests/",
        "bench/",
        "fuzz/",
        "soak/",
        "screenshots/",
        "requirements/",
        "docs/",
        ".github/",
    )
    named = {code for code in CODE.findall(page.read_text()) if code.startswith(tops)}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_that_is_named_exists() -> None:
    texts = [page.read_text() for page in PAGES] + [(ROOT / ".ci" / "run").read_text()]
    named = {target for text in texts for target in re.findall(r"(?:^ *|`)make ([a-z-]+)", text, re.MULTILINE)}
    assert {"run", "test", "check"} <= named <= make_targets()


def test_a_commit_is_checked_by_what_make_check_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    (repository,) = config["repos"]
    (hook,) = repository["hooks"]
    assert repository["repo"] == "local"
    assert (hook["entry"], hook["language"], hook["pass_filenames"]) == ("make check", "system", False)


def test_github_runs_every_promised_python_and_only_targets_that_exist() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    matrix = jobs["test"]["strategy"]["matrix"]
    project = (ROOT / "pyproject.toml").read_text()
    assert matrix["python"] == re.findall(r"Python :: (3\.\d+)", project)
    assert {system.partition("-")[0] for system in matrix["os"]} == {"ubuntu", "macos"}
    runs = {step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    packages = "sudo .ci/install-packages"
    assert runs == {"make check", "make test", packages, "make test-real"}
    assert (ROOT / packages.split()[1]).is_file()
    assert {run.removeprefix("make ") for run in runs - {packages}} <= make_targets()


def test_the_issue_forms_ask_for_the_report() -> None:
    forms = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    assert len(forms) == 2
    for form in forms:
        fields = yaml.safe_load(form.read_text())["body"]
        assert any("claw-tui report" in field["attributes"].get("description", "") for field in fields)


def test_no_page_is_left_out_of_the_readme() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text()))
    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} <= linked
