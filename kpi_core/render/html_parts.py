"""Pieces of the HTML report: the frame of a page, its head, tables. Every text is cleaned and escaped here; no script, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from kpi_core.links import to_link
from kpi_core.pages import GapStatus, Header
from kpi_core.render.clean import clean
from kpi_core.render.export import TEXT, kinds_of
from kpi_core.render.format import Formatter
from kpi_core.render.gap import GLYPHS, ROLE_OF, WORDS
from kpi_core.render.header import compare_forms, crumb_parts
from kpi_core.render.html_style import style
from kpi_core.render.late import late_text
from kpi_core.render.table import Cell, Column, Row, Table
from kpi_core.render.text import plain

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
LONGEST = 2000
MANY = 16  # columns from which a table is written small
_ROLES = {"good": "good", "warn": "warn", "bad": "bad", "muted": "muted", "accent": "accent", "target": "target-text"}
_MARKS = "".join(glyph for glyph, _ in GLYPHS.values()) + "▲▼= "

Pictures = Mapping[tuple[str | None, str], str]  # SVG by (key of the row, id of the column)
Shades = Mapping[tuple[str | None, str], tuple[int, bool]]  # of a heatmap: 0 to 4, and whether the target is missed


def esc(text: object) -> str:
    """Any text, harmless in HTML and in attributes."""
    return escape(clean(str(text), LONGEST), quote=True)


def frame(title: str, header: Header | None, heading: str, sections: Iterable[str], fmt: Formatter) -> str:
    """A whole page around its sections."""
    body = "\n".join(section for section in sections if section)
    top = head(header, heading, fmt) if header is not None else f"<header><h1>{esc(heading)}</h1></header>"
    return (
        f'<!DOCTYPE html>\n<html lang="{fmt.lang}">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n<meta name="referrer" content="no-referrer">\n'
        f'<meta name="generator" content="omnigap">\n<link rel="icon" href="data:,">\n<title>{esc(title)}</title>\n<style>{style()}</style>\n</head>\n'
        f'<body>\n<div class="page">\n{top}\n<main>\n{body}\n</main>\n{foot(header, fmt)}\n</div>\n</body>\n</html>\n'
    )


def head(header: Header, heading: str, fmt: Formatter) -> str:
    """Where, when, against what, how fresh, how it is filtered, and how the KPIs stand."""
    t = fmt.t
    crumbs = crumb_parts(header, fmt)
    crumb = " › ".join([*(esc(part) for part in crumbs[:-1]), f"<b>{esc(crumbs[-1])}</b>"])
    facts = [(t("Period"), fmt.dates(header.period))]
    compare = compare_forms(header, fmt, True)[0]
    if compare:
        facts.append((t("Compared with"), compare.removeprefix("vs ")))
    if header.partial is not None:
        facts.append((t("Days covered"), t("{covered} of {days}", covered=header.partial[0], days=header.partial[1])))
    if header.freshness.last_day is not None:
        facts.append((t("Data to"), fmt.day(header.freshness.last_day)))
    late = [name for name, _ in header.freshness.late] + [late_text(item, fmt) for item in header.freshness.overdue]
    if late:
        facts.append((t("Late"), ", ".join(late)))
    if header.basis:
        facts.append((t("Counted"), ", ".join(header.basis)))
    if header.state.search:
        facts.append((t("Row filter"), header.state.search))
    listed = "".join(f"<div><dt>{esc(name)}</dt><dd>{esc(text)}</dd></div>" for name, text in facts)
    counts = "".join(
        f'<li class="{ROLE_OF.get(status, "muted")}"><span class="glyph" aria-hidden="true">{GLYPHS[status][0]}</span>{count} {esc(t(WORDS[status]))}</li>'
        for status, count in sorted(header.counts, key=lambda item: list(GapStatus).index(item[0]))
        if count and status in (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED, GapStatus.NOISE)
    )
    tally = f'<ul class="counts" aria-label="{esc(t("Targets"))}">{counts}</ul>' if counts else ""
    place = f'<p class="place">{esc(header.workspace)}</p>'
    return f'<header>{place}<h1>{esc(heading)}</h1><p class="crumb">{crumb}</p><dl class="facts">{listed}</dl>{tally}</header>'


def foot(header: Header | None, fmt: Formatter) -> str:
    if header is None:
        return "<footer><p>omnigap</p></footer>"
    told = esc(fmt.t("The same in the terminal:"))
    return f"<footer><p>{told} <code>omnigap --open {esc(_shell(to_link(header.state)))}</code></p></footer>"


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def section(title: str, *parts: str, note: str = "") -> str:
    """A titled part of the page; '' without content."""
    inner = "\n".join(part for part in parts if part)
    if not inner:
        return ""
    named = f"<h2>{esc(title)}</h2>" if title else ""
    return f"<section>{named}{inner}" + (f'<p class="note">{esc(note)}</p>' if note else "") + "</section>"


def words(text: str, kind: str = "cause") -> str:
    """A paragraph; '' for no text."""
    return f'<p class="{kind}">{esc(text)}</p>' if text.strip() else ""


def role_class(role: str) -> str:
    return _ROLES.get(role, "")


def status_mark(status: GapStatus, fmt: Formatter) -> str:
    """Glyph and word: `✗ missed`."""
    role = ROLE_OF.get(status, "muted")
    return f'<span class="{role}"><span class="glyph" aria-hidden="true">{GLYPHS[status][0]}</span>{esc(fmt.t(WORDS[status]))}</span>'


def table_html(table: Table, caption: str, fmt: Formatter, pictures: Pictures | None = None, drop: Sequence[str] = (), shades: Shades | None = None) -> str:
    """A table with scopes and a caption; a judged column is followed by its status in words; `pictures` take the place of drawn cells."""
    found = pictures or {}
    drawn = {column for _, column in found}
    places = [p for p, c in enumerate(table.columns) if c.id not in drop and (c.id in drawn or c.id not in ("bar", "spark"))]
    judged = {p for p in places if any(len(row.cells) > p and row.cells[p].status for row in table.rows)}
    kinds = kinds_of(table)
    heads = []
    for p in places:
        column = table.columns[p]
        title = column.title or (fmt.t("STATUS") if column.id == "status" else "")
        heads.append(f'<th scope="col" class="{_column_class(column, kinds[p], column.id in drawn)}">{esc(title)}</th>')
        if p in judged:
            heads.append(f'<th scope="col" class="status">{esc(fmt.t("STATUS"))}</th>')
    body: list[str] = []
    for row in table.rows:
        if row.kind == "section":
            body.append(f'<tr class="section"><th colspan="{len(heads)}" scope="rowgroup">{esc(_text(row.cells[0]))}</th></tr>')
        elif row.kind == "text":
            body.append(f'<tr class="words"><td colspan="{len(heads)}">{esc(_text(row.cells[0]))}</td></tr>')
        else:
            body.append(_row(row, table, places, judged, kinds, found, shades or {}, fmt))
    label = esc(caption)
    many = ' class="many"' if len(heads) > MANY else ""
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table{many}><caption>{label}</caption>'
        f"<thead><tr>{''.join(heads)}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _column_class(column: Column, kind: str, picture: bool) -> str:
    side = "pic" if picture else "text" if column.align == "left" and kind == TEXT else "num"
    return f"{side} c-{column.id}" if column.id.replace("_", "").isalnum() and column.id.isascii() else side


def _row(row: Row, table: Table, places: Sequence[int], judged: set[int], kinds: Sequence[str], pictures: Pictures, shades: Shades, fmt: Formatter) -> str:
    cells = []
    drawn = {column for _, column in pictures}
    for order, p in enumerate(places):
        cell, column = (row.cells[p] if p < len(row.cells) else Cell("")), table.columns[p]
        kind = _column_class(column, kinds[p], column.id in drawn)
        if column.id in drawn:
            cells.append(f'<td class="{kind}">{pictures.get((row.key if row.kind != "total" else TOTAL, column.id), "")}</td>')
            continue
        text = _text(cell)
        role = role_class(cell.role)
        if p in judged:
            number = text.strip(_MARKS) if any(c.isdigit() for c in text) else ""
            cells.append(f'<td class="{kind} {role}">{esc(number)}</td>')
            mark = status_mark(GapStatus(cell.status), fmt) if cell.status else ""
            cells.append(f'<td class="status">{mark}</td>')
        elif (row.key, column.id) in shades:
            shade, missed = shades[(row.key, column.id)]
            sign = f'<abbr title="{esc(fmt.t(WORDS[GapStatus.MISSED]))}">{GLYPHS[GapStatus.MISSED][0]}</abbr> ' if missed else ""
            cells.append(f'<td class="num h{shade}">{sign}{esc(text)}</td>')
        elif order == 0:
            full = cell.raw if isinstance(cell.raw, str) else cell.exact if isinstance(cell.exact, str) else text
            cells.append(f'<th scope="row" class="{role}">{_indent(text)}{esc(full)}</th>')
        else:
            if column.id == "status" and isinstance(cell.exact, str):  # a sign alone says nothing to who cannot see it
                text = f"{text} {cell.exact}"
            cells.append(f'<td class="{kind}{" " + role if role else ""}">{esc(text)}</td>')
    kind = f' class="{row.kind}"' if row.kind in ("total", "note") else ""
    return f"<tr{kind}>{''.join(cells)}</tr>"


TOTAL = "\0total"  # stands for the key of the total's row


def _indent(text: str) -> str:
    """A tree's branches as room before the name."""
    depth = len(text) - len(text.lstrip(" └"))
    return f'<span style="padding-left:{depth * 0.6:.1f}em"></span>' if "└" in text[:12] else ""


def _text(cell: Cell) -> str:
    text = plain(cell.runs) if cell.runs else cell.text
    return text.rstrip() if "└" in text[:12] else text.strip()
