"""Who is who across channels, as values: what identifiers joined, what was not believed, and how much of the orders has a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownOrders:
    """Orders of a channel (None: of all), those with a known person, and those whose person also bought in another channel."""

    channel: str | None
    name: str
    orders: int
    known: int
    across: int


@dataclass(frozen=True)
class RefusedPerson:
    """Identifiers too many for one person: how many links of which two kinds joined them, and which kinds were not followed."""

    identifiers: int
    links: tuple[tuple[str, str, int], ...]
    undone: tuple[str, ...]


@dataclass(frozen=True)
class CustomersPage:
    """`orders`: the total first. `kinds`: identifiers that stand with others, by kind. `hubs`: (kind, with how many others), shared by strangers.

    `persons`: customers with an order; `several`: people known by two identifiers or more; `largest`: of those with most, how many of each
    kind. `hub` and `largest_allowed` are the limits of settings.yaml.
    """

    persons: int
    several: int
    orders: tuple[KnownOrders, ...]
    kinds: tuple[tuple[str, int], ...]
    hubs: tuple[tuple[str, int], ...]
    refused: tuple[RefusedPerson, ...]
    largest: tuple[tuple[tuple[str, int], ...], ...]
    hub: int
    largest_allowed: int

    @property
    def total(self) -> KnownOrders:
        return self.orders[0]
