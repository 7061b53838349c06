"""A KPI as a tree of drivers that can be moved: what it is made of, its target, and what is believed of its drivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from kpi_core.analysis.whatif import Lever, LeverKind, Node, Tree, elasticity
from kpi_core.config.settings_file import Assumption
from kpi_core.engine import calendar, expression
from kpi_core.engine.expression import Binary, Constant, Expr, Ref
from kpi_core.engine.result import Question, Status, Value
from kpi_core.errors import said
from kpi_core.explain.tree import Node as Factor
from kpi_core.explain.tree import grown
from kpi_core.objectives.exact import exact
from kpi_core.pages import AssumptionInfo, KpiInfo, WhatIfPage
from kpi_core.view import ViewState
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import frame, header

MOST_LEVERS = 8
LOOK_BACK = 13  # periods: twelve changes
ENOUGH = 4  # changes from which a usual one is told


def page(desk: Desk, state: ViewState) -> WhatIfPage:
    """The tree under the KPI of the state, over its period and filters. One statement; moves are made by whoever shows the page."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    desk.catalogue.kpi(kpi)  # an unknown one is said with the nearest name
    state = replace(state, kpi=kpi, view="whatif")
    at = frame(desk, state)
    believed = [item for item in desk.bundle.settings.assumptions if item.kpi in desk.catalogue.kpis and item.driver in desk.catalogue.kpis]
    names = list(dict.fromkeys([*_closure(desk, kpi), *(item.driver for item in believed if item.kpi in _closure(desk, kpi))]))
    periods = tuple(reversed(calendar.trailing(at.period, LOOK_BACK)))
    answer = desk.engine.ask(Question(tuple(names), periods, None, state.where))
    values = {name: answer.cells[None][name][0] for name in names}
    root = values[kpi]
    head = header(desk, at, {})
    target = desk.target(kpi, state.where, at.period)
    if root.number is None:
        return WhatIfPage(head, desk.info(kpi), root, target, None, {}, reason=root.reason or said("there is no value to start from"))
    plant = _grown(desk, kpi, values)
    if not plant.levers:
        return WhatIfPage(head, desk.info(kpi), root, target, None, {}, reason=said("this KPI has no driver that could be moved"))
    plant, told = _believing(desk, plant, values, believed)
    infos = {node.id: desk.info(node.id) if node.id in desk.catalogue.kpis else _measure(desk, node.id) for node in plant.nodes}
    for item in believed:
        if item.id in plant.by_id:
            infos[item.id] = KpiInfo(item.id, (item.name or desk.catalogue.kpi(item.kpi).name).in_(desk.lang), "%", "none", 2, "", "")
    usual = _usual(plant, kpi, {name: answer.cells[None][name] for name in names})
    return WhatIfPage(head, desk.info(kpi), root, target, plant, infos, tuple(told), usual)


def _closure(desk: Desk, kpi: str) -> tuple[str, ...]:
    """The KPI and every KPI below it."""
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in desk.catalogue.kpis and name not in found:
            found[name] = None
            for driver in desk.catalogue.kpi(name).drivers:
                visit(driver)

    visit(kpi)
    return tuple(found)


def _exact(desk: Desk, kpi: str, value: Value) -> Fraction | None:
    """The KPI from its measures, unrounded."""
    if value.number is None:
        return None
    try:
        number = expression.evaluate(desk.catalogue.expression(kpi), value.measures)
    except expression.DivisorIsZero:
        number = None
    return exact(value.number) if number is None else number


def _grown(desk: Desk, kpi: str, values: Mapping[str, Value]) -> Tree:
    """The product of drivers where it makes up the KPI; else its own formula over measures."""
    numbers = {name: number for name, value in values.items() if (number := _exact(desk, name, value)) is not None}
    spread = {name: [driver for driver in desk.catalogue.kpi(name).drivers if driver in numbers] for name in numbers}
    complete = {name: found for name, found in spread.items() if len(found) == len(desk.catalogue.kpi(name).drivers)}
    product = grown(kpi, {name: (number, number) for name, number in numbers.items()}, complete, MOST_LEVERS)
    if not product.children:
        return _formula(desk, kpi, values[kpi])
    levers: dict[str, Lever] = {}
    nodes: list[Node] = []

    def visit(node: Factor, depth: int) -> Expr:
        place = len(nodes)
        nodes.append(Node(node.kpi, depth, Ref(node.kpi)))
        if not node.children:
            levers[node.kpi] = Lever(node.kpi, node.before)
            return nodes[place].expr
        expr: Expr | None = None
        for child in node.children:
            part = visit(child, depth + 1)
            expr = part if expr is None and child.power > 0 else Binary("*" if child.power > 0 else "/", expr or Constant(Fraction(1), "1"), part)
        assert expr is not None
        nodes[place] = replace(nodes[place], expr=expr)
        return expr

    visit(product, 0)
    return Tree(tuple(nodes), tuple(levers.values()))


def _formula(desk: Desk, kpi: str, value: Value) -> Tree:
    """The KPI over the measures of its formula. What is no measure of this period and scope stays as it is."""
    levers: dict[str, Lever] = {}

    def place(ref: Ref) -> Expr:
        number = exact(value.measures.get(ref.key) or 0)
        if ref.context or ref.scope:
            return Constant(number, str(float(number)))
        levers[ref.name] = Lever(ref.name, number)
        return Ref(ref.name)

    expr = expression.substitute(desk.catalogue.expression(kpi), place)
    expr = _days(expr, exact(value.measures.get("days") or 0))
    if len(levers) == 1 and kpi in levers:
        return Tree((), ())
    below = tuple(Node(name, 1, Ref(name)) for name in levers if name != kpi)
    return Tree((Node(kpi, 0, expr), *below), tuple(lever for name, lever in levers.items() if name != kpi or len(levers) > 1))


def _days(expr: Expr, days: Fraction) -> Expr:
    if isinstance(expr, expression.Days):
        return Constant(days, str(float(days)))
    if isinstance(expr, expression.Negative):
        return expression.Negative(_days(expr.of, days))
    return Binary(expr.op, _days(expr.left, days), _days(expr.right, days)) if isinstance(expr, Binary) else expr


def _measure(desk: Desk, name: str) -> KpiInfo:
    """A measure as a reader sees it: as the KPI that shows it, else under its own name."""
    for kpi in desk.catalogue.kpis:
        expr = desk.catalogue.expression(kpi)
        if isinstance(expr, Ref) and expr.name == name and not expr.context and not desk.catalogue.kpi(kpi).scope:
            return replace(desk.info(kpi), id=name)
    return KpiInfo(name, desk.measure(name), "count", "none", 0, "", "")


def _believing(desk: Desk, tree: Tree, values: Mapping[str, Value], believed: Iterable[Assumption]) -> tuple[Tree, list[AssumptionInfo]]:
    """The tree with the elasticities of settings.yaml: the KPI of one is moved by its driver too."""
    told = []
    for item in believed:
        known = values[item.driver].number if item.driver in values else None
        if known is None or item.kpi not in {node.id for node in tree.nodes} or item.driver in tree.by_id:
            continue
        number, effect = exact(known), Fraction(str(item.effect)) / Fraction(str(item.per))
        levers = [*tree.levers, Lever(item.driver, number, LeverKind.POINTS), Lever(item.id, effect, LeverKind.ASSUMPTION)]
        factor = elasticity(item.driver, item.id, number)
        if item.kpi not in tree.by_id:  # its own formula goes on below it
            if tree.root.id != item.kpi:
                continue
            nodes = [Node(item.kpi, 0, Binary("*", tree.root.expr, factor)), *tree.nodes[1:]]
        else:
            lifted = Binary("*", Ref(item.kpi), factor)
            nodes = [replace(node, expr=_lifted(node.expr, item.kpi, lifted)) for node in tree.nodes]
        depth = next(node.depth for node in tree.nodes if node.id == item.kpi) + 1
        place = next(index for index, node in enumerate(nodes) if node.id == item.kpi) + 1
        while place < len(nodes) and nodes[place].depth >= depth:
            place += 1
        nodes[place:place] = [Node(item.driver, depth, Ref(item.driver)), Node(item.id, depth + 1, Ref(item.id))]
        tree = Tree(tuple(nodes), tuple(levers))
        where = desk.bundle.documents["settings"].where(("assumptions", list(desk.bundle.settings.assumptions).index(item)))
        text = said(
            "assumed, not measured: {per} points of {driver} bring {effect} of {kpi} ({source})",
            per=item.per,
            driver=desk.info(item.driver).name,
            effect=desk.fmt.percent(item.effect, 0, True),
            kpi=desk.info(item.kpi).name,
            source=item.source or where.file or "",
        )
        told.append(AssumptionInfo(item.id, text, where.file or "", where.line))
    return tree, told


def _lifted(expr: Expr, name: str, lifted: Expr) -> Expr:
    return expression.substitute(expr, lambda ref: lifted if ref.key == name else ref)


def _usual(tree: Tree, kpi: str, values: Mapping[str, tuple[Value, ...]]) -> dict[str, Fraction]:
    """The median size of each lever's change from one complete period to the next, in percent (points)."""
    found = {}
    for lever in tree.levers:
        if lever.kind is LeverKind.ASSUMPTION:
            continue
        known = [_number(lever.id, kpi, values, index) for index in range(1, LOOK_BACK)]
        changes = []
        for after, before in pairwise(known):
            if after is not None and before is not None and (before or lever.kind is LeverKind.POINTS):
                changes.append(abs(after - before) if lever.kind is LeverKind.POINTS else abs(after / before - 1) * 100)
        if len(changes) >= ENOUGH:
            found[lever.id] = sorted(changes)[len(changes) // 2]
    return found


def _number(lever: str, kpi: str, values: Mapping[str, tuple[Value, ...]], index: int) -> Fraction | None:
    """A lever's number in an earlier period: a KPI's own, or a measure of the KPI's formula."""
    value = values[lever][index] if lever in values else values[kpi][index]
    if value.status is not Status.VALUE:
        return None
    number = value.number if lever in values else value.measures.get(lever)
    return None if number is None else exact(number)
