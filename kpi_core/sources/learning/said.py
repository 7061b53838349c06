"""What was pointed at as SQL by field, and the sections of a profile that are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from kpi_core.config.model import Text
from kpi_core.sources.learning.kinds import BY_ID, Kind
from kpi_core.sources.learning.learn import Plan
from kpi_core.sources.profiles.expression import named, quoted

NO_TAX = ("VAT", Text(en="no VAT in this file: amounts count as they stand", fr="pas de TVA dans ce fichier : les montants comptent tels quels"))
NO_CUSTOMER = ("orders.customer_key", Text(en="no customer: repeat purchases cannot be seen", fr="pas de client : le réachat n'est pas visible"))
NO_CURRENCY = Text(en="no currency in this file: the reporting currency is assumed", fr="pas de devise dans ce fichier : la devise de référence est supposée")
NO_LINES = (
    "order_lines",
    Text(en="orders without their articles: sales by product cannot be seen", fr="commandes sans leurs articles : les ventes par produit ne sont pas visibles"),
)
NO_DAY = ("stock.day", Text(en="no day inside: that of the file is taken", fr="pas de jour dans le fichier : celui du fichier est pris"))


@dataclass
class Body:
    """The sections of a profile as plain values, in the order in which they are written."""

    columns: dict[str, dict[str, object]] = field(default_factory=dict)  # beside those of the fields
    rows: list[dict[str, str]] = field(default_factory=list)
    together: list[str] = field(default_factory=list)
    scope: list[str] = field(default_factory=list)
    shape: list[dict[str, object]] = field(default_factory=list)
    emit: dict[str, dict[str, object]] = field(default_factory=dict)
    checks: list[dict[str, object]] = field(default_factory=list)
    limits: list[tuple[str, Text]] = field(default_factory=list)


@dataclass(frozen=True)
class Said:
    """What stands for each field: the working name of its column, or a text."""

    plan: Plan
    profile: str  # its id
    carried: bool = False  # the order's own cells stand on its first line only

    @property
    def kind(self) -> Kind:
        return BY_ID[self.plan.kind]

    def has(self, *names: str) -> bool:
        return all(name in self.plan.columns for name in names)

    def given(self, name: str) -> bool:
        return name in self.plan.columns or name in self.plan.constants

    def get(self, name: str, otherwise: str = "NULL") -> str:
        """SQL of a field."""
        if name in self.plan.columns:
            return name
        return quoted(self.plan.constants[name]) if name in self.plan.constants else otherwise

    def those(self, **columns: str) -> dict[str, str]:
        """`target=field` for the fields that something stands for."""
        return {target: self.get(name) for target, name in columns.items() if self.given(name)}

    @property
    def included(self) -> bool:
        return self.plan.settings.get("tax", "included") == "included"

    def tax_in(self, amount: str) -> str | None:
        """SQL of the VAT inside an amount that has it; None where nothing says it."""
        if self.has("tax"):
            return "tax"
        rate = self.plan.settings.get("vat")
        return f"round(CAST({amount} AS DOUBLE) * {rate} / (100 + {rate}), 2)" if rate is not None else None

    @property
    def channel(self) -> str:
        return self.get("channel", "'web'")

    @property
    def moment(self) -> str:
        """SQL of the time of a sale; its day where no clock is told."""
        return "CASE WHEN clock IS NULL THEN CAST(day AS TIMESTAMP) ELSE CAST(day AS DATE) + clock END" if self.has("clock") else "day"

    def identify(self) -> dict[str, str]:
        found = {"email": "email", "loyalty": "card"}
        known = {kind: name for kind, name in found.items() if self.has(name)}
        if self.has("customer"):
            known["platform"] = f"{quoted(self.profile + ':')} || customer"
        return known

    def id_of(self, *names: str) -> str:
        """SQL of a text that tells rows apart by the values of some fields."""
        return "concat_ws('|', " + ", ".join([quoted(self.profile), *(f"CAST({named(name)} AS VARCHAR)" for name in names)]) + ")"
