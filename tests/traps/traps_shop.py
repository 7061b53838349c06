"""Small exports with one defect each, loaded as `omnigap load` does, and numbers asked as the pages do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kpi_core.store import LoadReport, Workspace
from kpi_core.workbench import Workbench
from kpi_core.workbench.loading import load_exports

SHOPIFY = (
    "Name,Email,Financial Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Lineitem taxable,Cancelled at,Refunded Amount,Id,Tags,Source,Lineitem discount"
)
TICKETS = "MAGASIN;TICKET;LIGNE;DATE;HEURE;ARTICLE;DESIGNATION;QTE;MT_TTC;TVA;TICKET_ORIGINE"
RATES = "DATE;DEVISE;BASE;TAUX"
STOCK = "DATE;LIEU;ARTICLE;QTE"


def shopify(*orders: Mapping[str, str]) -> str:
    """Rows of an orders export, of one line each unless `Name` repeats; cells not named are blank, those of a plain order are filled."""
    names = SHOPIFY.split(",")
    rows, known = [SHOPIFY], set()
    for number, cells in enumerate(orders, start=1):
        own = {name.replace("_", " "): value for name, value in cells.items()}
        name = own.get("Name", f"#{number}")
        amount = own.get("Lineitem price", "20.00")
        head = {} if name in known else {"Financial Status": "paid", "Currency": "EUR", "Subtotal": amount, "Shipping": "0.00", "Taxes": "0.00", "Total": amount,
                                         "Discount Amount": "0.00", "Id": f"9{number}", "Source": "web", "Refunded Amount": "0.00"}  # fmt: skip
        known.add(name)
        line = {"Name": name, "Lineitem quantity": "1", "Lineitem name": "Savon", "Lineitem price": amount, "Lineitem sku": "S1", "Lineitem taxable": "true",
                "Created at": "2026-10-05 10:00:00 +0200", "Lineitem discount": "0.00"}  # fmt: skip
        full = {**line, **head, **own}
        assert set(full) <= set(names), set(full) - set(names)
        rows.append(",".join(full.get(column, "") for column in names))
    return "\n".join(rows) + "\n"


def shop(folder: Path, files: Mapping[str, str], settings: str = "", config: Mapping[str, str] | None = None) -> tuple[Workspace, LoadReport]:
    """A new workspace with these files loaded. `settings`: further lines of settings.yaml; `config`: whole files of config/."""
    space = Workspace.create(folder / "shop")
    path = space.root / "config" / "settings.yaml"
    path.write_text(path.read_text(encoding="utf-8") + settings, encoding="utf-8")
    for name, text in (config or {}).items():
        (space.root / "config" / name).write_text(text, encoding="utf-8")
    return space, add(space, files)


def add(space: Workspace, files: Mapping[str, str]) -> LoadReport:
    """Load further files into a workspace."""
    paths = []
    for name, text in files.items():
        path = space.root / "exports" / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return load_exports(space, paths)


def opened(folder: Path, files: Mapping[str, str], settings: str = "") -> Workbench:
    """A workbench over a new workspace of these files, all of which could be read."""
    space, report = shop(folder, files, settings)
    assert not report.failed, [str(file.error) for file in report.failed]
    return Workbench.open(space.root)
