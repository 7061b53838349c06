"""Records to rows: what DuckDB copies of a Parquet file is what Python reads of it, and each vendor's way to write its pages is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import twins_audience
import twins_markets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_files import PROFILES, Loaded, needs_real, write

from kpi_core.errors import DamagedFile, SourceError
from kpi_core.sources import recognise
from kpi_core.sources.files.decode import examine
from kpi_core.sources.files.records import flattened, header_of
from kpi_core.sources.files.records_sql import copied
from kpi_core.sources.profiles.language import Records

Filled = list[tuple[int, dict[str, str]]]


def by_python(path: Path, spec: Records) -> Filled:
    """(record, its filled cells by name), row by row."""
    file, names = flattened(examine(path), spec)[:2]
    with file:
        rows = list(csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline="")))
    return [(int(number), {name: cell for name, cell in zip(names, cells, strict=True) if cell}) for number, *cells in rows]


def by_duckdb(path: Path, spec: Records, *wanted: str) -> Filled | None:
    """The same of the copy; of `wanted` names only, if there are any. None: it does not tell such a file."""
    con = duckdb.connect()
    made = copied(con, "made", examine(path), spec, lambda names: {names.index(name) for name in wanted} or set(range(len(names))), 5)
    if made is None:
        return None
    cursor = con.execute("SELECT * FROM made")
    columns = [column[0] for column in cursor.description or ()]
    found = []
    for number, *cells in cursor.fetchall():
        found.append((number, {made.header[int(column[1:])]: cell for column, cell in zip(columns[1:], cells, strict=True) if cell is not None}))
        assert "" not in cells
    assert (len(found), len({number for number, _ in found})) == (made.rows, made.records)
    if made.places:
        assert columns == ["l", *(f"c{place}" for place in made.places)]
        looked = [{name: cell for name, cell in zip(made.header, row, strict=True) if cell is not None} for row in made.looked]
        assert looked == [row for _, row in by_python(path, spec)[:5]]
    return found


# ---------------------------------------------------------------- Parquet: the copy and Python agree

_texts = st.one_of(st.none(), st.text(st.sampled_from("aé\"'\\,\n\t\x00\x0b\x1f\u2028😀 /"), max_size=4))
_whole = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
_real = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([1e-7, -1.5e22, 1e16, 0.1, 5e-324, -0.0]))
_keys = st.sampled_from(["a", "b", "page", "Page", "it's", None])
_value = st.fixed_dictionaries({"s": _texts, "i": _whole, "d": _real})
_pairs = st.one_of(st.none(), st.lists(st.one_of(st.none(), st.fixed_dictionaries({"key": _keys, "value": st.one_of(st.none(), _value)})), max_size=4))
_item = st.one_of(st.none(), st.fixed_dictionaries({"sku": _texts, "price": _real, "tags": st.one_of(st.none(), st.lists(_texts, max_size=2))}))
_event = st.fixed_dictionaries(
    {
        "t": _texts, "n": _whole, "x": _real, "params": _pairs, "items": st.one_of(st.none(), st.lists(_item, max_size=3)),
        "geo": st.one_of(st.none(), st.fixed_dictionaries({"city": _texts, "at": st.one_of(st.none(), st.fixed_dictionaries({"lat": _real}))})),
        "geo.city": _texts, "notes": st.one_of(st.none(), st.lists(_texts, max_size=2)),
    }
)  # fmt: skip
_SHAPE = json.dumps(
    [
        {
            "t": "VARCHAR", "n": "BIGINT", "x": "DOUBLE", "params": [{"key": "VARCHAR", "value": {"s": "VARCHAR", "i": "BIGINT", "d": "DOUBLE"}}],
            "items": [{"sku": "VARCHAR", "price": "DOUBLE", "tags": ["VARCHAR"]}], "geo": {"city": "VARCHAR", "at": {"lat": "DOUBLE"}},
            "geo.city": "VARCHAR", "notes": ["VARCHAR"],
        }
    ]
)  # fmt: skip
_SPECS = (
    Records(pairs=("params",)),
    Records(each="items", pairs=("params",), skip=("geo.at", "notes")),
    Records(each="notes", skip=("params",)),
    Records(path="no.such"),
)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as made:
        yield made


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(_event, min_size=1, max_size=4), spec=st.sampled_from(_SPECS), place=st.integers(0, 50))
def test_the_copy_is_what_python_reads(con: duckdb.DuckDBPyConnection, tmp_path: Path, events: list[dict[str, Any]], spec: Records, place: int) -> None:
    path = tmp_path / "events.parquet"
    con.execute(f"COPY (SELECT unnest(e) FROM (SELECT unnest(from_json(?, ?)) AS e)) TO '{path}' (FORMAT parquet)", [json.dumps(events), _SHAPE])
    expected = by_python(path, spec)
    assert by_duckdb(path, spec) == expected
    name = (header := header_of(examine(path), spec))[place % len(header)]
    some = by_duckdb(path, spec, name)
    assert some is not None
    if len(some) and all(name in row for _, row in expected):  # else the whole is copied, to tell empty rows
        assert some == [(number, {name: row[name]}) for number, row in expected]
    assert {key for _, row in expected for key in row} <= set(header)


def test_lists_as_some_writers_wrap_them_and_types_that_only_python_tells(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    wrapped = (
        "{'list': [{'element': {'key': 'id', 'value': {'s': NULL, 'i': 7}}}, {'element': {'key': 'p', 'value': {'s': 'x', 'i': NULL}}}]} AS params, "
        "{'list': [{'element': {'sku': 'A', 'when': TIMESTAMPTZ '2026-04-03 12:00:00.5+02'}}, {'element': {'sku': 'B', 'when': NULL}}]} AS items, "
        "TIMESTAMPTZ '2026-04-03 12:00:00+02' AS seen, 1.10::DECIMAL(9,2) AS money, DATE '2026-04-03' AS day, [1.5, 2]::DOUBLE[2] AS pair"
    )
    con.execute(f"COPY (SELECT {wrapped} UNION ALL BY NAME SELECT NULL AS params, NULL AS items, 'b\"ad' AS \"x'; --\") TO '{path}' (FORMAT parquet)")
    spec = Records(each="items", pairs=("params",))
    found = by_python(path, spec)
    common = {"params.id": "7", "params.p": "x", "seen": "2026-04-03 10:00:00Z", "money": "1.10", "day": "2026-04-03", "pair": '["1.5","2.0"]'}
    assert found[0] == (1, common | {"items.sku": "A", "items.when": "2026-04-03 10:00:00.5+00"})
    assert found[1:] == [(1, common | {"items.sku": "B"}), (2, {"x'; --": 'b"ad'})]
    assert by_duckdb(path, spec) == found
    con.execute(f"COPY (SELECT {{'a': NULL, 'b': 1}} AS s, NULL AS n, [NULL] AS l, {{'list': [{{'element': NULL}}]}} AS w) TO '{path}' (FORMAT parquet)")
    assert by_duckdb(path, Records(skip=("w",))) == by_python(path, Records(skip=("w",))) == [(1, {"s.b": "1", "l": "[null]"})]
    assert by_duckdb(path, Records(each="l")) is by_duckdb(path, Records()) is None, "fields without a type"
    con.execute(f"COPY (SELECT MAP {{'a': 1}} AS m, 2 AS n) TO '{path}' (FORMAT parquet)")
    assert header_of(examine(path), Records()) == ("m.a", "n")
    assert by_duckdb(path, Records()) is None
    assert by_duckdb(path, Records(skip=("m",))) == [(1, {"n": "2"})]


def test_bounds_and_damage_of_a_parquet_file(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    con.execute(f"COPY (SELECT i AS n, CASE WHEN i = 3 THEN repeat('x', 1100000) ELSE 'y' END AS t FROM range(1, 9) r(i)) TO '{path}' (FORMAT parquet)")
    with pytest.raises(DamagedFile, match="line 3 is larger") as long:
        by_duckdb(path, Records())
    assert long.value.where is not None
    assert long.value.where.line == 3
    made = copied(con, "only_n", examine(path), Records(), lambda names: [names.index("n")], 1)
    assert made is not None
    assert (made.places, made.looked, made.rows) == ((0,), (("1", "y"),), 8)  # what is not read is not held against it
    pairs = "[{'key': 'k' || i, 'value': 'v'}]"
    con.execute(f"COPY (SELECT {pairs} AS p FROM range(2500) r(i)) TO '{path}' (FORMAT parquet)")
    with pytest.raises(SourceError, match="more than 2000 names"):
        by_duckdb(path, Records(pairs=("p",)))
    data = path.read_bytes()
    path.write_bytes(data[:100] + bytes(200) + data[300:])
    with pytest.raises(DamagedFile, match="Parquet file cannot be read"):
        by_duckdb(path, Records(pairs=("p",)))


# ---------------------------------------------------------------- lists, pages, wrappers, lines: the same records

_ORDERS = [{"order_id": "1", "n": 1.10}, {"order_id": "2", "n": 2}, {"order_id": "3", "n": 3}]


@pytest.mark.parametrize("path", ["orders", "data.orders", ""])
@pytest.mark.parametrize(
    "text",
    [
        json.dumps(_ORDERS),
        json.dumps({"data": _ORDERS, "next": None}, indent=1),
        json.dumps({"page": {"total": 3}, "results": _ORDERS}),
        "".join(json.dumps(order) + "\n" for order in _ORDERS),
        json.dumps([_ORDERS[:2], _ORDERS[2:]]),
        json.dumps(_ORDERS[:2], indent=1) + "\n" + json.dumps(_ORDERS[2:], indent=1) + "\n",
    ],
    ids=["list", "data", "results", "lines", "lists", "one after the other"],
)
def test_records_are_found_where_tools_write_them(tmp_path: Path, text: str, path: str) -> None:
    found = by_python(write(tmp_path, "a.json", text), Records(path=path))
    assert [row for _, row in found] == [{"order_id": "1", "n": "1.1"}, {"order_id": "2", "n": "2"}, {"order_id": "3", "n": "3"}]
    assert [number for number, _ in found] == [1, 2, 3]


@pytest.mark.parametrize("path", ["orders", "data.orders"])
def test_pages_below_a_path(tmp_path: Path, path: str) -> None:
    def page(orders: list[dict[str, Any]]) -> dict[str, Any]:
        return {"orders": orders, "total_count": 3} if path == "orders" else {"data": {"orders": orders}, "data_of": 1}

    pages = [page(_ORDERS[:2]), page([]), page(_ORDERS[2:])]
    whole = [{"order_id": "1", "n": "1.1"}, {"order_id": "2", "n": "2"}, {"order_id": "3", "n": "3"}]
    for text in (
        json.dumps(page(_ORDERS)), json.dumps(pages), "\n".join(map(json.dumps, pages)), "\n".join(json.dumps(item, indent=1) for item in pages),
        json.dumps({"data": _ORDERS}),
    ):  # fmt: skip
        assert [row for _, row in by_python(write(tmp_path, "a.json", text), Records(path=path))] == whole
    lines = write(tmp_path, "b.json", "\n".join(map(json.dumps, pages)))
    assert [number for number, _ in by_python(lines, Records(path=path))] == [1, 1, 3], "the line of the page"
    assert by_python(write(tmp_path, "c.json", json.dumps(page([]))), Records(path=path)) == []
    wrapped = write(tmp_path, "d.json", json.dumps({"data": [{"x": 1}], "orders": _ORDERS}))
    assert [row for _, row in by_python(wrapped, Records(path="orders"))] == whole, "a path that leads somewhere is followed"


@pytest.mark.parametrize("profile", ["mirakl.orders", "delighted.responses", "google_business.reviews", "etsy.reviews"])
def test_answers_of_an_api_are_known_however_they_were_saved(tmp_path: Path, profile: str) -> None:
    data = next(twin.data for twin in (*twins_markets.TWINS, *twins_audience.TWINS) if twin.profile == profile)
    answer = json.loads(data)
    found = answer if isinstance(answer, list) else next(value for value in answer.values() if isinstance(value, list))
    lines = "\n".join(map(json.dumps, found))
    for text in (json.dumps(found), json.dumps({"data": found}), lines, f"{json.dumps(answer)}\n{json.dumps(answer)}", json.dumps([answer, answer])):
        assert recognise(write(tmp_path, "saved.json", text), PROFILES).profile_id == profile, text[:40]


def test_damage_in_later_records_is_told_with_its_place(tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"r{place}", "survey_type": "nps", "score": 9, "created_at": 1788220800, "person": "p1"}) for place in range(300)]
    path = write(tmp_path, "delighted.json", "\n".join([*lines, '{"id": "x", ']) + "\n")
    assert recognise(path, PROFILES).profile_id == "delighted.responses", "the first records are enough to know it"
    with pytest.raises(DamagedFile, match="line 301") as damaged:
        Loaded(path)
    assert damaged.value.where is not None
    assert damaged.value.where.line == 301
    late = write(tmp_path, "late.json", "\n".join([*lines, lines[0].replace('"person": "p1"', '"person": {"id": "p2", "email": "ana@exemple.fr"}')]))
    loaded = Loaded(late)
    assert "person.email" in [cell.name for cell in loaded.account.headers], "names that only later records have"
    assert loaded.account.rows_read == 301


# ---------------------------------------------------------------- GA4: days, and days that are exported again


def _event(name: str, second: int, visitor: str, day: int, **more: Any) -> dict[str, Any]:
    params = [{"key": key, "value": {"string_value": text, "int_value": None}} for key, text in more.items() if text is not None]
    params.append({"key": "ga_session_id", "value": {"string_value": None, "int_value": 100 + day}})
    return {
        "event_date": f"202609{day:02}", "event_timestamp": 1788220800000000 + (86400 * (day - 1) + second) * 1000000, "event_name": name,
        "event_params": params, "user_pseudo_id": visitor, "user_id": "ana@exemple.fr" if visitor == "v1" else None, "device": {"category": "mobile"},
        "geo": {"country": "France"}, "traffic_source": {"source": None, "medium": None}, "ecommerce": {"transaction_id": None, "purchase_revenue": None},
    }  # fmt: skip


def test_days_of_ga4_add_up_and_a_day_that_is_exported_again_counts_once(tmp_path: Path) -> None:
    from kpi_core.store import MartSettings, SourceImporter, Workspace, load_with, open_reader

    first = [_event("session_start", 0, "v1", 1, source="newsletter", medium="email"), _event("page_view", 9, "v2", 1), _event("page_view", 10, "v2", 1)]
    late = [*first, _event("session_start", 8, "v2", 1, source="google", medium="cpc")]  # its source came with a late event
    second = [_event("page_view", 5, "v1", 2, source="newsletter", medium="email")]
    files = {"events_20260901": late, "events_intraday_20260901": first[:2], "events_20260901_first": first, "events_20260902": second}
    space = Workspace.open(tmp_path)
    folder = tmp_path / "exports"
    folder.mkdir()
    con = duckdb.connect()
    for name, rows in files.items():
        source = write(tmp_path, "rows.json", "".join(json.dumps(row) + "\n" for row in rows))
        con.execute(f"COPY (SELECT * FROM read_json('{source}', sample_size = -1)) TO '{folder / name}.parquet' (FORMAT parquet)")
    report = load_with(space, space.export_files(), SourceImporter(PROFILES), MartSettings())
    assert {file.status for file in report.files} == {"loaded"}, [file.error for file in report.files]
    with open_reader(space) as reader:
        counted = reader.execute("select day, source, sum(sessions) from sessions group by all order by all")
        assert counted == [(date(2026, 9, 1), "Email", 1), (date(2026, 9, 1), "Paid Search", 1), (date(2026, 9, 2), "Email", 1)]
        people = reader.execute("select period_start, period_end, users from audience where scope = '' order by 1")
        assert people == [(date(2026, 9, 1), date(2026, 9, 1), 2), (date(2026, 9, 2), date(2026, 9, 2), 1)], "of each day, never of both"
        assert reader.execute("select count(*) from touches") == [(2,)]


# ---------------------------------------------------------------- real files


@needs_real
def test_the_real_events_are_read_as_python_reads_them() -> None:
    from source_files import REAL

    path = REAL / "ga4_sample" / "ga_sample_universal_analytics.parquet"
    spec = Records(skip=("hits", "trafficSource"))
    assert by_duckdb(path, spec) == by_python(path, spec)
