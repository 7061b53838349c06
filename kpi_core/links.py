"""A link is a state: `omnigap://explore?kpi=aov&by=category&f=channel:store;store:!Lyon&tr=2026-W44&cmp=last_year&sort=-gap&q=…&at=…`;
further `basis=by_sale` (other ways of counting), `vs=target` (what a gap is explained against), `mv=orders:5,aov:-2` (What-if, in percent),
`near=1` (Gaps: also targets that are near), `mk=…` (marked rows), `shape=hours` (of Trend), `pane=trend&zoom=full` (the pane in focus and its size).
Sort keys after the first follow a comma: `sort=-gap,+kpi`.

What is left out has its default. Filters are `dim:value,value` joined by `;`, `!` after the colon excludes, and a member without a
value is `~`. Every value is percent-encoded (a value that is itself `~` or begins with `!` too), so any text goes through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from urllib.parse import quote, unquote

from kpi_core.errors import Message, said
from kpi_core.view import COMPARISONS, SHAPES, VIEWS, ZOOMS, Filter, Sort, ViewState

SCHEME = "omnigap://"
NULL = "~"
_ID = re.compile(r"[a-z][a-z0-9_]*")
_DEFAULT = ViewState()
_KNOWN = ("kpi", "by", "f", "tr", "cmp", "basis", "vs", "mv", "near", "mk", "shape", "pane", "zoom", "sort", "q", "at")
AGAINST = ("target", "compare")
_MOVE = re.compile(r"[-+]?\d{1,4}(\.\d{1,4})?")
_LIMIT = 8000
_PERIOD_LIMIT = 60


def to_link(state: ViewState) -> str:
    """The link of a state; defaults are left out, so equal states have equal links."""
    pairs: list[tuple[str, str]] = []
    if state.kpi is not None:
        pairs.append(("kpi", _quote(state.kpi)))
    if state.by is not None:
        pairs.append(("by", _quote(state.by)))
    if state.where:
        pairs.append(("f", scope_text(state.where)))
    if state.period != _DEFAULT.period:
        pairs.append(("tr", _quote(state.period, ":")))
    if state.compare != _DEFAULT.compare:
        pairs.append(("cmp", _quote(state.compare)))
    if state.basis:
        pairs.append(("basis", ",".join(_quote(name) for name in state.basis)))
    if state.against:
        pairs.append(("vs", _quote(state.against)))
    if state.moves:
        pairs.append(("mv", ",".join(f"{_quote(name)}:{_quote(change)}" for name, change in state.moves)))
    if state.near:
        pairs.append(("near", "1"))
    if state.marks:
        pairs.append(("mk", ",".join(_quote(key) or NULL for key in state.marks)))
    pairs += [(name, _quote(value)) for name, value in (("shape", state.shape), ("pane", state.pane), ("zoom", state.zoom)) if value]
    if state.sort != _DEFAULT.sort:
        keys = ((state.sort.column, state.sort.descending), *state.sort.then)
        pairs.append(("sort", ",".join(("-" if descending else "+") + _quote(column) for column, descending in keys)))
    if state.search:
        pairs.append(("q", _quote(state.search)))
    if state.at is not None:
        pairs.append(("at", _quote(state.at)))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{SCHEME}{state.view}" + (f"?{query}" if query else "")


def scope_text(where: Iterable[Filter]) -> str:
    """Filters as they stand in a link: `channel:store;store:!Lyon`."""
    return ";".join(map(_filter_text, where))


def _quote(text: str, safe: str = "") -> str:
    # quote() leaves `~` alone, which means "no value" here.
    return quote(text, safe=safe, errors="surrogatepass").replace("~", "%7E")


def _filter_text(step: Filter) -> str:
    values = ",".join(NULL if value is None else _quote(value) for value in step.values)
    return f"{_quote(step.dim)}:{'!' if step.exclude else ''}{values}"


def from_link(text: str) -> tuple[ViewState, tuple[Message, ...]]:
    """The nearest state to a link and what in it was not understood; never raises, never guesses silently.

    Whether its KPI and dimensions exist is for whoever has the catalogue to say.
    """
    problems: list[Message] = []
    text = text.strip()
    if not text.isascii():  # an argument in another encoding holds halves of characters, which no link can say again
        text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) > _LIMIT:
        return _DEFAULT, (said("the link is too long"),)
    body = text[len(SCHEME) :] if text.lower().startswith(SCHEME) else text
    if "://" in body.split("?", 1)[0]:
        return _DEFAULT, (said("not an omnigap link: {text}", text=text[:80]),)
    view, _, query = body.partition("?")
    view = view.strip("/") or _DEFAULT.view
    if view not in VIEWS:
        problems.append(said("there is no view {name}; it opens {instead}", name=view, instead=_DEFAULT.view))
        view = _DEFAULT.view
    values: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        if name not in _KNOWN:
            problems.append(said("the link's {name} is not known and was left out", name=unquote(name)[:40]))
        else:
            if name in values:
                problems.append(said("the link says {name} twice; the last one counts", name=name))
            values[name] = value
    state = ViewState(
        view=view,
        kpi=_identifier(values, "kpi", problems),
        by=_identifier(values, "by", problems),
        where=_filters(values.get("f", ""), problems),
        period=_period(values, problems),
        compare=_compare(values, problems),
        basis=_basis(values, problems),
        against=_against(values, problems),
        moves=_moves(values, problems),
        near=values.get("near", "") == "1",
        marks=_marks(values),
        shape=_one_of(values, "shape", SHAPES, problems),
        pane=_identifier(values, "pane", problems) or "",
        zoom=_one_of(values, "zoom", ZOOMS, problems),
        sort=_sort(values, problems),
        search=_text(values.get("q", "")),
        at=_text(values["at"]) if "at" in values else None,
    )
    return state, tuple(problems)


def _text(value: str) -> str:
    return unquote(value, errors="replace") if "%" in value else value


def _identifier(values: dict[str, str], name: str, problems: list[Message]) -> str | None:
    if name not in values:
        return None
    text = _text(values[name])
    if _ID.fullmatch(text):
        return text
    problems.append(said("{value} cannot be the name of a {what}", value=text[:40], what=name))
    return None


def _filters(text: str, problems: list[Message]) -> tuple[Filter, ...]:
    out: list[Filter] = []
    for step in filter(None, text.split(";")):
        dim, colon, rest = step.partition(":")
        dim = _text(dim)
        exclude = rest.startswith("!")
        rest = rest[1:] if exclude else rest
        if not colon or not _ID.fullmatch(dim):
            problems.append(said("the filter {text} was left out: it should read dimension:value", text=_text(step)[:60]))
            continue
        members = tuple(None if part == NULL else _text(part) for part in rest.split(","))
        out.append(Filter(dim, members, exclude))
    return tuple(out)


def _period(values: dict[str, str], problems: list[Message]) -> str:
    if "tr" not in values:
        return _DEFAULT.period
    text = _text(values["tr"])
    if text and len(text) <= _PERIOD_LIMIT and text.isprintable():
        return text
    problems.append(said("the link's period was not understood; it shows the last complete week"))
    return _DEFAULT.period


def _compare(values: dict[str, str], problems: list[Message]) -> str:
    text = _text(values.get("cmp", _DEFAULT.compare))
    if text in COMPARISONS:
        return text
    problems.append(said("{value} is not a comparison; known: {names}", value=text[:40], names=", ".join(COMPARISONS)))
    return _DEFAULT.compare


def _basis(values: dict[str, str], problems: list[Message]) -> tuple[str, ...]:
    found: list[str] = []
    for part in filter(None, values.get("basis", "").split(",")):
        text = _text(part)
        if _ID.fullmatch(text):
            found.append(text)
        else:
            problems.append(said("{value} cannot be the name of a {what}", value=text[:40], what="basis"))
    return tuple(dict.fromkeys(found))


def _against(values: dict[str, str], problems: list[Message]) -> str:
    text = _text(values.get("vs", ""))
    if text in ("", *AGAINST):
        return text
    problems.append(said("a gap is explained against {names}, not {value}", names=", ".join(AGAINST), value=text[:40]))
    return ""


def _moves(values: dict[str, str], problems: list[Message]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for part in filter(None, values.get("mv", "").split(",")):
        name, _, change = part.partition(":")
        name, change = _text(name), _text(change)
        if _ID.fullmatch(name) and _MOVE.fullmatch(change):
            found[name] = change
        else:
            problems.append(said("the move {text} was left out: it should read driver:percent", text=_text(part)[:60]))
    return tuple(found.items())


def _marks(values: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys("" if part == NULL else _text(part) for part in filter(None, values.get("mk", "").split(","))))


def _one_of(values: dict[str, str], name: str, known: tuple[str, ...], problems: list[Message]) -> str:
    text = _text(values.get(name, ""))
    if text in known:
        return text
    problems.append(said("{value} is no {what}; known: {names}", value=text[:40], what=name, names=", ".join(filter(None, known))))
    return ""


def _sort(values: dict[str, str], problems: list[Message]) -> Sort:
    keys: dict[str, bool] = {}
    for part in values.get("sort", "").split(","):
        column = _text(part[1:] if part[:1] in ("-", "+") else part)
        if column and not _ID.fullmatch(column):
            problems.append(said("{value} cannot be the name of a {what}", value=column[:40], what="sort"))
        elif column or part:
            keys.setdefault(column, not part.startswith("+"))
    if not keys:
        return _DEFAULT.sort
    (first, descending), *then = keys.items()
    return Sort(first, descending, tuple(then))


def same(one: ViewState, other: ViewState) -> bool:
    """Whether two states ask for the same page: everything but the cursor."""
    return all(getattr(one, f.name) == getattr(other, f.name) for f in fields(ViewState) if f.name != "at")
