"""The assistant for unknown layouts, as rows: the fields of what a file is, and the columns that can be pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpi_core.errors import said
from kpi_core.render.clean import clean
from kpi_core.render.text import cell_width, cut, pad
from kpi_core.sources.account.questions import Question
from kpi_core.sources.learning.kinds import BY_ID, SETTINGS, Field
from kpi_core.sources.learning.learn import Plan
from kpi_core.sources.learning.tables import Table
from tui.look.drawing import Look
from tui.look.runs import Runs
from tui.widgets.content import GridContent, GridRow

TEXT = "\0text"  # the row that stands for one text for the whole file
SETTING, QUESTION = "\0set:", "\0ask:"
ROOMY = 48  # cells under which a column does not say what it stands for
OPTIONS = {"included": said("included"), "excluded": said("excluded")}


@dataclass(frozen=True)
class Shown:
    """What the assistant has in hand, for drawing."""

    plan: Plan
    table: Table
    questions: tuple[Question, ...]
    look: Look


def field_rows(shown: Shown, width: int) -> GridContent:
    """The fields, needed ones first, each with what stands for it; then what the file leaves open, and the choices for the whole file."""
    plan, look = shown.plan, shown.look
    t, kind = look.fmt.t, BY_ID[shown.plan.kind]
    lang = look.fmt.lang
    rows: list[GridRow] = []

    def section(title: str) -> None:
        rows.append(GridRow(None, ((" ", ""), (cut(title, width - 2, look.fmt.ellipsis), "title"))))

    for place, question in enumerate(shown.questions):
        if not place:
            section(t("to be decided"))
        told = t("{column}: how is it read?", column=clean(question.header, 60))
        rows.append(_row(f"{QUESTION}{place}", "?", "warn", told, t("choose"), "warn", width, look))
    groups = {name for group in kind.one_of for name in group}
    needed = [item for item in kind.fields if item.needed or item.name in groups]
    section(t("needed"))
    rows += [_field(item, plan, _wanted(item, plan), width, look) for item in needed]
    section(t("where the file has them"))
    rows += [_field(item, plan, False, width, look) for item in kind.fields if item not in needed]
    if kind.settings:
        section(t("for the whole file"))
        for name in kind.settings:
            value = plan.settings.get(name, SETTINGS[name].options[0] if SETTINGS[name].options else "")
            told = t(OPTIONS[value]) if value in OPTIONS else clean(value, 40) or look.fmt.dash
            rows.append(_row(f"{SETTING}{name}", look.fmt.dash, "muted", SETTINGS[name].label.in_(lang), told, "accent" if value else "muted", width, look))
    return GridContent(header=((" ", ""), (t("Fields"), "title")), rows=rows)


def _wanted(item: Field, plan: Plan) -> bool:
    """Is the field still needed? Of a group one is enough."""
    given = {*plan.columns, *plan.constants}
    if item.name in given:
        return False
    return item.needed or any(item.name in group and not given & set(group) for group in BY_ID[plan.kind].one_of)


def _field(item: Field, plan: Plan, wanted: bool, width: int, look: Look) -> GridRow:
    label, t = item.label.in_(look.fmt.lang), look.fmt.t
    if item.name in plan.columns:
        return _row(item.name, "v" if look.ascii_only else "✓", "good", label, clean(plan.columns[item.name], 80), "", width, look)
    if item.name in plan.constants:
        return _row(item.name, "v" if look.ascii_only else "✓", "good", label, f"= {clean(plan.constants[item.name], 80)}", "accent", width, look)
    if wanted:
        return _row(item.name, "!", "warn", label, t("needed"), "warn", width, look)
    return _row(item.name, look.fmt.dash, "muted", label, t("empty"), "muted", width, look)


def _row(key: str, mark: str, mark_role: str, label: str, value: str, role: str, width: int, look: Look) -> GridRow:
    dots = look.fmt.ellipsis
    room = max(10, width - 4)
    value = cut(value, max(6, room // 2), dots)
    left = room - cell_width(value) - 1
    return GridRow(key, look.fmt.fold(((" ", ""), (f"{mark} ", mark_role), (pad(label, left, "left", dots) + " ", ""), (value, role))))


def column_rows(shown: Shown, field: Field | None, width: int) -> GridContent:
    """The columns of the file with cells of theirs, and the fields that they stand for."""
    look, plan = shown.look, shown.plan
    t, dots, kind = look.fmt.t, look.fmt.ellipsis, BY_ID[plan.kind]
    used: dict[str, list[str]] = {}
    for name, header in plan.columns.items():
        item = kind.field(name)
        used.setdefault(header, []).append(item.label.in_(look.fmt.lang) if item is not None else name)
    rows: list[GridRow] = []
    if field is not None and field.constant:
        rows.append(GridRow(TEXT, ((" ", ""), ("= ", "key"), (cut(t("one text for the whole file"), width - 5, dots), "accent"))))
    names = min(max((cell_width(column.shown) for column in shown.table.columns), default=8), max(8, width * 2 // 5))
    for column in shown.table.columns:
        mark = ("v" if look.ascii_only else "✓") if column.header in used else " "
        told = ", ".join(clean(text, 40) for text in column.examples[:3]) or t("(empty)")
        who = f"  {look.fmt.dash} {', '.join(used[column.header])}" if column.header in used and width >= ROOMY else ""
        lead: Runs = ((" ", ""), (f"{mark} ", "good"), (pad(column.shown, names, "left", dots), ""))
        rows.append(GridRow(column.header, look.fmt.fold((*lead, ("  ", ""), (cut(told + who, max(4, width - names - 6), dots), "muted")))))
    title = t("Columns of the file") if field is None else t("Which column: {field}?", field=field.label.in_(look.fmt.lang))
    return GridContent(header=look.fmt.fold(((" ", ""), (cut(title, width - 2, dots), "title"))), rows=rows, empty=((f" {t('no column')}", "muted"),))


def next_wanted(plan: Plan, after: str) -> str:
    """The field to point at next: the next one that is still needed, else the one below."""
    kind = BY_ID[plan.kind]
    names: Sequence[str] = [item.name for item in kind.fields]
    wanted = [item.name for item in kind.fields if _wanted(item, plan)]
    if wanted:
        place = names.index(after) if after in names else -1
        return next((name for name in wanted if names.index(name) > place), wanted[0])
    return after
