"""A small shop as fixed pages: an in-memory page source with real values, for driving the app without a warehouse."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from kpi_core.analysis.whatif import Lever, Node, Tree
from kpi_core.engine import calendar
from kpi_core.engine.expression import Binary, Ref
from kpi_core.engine.result import Number, Period, Status, Value
from kpi_core.errors import Message, OmnigapError, QueryError, said
from kpi_core.nearest import Changed, nearest
from kpi_core.pages import (
    ActionLine,
    Bucket,
    Cause,
    CheckLine,
    DataPage,
    DefinitionCard,
    Delta,
    DimensionChoice,
    DriftLines,
    ExplainPage,
    ExplainPart,
    ExplainWarning,
    ExplorePage,
    FileAccount,
    Freshness,
    Gap,
    GapDetail,
    GapRow,
    GapsPage,
    GapStatus,
    Header,
    HeatCell,
    HeatColumn,
    HeatPage,
    HeatRow,
    KpiInfo,
    KpiRow,
    LimitLine,
    LoadedFile,
    Mark,
    Member,
    MemberRow,
    Members,
    Name,
    Names,
    Note,
    NoteLine,
    OverviewPage,
    Reason,
    RecordsPage,
    RefusedLine,
    RowKind,
    Section,
    SectionKind,
    ShapeChoice,
    SourceDetail,
    SourceRow,
    Target,
    TrendPage,
    TrendPoint,
    UnusedFile,
    WarningKind,
    WhatIfPage,
)
from kpi_core.pages.question import LayoutQuestion
from kpi_core.view import Filter, ViewState

LAST_DAY = date(2026, 11, 1)
BASES = {"by_sale": "returns by sale date", "last_touch": "credit to the last touch"}
DRILL = ("channel", "store", "category", "product")
SHAPES = (ShapeChoice(""), ShapeChoice("periods"), ShapeChoice("hours"), ShapeChoice("cohorts", said("this shop knows no customers")))
TITLES = {"channel": "Channel", "store": "Store", "category": "Category", "product": "Product", "hour": "Hour of day", "weekday": "Weekday"}
MEMBERS = {
    "channel": ("web", "store", "marketplace", "popup"),
    "store": ("Lyon Part-Dieu", "Lille Centre", "Paris Rivoli", "Nantes", "Bordeaux", "Toulouse", "Nice", "Marseille"),
    "category": ("Shoes", "Outerwear", "Accessories", "Bags", "Kids"),
    "product": tuple(f"Product {n:03d}" for n in range(120)),
}
HOSTILE = (
    "esc\x1b]52;c;UFdORUQ=\x07end",
    "csi\x1b[2J\x1b[31mred",
    "c1\x9b31m\x9d52",
    "[red]markup[/red]",
    "[/nope]",
    "[@click=app.bell]click[/]",
    "rtl\u202eoverride",
    "nul\x00tab\tnew\nline",
    "wide 漢字かな",
    "zalgo " + "e" + "\u0301" * 12,
    "emoji 👨\u200d👩\u200d👧🇫🇷❤\ufe0f👍🏽1\ufe0f\u20e3 end",
    "zero\u200bwidth\u200d\ufeff\u3164end",
    "osc8\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
)
GROUPS = (
    ("Sales", (("revenue", "Revenue", "EUR", "up", 0), ("orders", "Orders", "count", "up", 0), ("aov", "Average order value", "EUR", "up", 2))),
    ("Journey", (("conversion", "Conversion rate", "%", "up", 2), ("abandonment", "Cart abandonment", "%", "down", 1))),
    ("Operations", (("returns", "Return rate", "%", "down", 1), ("lead_time", "Delivery lead time", "days", "down", 1))),
)
KPIS = {k[0]: KpiInfo(k[0], k[1], k[2], k[3], k[4], title, f"{k[1].lower()} of the sample") for title, group in GROUPS for k in group}


ACTION = ActionLine("prompt", "Cross-sell prompt", "Plan", ("aov",), "Claire", date(2026, 10, 5), date(2020, 10, 30), "running", "objectives.yaml", 9)


def period_start(state: ViewState) -> date:
    """The first day of the period shown."""
    return calendar.parse(state.period, LAST_DAY).start


def _number(text: str, scale: int) -> Decimal:
    """A number that depends on the text only: the same page every time."""
    seed = sum((index + 1) * ord(c) for index, c in enumerate(text))
    return Decimal(seed % 997 + 200) * scale / 100


def _gap(number: Number, target: Number, good: str) -> Gap:
    amount = Decimal(str(number)) - Decimal(str(target))
    ratio = amount / Decimal(str(target))
    better = amount >= 0 if good == "up" else amount <= 0
    status = GapStatus.MET if better else GapStatus.NEAR if abs(ratio) < Decimal("0.03") else GapStatus.MISSED
    return Gap(amount, ratio, 1 if amount > 0 else -1 if amount < 0 else 0, status)


class Known:
    """The names of the shop; see `kpi_core.nearest.Known`."""

    def __init__(self, members: Mapping[str, Sequence[str]]) -> None:
        self.members = members

    def kpi(self, kpi: str) -> Message | None:
        return None if kpi in KPIS else said("there is no KPI {kpi}", kpi=kpi)

    def dim(self, dim: str) -> Message | None:
        return None if dim in (*DRILL, "device") else said("there is no dimension {dim}", dim=dim)

    def basis(self, name: str) -> Message | None:
        return None if name in BASES else said("there is no basis {name}", name=name)

    def refused(self, kpi: str | None, dim: str) -> Message | None:
        return said("orders do not know the device") if dim == "device" else None

    def lacking(self, dim: str, values: Collection[str | None]) -> dict[str | None, Message]:
        held = self.members.get(dim, ())
        return {value: said("{dim} has no {member}", dim=dim, member=value) for value in values if value and value not in held}

    def period(self, text: str) -> Message | None:
        try:
            calendar.parse(text, LAST_DAY)
        except OmnigapError as error:
            return error.what
        return None

    def compared(self, text: str, compare: str) -> Message | None:
        return None

    def opening(self) -> str:
        return "latest:week"


class Shop:
    """A page source. `hold` makes the next queries wait until `release` or `interrupt`; `calls` lists what was asked."""

    def __init__(self, *, hostile: bool = False) -> None:
        self.calls: list[tuple[str, ViewState]] = []
        self.members_of = dict(MEMBERS)
        if hostile:
            self.members_of["product"] = HOSTILE
            self.members_of["channel"] = HOSTILE
        self.fail: Exception | None = None
        self.interrupts = 0
        self.closed = False
        self.reloads = 0
        self.notes: list[Note] = []
        self.folder = Path("/shop")
        self.newer = False  # newer data have been loaded
        self.refused: tuple[UnusedFile, ...] = ()  # files that the last load did not use
        self.answered: list[tuple[str, str]] = []
        self.loads: list[Path] = []
        self.loaded: LoadedFile | Exception = LoadedFile("asks.csv")
        self.moved: dict[tuple[str, str], Decimal] = {}  # (KPI, member) to what is added to its number
        self._gate = threading.Event()
        self._gate.set()
        self._cut = False

    # ------------------------------------------------------------ control

    def hold(self) -> None:
        self._gate.clear()

    def release(self) -> None:
        self._gate.set()

    def interrupt(self) -> None:
        self.interrupts += 1
        if not self._gate.is_set():
            self._cut = True
            self._gate.set()

    def nearest(self, state: ViewState) -> Changed:
        return nearest(state, Known(self.members_of))

    def config_file(self, name: str) -> Path:
        return self.folder / name

    def stale(self) -> bool:
        return self.newer

    def reload(self) -> None:
        self.newer = False
        self.reloads += 1

    def renewed(self) -> AbstractContextManager[None]:
        return nullcontext(self.reload())

    def close(self) -> None:
        self.closed = True

    def _asked(self, what: str, state: ViewState) -> None:
        self.calls.append((what, state))
        self._gate.wait(20)
        if self._cut:
            self._cut = False
            raise RuntimeError("interrupted")
        if self.fail is not None:
            raise self.fail

    # ------------------------------------------------------------ pages

    def _period(self, state: ViewState) -> Period:
        return calendar.parse(state.period, LAST_DAY)

    def _header(self, state: ViewState) -> Header:
        period = self._period(state)
        return Header(
            state=state,
            crumbs=tuple((TITLES[f.dim], ", ".join(v or "(none)" for v in f.values)) for f in state.where),
            period=period,
            period_label=period.text,
            partial=None,
            compare=calendar.compared(period, state.compare),
            compare_label="same week last year",
            freshness=Freshness(LAST_DAY, datetime(2026, 11, 1, 6, 12)),
            counts=((GapStatus.MET, 3), (GapStatus.NEAR, 1), (GapStatus.MISSED, 3)),
            workspace="shop",
            basis=tuple(BASES.get(name, name) for name in state.basis),
            bases=() if state.view == "explore" and state.kpi == "revenue" else tuple(BASES),
        )

    def _cell(self, state: ViewState, kpi: str, member: str) -> tuple[Value, Target, Gap, Delta]:
        info = KPIS[kpi]
        scale = {"EUR": 100, "%": Decimal("0.01"), "count": 50, "days": Decimal("0.5")}[info.unit]
        text = f"{kpi}|{member}|{state.period}|{state.where}"
        number = _number(text, 1) * scale + self.moved.get((kpi, member), 0)
        target = _number(text + "t", 1) * scale
        value = Value(number, Status.VALUE)
        base = _number(text + state.compare, 1) * scale
        delta = Delta(Value(base, Status.VALUE), number - base, (number - base) / base, number > base)
        return value, Target(target, "≤" if info.good == "down" else "≥", "plan", "objectives.yaml", 12), _gap(number, target, info.good), delta

    def overview(self, state: ViewState) -> OverviewPage:
        self._asked("overview", state)
        groups = []
        for title, kpis in GROUPS:
            rows = []
            for kpi in kpis:
                value, target, gap, delta = self._cell(state, kpi[0], "")
                spark = tuple(_number(f"{kpi[0]}{n}", 1) for n in range(12))
                rows.append(KpiRow(KPIS[kpi[0]], value, target, gap, delta, spark, owner="Sales"))
            groups.append((title, tuple(rows)))
        return OverviewPage(self._header(state), tuple(groups), "12 WEEKS")

    def explore(self, state: ViewState) -> ExplorePage:
        self._asked("explore", state)
        kpi = state.kpi or "revenue"
        used = {f.dim for f in state.where}
        left = [dim for dim in DRILL if dim not in used]
        by = state.by or (left[0] if left else None)
        rows = []
        kept = [member for member in self.members_of[by] if all((member in f.values) is not f.exclude for f in state.where if f.dim == by)] if by else []
        for member in kept:
            value, target, gap, delta = self._cell(state, kpi, member)
            rows.append(MemberRow(RowKind.MEMBER, member, member, value, target, gap, delta, gap.amount))
        value, target, gap, delta = self._cell(state, kpi, "total")
        total = MemberRow(RowKind.TOTAL, None, "Total", value, target, gap, delta, sum((r.contribution or 0 for r in rows), Decimal(0)))
        period = self._period(state)
        trend = tuple(
            TrendPoint(p, Value(_number(f"{kpi}{p.text}", 1), Status.VALUE), Decimal(6), _number(f"{p.text}b", 1)) for p in calendar.trailing(period, 26)
        )
        refused = (DimensionChoice("device", "Device", said("orders do not know the device")),)
        choices = (*(DimensionChoice(dim, TITLES[dim]) for dim in DRILL), *refused)
        cause = Cause(said("{member}: {share} of the gap", member="Lyon Part-Dieu", share=Decimal("0.42")))
        title = DimensionChoice(by, TITLES[by]) if by else None
        return ExplorePage(self._header(replace(state, kpi=kpi)), KPIS[kpi], title, choices, tuple(rows), total, "target", 0, trend, cause)

    def explain(self, state: ViewState) -> ExplainPage:
        self._asked("explain", state)
        kpi = state.kpi or "revenue"
        info, against = KPIS[kpi], state.against or "target"
        start = Fraction(sum(4 - n for n in range(len(self.members_of["channel"]))) + (60 if against == "target" else 80))
        parts = [
            ExplainPart("member", name, name, Fraction(n - 4), Decimal(n - 4), None, 0, None, replace(state, view="explore", kpi=kpi, by=None).only("channel", name))
            for n, name in enumerate(self.members_of["channel"])
        ]
        gap = sum((part.amount for part in parts), Fraction(0))
        found = Section(SectionKind.CONTRIBUTION, "Channel", "channel", start, start + gap, Decimal(int(gap)), tuple(parts))
        rates = ExplainPart("effect", "rate", "Rates", gap, Decimal(int(gap)), Fraction(1), 0, said("{before} → {after}", before=3, after=2))
        mix = Section(SectionKind.RATE_MIX, "Rate and mix", "channel", start, start + gap, Decimal(int(gap)), (rates,), note=said("no data"))
        none = Section(SectionKind.DRIVERS, "Drivers", reason=said("no data"))
        cause = Cause(said("{member}: {share} of the gap", member="Lyon Part-Dieu", share=Decimal("0.42")))
        warning = ExplainWarning(WarningKind.PARTIAL, said("{covered} of {days} days are loaded; both sides are cut to them", covered=6, days=7))
        base = calendar.compared(self._period(state), state.compare)
        return ExplainPage(
            header=self._header(replace(state, view="explore", kpi=kpi)),
            kpi=info,
            against=against,
            actual=Decimal(int(start + gap)),
            expected=Decimal(int(start)),
            gap=gap,
            shown_gap=Decimal(int(gap)),
            base=base,
            sections=(found, mix, none),
            warnings=(warning,),
            cause=cause,
            good=False,
            other="compare" if against == "target" else "target",
        )

    def records(self, state: ViewState, offset: int, limit: int) -> RecordsPage:
        self._asked("records", state)
        rows = tuple((f"order-{n}", date(2026, 10, 26), Decimal("12.50") + n, "till_2026-10.csv", n + 2) for n in range(offset, min(offset + limit, 430)))
        return RecordsPage(self._header(state), "Orders", ("order_id", "day", "net_amount", "file", "line"), rows, offset, 430)

    def definition(self, state: ViewState) -> DefinitionCard:
        self._asked("definition", state)
        lines = (("Formula", "revenue / orders"), ("Target", "objectives.yaml:12"))
        return DefinitionCard(KPIS[state.kpi or "revenue"], lines, "\n".join(["select sum(net_amount)", "from sale"] * 30))

    def sql(self, state: ViewState) -> str:
        self._asked("sql", state)
        return "select sum(net_amount)\nfrom sale;\n"

    def gaps(self, state: ViewState) -> GapsPage:
        self._asked("gaps", state)
        rows = []
        places = [(kpi, "", "") for kpi in KPIS] + [(kpi, "store", name) for kpi in ("aov", "returns") for name in self.members_of["store"]]
        places += [("revenue", "product", name) for name in self.members_of["product"] if name in HOSTILE]
        for kpi, dim, member in places:
            value, target, gap, _ = self._cell(state, kpi, member)
            gap = replace(gap, status=GapStatus.NEAR) if kpi == "lead_time" else gap
            where = (*state.where, *((Filter(dim, (member,)),) if dim else ()))
            opened = replace(state, view="explore", kpi=kpi, by=None, where=where, near=False)
            rank = abs(float(gap.ratio or 0))
            key = f"{kpi};{dim}:{member}" if dim else kpi
            since = 3 if gap.status is GapStatus.MISSED else 0
            found = GapRow(key, KPIS[kpi], "Plan", TITLES.get(dim, "Total"), member, value, target, gap, gap.amount, gap.amount, rank, opened, since, period_start(state))
            rows.append(replace(found, owner="Claire", action=ACTION if kpi == "aov" else None, actions=int(kpi == "aov")))
        shown = [row for row in rows if row.gap.status in (GapStatus.MISSED, GapStatus.NEAR)]
        shown.sort(key=lambda row: (row.gap.status is not GapStatus.MISSED, -row.rank))
        return GapsPage(self._header(state), tuple(shown), tuple(Counter(row.gap.status for row in rows).items()), True)

    def gap_detail(self, state: ViewState) -> GapDetail:
        self._asked("gap_detail", state)
        kpi = state.kpi or "revenue"
        cause = Cause(said("{member}: {share} of the gap", member="Nice", share=Decimal("0.5")))
        notes = tuple(NoteLine(note) for note in reversed(self.notes) if note.kpi == kpi and note.where == state.where)
        return GapDetail(KPIS[kpi], state, cause, (ACTION,) if kpi == "aov" else (), notes)

    def answer(self, question: LayoutQuestion, text: str) -> Path:
        self.answered.append((question.kind, text))
        self.refused = tuple(replace(file, questions=file.questions[1:], hint=said("answered")) for file in self.refused)
        return Path("config/layouts.yaml")

    def load(self, path: Path, progress: Callable[[float], None]) -> LoadedFile:
        progress(0.5)
        self.loads.append(path)
        if isinstance(self.loaded, Exception):
            raise self.loaded
        self.newer = True
        return self.loaded

    def add_note(self, state: ViewState, text: str) -> Note:
        note = Note(datetime(2026, 11, 2, 12, 0), "anna", state.kpi or "", state.where, text)
        self.notes.append(note)
        return note

    def trend(self, state: ViewState) -> TrendPage:
        """Two weeks after the one shown where there are such; the week of ACTION's beginning is marked."""
        self._asked("trend", state)
        kpi, period = state.kpi or "revenue", self._period(state)
        found = []
        for each in calendar.trailing(calendar.step(period, 2 if calendar.step(period, 2).start <= LAST_DAY else 0), 26):
            value, target, gap, delta = self._cell(replace(state, period=each.text), kpi, "")
            begun = ACTION.start is not None and each.start <= ACTION.start <= each.end
            marks = (Mark("action", ACTION.start, ACTION.start, ACTION.name),) if begun and ACTION.start else ()
            found.append(Bucket(each, value, target, gap, delta if state.compare != "none" else None, calendar.compared(each, state.compare), marks=marks))
        return TrendPage(self._header(replace(state, kpi=kpi)), KPIS[kpi], tuple(found), shapes=SHAPES)

    def whatif(self, state: ViewState) -> WhatIfPage:
        """Every KPI of this shop is one product of three others."""
        self._asked("whatif", state)
        kpi = state.kpi or "revenue"
        names = [name for name in ("orders", "conversion", "lead_time", "aov") if name != kpi][:3]
        levers = tuple(Lever(name, Fraction(place + 2)) for place, name in enumerate(names))
        root = Node(kpi, 0, Binary("*", Binary("*", Ref(names[0]), Ref(names[1])), Ref(names[2])))
        tree = Tree((root, *(Node(name, 1, Ref(name)) for name in names)), levers)
        target = Target(Decimal(30), "≤" if KPIS[kpi].good == "down" else "≥", "plan", "objectives.yaml", 12)
        return WhatIfPage(self._header(replace(state, kpi=kpi)), KPIS[kpi], Value(Decimal(24), Status.VALUE), target, tree, KPIS, usual={names[0]: Fraction(3)})

    def names(self) -> Names:
        kpis = tuple(Name(info.id, info.name, (), info.group) for info in KPIS.values())
        return Names(kpis, tuple(Name(dim, title) for dim, title in TITLES.items()))

    def anywhere(self, state: ViewState, text: str, limit: int) -> tuple[Members, ...]:
        return tuple(found for dim in DRILL if (found := self.members(state, dim, text, limit)).found)

    def members(self, state: ViewState, dim: str, text: str, limit: int) -> Members:
        self._asked("members", state)
        found = [name for name in self.members_of[dim] if all(word in name.lower() for word in text.lower().split())]
        return Members(dim, text, tuple(Member(name, name) for name in found[:limit]), len(found) > limit)

    def heat(self, state: ViewState) -> HeatPage:
        """Members by eight weeks, or hours by weekday; there are no cohorts."""
        self._asked("heat", state)
        kpi, period = state.kpi or "revenue", self._period(state)
        empty = HeatPage(self._header(replace(state, kpi=kpi)), KPIS[kpi], state.shape, SHAPES, "", refused=SHAPES[3].refused)
        if state.shape == "cohorts":
            return empty
        by = state.by or "store"
        hours = state.shape == "hours"
        keys = tuple(f"{hour:02d}" for hour in range(8, 22)) if hours else self.members_of[by]
        points = calendar.trailing(period, 8)
        columns = tuple(HeatColumn(str(day), f"d{day}", f"day {day}") for day in range(1, 8)) if hours else tuple(HeatColumn(p.text, p.text[-3:], p.text, p) for p in points)
        cells = []
        for key in keys:
            line = []
            for column in columns:
                value, target, gap, _ = self._cell(replace(state, period=column.key), kpi, key)
                inside = state.only("hour", key).only("weekday", column.key) if hours else replace(state.only(by, key), period=column.key)
                line.append(HeatCell(value, target, gap, replace(inside, view="explore", kpi=kpi, by=None, shape="")))
            cells.append(tuple(line))
        choices = () if hours else tuple(DimensionChoice(dim, TITLES[dim]) for dim in DRILL)
        cut = None if hours else DimensionChoice(by, TITLES[by])
        rows = tuple(HeatRow(key, key) for key in keys)
        return replace(empty, refused=None, title="Hour of day" if hours else TITLES[by], rows=rows, columns=columns, cells=tuple(cells), by=cut, choices=choices)

    def data(self, state: ViewState) -> DataPage:
        self._asked("data", state)
        line = said("line {line}, {column}: {value}: {why}", line="7", column="Total", value="12,x", why="not a number")
        details = (SourceDetail("rejected", line),)
        sources = tuple(
            SourceRow(
                n,
                f"export_{n}.csv",
                "shopify",
                "Shopify orders",
                date(2025, 1, 1),
                LAST_DAY,
                datetime(2026, 11, 1, 6, 12),
                1000 * n,
                990 * n,
                10,
                n % 2,
                details,
            )
            for n in range(1, 9)
        )
        left_out, missing = (("orders", "cancelled", 12, Decimal("340.50")),), (("visits", ("Conversion in store",)),)
        return DataPage(self._header(state), sources, left_out, missing, refused=self.refused, refused_at=datetime(2026, 11, 1, 6, 12) if self.refused else None)

    def account(self, load_id: int) -> FileAccount:
        lines = (*range(20, 60), 70, 72)
        return FileAccount(
            load_id, f"export_{load_id}.csv", "shopify", "Shopify orders", "real_file", "UTF-16LE", "\t", date(2025, 1, 1), LAST_DAY, "EUR",
            datetime(2026, 11, 1, 6, 12), 1000, 957, (("orders", 400), ("order_lines", 957)),
            reasons=(
                Reason("refused", said("cannot be read as money"), 1, (7,), (RefusedLine(7, "Total", "12,x"),),
                       said("put the cell right where it comes from, then export again")),
                Reason("left_out", said("empty row"), 42, lines),
            ),
            checks=(CheckLine(said("total"), 399, 400, said("#1003")),),
            drift=DriftLines("export_0.csv", ("Risk score",), (), (("Discount", "Discount total"),), (), ("Net sales",)),
            limits=(LimitLine("returns.sku", "returns by amount, not by product", (), (("Return rate", "Product"),)),),
            unused=("Vendor", "Tags"),
        )  # fmt: skip


def broken() -> QueryError:
    return QueryError(said("store cannot cut this KPI"), hint=said("choose another dimension with d"))
