"""Row scope: who sees a part sees nothing else in any page, the same numbers as with a filter, and parts that make the whole."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_core.config import access
from kpi_core.config.access import NAME, Access, AccessFile, Grant, load_access
from kpi_core.config.decode import decode
from kpi_core.config.yaml import parse_yaml
from kpi_core.engine import calendar
from kpi_core.engine.coverage import WHOLE
from kpi_core.engine.result import Answer, Question, Status
from kpi_core.engine.scope import Scope
from kpi_core.engine.table import TableQuestion
from kpi_core.errors import ConfigError, UsageError
from kpi_core.store import open_reader
from kpi_core.store.scoped import PLAIN
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench
from kpi_core.workbench.scope import doubts, open_to_change
from tests.limited import OTHERS, STORE, allow, shop_for

ONE = f"{{stores: [{STORE}]}}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop_for(tmp_path_factory.mktemp("limited"), ONE)


@pytest.fixture(scope="module")
def bench(shop: Path) -> Iterator[Workbench]:
    with Workbench.open(shop) as opened:
        yield opened


@pytest.fixture(scope="module")
def whole(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace) as opened:
        yield opened


def written(text: str) -> Access:
    document = parse_yaml(text.encode(), NAME)
    return Access(decode(document, AccessFile), document)


# ---------------------------------------------------------------- the file


def test_a_user_counts_alone_then_the_groups_then_the_default() -> None:
    found = written("version: 1\ndefault: nothing\nusers: {ana: {stores: [Lyon]}, cfo: all}\ngroups: {web: {channels: [web]}, south: {stores: [Nice]}}\n")
    assert found.of("ana", {"web"}).members == {"store": {"Lyon"}}
    assert found.of("bob", {"web"}).members == {"channel": {"web"}}
    assert not found.of("cfo", {"web"}).limited
    assert found.of("eve", {"staff"}).nothing
    assert found.of("eve", {"south", "staff"}) == Grant({"store": frozenset({"Nice"})}, line=4)


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("default: all", None, None),
        ("version: 1", None, None),
        ("version: 1\ndefault: some", 2, None),
        ("version: 1\ndefault: all\nuser: {}", 3, "users"),
        ("version: 1\ndefault: all\nusers:\n  ana: {store: [Lyon]}", 4, "stores"),
        ("version: 1\ndefault: all\nusers:\n  ana: {stores: []}", 4, None),
        ("version: 1\ndefault: all\nusers:\n  ana: {stores: Lyon}", 4, None),
        ("version: 1\ndefault: all\nusers:\n  ana: everything", 4, None),
        ("version: 1\ndefault: all\nusers:\n  ana: all\n  ana: nothing", 5, None),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, place: int | None, hint: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        written(text)
    assert caught.value.where is not None and caught.value.where.file == NAME
    assert place is None or caught.value.where.line == place
    assert hint is None or hint in str(caught.value.hint)


def test_a_file_that_cannot_be_read_is_an_error_and_never_no_limit(tmp_path: Path) -> None:
    assert load_access(tmp_path) is None
    (tmp_path / "access.yaml").symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(ConfigError):
        load_access(tmp_path)


def test_the_user_is_the_account_of_the_process_and_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    before = access.me()
    for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "cfo")
    assert access.me() == before
    monkeypatch.setattr("os.geteuid", lambda: 3_999_999)
    assert access.me()[0] == "3999999"


_GRID = list(product("abc", "xyz"))
_part = st.fixed_dictionaries({}, optional={"stores": st.sets(st.sampled_from("abc"), min_size=1), "channels": st.sets(st.sampled_from("xyz"), min_size=1)})


def seen(grant: Grant | Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """The cells (store, channel) that are visible: the plain meaning, one by one."""
    if isinstance(grant, Grant):
        limits = grant.members
        return set() if grant.nothing else {cell for cell in _GRID if cell[0] in limits.get("store", "abc") and cell[1] in limits.get("channel", "xyz")}
    return {cell for cell in _GRID if cell[0] in grant.get("stores", "abc") and cell[1] in grant.get("channels", "xyz")}


@settings(max_examples=60)
@given(st.lists(_part, min_size=1, max_size=4))
def test_groups_make_their_union_or_say_that_there_is_none(parts: list[dict[str, set[str]]]) -> None:
    groups = {f"g{place}": {key: sorted(values) for key, values in part.items()} for place, part in enumerate(parts)}
    found = written(msgspec.json.encode({"version": 1, "default": "nothing", "groups": groups}).decode())
    asked = set().union(*map(seen, parts))
    try:
        grant = found.of("ana", set(groups))
    except ConfigError as error:
        assert "ana" in str(error) and error.hint is not None
        assert len({frozenset(part) for part in parts}) > 1 or all(len(part) == 2 for part in parts)  # stores alone, or channels alone, always join
        return
    assert seen(grant) == asked


_value = st.sampled_from(["a", "b", "c", None])
_steps = st.lists(st.builds(Filter, st.sampled_from(["store", "channel"]), st.lists(_value, min_size=1, max_size=3, unique=True).map(tuple), st.booleans()), max_size=3)
_limits = st.fixed_dictionaries({}, optional={"store": st.frozensets(st.sampled_from("abc"), min_size=1), "channel": st.frozensets(st.sampled_from("abc"), min_size=1)})


def passes(row: Mapping[str, str | None], where: tuple[Filter, ...]) -> bool:
    return all((row[step.dim] in step.values) != step.exclude for step in where)


@settings(max_examples=60)
@given(_limits, _steps)
def test_a_filter_only_narrows_and_an_empty_one_is_refused(limits: dict[str, frozenset[str]], steps: list[Filter]) -> None:
    scope, where = Scope.of(limits), tuple(steps)
    rows = [dict(zip(("store", "channel"), row, strict=True)) for row in product(["a", "b", "c", None], repeat=2)]
    wanted = [row for row in rows if passes(row, scope.filters) and passes(row, where)]
    try:
        narrowed = scope.narrow(where)
    except UsageError as error:
        assert error.hint is not None and not wanted
        return
    assert [row for row in rows if passes(row, narrowed)] == wanted
    assert scope.narrow(narrowed) == narrowed
    assert all(any(step.dim == dim and not step.exclude for step in narrowed) for dim in limits)


# ---------------------------------------------------------------- below every statement


def test_no_table_holds_a_row_of_anybody_else(bench: Workbench, whole: Workbench) -> None:
    reader = bench.desk.reader
    everything = {str(row[0]) for row in whole.desk.reader.execute("select table_name from duckdb_tables() where database_name = 'mart'")}
    visible = {str(row[0]) for row in reader.execute("select view_name from duckdb_views() where schema_name = 'scoped'")}
    assert visible <= everything and bench.desk.engine.tables == visible
    for table in sorted(visible):
        columns = {str(row[0]) for row in reader.execute("select column_name from duckdb_columns() where schema_name = 'scoped' and table_name = ?", [table])}
        if table == "coverage":
            assert {str(row[0]) for row in reader.execute("select member from coverage where dim = 'store'")} == {STORE}
        elif "store" in columns:
            assert {str(row[0]) for row in reader.execute(f'select distinct store from "{table}"')} <= {STORE}, table
        elif table not in PLAIN:
            assert reader.execute(f'select count(*) from "{table}"') == [(0,)], table
    assert all("store" in table or f"{table}__narrow" not in everything or f"{table}__narrow" in visible or table not in ("sale", "orders") for table in visible)
    assert not any(table.startswith("prepared") and "store" not in table for table in visible)


def test_the_whole_is_reached_in_three_places_only() -> None:
    """By its full name, for days, keys and whether a column is filled: a fourth place has to be thought about here."""
    root = Path(__file__).resolve().parents[2] / "kpi_core"
    named = {
        str(path.relative_to(root)): count
        for path in sorted(root.rglob("*.py"))
        if (count := len(re.findall(r"\.all_of\(|self\._whole\}|WHOLE if|\{MART\}", path.read_text(encoding="utf-8"))))
    }
    assert WHOLE == "mart.main."
    assert named == {
        "engine/coverage.py": 1, "engine/limits.py": 1, "engine/run.py": 1, "engine/sql.py": 2, "engine/table_sql.py": 1, "engine/table_zero.py": 1,
        "store/scoped.py": 1,
    }  # fmt: skip


def test_the_workspace_is_opened_whole_in_two_places_only() -> None:
    """Which names access.yaml may use, and whether a load found all its rates: neither shows a figure. A third has to be thought about here."""
    root = Path(__file__).resolve().parents[2]
    whole = {
        path.name
        for folder in ("kpi_core/workbench", "kpi_core/engine", "kpi_core/explain", "kpi_core/analysis", "kpi_core/objectives", "tui")
        for path in (root / folder).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "open_reader(" in line and "scope.members()" not in line
    }
    assert whole <= {"scope.py", "setup.py"}


# ---------------------------------------------------------------- numbers


def asked(bench: Workbench, where: tuple[Filter, ...] = (), by: str | None = None, text: str = "2026-10", live: bool = False) -> Answer:
    engine = bench.desk.engine
    period = calendar.parse(text, engine.watermark(), bench.desk.calendar)
    compare = calendar.compared(period, "last_year")
    assert compare is not None
    return engine.ask(Question(tuple(bench.desk.catalogue.kpis), (period, compare), by, where, 1), live=live)


@pytest.mark.parametrize(("by", "text", "live"), [(None, "2026-10", False), ("channel", "2026-W43", True)])
def test_every_kpi_is_what_the_filter_gives(bench: Workbench, whole: Workbench, by: str | None, text: str, live: bool) -> None:
    mine, filtered = asked(bench, (), by, text, live), asked(whole, bench.desk.scope.filters, by, text, live)
    assert mine.cells.keys() == filtered.cells.keys()
    for member, row in filtered.cells.items():
        for kpi, values in row.items():
            assert [(value.number, value.status) for value in mine.cells[member][kpi]] == [(value.number, value.status) for value in values], (member, kpi)


def test_what_was_prepared_for_a_store_is_used(bench: Workbench) -> None:
    assert "prepared__store" in asked(bench).sql
    assert "prepared__" not in asked(bench, live=True).sql


def test_a_kpi_that_no_store_has_says_so(bench: Workbench, whole: Workbench) -> None:
    values = asked(bench).cells[None]
    for kpi in ("sessions", "cvr_online", "roas"):
        if kpi in values:
            assert values[kpi][0].number is None and values[kpi][0].status is Status.NOT_COMPUTABLE
            assert "you see a part of the data" in str(values[kpi][0].reason)
    unknown = [kpi for kpi, found in values.items() if found[0].number is None]
    known = asked(whole).cells[None]
    assert any(known[kpi][0].number is not None for kpi in unknown)  # the company has them


def test_the_scopes_of_all_stores_add_up(shop: Path, whole: Workbench) -> None:
    kpis = ("revenue", "orders", "gross_margin_eur", "net_sales")
    period = calendar.parse("2026-10", whole.desk.engine.watermark(), whole.desk.calendar)
    stores = [member for member in whole.desk.engine.ask(Question(kpis, (period,), "store")).cells if member]
    sums = dict.fromkeys(kpis, 0.0)
    for store in stores:
        scope = Scope((Filter("store", (store,)),))
        with open_reader(whole.desk.workspace, None, scope.members()) as reader:
            engine = type(whole.desk.engine)(reader, whole.desk.catalogue, reader.limits, scope)
            for kpi, values in engine.ask(Question(kpis, (period,))).cells[None].items():
                sums[kpi] += float(values[0].number or 0)
    inside = whole.desk.engine.ask(Question(kpis, (period,), None, (Filter("store", (None,), True),))).cells[None]
    assert len(stores) > 5
    for kpi in kpis:
        assert sums[kpi] == pytest.approx(float(inside[kpi][0].number or 0), rel=1e-9), kpi
        assert sums[kpi] > 0


# ---------------------------------------------------------------- pages

STATE = ViewState(kpi="revenue", period="2026-10")
REFUSED = {"account", "customers", "claims", "answer", "load"}
SILENT = {"at", "inside", "close", "interrupt", "reload", "renewed", "stale", "open", "days", "config_file", "names", "missing", "add_note"}  # no figures


def pages(bench: Workbench) -> Iterator[tuple[str, object]]:
    """What every method of the workbench gives; a new one has to be named here."""
    question = TableQuestion(("revenue",), ("store",), "month")
    calls = {
        "overview": lambda: bench.overview(replace(STATE, kpi=None)),
        "explore": lambda: bench.explore(replace(STATE, by="store")),
        "explain": lambda: bench.explain(STATE),
        "whatif": lambda: bench.whatif(replace(STATE, view="whatif")),
        "trend": lambda: bench.trend(replace(STATE, view="trend")),
        "heat": lambda: bench.heat(replace(STATE, view="trend", shape="periods")),
        "records": lambda: bench.records(STATE),
        "definition": lambda: bench.definition(replace(STATE, kpi="multichannel" if "multichannel" in bench.desk.catalogue.kpis else "revenue")),
        "sql": lambda: bench.sql(replace(STATE, view="explore", by="store")),
        "data": lambda: bench.data(replace(STATE, view="data")),
        "glance": lambda: bench.glance(STATE),
        "gaps": lambda: bench.gaps(replace(STATE, view="gaps", kpi=None)),
        "gap_detail": lambda: bench.gap_detail(STATE),
        "actions": lambda: bench.actions(replace(STATE, kpi=None)),
        "notes": lambda: bench.notes(STATE),
        "query": lambda: bench.query(question),
        "query_sql": lambda: bench.query_sql(question),
        "members": lambda: bench.members(STATE, "store", ""),
        "anywhere": lambda: bench.anywhere(STATE, "nice"),
        "nearest": lambda: bench.nearest(replace(STATE, where=(Filter("store", ("Nize",)),))),
    }
    public = {name for name, _ in inspect.getmembers(Workbench, callable) if not name.startswith("_")}
    assert public == {*calls, *REFUSED, *SILENT}
    yield from ((name, call()) for name, call in calls.items())


def test_no_page_names_another_store_or_a_total_of_everybody(bench: Workbench, whole: Workbench) -> None:
    total = whole.explore(STATE).total.value.number
    assert total is not None
    for name, page in pages(bench):
        text = repr(page)
        if name != "nearest":  # it says the name that was asked for
            assert not [other for other in OTHERS if other in text], name
        assert repr(total) not in text and f"{float(total):.2f}" not in text, name


def test_files_and_customers_are_told_to_nobody_who_sees_a_part(bench: Workbench, shop: Path) -> None:
    for call in (lambda: bench.account(1), bench.customers, lambda: bench.claims(STATE), lambda: bench.load(shop, lambda _: None)):
        with pytest.raises(UsageError, match="whole exports"):
            call()


def test_another_store_is_refused_and_a_part_of_the_scope_is_not(bench: Workbench) -> None:
    with pytest.raises(UsageError) as caught:
        bench.overview(replace(STATE, where=(Filter("store", ("Nice",)),)))
    assert STORE in str(caught.value.hint)
    with pytest.raises(UsageError):
        bench.query(TableQuestion(("revenue",), filters=(Filter("store", ("Nice",)),)))
    assert not bench.query(TableQuestion(("revenue",), ("store",), where="store = 'Nice'")).rows
    assert bench.explore(replace(STATE, where=(Filter("store", (STORE,)),))).header.crumbs == ()


def test_targets_of_the_company_are_no_targets_of_the_scope(bench: Workbench, whole: Workbench) -> None:
    own = whole.explore(replace(STATE, where=(Filter("store", (STORE,)),))).total
    mine, everybody = bench.explore(STATE).total, whole.explore(STATE).total
    assert mine.target == own.target != everybody.target
    assert mine.value == own.value


def test_everything_and_nothing(shop: Path, tmp_path: Path, whole: Workbench) -> None:
    other = shop_for(tmp_path, "all")
    with Workbench.open(other) as bench:
        assert not bench.desk.scope and bench.explore(STATE).total.value == whole.explore(STATE).total.value
    allow(other, "nothing")
    with pytest.raises(UsageError, match="sees nothing"):
        Workbench.open(other)
    allow(other, "{stores: [Atlantis]}")
    with Workbench.open(other) as bench:
        found = bench.explore(STATE).total.value
        assert found.number in (None, 0) and found.status is not Status.VALUE
    told = [str(message) for message in doubts(other, load_access(other / "config"))]  # type: ignore[arg-type]
    assert not any("Nice" in text for text in told)  # what is there is not told to who may not see it
    assert "can be changed" in str(open_to_change(other))
    allow(other, """{stores: ["O'Neil'); select 1; --", 'Nice']}""")
    with Workbench.open(other) as bench:
        assert bench.explore(STATE).total.value.number == whole.explore(replace(STATE, where=(Filter("store", ("Nice",)),))).total.value.number


def test_several_stores_and_channels(tmp_path: Path, whole: Workbench) -> None:
    root = shop_for(tmp_path, "{stores: [Nice, Nantes], channels: [store]}")
    with Workbench.open(root) as bench:
        page = bench.explore(replace(STATE, by="store"))
        assert {row.key for row in page.rows if row.key} == {"Nice", "Nantes"}
        parts = whole.explore(replace(STATE, by="store", where=bench.desk.scope.filters))
        assert page.total.value.number == parts.total.value.number
        assert page.header.scope_text == "Nantes, Nice · Stores"
