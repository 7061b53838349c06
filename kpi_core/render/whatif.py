"""The What-if view as cells and lines: the tree of drivers, the scenario against the target, and the tornado."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from kpi_core.analysis.whatif import STEPS, Lever, LeverKind, Moves, Node, Swing, Tree
from kpi_core.engine.expression import Ref
from kpi_core.pages import KpiInfo, WhatIfPage
from kpi_core.pages.core import GapStatus
from kpi_core.render.cells import change_unit, shorter
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.gap import GLYPHS
from kpi_core.render.table import Cell, Column, Row, Table, fit
from kpi_core.render.text import Line, Role, cell_width, cut, join, line_width, pad
from kpi_core.render.waterfall import waterfall
from kpi_core.rounding import largest_remainder

ROOMY, WIDE = 92, 120
SHADES = {1: ("━", "#"), 5: ("╍", "="), 10: ("┄", "-")}  # the nearer the move, the darker


def decimal(value: Fraction) -> Decimal:
    """A fraction as the formatter takes it: 28 digits, far beyond any screen."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def number(value: Fraction | None) -> Decimal | None:
    return None if value is None else decimal(value)


def move_text(lever: Lever, change: Fraction, fmt: Formatter, decimals: int = 1) -> str:
    """`+5 %`, `−2.5 %`, for points `+3`."""
    shown = decimal(change)
    digits = 0 if shown == shown.to_integral_value() else decimals
    return fmt.number(shown, digits, True) if lever.kind is LeverKind.POINTS else fmt.percent(shown / 100, digits, True)


def whatif_table(page: WhatIfPage, fmt: Formatter, width: int, moves: Moves | None = None) -> Table:
    """A row a number of the tree (key: its id), levers with their move, what it brings, and the move that alone would meet the target."""
    t = fmt.t
    tree = page.tree
    columns = [Column("driver", t("DRIVER"), shrink=14, grow=True, limit=36), Column("now", t("NOW"), "right"), Column("scenario", t("SCENARIO"), "right")]
    columns += [Column("move", t("MOVE"), "right", space=2), Column("effect", t("EFFECT"), "right")]
    columns.append(Column("needed", t("MEETS TARGET"), "right", space=2))
    if width >= ROOMY:
        columns.append(Column("usual", t("USUAL ±"), "right", space=2))
    if width >= WIDE:
        columns += [Column(f"step{step}", fmt.percent(Decimal(step) / 100, 0, True).replace("+", "±"), "right") for step in STEPS]
    if tree is None:
        return fit(columns, [], width, ascii=fmt.ascii)
    moves = page.header.state.moves if moves is None else moves
    shares = rounded_shares(page, tree, moves)
    swings = {swing.lever: swing for swing in tree.swings(moves)}
    ids = [column.id for column in columns]
    stems = branches([node.depth for node in tree.nodes], fmt.ascii)
    rows = [_row(page, tree, node, stem, ids, moves, shares, swings, fmt) for node, stem in zip(tree.nodes, stems, strict=True)]
    table = _named(page, fit(columns, rows, width, ascii=fmt.ascii), columns, rows, width, fmt)
    while table.natural > width and len(columns) > 3:
        drop = next(place for place in reversed(range(len(columns))) if columns[place].id != "move")
        columns.pop(drop)
        rows = [Row((*row.cells[:drop], *row.cells[drop + 1 :]), row.kind, row.key) for row in rows]
        table = fit(columns, rows, width, ascii=fmt.ascii)
    return table


def _named(page: WhatIfPage, table: Table, columns: Sequence[Column], rows: Sequence[Row], width: int, fmt: Formatter) -> Table:
    """The table with short names of KPIs where the whole ones do not fit."""
    room = table.columns[0].width
    if all(cell_width(row.cells[0].text) <= room for row in rows):
        return table
    found = []
    for row in rows:
        info = page.infos[row.key or ""]
        branch = row.cells[0].text.removesuffix(clean(info.name))
        found.append(replace(row, cells=(replace(row.cells[0], text=branch + shorter(info, room - cell_width(branch))), *row.cells[1:])))
    return fit(columns, found, width, ascii=fmt.ascii)


def branches(depths: Sequence[int], ascii: bool = False) -> list[str]:
    """What stands before each name of a tree told from its top: `├ `, `└ ` for the last of its parent, `│` past what goes on below."""
    stems = []
    for place, depth in enumerate(depths):
        below = depths[place + 1 :]
        ends = [next((later for later in below if later <= level), 0) < level for level in range(1, depth + 1)]
        stem = "".join(" " if end else "|" if ascii else "│" for end in ends[:-1])
        stems.append(stem + (("- " if ascii else "└ " if ends[-1] else "├ ") if depth else ""))
    return stems


def _row(
    page: WhatIfPage,
    tree: Tree,
    node: Node,
    stem: str,
    ids: Sequence[str],
    moves: Moves,
    shares: Mapping[str, Decimal],
    swings: Mapping[str, Swing],
    fmt: Formatter,
) -> Row:
    info = page.infos[node.id]
    lever = tree.by_id.get(node.id) if node.expr == Ref(node.id) else None
    now, then = number(tree.value(node)), number(tree.value(node, moves))
    changed = now != then
    cells: dict[str, Cell] = {
        "driver": Cell(stem + clean(info.name), "title" if not node.depth else "", exact=clean(info.name)),
        "now": Cell(_shown(now, info, lever, fmt), "muted", raw=now, unit=info.unit, decimals=info.decimals),
        "scenario": Cell(_shown(then, info, lever, fmt), "accent" if changed else "muted", raw=then, unit=info.unit, decimals=info.decimals),
    }
    change = tree.valid(moves).get(node.id)
    if lever is not None and change is not None:
        cells["move"] = _move_cell(lever, change, fmt, "accent")
        cells["effect"] = Cell(
            fmt.change(shares.get(node.id), None, page.kpi), raw=shares.get(node.id), unit=change_unit(page.kpi), decimals=page.kpi.decimals
        )
    elif lever is None and now and then is not None and changed:
        cells["move"] = Cell(fmt.percent((then - now) / abs(now), 1, True), "muted", exact=(then - now) / abs(now), unit="%", decimals=1)
        if not node.depth:
            cells["effect"] = Cell(fmt.change(then - now, None, page.kpi), "title", exact=then - now, unit=change_unit(page.kpi), decimals=page.kpi.decimals)
    if lever is not None:
        cells |= _outlook(page, tree, lever, moves, swings.get(lever.id), fmt)
    return Row(tuple(cells.get(name, Cell("")) for name in ids), key=node.id)


def _move_cell(lever: Lever, change: Fraction, fmt: Formatter, role: Role) -> Cell:
    """A move as it is written; exported as a share, or in the points of a survey."""
    shown = number(change) or Decimal(0)
    points = lever.kind is LeverKind.POINTS
    return Cell(move_text(lever, change, fmt), role, raw=shown, exact=shown if points else shown / 100, unit="pts" if points else "%", decimals=1)


def rounded_shares(page: WhatIfPage, tree: Tree, moves: Moves) -> dict[str, Decimal]:
    """What each move brings, in digits that add up on the screen."""
    shares = tree.shares(moves)
    if not shares:
        return {}
    digits = page.kpi.decimals + (2 if page.kpi.unit == "%" else 0)
    total = sum(shares.values(), Fraction(0))
    return dict(zip(shares, largest_remainder(list(shares.values()), digits, total), strict=True))


def _shown(value: Decimal | None, info: KpiInfo, lever: Lever | None, fmt: Formatter) -> str:
    return fmt.kpi(value, info, signed=lever is not None and lever.kind is LeverKind.ASSUMPTION)


def _outlook(page: WhatIfPage, tree: Tree, lever: Lever, moves: Moves, swing: Swing | None, fmt: Formatter) -> dict[str, Cell]:
    """What the lever could do: alone to the target, usually, and by a step."""
    cells: dict[str, Cell] = {}
    if page.target is not None and lever.kind is not LeverKind.ASSUMPTION:
        needed = needed_of(page, tree, lever, moves)
        usual = page.usual.get(lever.id)
        if needed is None:
            cells["needed"] = Cell(fmt.dash, "muted")
        elif met(page, tree, [move for move in moves if move[0] != lever.id]):
            cells["needed"] = Cell(fmt.t("met"), "good")
        else:
            likely = usual is not None and abs(needed) <= usual
            cells["needed"] = _move_cell(lever, needed, fmt, "good" if likely else "warn")
    if lever.id in page.usual:
        text = move_text(lever, page.usual[lever.id], fmt).lstrip("+")
        cells["usual"] = Cell(text, "muted", raw=number(page.usual[lever.id]))
    if swing is not None:
        for step in STEPS:
            down, up = swing.effects[step]
            best = up if page.kpi.good != "down" else down
            if up is not None and down is not None:
                best = max((down, up), key=abs)
            cells[f"step{step}"] = Cell(fmt.change(number(None if best is None else abs(best)), None, page.kpi).lstrip("+"), "muted", raw=number(best))
    return cells


def goal_of(page: WhatIfPage) -> Fraction | None:
    """The target as a fraction."""
    return None if page.target is None else Fraction(str(page.target.number))


def needed_of(page: WhatIfPage, tree: Tree, lever: Lever, moves: Moves) -> Fraction | None:
    """The move at which this lever, in place of its own move, brings the KPI to its target; None when none does."""
    goal = goal_of(page)
    return None if goal is None or lever.kind is LeverKind.ASSUMPTION else tree.needed(lever.id, goal, [move for move in moves if move[0] != lever.id])


def met(page: WhatIfPage, tree: Tree, moves: Moves) -> bool:
    """Does the scenario reach the target?"""
    value = tree.value(tree.root, moves)
    goal = goal_of(page)
    if value is None or goal is None:
        return False
    return value <= goal if page.kpi.good == "down" else value >= goal


def scenario_lines(page: WhatIfPage, fmt: Formatter, moves: Moves | None = None) -> list[Line]:
    """The scenario in a sentence, then what is assumed."""
    tree = page.tree
    if tree is None:
        return [((fmt.t(page.reason) if page.reason else "", "warn"),)]
    moves = page.header.state.moves if moves is None else moves
    now, then = tree.value(tree.root), tree.value(tree.root, moves)
    name = clean(page.kpi.name)
    runs: list[tuple[str, Role]] = []
    if tree.valid(moves):
        change = None if now is None or then is None else fmt.change(number(then - now), None, page.kpi)
        runs = [(f"{name} {fmt.kpi(number(now), page.kpi)} → ", ""), (fmt.kpi(number(then), page.kpi), "title"), (f" ({change or fmt.dash})", "accent")]
    else:
        runs = [(fmt.t("{name} is {value}: move a driver with ← →", name=name, value=fmt.kpi(number(now), page.kpi)), "")]
    if page.target is not None and then is not None:
        reached = met(page, tree, moves)
        glyph = GLYPHS[GapStatus.MET if reached else GapStatus.MISSED][fmt.ascii]
        left = fmt.change(number(then - Fraction(str(page.target.number))), None, page.kpi)
        told = fmt.t("target {target}: {gap}", target=fmt.target(page.target, page.kpi), gap=left)
        runs += [(" · ", "muted"), (f"{glyph} {told}", "good" if reached else "bad")]
    lines: list[Line] = [fmt.fold(join(*runs))]
    lines += [fmt.fold(((fmt.t(item.text), "warn"),)) for item in page.assumptions]
    return lines


def tornado_lines(page: WhatIfPage, fmt: Formatter, width: int, height: int, moves: Moves | None = None, spaced: bool = False) -> list[Line]:
    """A bar a lever, left for −1, −5, −10 %, right for +: how far the KPI goes when that lever alone moves. The strongest first.

    `spaced`: a blank line before each bar.
    """
    tree = page.tree
    if tree is None or height < 3:
        return []
    moves = page.header.state.moves if moves is None else moves
    swings = tree.swings(moves)[: height - 2]
    most = max((swing.size for swing in swings), default=Fraction(0))
    names = [clean(page.infos[swing.lever].name) for swing in swings]
    label = min(max((cell_width(text) for text in names), default=0), max(10, width // 4))
    ends = [_ends(swing, page, fmt) for swing in swings]
    side = max((cell_width(text) for pair in ends for text in pair), default=0)
    room = (width - label - 2 * side - 6) // 2
    if room < 6 or not most:
        return []
    axis = "|" if fmt.ascii else "│"
    title = fmt.t("If one driver alone moves by 1, 5, 10 % (NPS: points)")
    title = cut(title, width - 2, fmt.ellipsis)
    key: list[tuple[str, Role]] = [(piece, role) for step in STEPS for piece, role in (("   " + SHADES[step][fmt.ascii] * 2, "accent"), (f" {step}", "muted"))]
    lines: list[Line] = [join((" ", ""), (title, "muted"), *(key if line_width(key) + cell_width(title) + 2 <= width else ()))]
    for swing, name, (left, right) in zip(swings, names, ends, strict=True):
        bars = [_bar(swing, way, most, room, fmt) for way in (-1, 1)]
        lines += [join((" " * (label + side + 3 + room), ""), (axis, "line"))] if spaced else []
        lines.append(
            join(
                (" ", ""),
                (pad(name, label, ellipsis=fmt.ellipsis) + " ", ""),
                (pad(left, side, "right") + " ", "muted"),
                *bars[0],
                (axis, "line"),
                *bars[1],
                (" " + pad(right, side), "muted"),
            )
        )
    return lines[:height]


def picture_lines(page: WhatIfPage, fmt: Formatter, width: int, height: int, moves: Moves | None = None) -> list[Line]:
    """The tornado, and where there is room below it the way from today's number through the moves to the scenario."""
    tree = page.tree
    if tree is None:
        return []
    moves = page.header.state.moves if moves is None else moves
    shares = rounded_shares(page, tree, moves)
    lines = tornado_lines(page, fmt, width, height, moves, spaced=True)
    if len(lines) > height - 1 - (len(shares) + 4 if shares else 0):
        lines = tornado_lines(page, fmt, width, height, moves)
    room = height - len(lines) - 1
    now, then = tree.value(tree.root), tree.value(tree.root, moves)
    if not shares or now is None or then is None or room < len(shares) + 3:
        return lines
    names = [fmt.t("Now"), *(clean(page.infos[lever].name) for lever in shares), fmt.t("Scenario")]

    def write(amount: object, signed: bool) -> str:
        return fmt.change(amount, None, page.kpi) if signed else fmt.kpi(amount, page.kpi)  # type: ignore[arg-type]

    drawn = waterfall(names, [decimal(now), *shares.values(), decimal(then)], width, room, write, good=page.kpi.good, ascii=fmt.ascii)
    return [*lines, (), *drawn] if drawn else lines


def _ends(swing: Swing, page: WhatIfPage, fmt: Formatter) -> tuple[str, str]:
    """The effects of the largest step, the loss left and the gain right."""
    found = [effect for effect in swing.effects[STEPS[-1]] if effect is not None]
    low, high = min(found, default=None), max(found, default=None)
    return fmt.change(number(low), None, page.kpi), fmt.change(number(high), None, page.kpi)


def _bar(swing: Swing, way: int, most: Fraction, room: int, fmt: Formatter) -> list[tuple[str, Role]]:
    """One half: what losses (way −1) or gains the steps bring, nearer steps drawn over farther ones."""
    cells = [" "] * room
    for step in reversed(STEPS):
        effects = [effect for effect in swing.effects[step] if effect is not None and effect * way > 0]
        length = round(max((abs(effect) for effect in effects), default=Fraction(0)) / most * room)
        for place in range(length):
            cells[place] = SHADES[step][fmt.ascii]
    text = "".join(reversed(cells)) if way < 0 else "".join(cells)
    return [(text, "accent")]
