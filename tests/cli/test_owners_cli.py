"""From files to screens: sales that two exports tell count once and the account says so; a late channel stands in every header; claims are compared."""

from __future__ import annotations

import json
from pathlib import Path

from tests.shop import output

ITEMS = "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Event Type,Location,Customer ID"
PAYMENTS = "Date,Time,Time Zone,Gross Sales,Discounts,Net Sales,Tax,Tip,Total Collected,Fees,Net Total,Transaction ID,Event Type,Location,Deposit Date"
SHOP = "Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Id"
FILES = {
    "items.csv": [
        ITEMS,
        *(f"2026-05-0{day},10:00:00,Paris,Food,Tea,1,Regular,T1,€10.00,€0.00,€10.00,€0.00,T{day},Payment,Pop-up,C{day}" for day in (1, 3)),
    ],
    "payments.csv": [
        PAYMENTS,
        *(
            f"2026-05-0{day},10:00:00,Paris,€10.00,€0.00,€10.00,€0.00,€1.00,€11.00,€-0.50,€10.50,P{day},Payment,Pop-up,2026-05-0{day + 1}"
            for day in (1, 2, 3, 4)
        ),
    ],
    "shop.csv": [SHOP, *(f"#{n},a@b.fr,paid,EUR,20.00,0.00,0.00,20.00,0.00,2026-05-{n:02} 10:00:00 +0200,1,Tea,20.00,9{n}" for n in (1, 9))],
}


def test_one_source_counts_a_late_channel_is_told_and_claims_are_compared(tmp_path: Path) -> None:
    for folder in ("exports", "config"):
        (tmp_path / folder).mkdir()
    for name, lines in FILES.items():
        (tmp_path / "exports" / name).write_text("\n".join(lines) + "\n")
    settings = tmp_path / "config" / "settings.yaml"
    settings.write_text("version: 1\nexpect:\n  orders/popup: {fresh_within: 2}\n  square.items: {fresh_within: 9}\n")
    there = ("--workspace", tmp_path, "--lang", "en")
    status, told = output("load", *there, "--confirm")
    assert status == 0, told

    status, text = output("account", "payments.csv", *there)
    assert status == 0 and "3 rows (orders) do not count: the same as Square" in text
    status, text = output("report", "omnigap://data?period=2026-05", *there)
    squeezed = " ".join(text.split())
    assert "3 rows (orders) of Square - transactions: the same as Square" in squeezed
    assert "Late: older than expected" in squeezed and "! Pop-up late: last day 4 May" in squeezed

    for view, lang, line in (("overview", "fr", "! Éphémère en retard : dernier jour 04/05"), ("gaps", "en", "! Pop-up late: last day 4 May")):
        _, text = output("report", f"omnigap://{view}?period=2026-05", *there[:2], "--lang", lang)
        assert line in "\n".join(text.splitlines()[:4]).replace("\u202f", " ").replace("\u00a0", " "), text[:400]
    _, text = output("report", "--period", "2026-05", "--format", "json", *there)
    assert json.loads(text)["data"]["overdue"] == [{"name": "Pop-up", "last_day": "2026-05-04", "days": 2, "as_of": "2026-05-09"}]
    status, text = output("check", "--period", "2026-05", *there)
    assert status == 0 and text == "! Pop-up late: last day 4 May\n", "late is told and is no missed target"

    status, text = output("claims", "--period", "2026-05", "--format", "json", *there)
    found = {item["measure"]: item for item in json.loads(text)["claims"]}
    assert status == 0 and (found["fees"]["claimed"], found["fees"]["owned"]) == (2, None)
    assert (found["payout"]["days"], found["tips"]["claimed"]) == (4, 4)
    for form, part in (("text", "no source owns this measure"), ("csv", "Square,claims,fees,popup,4,EUR,2")):
        assert part in output("claims", "--period", "2026-05", "--format", form, *there)[1].replace(".00", "")

    settings.write_text("version: 1\nowners: {square sales: square.transactions}\n")
    assert output("load", *there, "--confirm")[0] == 0
    _, text = output("account", "items.csv", *there)
    assert "2 rows (orders) do not count: the same as Square - transactions" in text and "2 rows (order lines) do not count" in text
    settings.write_text("version: 1\nowners: {square sale: square.items}\n")
    assert output("load", *there)[0] == 2 == output("config", "validate", *there)[0]
