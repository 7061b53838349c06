"""`omnigap customers`: kinds and counts of who is who, in both languages and as JSON; the Data view and the cards of KPIs say the same."""

from __future__ import annotations

import json

from kpi_core.pages.customers import CustomersPage, KnownOrders, RefusedPerson
from kpi_core.render.customers import customers_json, customers_lines
from kpi_core.render.format import Formatter
from kpi_core.render.text import cell_width
from tests.shop import loaded_sample, output

PAGE = CustomersPage(
    persons=9,
    several=4,
    orders=(KnownOrders(None, "", 10, 9, 6), KnownOrders("web", "Web shop", 4, 4, 3), KnownOrders("", "unknown", 0, 0, 0)),
    kinds=(("email", 5), ("phone", 4)),
    hubs=(("email", 49), ("phone", 12)),
    refused=(RefusedPerson(61, (("email", "loyalty", 40), ("email", "phone", 20)), ("phone",)),),
    largest=((("email", 2), ("phone", 1)),),
    hub=8,
    largest_allowed=50,
)


def plain(fmt: Formatter, width: int) -> list[str]:
    return ["".join(text for text, _ in line) for line in customers_lines(PAGE, fmt, width)]


def test_shared_and_refused_ones_are_listed_by_kind_and_count() -> None:
    text = "\n".join(plain(Formatter("en", False, "braille"), 100))
    assert "e-mail with 49 · phone with 12" in text
    assert "61 identifiers (e-mail and loyalty card: 40, e-mail and phone: 20); not linked through: phone" in text
    assert "Total 10 90.0 % 60.0 %" in " ".join(text.split())
    data = json.loads(customers_json(PAGE, Formatter("en", False, "braille")))
    assert data["shared"] == {"limit": 8, "dropped": [{"kind": "email", "with": 49}, {"kind": "phone", "with": 12}]}
    assert data["orders"][2]["known_share"] is None, "no orders, no share"


def test_it_fits_a_narrow_terminal_in_french_and_ascii() -> None:
    for fmt in (Formatter("fr", False, "braille"), Formatter("en", True, "ascii")):
        lines = plain(fmt, 60)
        assert max(map(cell_width, lines)) <= 60
        assert not fmt.ascii or all(line.isascii() for line in lines)


def test_the_sample_tells_who_is_known() -> None:
    shop = loaded_sample()
    status, text = output("customers", "--workspace", shop, "--format", "json")
    found = json.loads(text)
    total, *channels = found["orders"]
    assert status == 0 and found["customers"] == 18504  # as sample_data/README.md says, from the generator's own model
    assert sum(item["orders"] for item in channels) == total["orders"] == 60516
    assert sum(item["known"] for item in channels) == total["known"]
    assert found["identifiers"]["email"] == found["identifiers"]["loyalty"] == found["several"] > 10_000, "everybody there has one address and one card"
    assert found["shared"]["dropped"] == found["refused"]["components"] == []
    status, told = output("customers", "--workspace", shop, "--lang", "fr")
    assert status == 0 and "Commandes rattachées à une personne" in told and "@" not in told
    status, data = output("report", "omnigap://data", "--workspace", shop, "--lang", "en")
    assert status == 0 and "Customers across channels" in data and f"{100 * total['known_share']:.1f} % of orders" in data.replace("\u00a0", " ")
