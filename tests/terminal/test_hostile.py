"""Every hostile text in every text column, header, name of a file and label of YAML: through every command, on a pipe and on a real terminal, and
through every view and pop-up of the app. Nothing comes out that omnigap does not send itself; nothing runs; nothing stops."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import hostile_shop
import pytest
from hostile_texts import EVERY, IN_FILES, TERMINAL, foreign
from pty_screen import Session
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from torture_scale import times

from kpi_core.render.clean import FOREIGN, clean
from tests.shop import COMMAND, in_this_process
from tui.cli import PLACES
from tui.commands import COMMANDS
from tui.device.guard import GuardFilter

# The whole of what the app and the commands send beside text: styles, places, modes, the pointer's shape.
OWN = re.compile(
    r"\x1b\[[0-9;:]*m"  # colours
    r"|\x1b\[\d*(?:;\d*)?H|\x1b\[\d*[ABCD]"  # places
    r"|\x1b\[\?\d+(?:;\d+)*[hl]|\x1b\[\?2026\$p|\x1b\[\?2048\$p"  # modes
    r"|\x1b\[[<>=?]\d*(?:;\d*)?u"  # keyboard
    r"|\x1b\]22;(?:default|text|pointer)\x07"  # the pointer's shape
)
COPIED = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")  # what the user copied himself
CLEARED = "\x1b[2J"  # `redraw`, and a terminal that was resized


@pytest.fixture(scope="session")
def hostile_workspace() -> Path:
    return hostile_shop.loaded()


def strange(raw: bytes, *, copies: bool = False) -> list[str]:
    """What a terminal was sent and omnigap has no use for, a piece around each."""
    text = OWN.sub("", raw.decode("utf-8", "replace"))
    if copies:
        told = COPIED.findall(text)
        assert all(foreign(base64.b64decode(body).decode("utf-8")) == [] for body in told)
        text = COPIED.sub("", text)
    return foreign(text.replace("\r\n", "\n"))


# ---------------------------------------------------------------- each line of defence by itself


@pytest.mark.fault(15)
@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.name)
def test_each_line_of_defence_is_enough(each: object) -> None:
    text = each.text  # type: ignore[attr-defined]
    cleaned = clean(text)
    assert not FOREIGN.search(cleaned) and "\n" not in cleaned and "\t" not in cleaned
    assert not [code for code in cleaned if ord(code) < 32 or 127 <= ord(code) < 160]
    for literal in filter(None, (each.literal,)):  # type: ignore[attr-defined]
        assert literal in cleaned
    style = Style(bold=True)
    passed = GuardFilter().apply([Segment(text, style), Segment("\x1b[1;1H", control=[(1,)])], Color(0, 0, 0))  # type: ignore[list-item]
    assert passed[0].style == style and passed[1].text == "\x1b[1;1H"  # what Textual itself sends passes
    assert not FOREIGN.search(passed[0].text) and "\n" not in passed[0].text and "\t" not in passed[0].text


# ---------------------------------------------------------------- commands

MEETING = (("sale", "sku", "stock"), ("footfall", "store", "orders"), ("surveys", "store", "orders"), ("touches", "campaign", "spend"), ("touches", "source", "spend"))  # fact, key, fact
VIEWS = ("overview", "explore?kpi=revenue&by=store", "explore?kpi=revenue&by=product", "trend?kpi=revenue", "gaps", "whatif?kpi=revenue", "data", "explore?kpi=revenue&by=category", "trend?kpi=revenue&shape=periods")
FORMATS = ("table", "csv", "md", "html", "json", "text", "svg")
P = ("-p", hostile_shop.MONTH)
SPOILT = "\x1b]0;PWNTITLE\x07\nQforged\x9b2J\u202e[/nope]"  # as an argument

RUNS: dict[str, list[tuple[str, ...]]] = {  # command -> arguments; a new command needs a line here
    "open": [(), ("--open", SPOILT), ("--keymap", SPOILT), ("--theme", SPOILT)],  # without a terminal it says so; with one: below
    "init": [()],
    "load": [(SPOILT,), ("--lang", SPOILT)],
    "learn": [("{unknown}", "--propose"), ("{unknown}", "--propose", "-f", "json"), ("{unknown}", "--dry-run", "--as", "leads", "--set", "status=open", "--set", "channel=web"), (SPOILT,), ("{unknown}", "--as", SPOILT), ("{unknown}", "--column", SPOILT)],
    "account": [(), ("--lines",), ("1", "--lines"), ("-f", "json"), ("-f", "csv"), ("--reason", SPOILT), (SPOILT,)],
    "loads": [(), ("-f", "json"), ("-f", "csv")],
    "undo": [(SPOILT,)],
    "redo": [(SPOILT,)],
    "verify": [()],
    "rebuild": [("--help",)],
    "forget": [(SPOILT,)],
    "glance": [P, (*P, "-f", "text"), (SPOILT,)],
    "explain": [("-k", "revenue", *P), ("-k", "revenue", *P, "--by", "store", "-f", "md"), ("-k", "revenue", *P, "-f", "json"), ("-k", SPOILT), (f"omnigap://explore?kpi={SPOILT}",)],
    "report": [*((f"omnigap://{view}", *P, "-f", FORMATS[(place + more) % len(FORMATS)]) for place, view in enumerate(VIEWS) for more in range(0, 7, times(7, 1))),
               (SPOILT,), ("@" + SPOILT,), ("-p", SPOILT), ("-c", SPOILT), ("-b", SPOILT), ("-f", SPOILT)],
    "query": [*(("revenue,orders", "--by", "store,product", "-r", hostile_shop.MONTH, "-f", form) for form in FORMATS[:: times(3, 1)]), (SPOILT,), ("revenue", "--where", SPOILT), ("revenue", "--by", SPOILT)],
    "sql": [("-k", "revenue", *P), ("omnigap://explore?kpi=revenue&by=store&f=store:" + TERMINAL[3].text,), ("-k", SPOILT)],
    "check": [P],
    "whatif": [*(("revenue", *P, "-f", form) for form in ("table", "md", "csv", "json", "text")), (SPOILT,), ("revenue", "-m", SPOILT)],
    "actions": [*(("-f", form) for form in ("table", "md", "csv", "json", "text")), ("--kpi", SPOILT)],
    "note": [("omnigap://explore?kpi=revenue",), (SPOILT,)],
    "customers": [(), ("-f", "json")],
    "claims": [*((*P, "-f", form) for form in ("text", "json", "csv", "md"))],
    "targets": [("{unknown}", "--dry-run"), ("{unknown}", "--dry-run", "--kpi", SPOILT), (SPOILT, "--dry-run")],
    "export-db": [("--help",)],
    "doctor": [()],
    "serve": [("--help",)],
    "keys": [(), ("--keymap", SPOILT)],
    "kpis": [*(("-f", form) for form in ("table", "md", "csv", "json", "text"))],
    "demo": [("--help",)],
    "bookmarks": [(), ("add", SPOILT), ("remove", SPOILT)],
    "profiles": [(), ("own.leads",), (SPOILT,), ("--check", SPOILT)],
    "config": [("validate",), ("show",)],
}  # fmt: skip
WITHOUT_WORKSPACE = ("init", "serve", "keys", "demo", "open")


def lines(workspace: Path, command: str) -> Iterator[list[str]]:
    for place, given in enumerate(RUNS[command]):
        words = [each.replace("{unknown}", str(workspace.parent / "unknown.csv")) for each in given]
        where = [] if command in WITHOUT_WORKSPACE else ["-w", str(workspace)]
        tongue = [] if "--lang" in words else ["--lang", "fr" if place % 2 else "en"]
        if command in ("bookmarks", "config") and words and not words[0].startswith("-"):
            yield [command, words[0], *words[1:], *where, *tongue]
        else:
            yield [command, *words, *where, *tongue]


def test_every_command_is_here() -> None:
    assert set(RUNS) == set(PLACES)


@pytest.mark.fault(15)
@pytest.mark.parametrize("command", RUNS)
def test_nothing_gets_through_a_command(command: str, hostile_workspace: Path) -> None:
    for words in lines(hostile_workspace, command):
        done = in_this_process(*words)
        assert foreign(done.stdout) == [], words
        assert foreign(done.stderr) == [], words
        assert done.returncode in (0, 1, 2, 3), (words, done.stderr)
        assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.fault(15, 28)
def test_nothing_gets_through_a_load(hostile_workspace: Path) -> None:
    out, err = ((hostile_workspace.parent / name).read_text(encoding="utf-8") for name in ("load.out", "load.err"))
    assert foreign(out) == [] and foreign(err) == []
    assert "stores␛]0;PWNTITLE␇.csv" in out and "tickets␊Qforged" in out  # shown for what they are
    assert "Qclick[@click=app.pwn]txt[/]Zclick" in out


@pytest.mark.fault(15)
def test_texts_are_cleaned_when_they_are_read_and_keys_still_meet(hostile_workspace: Path) -> None:
    """Nothing of the kind lies in the warehouse, and an article, a store, a campaign is the same in every file that names it."""
    from kpi_core.store import Workspace, open_reader

    with open_reader(Workspace.open(hostile_workspace)) as reader, duckdb.connect(str(reader.attached["mart"]), read_only=True) as con:
        columns = con.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR' AND NOT internal").fetchall()
        assert len(columns) > 40
        for table, column in columns:
            found = [text for (text,) in con.execute(f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL').fetchall()]
            assert [text for text in found if FOREIGN.search(text) or "\n" in text or "\t" in text] == [], (table, column)
        for fact, key, other in MEETING:
            lost = con.execute(f"SELECT DISTINCT f.{key} FROM {fact} f ANTI JOIN {other} o USING ({key}) WHERE f.{key} IS NOT NULL").fetchall()
            assert lost == [], (fact, key)
        assert con.execute("SELECT count(*) FROM sale WHERE category IS NULL OR product IS NULL").fetchone() == (0,)


@pytest.mark.fault(15)
@pytest.mark.parametrize("words", [("report", "omnigap://explore?kpi=revenue&by=store", *P), ("account", "--lines"), ("profiles", "own.leads"), ("kpis",), ("explain", "-k", SPOILT)], ids=lambda words: words[0])
def test_nothing_gets_through_on_a_terminal(words: tuple[str, ...], hostile_workspace: Path) -> None:
    session = Session([*COMMAND, *words, "-w", str(hostile_workspace)], 120, 40)
    try:
        assert session.finish() in (0, 2)
        assert strange(session.raw) == []
    finally:
        session.close()


@pytest.mark.fault(15)
def test_the_environment_says_nothing_of_its_own(hostile_workspace: Path, tmp_path: Path) -> None:
    for name in ("OMNIGAP_WORKSPACE", "LANG", "OMNIGAP_CLIPBOARD", "OMNIGAP_THEME"):
        done = in_this_process("glance", env={name: SPOILT}, cwd=tmp_path)
        assert foreign(done.stdout) == [] and foreign(done.stderr) == []


@pytest.mark.fault(15, 17)
@pytest.mark.parametrize("name", ["kpis", "objectives", "settings", "calendar"])
def test_a_mistake_in_hostile_yaml_is_told_harmlessly(name: str, tmp_path: Path) -> None:
    """Keys and values of a file that is refused are quoted in the message."""
    workspace = tmp_path / "shop"
    assert in_this_process("init", workspace).returncode == 0
    for text in ('"\\e]0;PWN\\a\\nQforged\\x9b2J": 1\n', 'version: "\\e[2J\\nQforged"\n', "version: 1\n\x1b[2J: 1\n"):
        (workspace / "config" / f"{name}.yaml").write_text(text)
        done = in_this_process("config", "validate", "-w", workspace)
        assert done.returncode == 2 and foreign(done.stdout) == [] and foreign(done.stderr) == [], text


# ---------------------------------------------------------------- the app

NAMED = {
    "enter": "\r", "escape": "\x1b", "space": " ", "slash": "/", "colon": ":", "question_mark": "?", "exclamation_mark": "!", "less_than_sign": "<", "greater_than_sign": ">", "minus": "-",
    "delete": "\x1b[3~", "tab": "\t", "shift+tab": "\x1b[Z", "backspace": "\x7f", "down": "\x1b[B", "up": "\x1b[A", "left": "\x1b[D", "right": "\x1b[C", "home": "\x1b[H", "end": "\x1b[F",
    "pagedown": "\x1b[6~", "pageup": "\x1b[5~", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "plus": "+", "equals_sign": "=", "full_stop": ".", "comma": ",", "underscore": "_", "asterisk": "*",
    "number_sign": "#", "at": "@", "vertical_line": "|", "percent_sign": "%", "ampersand": "&", "apostrophe": "'", "quotation_mark": '"', "left_parenthesis": "(", "semicolon": ";",
    "left_square_bracket": "[", "right_square_bracket": "]", "dollar_sign": "$", "tilde": "~", "circumflex_accent": "^", "left_curly_bracket": "{", "right_curly_bracket": "}",
}  # fmt: skip
LEFT_OUT = {"quit", "quit_level", "edit", "edit_settings"}  # they end it, or start a program of the machine
CLEARING = {"redraw", "theme"}


def sent(key: str) -> str:
    """What a terminal sends for a key, as Textual names it."""
    if len(key) == 1:
        return key
    if key in NAMED:
        return NAMED[key]
    kind, _, name = key.partition("+")
    if kind == "shift" and sent(name).startswith("\x1b["):
        return f"\x1b[1;2{sent(name)[-1]}"
    if kind == "alt":
        return "\x1b" + sent(name)
    if kind == "ctrl" and len(name) == 1:
        return chr(ord(name) - 96)
    raise KeyError(key)


def test_every_command_of_the_app_can_be_pressed() -> None:
    assert all(sent(command.keys[0]) for command in COMMANDS if command.keys)


def click(session: Session, text: str) -> bool:
    """Press the mouse on a text of the screen, if it is there."""
    for row, line in enumerate(session.terminal.lines):
        if text in line:
            column = "".join(cell or " " for cell in session.terminal.rows[row]).index(text) + len(text) // 2
            session.press(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m").quiet(0.05)
            return True
    return False


def app(workspace: Path, home: Path, *options: str) -> Session:
    words = [*COMMAND, str(workspace), "--fresh", "--read-only", "--open", "omnigap://explore?kpi=revenue&by=store", *P, *options]
    return Session(words, 130, 45, ESCDELAY="10", HOME=str(home), XDG_STATE_HOME=str(home), XDG_CONFIG_HOME=str(home))


@pytest.mark.fault(15)
def test_the_mouse_runs_nothing(hostile_workspace: Path, tmp_path: Path) -> None:
    """Clicks on texts that Textual would take as an action (one of them ends the app) or as a link: the row under it is chosen, and that is all."""
    session = app(hostile_workspace, tmp_path)
    try:
        session.until("Total [(]")
        for text in ("[@click=app.pwn]", "[@click=app.quit]", "[link=http"):
            session.press("g").quiet(0.3)
            for _ in range(12):
                if text in session.terminal.text:
                    break
                session.press("\x1b[6~").quiet(0.3)
            assert click(session, text), session.terminal.text
            session.quiet(0.3)
            assert session.process.poll() is None and text in session.terminal.text
            if text in session.terminal.lines[0]:  # the cursor stood on it: a click on that row looks into it
                session.press("\x7f").quiet(0.6)
        session.quiet(0.6)
        session.press("Q")
        assert session.finish() == 0
    finally:
        session.close()
    assert strange(session.raw) == []


@pytest.mark.fault(15)
@pytest.mark.parametrize("options", [(), ("--ascii", "--lang", "fr")][: times(1, 2)], ids=["colours", "ascii"][: times(1, 2)])
def test_nothing_gets_through_the_app(options: tuple[str, ...], hostile_workspace: Path, tmp_path: Path) -> None:
    """Every view, every command of the registry with the pop-up it opens, the mouse on what would run something."""
    main = [command for command in COMMANDS if command.scope in ("main", "grid") and command.keys and command.id not in LEFT_OUT | CLEARING]
    session = app(hostile_workspace, tmp_path, *options)
    seen = ""
    try:
        session.until("Z[a-z0-9]+")
        for turn, view in enumerate("123456"):
            session.press(view).quiet(0.15)
            here = [command for command in main if command.views] if turn == 0 else []
            here += [command for place, command in enumerate(main) if not command.views and place % 6 == turn]
            seen += session.terminal.text
            for command in here:
                session.press(sent(command.keys[0])).quiet(0.05)
                seen += session.terminal.text
                session.press("\x1b[B\x1b[C").quiet(0.03)
                session.press("\x1b").quiet(0.05)
                assert session.process.poll() is None, (command.id, session.terminal.text)
            seen += session.terminal.text
        for keys in ("1", "\x1b[B", "\r", "v", "x", "?", ":Qc", ":@Q"):
            session.press(keys).quiet(0.1)
            seen += session.terminal.text
            session.press("\x1b").quiet(0.05)
        for _ in range(4):
            session.press("\x1b").quiet(0.3)
        assert session.process.poll() is None, session.terminal.text
        session.press("Q")
        assert session.finish() == 0 and session.unrestored == []
    finally:
        session.close()
    assert strange(session.raw, copies=True) == []
    assert not options or session.raw.isascii()
    assert b"Traceback" not in session.raw
    names = {each.name for each in IN_FILES if any(mark in seen for mark in each.marks)}
    assert len(names) > 0.6 * len(IN_FILES), sorted(names)
