"""Made-up twins of vendors' layouts, and where the real files lie when the machine has them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kpi_core.sources import Converted, Profiles, Recognised, convert, recognise

ROOT = Path(__file__).resolve().parents[2]
PROFILES = Profiles.load(ROOT / "config" / "profiles")
KEY = b"a key for tests, 32 bytes long.."
REAL = ROOT.parent / "shared" / "data"

needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real exports are not beside the repository")

TICKET_HEADER = (
    "MAGASIN;CAISSE;TICKET;LIGNE;DATE;HEURE;ARTICLE;DESIGNATION;CATEGORIE;QTE;PRIX_TTC;REMISE;MT_TTC;TVA;EMAIL_CLIENT;CARTE;MODE;PAYS;TICKET_ORIGINE"
)
TICKETS = [
    "LYO;1;100;1;03/04/2026;10:05;A1;Chemise;Mode;2;10,00;1,50;18,50;3,08;Ana@Exemple.fr;;;FR;",
    "LYO;1;100;2;03/04/2026;10:05;A2;Veste d'été;Mode;1;1.100,00;;1.100,00;183,33;Ana@Exemple.fr;;Retrait;FR;",
    "LYO;2;101;1;14/04/2026;11:00;A2;Veste d'été;Mode;-1;1.100,00;;-1.100,00;-183,33;;;;FR;100",
    "LYO;2;102;1;14/04/2026;11:30;A1;Chemise;Mode;1;10,00;;10,00;1,67;;C 77;;FR;",
    "LYO;2;102;2;14/04/2026;11:30;A1;Chemise;Mode;1;10,00;;10,00;1,67;;C 77;;FR;",
]

SHOPIFY_HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Shipping Method,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Lineitem sku,Lineitem taxable,Shipping Country,Note Attributes,Cancelled at,Refunded Amount,Outstanding Balance,Employee,"
    "Location,Id,Tags,Source,Lineitem discount,Phone"
)

SQUARE_HEADER = "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Event Type,Location,Customer ID"
GOOGLE_HEADER = "Campaign status,Campaign,Currency code,Clicks,Impr.,CTR,Cost,Conversions"


def shopify(rows: Sequence[dict[str, str]]) -> str:
    """Rows of an orders export; cells not named are blank."""
    names = SHOPIFY_HEADER.split(",")
    lines = [SHOPIFY_HEADER]
    for row in rows:
        assert set(row) <= set(names), set(row) - set(names)
        cells = [row.get(name, "") for name in names]
        lines.append(",".join('"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\n') else cell for cell in cells))
    return "\n".join(lines) + "\n"


def order(name: str, **cells: str) -> dict[str, str]:
    """The first row of a plain order of one line."""
    base = {
        "Name": name,
        "Id": name.removeprefix("#") + "00",
        "Email": "ana@exemple.fr",
        "Financial Status": "paid",
        "Currency": "EUR",
        "Created at": "2026-04-03 23:30:00 +0200",
    }
    base |= {
        "Lineitem quantity": "1",
        "Lineitem name": "Bougie",
        "Lineitem price": "20.00",
        "Lineitem sku": "B1",
        "Subtotal": "20.00",
        "Total": "20.00",
        "Taxes": "0.00",
        "Shipping": "0.00",
    }
    return base | {key.replace("_", " "): value for key, value in cells.items()}


def more(name: str, quantity: str, item: str, price: str, **cells: str) -> dict[str, str]:
    """A further line of an order: order fields are blank, as Shopify writes them."""
    base = {"Name": name, "Created at": "2026-04-03 23:30:00 +0200", "Lineitem quantity": quantity, "Lineitem name": item, "Lineitem price": price}
    return base | {key.replace("_", " "): value for key, value in cells.items()}


def write(folder: Path, name: str, text: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    data = text if isinstance(text, bytes) else text.encode(encoding)
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return path


def tickets(folder: Path, rows: Sequence[str] = TICKETS, header: str = TICKET_HEADER, name: str = "tickets.csv", encoding: str = "utf-8") -> Path:
    return write(folder, name, "\n".join([header, *rows]) + "\n", encoding)


class Loaded:
    """A converted file with its connection."""

    def __init__(self, path: Path, profiles: Profiles = PROFILES) -> None:
        self.con = duckdb.connect()
        self.con.execute("SET threads = 2")
        self.recognised: Recognised = recognise(path, profiles)
        self.converted: Converted = convert(self.con, self.recognised, key=KEY)
        self.account = self.converted.account
        assert self.account.balanced, self.account

    def rows(self, dataset: str, columns: str = "*", rest: str = "") -> list[tuple[Any, ...]]:
        return self.con.execute(f"SELECT {columns} FROM {self.converted.tables[dataset]} {rest}").fetchall()

    def one(self, dataset: str, columns: str) -> tuple[Any, ...]:
        return self.rows(dataset, columns)[0]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every canonical row without its line, in a stable order."""
        return {name: sorted(self.rows(name, "* EXCLUDE (file_line)"), key=repr) for name in self.converted.tables}


def each_table(loaded: Loaded) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for dataset, table in loaded.converted.tables.items():
        yield dataset, [(name, kind) for name, kind, *_ in loaded.con.execute(f"DESCRIBE {table}").fetchall()]
