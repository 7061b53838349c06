"""Who is who across channels: what `omnigap customers` prints, the line of the Data view, and what the card of a KPI says of it."""

from __future__ import annotations

from kpi_core.errors import Message, said
from kpi_core.explain.quantity import Quantity
from kpi_core.objectives.exact import decimal
from kpi_core.pages.customers import CustomersPage, KnownOrders, RefusedPerson
from kpi_core.store.star_customers import customers
from kpi_core.workbench.desk import Desk


def page(desk: Desk) -> CustomersPage:
    """Everything that was loaded, over all days."""
    found, settings = customers(desk.reader), desk.bundle.settings.customers
    return CustomersPage(
        persons=found.persons,
        several=found.several,
        orders=tuple(
            KnownOrders(item.channel, "" if item.channel is None else desk.label("channel", item.channel), item.orders, item.known, item.across)
            for item in found.resolved
        ),
        kinds=found.kinds,
        hubs=found.hubs,
        refused=tuple(RefusedPerson(item.identifiers, item.links, item.undone) for item in found.refused),
        largest=found.largest,
        hub=settings.hub,
        largest_allowed=settings.largest,
    )


def bound(desk: Desk, kpi: str) -> Message | None:
    """For KPIs that kpis.yaml calls a `lower_bound`: how much of the orders has a person, and how many people several identifiers joined."""
    if desk.scope or not desk.catalogue.kpi(kpi).lower_bound:  # who is who is told of all customers, not of those of a store
        return None
    found = customers(desk.reader)
    if not found.total.orders:
        return None
    share = Quantity(decimal(found.total.share), "%", "value", 1)
    return said(
        "a lower bound: {share} of all orders have a known person, {count} people are known by several identifiers; who is not linked counts as another one",
        share=share,
        count=found.several,
    )
