"""Asking on a terminal what files leave open: once per layout; the answers go into config/layouts.yaml."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.common import Look, screen_width, tell

if TYPE_CHECKING:
    from kpi_core.errors import Message
    from kpi_core.sources.account.questions import Question
    from kpi_core.store import LoadReport, Workspace


def can_ask() -> bool:
    """Is there somebody to answer?"""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_about(workspace: Workspace, report: LoadReport, how: Look) -> list[Path]:
    """Ask every question of the undecided files, and remember the answers once all have been asked: whoever breaks off (Ctrl+C) has changed
    nothing. Returns the files whose questions were all answered."""
    from kpi_core.render.clean import clean
    from kpi_core.workbench.loading import answer

    given: dict[tuple[str, ...], str | None] = {}
    answered: list[tuple[Question, str]] = []
    ready: list[Path] = []
    left: list[tuple[Path, Message]] = []
    count = len(report.undecided)
    tell(how.fmt.t("1 file leaves something open:") if count == 1 else how.fmt.t("{count} files leave something open:", count=count))
    for file in report.undecided:
        questions: tuple[Question, ...] = getattr(file.error, "questions", ())
        for question in questions:
            if question.key not in given:
                text = given[question.key] = _ask(question, file.path, how)
                if text is not None:
                    answered.append((question, text))
        if all(given[question.key] is not None for question in questions):
            ready.append(file.path)
        elif file.error is not None and file.error.hint is not None:
            left.append((file.path, file.error.hint))
    places = dict.fromkeys(answer(workspace, question, text) for question, text in answered)
    for place in places:
        tell(how.fmt.t("remembered in {file}", file=str(place)))
    for path, hint in left:
        tell(f"{clean(path.name, 80)}: {how.fmt.t('not loaded')}\n  {how.fmt.t(hint)}")
    return ready


def _ask(question: Question, path: Path, how: Look) -> str | None:
    """The answer of the person at the terminal; None when the question is left open."""
    from kpi_core.errors import ConfigError
    from kpi_core.render.clean import clean, to_ascii
    from kpi_core.render.question import explained_text, option_texts, question_text
    from kpi_core.render.text import wrap

    t, width = how.fmt.t, max(40, screen_width())

    def show(text: str, lead: str = "") -> None:
        """The text after its lead, further lines below its beginning."""
        first, *more = wrap(to_ascii(text) if how.ascii else text, width - len(lead) - 1) or [""]
        tell("\n".join([lead + first, *(" " * len(lead) + line for line in more)]))

    tell("")
    show(clean(path.name, 80))
    asked, *shown = question_text(question, how.fmt)
    show(asked)
    for line in shown:
        show(line.strip(), "  ")
    for number, text in enumerate(option_texts(question, how.fmt), 1):
        show(text, f"{number:3}  ")
    prompt = t("number of the answer, Enter leaves it open, ? explains")
    if question.free:
        prompt = t("number of the answer, or another one; Enter leaves it open, ? explains")
        if not question.options:
            prompt = t("the days, as 2026-10 or 2026-10-01..2026-10-31; Enter leaves it open, ? explains")
    while True:
        show(prompt)
        sys.stderr.write("> ")
        sys.stderr.flush()
        text = sys.stdin.readline().strip()
        if not text:
            return None
        if text == "?":
            show(explained_text(question, how.fmt))
        elif text.isdigit() and len(text) < 4 and 1 <= int(text) <= len(question.options):
            return question.options[int(text) - 1].answer
        elif not question.free:
            show(t("{text} is none of the numbers", text=clean(text, 20)))
        else:
            try:
                return question.accepted(text)
            except ConfigError as error:
                problem = clean(t(error.what), 200)
                show(t("{problem}: {hint}", problem=problem, hint=t(error.hint)) if error.hint is not None else problem)
