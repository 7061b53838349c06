"""Parts of a gap of sales or margin by price, volume and mix of articles, with what is new and what is gone."""

from __future__ import annotations

from fractions import Fraction

from kpi_core.engine.result import Answer, Question
from kpi_core.errors import said
from kpi_core.explain import Explanation, margin_volume_mix, price_volume_mix
from kpi_core.objectives.exact import exact
from kpi_core.pages import Section, SectionKind
from kpi_core.workbench.explore import fixed
from kpi_core.workbench.frame import question
from kpi_core.workbench.held import Held

ARTICLE = "product"


def price_section(held: Held) -> Section | None:
    """Sales or margin article by article. None for a KPI that is neither, or where there are no articles to tell apart."""
    desk = held.desk
    found = _quantity(held)
    if found is None or ARTICLE in fixed(held.at.state):
        return None
    price, quantity, revenue, cost = found
    title = desk.fmt.t("Price, volume, mix")
    if held.base is None:
        return held.none(SectionKind.PRICE_VOLUME_MIX, title, said("prices are held against another period: choose a comparison"))
    answer = held.ask(articles_question(held))
    effects = _effects(held, answer, price, quantity, revenue, cost)
    if effects.gap != held.end - held.base:
        return held.none(SectionKind.PRICE_VOLUME_MIX, title, said("the articles do not add up to the whole"))
    t = desk.fmt.t
    labels = {
        "volume": t("Volume"),
        "mix": t("Mix of articles"),
        "price": t("Price"),
        "cost": t("Purchase cost"),
        "new": t("New articles"),
        "discontinued": t("Discontinued articles"),
        "partly_costed": t("Cost known in part"),
    }
    drill = held.beside(held.info.id, ARTICLE)
    rows = [held.part("effect", part.key, labels[part.key], part.amount, drill=drill) for part in effects.parts if part.amount or part.key != "partly_costed"]
    note = said("by convention volume at the old mean price, price at the new quantities: not symmetric in time")
    return held.section(SectionKind.PRICE_VOLUME_MIX, title, [*held.bridge(), *rows], by=ARTICLE, note=note)


def articles_question(held: Held) -> Question:
    """The KPI by article, with the price per item where there is one."""
    found = _quantity(held)
    return question([held.info.id, found[0]] if found else [held.info.id], held.at, by=ARTICLE)


def _quantity(held: Held) -> tuple[str, str, str, str] | None:
    """(price KPI, quantity, revenue, cost measure): the KPI is revenue, or revenue less cost, and another KPI is a revenue per item sold.

    The cost is '' for sales.
    """
    desk, shape = held.desk, held.shape
    if shape is None or not shape.additive or held.info.unit != desk.bundle.settings.currency:
        return None
    if ARTICLE not in desk.catalogue.dimensions or desk.catalogue.refused(held.info.id, ARTICLE) is not None:
        return None
    plus = [term for term, factor in shape.top.items() if factor == 1 and len(term) == 1]
    minus = [term for term, factor in shape.top.items() if factor == -1 and len(term) == 1]
    if len(plus) != 1 or len(minus) > 1 or len(plus) + len(minus) != len(shape.top):
        return None
    if minus and not _unit_cost(held, minus[0][0]):
        return None
    for name in desk.catalogue.kpis:
        other = desk.shape(name)
        if other is None or other.additive or len(other.top) != 1 or len(other.bottom) != 1:
            continue
        ((top, factor),), ((bottom, scale),) = other.top.items(), other.bottom.items()
        if factor != scale or len(top) != 1 or len(bottom) != 1 or (not minus and top != plus[0]):
            continue
        same = desk.catalogue.facts(name) == desk.catalogue.facts(held.info.id)
        if same and desk.catalogue.refused(name, ARTICLE) is None and not desk.catalogue.overlaps(name, ARTICLE):
            return name, bottom[0], plus[0][0], minus[0][0] if minus else ""
    return None


def _unit_cost(held: Held, measure: str) -> bool:
    """Whether what is taken off is known line by line of the sale, and not a refund or a fee of its own."""
    measures = held.desk.catalogue.measures
    facts = held.desk.catalogue.facts(held.info.id)
    return measure in measures and len(facts) == 1


def _effects(held: Held, answer: Answer, price: str, quantity: str, revenue: str, cost: str) -> Explanation:
    zero = Fraction(0)
    sides: list[dict[str, tuple[Fraction, Fraction, Fraction]]] = []
    odd: set[str] = set()
    for period in (1, 0):
        side: dict[str, tuple[Fraction, Fraction, Fraction]] = {}
        for member, row in answer.cells.items():
            if member is None:
                continue
            own, other = row[held.info.id][period].measures, row[price][period].measures
            q, r, c = (exact(amount) if amount is not None else zero for amount in (other.get(quantity), own.get(revenue), own.get(cost) if cost else None))
            if q or r or c:
                side[member] = (q, r, c)
            everything = other.get(next((name for name in other if name != quantity), ""))
            if cost and everything is not None and exact(everything) != r:
                odd.add(member)
        sides.append(side)
    before, after = sides
    if cost:
        return margin_volume_mix(before, after, odd)
    return price_volume_mix({key: (q, r) for key, (q, r, _) in before.items()}, {key: (q, r) for key, (q, r, _) in after.items()})
