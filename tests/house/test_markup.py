"""No text of the data can be read as markup or written past the filters: the source has no place where it could.

A widget of Textual that is given a `str` reads markup in it (`[@click=…]` runs an action, `[/x]` ends the app), so omnigap uses none of them
but the input field, and draws lines of its own as segments. This holds by what the source imports and calls, looked at as a syntax tree.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Who may take what of Rich and Textual: a name that is not here needs a reason, and a look at what it does with markup.
FREE = {
    "textual": {"events", "on", "work"},
    "textual.app": {"App", "ComposeResult", "SuspendNotSupported"},
    "textual.binding": {"Binding", "BindingType"},
    "textual.color": {"Color"},
    "textual.containers": {"Container", "Horizontal"},
    "textual.driver": {"Driver"},
    "textual.events": {"Key"},
    "textual.filter": {"LineFilter", "Monochrome", "NoColor"},
    "textual.geometry": {"NULL_OFFSET", "NULL_SPACING", "Offset", "Region", "Size"},
    "textual.layout": {"ArrangeResult", "DockArrangeResult", "Layout", "WidgetPlacement"},
    "textual.message": {"Message"},
    "textual.reactive": {"Reactive", "reactive"},
    "textual.screen": {"ModalScreen", "Screen"},
    "textual.scroll_view": {"ScrollView"},
    "textual.strip": {"Strip"},
    "textual.theme": {"Theme"},
    "textual.timer": {"Timer"},
    "textual.widget": {"Widget"},
    "textual.widgets": {"Input"},  # its text and its placeholder are no markup (Textual 8.2.8: `Text(self.placeholder)`)
    "textual.worker": {"WorkerFailed", "get_current_worker"},
    "rich.cells": {"cell_len", "set_cell_size"},
    "rich.color": {"Color", "ColorSystem"},
    "rich.segment": {"Segment"},  # see SEGMENTS
    "rich.style": {"Style"},
}
BY_NAME = {  # file -> what only it may take, and why
    "tui/device/spans.py": {"textual._compositor.ChopsUpdate", "rich.control.Control", "rich.console.Console"},  # the bytes of a frame; prints nothing
    "tui/cli/setup.py": {"rich.console.Console", "rich.progress.BarColumn", "rich.progress.Progress", "rich.progress.TaskProgressColumn", "rich.progress.TextColumn"},  # the bar of a load
}
SEGMENTS = {  # where segments are made: each draws runs, or what it is given by one that does
    "tui/look/runs.py", "tui/device/guard.py", "tui/screens/jump.py", "tui/widgets/grid.py",
}  # fmt: skip
STDERR = {  # who writes to stdout or stderr by itself; all others go through tui/cli/common.py
    "tui/cli/common.py", "tui/cli/formats.py", "tui/cli/__init__.py", "tui/app.py", "tui/device/crash.py", "tui/device/terminal.py", "tui/device/clipboard.py", "tui/device/shown.py",
    "tui/cli/serve.py", "tui/cli/setup.py", "tui/cli/learn.py", "tui/cli/ask.py", "kpi_core/i18n.py", "kpi_core/sources/profiles/schema.py",
}  # fmt: skip
MARKED_UP = {"notify", "add_row", "add_rows", "add_column", "add_columns", "add_option", "add_options", "from_markup", "print_markup", "from_ansi", "render_markup", "assemble", "suggester"}
LABELS = {"border_title", "border_subtitle", "tooltip", "sub_title", "markup", "loading"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def taken(path: Path) -> Iterator[tuple[str, str, int]]:
    """(module, name, line) of what a file takes from Rich or Textual."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("rich", "textual"):
            yield from ((node.module, each.name, node.lineno) for each in node.names)
        elif isinstance(node, ast.Import):
            yield from ((each.name, "", node.lineno) for each in node.names if each.name.split(".")[0] in ("rich", "textual"))


def wrong_imports(path: Path, called: str) -> list[str]:
    allowed = BY_NAME.get(called, set())
    return [f"{called}:{line} {module}.{what}" for module, what, line in taken(path) if what not in FREE.get(module, set()) and f"{module}.{what}" not in allowed]


def wrong_calls(path: Path, called: str) -> list[str]:
    """Calls and assignments that hand a text to what reads markup, whatever it was imported as."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            function = node.func
            what = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
            if what in MARKED_UP or (what == "print" and not isinstance(function, ast.Attribute)):
                found.append(f"{called}:{node.lineno} {what}()")
            found += [f"{called}:{node.lineno} markup={ast.unparse(each.value)}" for each in node.keywords if each.arg == "markup" and not _false(each.value)]
            found += [f"{called}:{node.lineno} {each.arg}=" for each in node.keywords if each.arg in LABELS - {"markup"}]
            if what == "TextColumn" and not any(each.arg == "markup" and _false(each.value) for each in node.keywords):
                found.append(f"{called}:{node.lineno} TextColumn without markup=False")
            if what == "Segment" and called not in SEGMENTS:
                found.append(f"{called}:{node.lineno} Segment()")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [f"{called}:{node.lineno} .{each.attr} =" for each in targets if isinstance(each, ast.Attribute) and each.attr in LABELS]
        elif isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr", "__stdout__", "__stderr__") and called not in STDERR and not _asked(node, path):
            found.append(f"{called}:{node.lineno} sys.{node.attr}")
    return found


def _false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _asked(node: ast.Attribute, path: Path) -> bool:
    """Is a stream only asked about itself (`sys.stdout.isatty()`), or is it a field of a process?"""
    if not (isinstance(node.value, ast.Name) and node.value.id == "sys"):
        return True
    return any(isinstance(each, ast.Attribute) and each.value is node and each.attr in ("isatty", "encoding", "fileno") for each in ast.walk(tree(path)))


@pytest.mark.fault(15)
def test_nothing_that_reads_markup_is_imported() -> None:
    assert [wrong for path in sources("tui", "kpi_core") for wrong in wrong_imports(path, name(path))] == []


@pytest.mark.fault(15)
def test_nothing_that_reads_markup_is_called() -> None:
    assert [wrong for path in sources("tui", "kpi_core") for wrong in wrong_calls(path, name(path))] == []


def test_the_exceptions_are_still_needed() -> None:
    used = {f"{name(path)} {module}.{what}" for path in sources("tui") for module, what, _ in taken(path)}
    assert {f"{file} {what}" for file, names in BY_NAME.items() for what in names} <= used
    assert {file for file in (*SEGMENTS, *STDERR) if not (ROOT / file).exists()} == set()


@pytest.mark.parametrize(
    "code",
    [
        "from textual.widgets import Static", "from textual.widgets import Label as Input", "from rich.text import Text", "from rich import print", "import rich.markup",
        "import textual.widgets as w", "self.notify(name)", "table.add_row(name)", "self.border_title = name", "widget.tooltip = name", "x(markup=True)", "x(markup=on)", "print(name)",
        "Segment(name)", "sys.stderr.write(name)", "TextColumn('{task.description}')", "Content.from_markup(name)",
    ],
)  # fmt: skip
def test_the_scan_sees_what_it_looks_for(code: str, tmp_path: Path) -> None:
    path = tmp_path / "made.py"
    path.write_text(code + "\n")
    assert wrong_imports(path, "tui/made.py") + wrong_calls(path, "tui/made.py")


@pytest.mark.fault(22)
def test_no_traceback_shows_values() -> None:
    """The option parser prints none of its own: nobody turns Rich's tracebacks with local variables on."""
    made = [
        (name(path), node)
        for path in sources("tui")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Typer"
    ]
    assert made
    for file, call in made:
        keywords = {each.arg: each.value for each in call.keywords}
        if file == "tui/cli/parser.py":
            assert _false(keywords["pretty_exceptions_enable"]) and _false(keywords["pretty_exceptions_show_locals"])
        assert isinstance(keywords["rich_markup_mode"], ast.Constant) and keywords["rich_markup_mode"].value is None, file
