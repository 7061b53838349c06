"""Identifiers: written as everybody would write them, kept as keyed hashes only, and which of them belong to one person."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import duckdb
import pytest
from source_files import KEY, PROFILES, TICKETS, Loaded, order, shopify, tickets, write

from kpi_core.errors import ConfigError
from kpi_core.sources import Profiles, convert, recognise
from kpi_core.sources.cells import phones
from kpi_core.sources.cells.identity import normalised
from kpi_core.sources.profiles.language import Identify

# country of the row, as typed, E.164 as a person would write it by hand (None: not a number that identifies anybody)
NUMBERS: list[tuple[str | None, str, str | None]] = [
    ("FR", "06 12 34 56 78", "+33612345678"),
    ("FR", "+33 (0)6 12 34 56 78", "+33612345678"),
    ("FR", "0033 6.12.34.56.78", "+33612345678"),
    ("FR", "612345678", "+33612345678"),  # a workbook ate the 0
    ("FR", "33612345678", "+33612345678"),
    ("fr", "'+33 6-12-34-56-78", "+33612345678"),
    ("FR", "01 42 68 53 00 poste 12", "+33142685300"),
    ("FR", "061234567", None),
    ("FR", "0612345678 / 0712345678", None),
    ("FR", "00 00 00 00 00", None),
    ("FR", "12345", None),
    ("FR", "n/a", None),
    ("DE", "0033612345678", "+33612345678"),
    ("US", "011 33 6 12 34 56 78", "+33612345678"),
    ("AE", "050 123 4567", "+971501234567"),
    ("AR", "011 4321-8765", "+541143218765"),
    ("AT", "0664 1234567", "+436641234567"),
    ("AU", "0412 345 678", "+61412345678"),
    ("AU", "0011 44 7911 123456", "+447911123456"),
    ("BE", "0470 12 34 56", "+32470123456"),
    ("BE", "02 555 12 12", "+3225551212"),
    ("BG", "088 812 3456", "+359888123456"),
    ("BR", "(011) 91234-5678", "+5511912345678"),
    ("CA", "1-514-555-0134 x7", "+15145550134"),
    ("CH", "078 123 45 67", "+41781234567"),
    ("CI", "07 08 12 34 56", "+2250708123456"),  # the 0 belongs to the number
    ("CL", "9 6123 4567", "+56961234567"),
    ("CN", "0131 2345 6789", "+8613123456789"),
    ("CO", "321 1234567", "+573211234567"),
    ("CZ", "601 123 456", "+420601123456"),
    ("DE", "0151 23456789", "+4915123456789"),
    ("DE", "+49 (0) 30 123456", "+4930123456"),
    ("DE", "49301234567", None),  # with its calling code, or a number of Arnsberg without its 0: nobody knows
    ("DK", "32 12 34 56", "+4532123456"),
    ("DZ", "0551 23 45 67", "+213551234567"),
    ("EE", "5123 4567", "+37251234567"),
    ("ES", "612 34 56 78", "+34612345678"),
    ("FI", "041 2345678", "+358412345678"),
    ("GB", "07400 123456", "+447400123456"),
    ("UK", "020 7946 0958", "+442079460958"),
    ("GR", "691 234 5678", "+306912345678"),
    ("HK", "5123 4567", "+85251234567"),
    ("HR", "092 123 4567", "+385921234567"),
    ("HU", "06 20 123 4567", "+36201234567"),
    ("IE", "085 012 3456", "+353850123456"),
    ("IL", "050-234-5678", "+972502345678"),
    ("IN", "081234 56789", "+918123456789"),
    ("IT", "312 345 6789", "+393123456789"),
    ("IT", "06 1234 5678", "+390612345678"),  # the 0 stays
    ("JP", "090-1234-5678", "+819012345678"),
    ("KR", "010-2345-6789", "+821023456789"),
    ("LT", "0612 34567", "+37061234567"),
    ("LU", "628 123 456", "+352628123456"),
    ("LV", "21 234 567", "+37121234567"),
    ("MA", "0650-123456", "+212650123456"),
    ("MC", "06 12 34 56 78", None),
    ("MQ", "0696 20 12 34", "+596696201234"),
    ("MX", "222 123 4567", "+522221234567"),
    ("NL", "06 12345678", "+31612345678"),
    ("NO", "406 12 345", "+4740612345"),
    ("NZ", "021 123 4567", "+64211234567"),
    ("PL", "512 345 678", "+48512345678"),
    ("PT", "912 345 678", "+351912345678"),
    ("RE", "0692 12 34 56", "+262692123456"),
    ("RO", "0712 034 567", "+40712034567"),
    ("RS", "060 1234567", "+381601234567"),
    ("RU", "8 (912) 345-67-89", "+79123456789"),
    ("SA", "051 234 5678", "+966512345678"),
    ("SE", "070-123 45 67", "+46701234567"),
    ("SG", "8123 4567", "+6581234567"),
    ("SI", "031 234 567", "+38631234567"),
    ("SK", "0912 123 456", "+421912123456"),
    ("SN", "70 123 45 67", "+221701234567"),
    ("TH", "081 234 5678", "+66812345678"),
    ("TN", "20 123 456", "+21620123456"),
    ("TR", "0501 234 56 78", "+905012345678"),
    ("TW", "0912 345 678", "+886912345678"),
    ("UA", "050 123 4567", "+380501234567"),
    ("US", "(201) 555-0123", "+12015550123"),
    ("ZA", "071 123 4567", "+27711234567"),
    ("XX", "0612345678", None),  # a country whose numbers are not known
    ("XX", "+998 90 123 45 67", "+998901234567"),
    (None, "+44 07400 123456", "+447400123456"),  # the 0 that is dialled inside the country only
    (None, "06 12 34 56 78", "+33612345678"),  # the workspace is in France
]


def test_phones_are_written_in_e164_by_the_rules_of_their_country() -> None:
    con = duckdb.connect()
    con.execute("create table typed (place integer, raw varchar, country varchar)")
    con.executemany("insert into typed values (?, ?, ?)", [[place, raw, country] for place, (country, raw, _) in enumerate(NUMBERS)])
    found = con.execute(f"select country, raw, phone from ({phones.e164('typed', 'raw', 'country', 'FR', 'phone')}) order by place").fetchall()
    assert found == NUMBERS
    assert {country for country, _, number in NUMBERS if number and country} <= {*phones.PLANS, "XX", "fr"}


def test_without_a_country_only_what_says_its_own_is_a_number() -> None:
    typed = "(values ('06 12 34 56 78'), ('+33 6 12 34 56 78'), ('0033612345678')) as typed(raw)"
    found = duckdb.connect().execute(f"select phone from ({phones.e164(typed, 'raw', None, None, 'phone')})").fetchall()
    assert found == [(None,), ("+33612345678",), ("+33612345678",)]


def test_the_country_of_a_workspace_is_that_of_its_time_zone_where_that_is_no_guess() -> None:
    zones = ("Europe/Paris", "Europe/London", "America/New_York", "UTC", None)
    assert [phones.country_of_zone(zone) for zone in zones] == ["FR", "GB", "US", None, None]
    assert set(phones.ZONES.values()) <= set(phones.PLANS)


@pytest.mark.parametrize(
    ("kind", "typed", "plain"),
    [
        ("email", " Ana.Roux+shop@Exemple.FR ", "ana.roux+shop@exemple.fr"),
        ("email", "scrubbed", None),
        ("email", "scrubbed@exemple.fr", None),
        ("email", "x7kq2@marketplace.amazon.fr", None),
        ("email", "buyer-1@notification.mirakl.net", None),
        ("email", "noreply@exemple.fr", None),
        ("email", "no-reply@exemple.fr", None),
        ("email", "unknown@exemple.fr", None),
        ("email", "xxx", None),
        ("email", "xxxxx@xxx.com", None),
        ("email", "a***@exemple.fr", None),
        ("email", "@exemple.fr", None),
        ("email", "ana at exemple", None),
        ("email", "maxxx@exemple.fr", "maxxx@exemple.fr"),
        ("email", "unknownartist@exemple.fr", "unknownartist@exemple.fr"),
        ("loyalty", " c 77\u00a0", "C77"),
        ("loyalty", "0000", None),
        ("loyalty", "XXX", None),
        ("loyalty", "  ", None),
        ("platform", " etsy:Ab12 ", "etsy:Ab12"),
        ("platform", "", None),
    ],
)
def test_identifiers_are_written_as_everybody_would(kind: str, typed: str, plain: str | None) -> None:
    con = duckdb.connect()
    con.execute("create table typed as select ?::varchar as raw", [typed])
    (row,) = con.execute(f"select omnigap_{kind} from ({normalised('typed', Identify(**{kind: 'raw'}), 'FR')})").fetchall()
    assert row == (plain,)


def key(text: str) -> int:
    return int.from_bytes(hmac.new(KEY, text.encode(), hashlib.sha256).digest()[:8], "big")


def test_identifiers_of_a_row_belong_together_and_none_stands_in_clear(tmp_path: Path) -> None:
    first = order("#1", Email="Ana@Exemple.fr", Phone="06 12 34 56 78", Shipping_Country="FR", Refunded_Amount="5.00")
    other = order("#2", Email="scrubbed", Phone="+33 7 98 76 54 32", Shipping_Country="DE")  # a phone alone links nothing
    plain = order("#3", Email="ben@exemple.fr", Phone="1234")
    path = write(tmp_path, "orders_export.csv", shopify([first, other, plain, order("#4", Email="ANA@exemple.fr", Phone="0033612345678")]))
    shop = Loaded(path)
    ana, phone = key("email:ana@exemple.fr"), key("phone:+33612345678")
    customers = [ana, key("phone:+33798765432"), key("email:ben@exemple.fr"), ana]
    assert [row[0] for row in shop.rows("orders", "customer_key", "ORDER BY order_ref")] == customers
    assert shop.rows("returns", "customer_key") == [(ana,)]
    assert sorted(shop.rows("identifiers", "customer_key, kind, id_hash, file_line")) == sorted([(ana, "email", ana, 2), (ana, "phone", phone, 2)])

    rows = [row.replace("Ana@Exemple.fr;;;", "Ana@Exemple.fr;c 77;;") for row in TICKETS]
    till = Loaded(tickets(tmp_path, rows))
    assert sorted(till.rows("identifiers", "customer_key, kind, id_hash")) == sorted([(ana, "email", ana), (ana, "loyalty", key("loyalty:C77"))])
    for loaded in (shop, till):
        for name in loaded.converted.tables:
            text = repr(loaded.rows(name)).casefold()
            assert not [word for word in ("ana", "exemple", "612345678", "798765432", "0612", "77'") if word in text], name


def test_where_nothing_stands_together_there_is_no_link(tmp_path: Path) -> None:
    assert Loaded(tickets(tmp_path)).rows("identifiers") == []


def test_phones_without_country_are_read_as_of_the_workspace(tmp_path: Path) -> None:
    path = write(tmp_path, "orders_export.csv", shopify([order("#1", Email="", Phone="06 12 34 56 78"), order("#2", Email="", Phone="06 12 34 56 78")]))
    recognised = recognise(path, PROFILES)
    for country, wanted in (("FR", key("phone:+33612345678")), (None, None)):
        con = duckdb.connect()
        done = convert(con, recognised, key=KEY, country=country)
        assert con.execute(f"select distinct customer_key from {done.tables['orders']}").fetchall() == [(wanted,)]


def test_identifiers_alone_make_a_list_of_customers_and_need_two_kinds(tmp_path: Path) -> None:
    text = """
profile: 1
id: own.club
title: {en: Club}
evidence: template
columns:
  card: {from: [Carte du club], as: id, required: true}
  email: {from: [Adresse e-mail], as: email}
emit:
  identifiers: {identify: {loyalty: card%s}, columns: {}}
"""
    (tmp_path / "own.club.yaml").write_text(text % ", email: email")
    members = write(tmp_path, "club.csv", "Carte du club,Adresse e-mail\nc 77,Ana@Exemple.fr\nC78,\n")
    club = Loaded(members, Profiles.load(tmp_path))
    ana = key("email:ana@exemple.fr")
    assert sorted(club.rows("identifiers", "customer_key, kind, id_hash")) == sorted([(ana, "email", ana), (ana, "loyalty", key("loyalty:C77"))])
    (tmp_path / "own.club.yaml").write_text(text % "")
    with pytest.raises(ConfigError, match="two kinds or more"):
        Profiles.load(tmp_path)
