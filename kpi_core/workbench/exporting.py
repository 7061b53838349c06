"""The numbers of a workspace as one database file for other programs, with words about what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kpi_core import __version__
from kpi_core.config.bundle import load_bundle
from kpi_core.errors import Message, said
from kpi_core.i18n import Translator
from kpi_core.store import Reader, Workspace, open_reader
from kpi_core.store.export_db import Note, checked_target, export_db
from kpi_core.workbench.limits import loading_limits
from kpi_core.workbench.loads import loads
from kpi_core.workbench.scope import lookups, names_of, scope_of

TABLES = {
    "sale": said("a row per line of an order, in the reporting currency"),
    "orders": said("a row per order"),
    "returns": said("a row per line that came back, on the day it came back"),
    "returns_by_sale": said("the same returns on the day of their sale"),
    "customers": said("a row per customer and channel: first purchase, place, kind"),
    "customer_orders": said("a row per order of a known customer, with the order before it"),
    "persons": said("which keys of customers are one person"),
    "hubs": said("identifiers shared by so many customers that they link nobody"),
    "refused": said("links between identifiers that are not believed"),
    "sessions": said("visits of the site by day, source and device"),
    "landings": said("visits of the site by the page they began on"),
    "audience": said("visitors of a period that cannot be summed from days"),
    "footfall": said("visits of stores by day"),
    "touches": said("contacts with a customer before an order"),
    "interactions": said("every contact, of any channel, by day"),
    "conversions": said("orders with the contacts before them"),
    "attributed": said("shares of each order among its contacts, a row per model; shares of a model sum to the order"),
    "carts": said("a row per cart, and what became of it"),
    "spend": said("what was spent on advertising, by day and campaign"),
    "claims": said("what platforms claim for themselves; never added to sales"),
    "surveys": said("answers of customers: satisfaction, recommendation"),
    "stock": said("stock of an article and place, by day"),
    "social": said("figures of social networks, by day"),
    "leads": said("leads by day and what became of them"),
    "experiments": said("A/B tests: visitors and conversions by variant"),
    "deliveries": said("a row per parcel: promised and delivered"),
    "pickups": said("a row per order that is fetched in a store"),
    "awaited": said("orders that carts and returns name and no export tells of"),
    "coverage": said("first and last day with data, by table, channel and store"),
    "excluded": said("what was left out of the numbers, with the reason"),
    "ledger": said("rows read and kept, by dataset"),
    "undated": said("rows without a day, which are in no period"),
    "unrated": said("rows without an exchange rate, which are in no amount"),
    "meta": said("currency, moment and last day of these numbers"),
    "prepared": said("which figures were computed in advance"),
}
SUMS = said("the table {table} summed by day and few dimensions, for speed")
PREPARED = said("figures that were computed in advance, for speed")


@dataclass(frozen=True)
class Exported:
    """The file that was written, and what is in it. `scope`: the stores and channels it is limited to, '' for all."""

    path: Path
    generation: int
    tables: int
    rows: int
    bytes: int
    scope: str


def export_workspace(folder: Path | str, path: Path, lang: str = "en", *, replace: bool = False) -> Exported:
    """Write what whoever runs this process may see of the current generation into one database file, with a table `readme`.

    Raises UsageError for a place that does not take it, ConfigError and StoreError.
    """
    workspace = Workspace.open(folder)
    bundle = load_bundle(workspace.config_dir)
    scope = scope_of(workspace.config_dir)
    target = checked_target(workspace, path, replace=replace)
    say = Translator(lang)
    seen: list[int] = []

    def opened(beside: Path) -> Reader:
        return open_reader(workspace, loading_limits(bundle.settings), scope.members(), lookups(bundle.kpis), beside=beside)

    def notes(reader: Reader, tables: list[str]) -> Iterator[Note]:
        seen.append(reader.generation)
        meta = reader.meta()
        yield "export", "omnigap", __version__
        yield "export", "workspace", bundle.settings.name or workspace.root.name
        yield "export", "generation", str(reader.generation)
        yield "export", "built_at", meta.get("built_at", "")
        yield "export", "written_at", datetime.now(UTC).isoformat(timespec="seconds")
        yield "export", "last_day", meta.get("watermark", "")
        yield "export", "currency", meta.get("reporting_currency", "")
        yield "export", "scope", names_of(scope)
        yield "export", "customers", say(said("customers are told by keyed hashes: no name, address, e-mail or telephone number is in this file"))
        for load in loads(workspace, lang) if not scope else ():
            if load.counts:
                days = f"{load.first_day} – {load.last_day}" if load.first_day and load.last_day else ""
                yield "load", f"{load.load_id} {load.file}", f"{load.title} {days}".strip()
        for table in tables:
            yield "table", table, say(about(table))

    tables, rows = export_db(opened, target, notes, replace=replace)
    return Exported(target, seen[-1], tables, rows, target.stat().st_size, names_of(scope))


def about(table: str) -> Message:
    """What a table of the mart holds."""
    base, summed, _ = table.partition("__")
    if base == "prepared":
        return PREPARED if summed else TABLES[base]
    if summed:
        return said(SUMS.template, table=base)
    return TABLES.get(base, said("a table of omnigap's own"))
