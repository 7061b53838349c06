"""`omnigap`: the commands. stdout is data, stderr narration; Textual is loaded only by the command that opens the app.

Exit codes: 0 done, 1 a target is missed (`check`), 2 a mistake in a command, link or YAML file, 3 data that cannot be read,
75 another load is running, 70 a fault of omnigap's own, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kpi_core.errors import OmnigapError, Where, said
from kpi_core.i18n import Translator, choose_language
from tui.cli import common
from tui.cli import open as cli_open
from tui.cli.common import (
    EXIT_FAULT,
    EXIT_INTERRUPTED,
    EXIT_OK,
    ReaderGone,
    option_in,
    tell,
    tell_error,
    tell_usage,
    to_nowhere,
    workspace_dir,
    workspace_language,
    write,
)
from tui.cli.scoped import refuse_whole
from tui.device import ending
from tui.device.crash import keep_quiet

# Where each command is, in the order of `--help`; `group` makes one with commands of its own.
PLACES = {
    "open": "tui.cli.parser:open_screen",
    "init": "tui.cli.setup:init",
    "load": "tui.cli.setup:load",
    "learn": "tui.cli.learn:learn",
    "account": "tui.cli.account:account",
    "loads": "tui.cli.loads:loads",
    "undo": "tui.cli.loads:undo",
    "redo": "tui.cli.loads:redo",
    "verify": "tui.cli.upkeep:verify",
    "rebuild": "tui.cli.upkeep:rebuild",
    "forget": "tui.cli.forget:forget",
    "glance": "tui.cli.report:glance",
    "explain": "tui.cli.explain:explain",
    "report": "tui.cli.report:report",
    "query": "tui.cli.query:query",
    "sql": "tui.cli.sql:sql",
    "check": "tui.cli.report:check",
    "whatif": "tui.cli.whatif:whatif",
    "actions": "tui.cli.actions:actions",
    "note": "tui.cli.actions:note",
    "customers": "tui.cli.customers:customers",
    "claims": "tui.cli.claims:claims",
    "targets": "tui.cli.targets:targets",
    "export-db": "tui.cli.export_db:export_db",
    "doctor": "tui.cli.doctor:doctor",
    "serve": "tui.cli.serve:serve",
    "keys": "tui.cli.keys:keys",
    "kpis": "tui.cli.report:kpis",
    "demo": "tui.cli.setup:demo",
    "bookmarks": "tui.cli.bookmarks:group",
    "profiles": "tui.cli.profiles:profiles",
    "config": "tui.cli.config:group",
}
_VALUED = ("--lang", "--workspace", "-w", "--period", "-p", "--compare", "-c", "--theme", "--plot")
_FLAGS = ("--no-color", "--ascii")


def command_names() -> set[str]:
    return set(PLACES)


def group_names() -> set[str]:
    """Commands with commands of their own."""
    return {name for name, place in PLACES.items() if place.endswith(":group")}


def arrange(arguments: Sequence[str]) -> list[str]:
    """Arguments as the parser wants them: `omnigap [DIR]` becomes `open [DIR]`, and common options before a command go after it."""
    early: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest[0]
        if word in _VALUED and len(rest) > 1:
            early += [rest.pop(0), rest.pop(0)]
        elif word in _FLAGS or word.startswith(tuple(f"{name}=" for name in _VALUED if name.startswith("--"))):
            early.append(rest.pop(0))
        else:
            break
    if rest and rest[0] in ("--help", "-h", "--version"):
        return rest
    if rest and rest[0] in command_names():
        # a group has commands of its own: options go after the innermost one
        depth = 2 if rest[0] in group_names() and len(rest) > 1 and not rest[1].startswith("-") else 1
        return [*rest[:depth], *early, *rest[depth:]]
    return ["open", *early, *rest]


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. Errors are told on stderr, never as a traceback."""
    say = Translator(choose_language(option_in(arguments, "--lang")))
    if "--version" in arguments and arguments[0] == "--version":
        from kpi_core import __version__

        write(f"omnigap {__version__}\n")
        return EXIT_OK
    try:
        done = _answer(arrange(arguments))
        if ending.told:  # the option parser has its own end for that
            return _interrupted(say)
        sys.stdout.flush()
        return done if isinstance(done, int) else EXIT_OK
    except OmnigapError as error:
        if ending.told:  # what was under way says it in words of its own
            return _interrupted(say)
        tell_error(error, _saying(say, arguments))
        return error.exit_code
    except (ReaderGone, BrokenPipeError):
        to_nowhere(sys.stdout)
        return EXIT_OK
    except KeyboardInterrupt:
        return _interrupted(say)
    except Exception as error:
        if ending.told:
            return _interrupted(say)
        if hasattr(error, "format_message"):  # the option parser's own errors, whichever parser typer brings
            tell_usage(str(error.format_message()), say)
            return getattr(error, "exit_code", 2)
        if type(error).__name__ == "Abort":
            return EXIT_INTERRUPTED
        return _fault(error, say, next((word for word in arguments if word.startswith("omnigap://")), ""))


def _answer(arguments: list[str]) -> object:
    """Run the command that the first word names."""
    plain = cli_open.plain_options(arguments[1:]) if arguments[0] == "open" else None
    if plain is not None:
        return cli_open.open_screen(**plain)
    refuse_whole(arguments)
    from tui.cli.parser import application

    return application(PLACES, arguments[0])(arguments, prog_name="omnigap", standalone_mode=False)


def _saying(say: Translator, arguments: Sequence[str]) -> Translator:
    """The language of the workspace's settings also counts for its errors, unless --lang says otherwise."""
    if option_in(arguments, "--lang"):
        return say
    folder = option_in(arguments, "--workspace") or option_in(arguments, "-w")
    return Translator(choose_language(None, workspace_language(workspace_dir(Path(folder) if folder else None))))


def _interrupted(say: Translator) -> int:
    tell(say("interrupted"))
    return 128 + ending.told if ending.told else EXIT_INTERRUPTED


def _fault(error: Exception, say: Translator, link: str = "") -> int:
    """A fault of omnigap's own: the traceback goes to a private file, because it may quote data."""
    if os.environ.get("OMNIGAP_DEBUG"):
        raise error
    place = ""
    try:
        from tui.device.crash import write_log

        place = str(write_log(error, link=link))
    except OSError:
        pass
    where = Where(place) if place else None
    tell_error(OmnigapError(said("omnigap stopped because of a fault of its own ({kind})", kind=type(error).__name__), where=where), say)
    return EXIT_FAULT


def main() -> None:
    """The console script."""
    _complete_streams()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a letter the terminal lacks must not stop a report
    common.own_process = True
    keep_quiet()
    ending.listen()
    code = run(sys.argv[1:])
    ending.finish()
    try:
        sys.stdout.flush()
    except OSError:
        to_nowhere(sys.stdout)
    sys.exit(code)


def _complete_streams() -> None:
    """Started with a closed stdin, stdout or stderr, the next file opened would stand in its place: a file of the warehouse, say."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open("r" if name == "stdin" else "w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)

