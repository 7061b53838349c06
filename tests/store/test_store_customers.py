"""Who is who: the components that SQL finds are those of a plain union-find, whatever the order of files; facts stay as they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from store_rows import export, line, load, order, workspace

from kpi_core.store import MartSettings, Workspace, connection, open_reader, set_status
from kpi_core.store.datasets import DATASETS
from kpi_core.store.star_customers import WEAKEST_FIRST, Customers, customers, resolve

KINDS = ("email", "loyalty", "phone", "platform")
Row = tuple[int, str, int]  # customer_key, kind, id_hash
Link = tuple[int, int]


def kind_of(number: int) -> str:
    return KINDS[number % 4]


def told(*people: Iterable[int]) -> list[Row]:
    """Rows of identifiers that stand together: the first is the key."""
    return [(ids[0], kind_of(number), number) for ids in map(list, people) for number in ids]


def components(links: Iterable[Link], ids: Iterable[int]) -> dict[int, int]:
    """Union-find: each id and the least one of its component."""
    parent = {number: number for number in ids}

    def top(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    for one, other in links:
        low, high = sorted((top(one), top(other)))
        parent[high] = low
    return {number: top(number) for number in parent}


def plain(rows: list[Row], hub: int, largest: int) -> dict[int, int | None]:
    """The rules of the module's docstring in plain Python."""
    ids = {number for *_, number in rows}
    links = {(min(key, number), max(key, number)) for key, _, number in rows if key != number}
    degree = Counter(end for link in links for end in link)
    shared = {number for number, count in degree.items() if count > hub}
    links = {link for link in links if not set(link) & shared}
    for kind in WEAKEST_FIRST:
        found = components(links, ids)
        size = Counter(found.values())
        links = {link for link in links if size[found[link[0]]] <= largest or kind not in (kind_of(link[0]), kind_of(link[1]))}
    found = components(links, ids)
    return {number: None if number in shared else person for number, person in found.items()}


@contextmanager
def resolved(rows: list[Row], **limits: int) -> Iterator[Any]:
    """A connection with the mart's tables of who is who over these rows alone."""
    con = connection.connect()
    try:
        con.execute("create schema work; create schema facts; attach ':memory:' as mart")
        for name, dataset in DATASETS.items():
            if "customer_key" in dataset.columns:
                con.execute(f"create table facts.{name}_file ({', '.join(f'{column} {kind}' for column, kind in dataset.columns.items())})")
                con.execute(f"create view facts.{name} as select * from facts.{name}_file")
        if rows:
            con.executemany("insert into facts.identifiers_file values (?, ?, ?)", sorted(set(rows)))
        resolve(con, MartSettings(**limits))
        yield con
    finally:
        con.close()


def people(rows: list[Row], **limits: int) -> dict[int, int | None]:
    with resolved(rows, **limits) as con:
        return {int(key): person for key, person in con.execute("select customer_key, person_key from mart.persons").fetchall()}


ids = st.integers(1, 60)
groups = st.lists(st.lists(ids, min_size=2, max_size=4, unique_by=kind_of), max_size=40)


@settings(max_examples=30, deadline=None)
@given(groups, st.integers(1, 6), st.integers(2, 12))
def test_persons_are_those_of_a_plain_union_find(found: list[list[int]], hub: int, largest: int) -> None:
    rows = told(*found)
    people_found = people(rows, hub=hub, largest=largest)
    assert people_found == plain(rows, hub, largest)
    assert max(Counter(person for person in people_found.values() if person is not None).values(), default=0) <= largest


def test_long_chains_are_one_component_and_short() -> None:
    chain = [[number, number + 1] for number in range(1, 400)]
    assert set(people(told(*chain), largest=1000).values()) == {1}


def test_a_shared_identifier_joins_nobody_and_is_nobodys() -> None:
    till, cards = 4, list(range(5, 200, 4))  # an e-mail that stands with 49 cards
    rows = told(*([till, card] for card in cards), [8, 9, 10])
    with resolved(rows, hub=8) as con:
        found = dict(con.execute("select customer_key, person_key from mart.persons").fetchall())
        assert found[till] is None
        assert len({found[card] for card in cards}) == len(cards), "strangers at one till stay strangers"
        assert found[8] == found[9] == found[10]
        assert con.execute("select kind, keys from mart.hubs").fetchall() == [("email", 49)]


def test_too_large_a_component_is_cut_at_its_weakest_links_and_told() -> None:
    phone = 6
    households = [[start, start + 1] for start in range(100, 180, 8)]  # ten people with an e-mail and a card
    rows = told(*households, *([email, phone] for email, _ in households))
    with resolved(rows, hub=100, largest=15) as con:
        found = dict(con.execute("select customer_key, person_key from mart.persons").fetchall())
        assert [found[email] for email, _ in households] == [found[card] for _, card in households] == [email for email, _ in households]
        assert found[phone] == phone, "the phone that joined them is a person of its own"
        assert con.execute("select identifiers, one, other, links, undone from mart.refused").fetchall() == [
            (21, "email", "loyalty", 10, "phone"),
            (21, "email", "phone", 10, "phone"),
        ]


def web(number: int, customer: int, day: str = "2026-10-01") -> dict[str, list[dict[str, Any]]]:
    return {"orders": [order(f"w{number}", day, customer_key=customer)], "order_lines": [line(f"w{number}", day, 10)]}


def till(number: int, customer: int, day: str = "2026-10-05") -> dict[str, list[dict[str, Any]]]:
    rows = web(number, customer, day)
    rows["orders"][0] |= {"order_id": f"t{number}", "channel": "store", "store": "S"}
    rows["order_lines"][0] |= {"order_id": f"t{number}"}
    return rows


def together(*rows: dict[str, list[dict[str, Any]]], links: Iterable[Row] = ()) -> dict[str, list[dict[str, Any]]]:
    """The rows of several as one export."""
    every: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for part in rows:
        for dataset, records in part.items():
            every[dataset] += records
    if links:
        every["identifiers"] = [{"customer_key": key, "kind": kind, "id_hash": number} for key, kind, number in links]
    return dict(every)


def seen(space: Workspace) -> tuple[list[tuple[Any, ...]], Customers]:
    with open_reader(space) as reader:
        rows = reader.execute("select order_id, customer_key, customer_type, customer_channels from orders order by order_id")
        return rows, customers(reader)


def test_a_link_makes_one_customer_of_two_and_undo_makes_two_again(tmp_path: Path) -> None:
    """8 an e-mail, 9 a card, 10 a phone: the web shop knows the e-mail, the till the card, the newsletter both."""
    shop = export(tmp_path / "in", "shop.json", together(web(1, 8), web(2, 12)), as_of="2026-10-01")
    tickets = export(tmp_path / "in", "tickets.json", together(till(1, 9), till(2, 10)), as_of="2026-10-05")
    club = export(tmp_path / "in", "club.json", together(links=told([8, 9], [9, 10])), as_of="2026-10-02")
    orders_of = ((shop, tickets, club), (club, tickets, shop))
    found = []
    for place, files in enumerate(orders_of):
        space = workspace(tmp_path / str(place))
        for path in files:
            load(space, path)
        found.append(seen(space))
    assert found[0] == found[1], "the order of loading does not matter"
    rows, who = found[0]
    assert rows == [("t1", 8, "returning", 2), ("t2", 8, "returning", 2), ("w1", 8, "new", 2), ("w2", 12, "new", 1)]
    assert (who.persons, who.several) == (2, 1)
    assert [(item.channel, item.orders, item.known, item.across) for item in who.resolved] == [(None, 4, 4, 3), ("store", 2, 2, 2), ("web", 2, 2, 1)]
    assert dict(who.kinds) == {"email": 1, "loyalty": 1, "phone": 1}
    assert who.largest == ((("email", 1), ("loyalty", 1), ("phone", 1)),)

    (load_id,) = [batch.load_id for batch in space.manifest().active if batch.name == "club.json"]
    set_status(space, [load_id], "undone")
    apart, who = seen(space)
    assert apart == [("t1", 9, "new", 1), ("t2", 10, "new", 1), ("w1", 8, "new", 1), ("w2", 12, "new", 1)], "the keys of the rows were never rewritten"
    assert who.several == 0 and not who.kinds


def test_orders_known_by_a_shared_identifier_only_are_guests(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    links = told(*([4, card] for card in range(5, 60, 4)))
    load(space, export(tmp_path / "in", "till.json", together(till(1, 4), till(2, 4), till(3, 9), links=links)))
    rows, who = seen(space)
    assert rows == [("t1", None, "guest", None), ("t2", None, "guest", None), ("t3", 9, "new", 1)]
    assert who.hubs == (("email", 14),) and (who.total.orders, who.total.known) == (3, 1)
