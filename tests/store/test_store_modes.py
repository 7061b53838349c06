"""Four ways in which a new export meets what is loaded already, against a plain rule; and facts built step by step against facts built at once."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fact_steps import DAYS, Export, Row, Store, keys, oracle, walks
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kpi_core.config.shipped import shipped
from kpi_core.errors import StoreError
from kpi_core.sources import Profiles
from kpi_core.sources.profiles.lint import mistakes
from kpi_core.store import MartSettings, SourceImporter, Workspace, load_with, months, open_reader
from kpi_core.store import facts as facts_module
from kpi_core.store.datasets import DATASETS
from kpi_core.store.modes import Mode, mode_of

ORDER = st.fixed_dictionaries({"order_id": st.sampled_from("abcde"), "placed_on": st.sampled_from(DAYS), "gross": st.integers(1, 3)})
LINE = st.fixed_dictionaries({"order_id": st.sampled_from("abc"), "line_no": st.integers(1, 2), "placed_on": st.sampled_from(DAYS), "net": st.integers(1, 3)})
STOCK = st.fixed_dictionaries(
    {"day": st.sampled_from(DAYS), "location": st.sampled_from(["Lyon", "Lille", None]), "sku": st.sampled_from("xyz"), "on_hand": st.integers(0, 3)}
)
VISIT = st.fixed_dictionaries({"platform": st.just("ga4"), "property": st.just("p"), "scope": st.just("source"), "period_start": st.sampled_from(DAYS),
                               "source": st.sampled_from(["mail", "ads", None]), "page": st.sampled_from(["/", None]), "sessions": st.integers(1, 9)}).map(
    lambda row: row | {"period_end": row["period_start"]})  # fmt: skip
TOUCH = st.fixed_dictionaries({"touch_id": st.sampled_from(["t", "u", None]), "occurred_on": st.sampled_from(DAYS), "channel": st.sampled_from(["web", "app"])})
# ids as shops have them: with and without a prefix, of any length, none; sorted as text "10" lies before "9", and files keep no bounds of long ones
IDS = ("9", "10", "100", "a:1", "a:10", "A:1", "\u00e9", "", "\U0001f6d2" * 99 + "1", "\U0001f6d2" * 99 + "2", None)
NUMBERED = st.fixed_dictionaries({"order_id": st.sampled_from(IDS), "placed_on": st.sampled_from(DAYS), "gross": st.integers(1, 3)})
ORPHAN = st.fixed_dictionaries({"order_id": st.sampled_from(IDS), "line_no": st.integers(1, 2), "placed_on": st.sampled_from(DAYS), "net": st.integers(1, 3)})
EXAMPLES = 200 if os.environ.get("OMNIGAP_TORTURE") else 2
QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))


def walk(folder: Path, steps: list[list[Export]], limit: int, tail: float) -> None:
    """After every step: the facts are what the rule says, and what facts built at once are; what changed is named exactly."""
    kept, facts_module.ROWS_PER_FILE, months.TAIL = (facts_module.ROWS_PER_FILE, months.TAIL), limit, tail
    name = steps[-1][0].dataset if steps[-1] else next(export.dataset for step in steps for export in step)
    by_steps = Store(folder / "steps")
    before: list[tuple[Any, ...]] = []
    try:
        for number, exports in enumerate(steps):
            entries = by_steps.manifest.facts.get(name, ())
            by_steps.count(*exports)
            rows = by_steps.rows(name)
            key_columns = [2 + list(DATASETS[name].columns).index(column) for column in DATASETS[name].key]
            told = [(row[0], row[1], str([row[column] for column in key_columns])) for row in rows]
            expected = oracle(name, exports, by_steps.loads)
            if any(export.mode == "append_events" for export in exports):
                told, expected = [(*row[:2], "") for row in told], [(*row[:2], "") for row in expected]
            assert [row[:2] for row in told] == [row[:2] for row in expected]
            differing = keys(name, [row for row in before if row not in rows] + [row for row in rows if row not in before])
            changed = by_steps.changed(name)
            assert changed is None or changed == differing
            assert changed is not None or number == 0 or not exports or not steps[number - 1]
            day = 2 + list(DATASETS[name].columns).index(DATASETS[name].day or "")
            for entry in by_steps.manifest.facts.get(name, ()) if entries and entries[0].part else ():
                if changed is not None and entry not in entries:  # only months of what changed are written
                    touched = [row for row in before + rows if keys(name, [row]) <= differing]
                    assert any(str(row[day]).startswith(entry.part) for row in touched)
            assert rows == by_steps.at_once(name)
            before = rows
    finally:
        by_steps.close()
        facts_module.ROWS_PER_FILE, months.TAIL = kept


UPSERTS = ("upsert",)
WINDOWS = ("upsert", "replace_window")


@pytest.mark.fault(4, 5, 26)
@pytest.mark.parametrize(
    ("dataset", "row", "modes"),
    [
        ("orders", ORDER, UPSERTS),
        ("order_lines", LINE, UPSERTS),
        ("orders", NUMBERED, UPSERTS),
        ("order_lines", ORPHAN, UPSERTS),
        ("traffic", VISIT, UPSERTS),
        ("orders", ORDER, WINDOWS),
        ("order_lines", LINE, ("replace_window",)),
        ("stock", STOCK, ("snapshot",)),
        ("stock", STOCK, ("upsert", "replace_window", "snapshot")),
        ("touches", TOUCH, ("append_events",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value) if isinstance(value, tuple) else "",
)
@QUICK
@given(data=st.data())
def test_step_by_step_is_what_the_rule_says_and_what_is_built_at_once(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, dataset: str, row: st.SearchStrategy[Row], modes: tuple[str, ...]
) -> None:
    steps = data.draw(walks(dataset, row, modes))
    walk(tmp_path_factory.mktemp("walk"), steps, data.draw(st.sampled_from([1, 4, 1000])), data.draw(st.sampled_from([0.25, 9.0])))


def of_orders(*numbers: str, day: str = "2026-10-0", **more: Any) -> tuple[Row, ...]:
    return tuple({"order_id": number, "placed_on": f"{day}{number}", "gross": 1, **more} for number in numbers)


def ids(store: Store) -> list[str]:
    return sorted(row[2] for row in store.rows("orders"))


@pytest.mark.fault(4, 5)
@pytest.mark.parametrize(("mode", "left"), [("upsert", ["1", "2", "3", "4"]), ("replace_window", ["1", "3", "4"])])
def test_an_order_that_the_window_no_longer_has_disappears_and_comes_back_with_an_undo(tmp_path: Path, mode: str, left: list[str]) -> None:
    month = Export("orders", of_orders("1", "2", "3", "4"), "2026-10-10")
    again = Export("orders", of_orders("1", "3"), "2026-10-11", mode)  # 2 was cancelled; 4 lies outside of the days that it speaks of
    other = Export("orders", of_orders("2", store="b"), "2026-10-10 12:00:00", profile="b")  # the same day told by another system
    store = Store(tmp_path / "space")
    store.count(month)
    store.count(month, again)
    assert ids(store) == left
    store.count(month)
    assert ids(store) == ["1", "2", "3", "4"]
    store.count(again)
    store.count(again, month)  # the older export comes last
    assert ids(store) == left
    store.count(again, month, other)
    assert ids(store) == ["1", "2", "3", "4"]
    wide = Export("orders", (), "2026-10-12", "replace_window", window=("2026-10-01", "2026-10-31"))  # nothing was sold after all
    store.count(month, again, wide)
    assert ids(store) == []
    store.close()


def test_an_addition_reads_no_old_batch_and_a_damaged_one_stops_only_what_needs_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "space")
    first, correction = Export("orders", of_orders("1", "2")), Export("orders", of_orders("2", gross=9), "2026-11-01")
    store.count(first)
    path = store.space.warehouse / store.batches[first.sha256].files["orders"].file
    sound = path.read_bytes()
    path.write_bytes(sound[:-9])
    addition = Export("orders", of_orders("3"), "2026-11-02")
    store.count(first, addition)
    store.count(first, addition, correction)  # what the facts hold is newer than anything hidden
    assert ids(store) == ["1", "2", "3"]
    with pytest.raises((StoreError, duckdb.Error)):
        store.count(first, addition)  # the older version of 2 lies in the damaged file
    path.write_bytes(sound)
    store.count(first, addition)
    assert ids(store) == ["1", "2", "3"] and store.rows("orders") == store.at_once("orders")
    store.close()


def test_a_load_reads_no_rows_of_files_whose_keys_lie_elsewhere_but_finds_each_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_module, "ROWS_PER_FILE", 1)
    store = Store(tmp_path / "space")
    september, october = ({"order_id": f"web:{n}", "placed_on": f"2026-{n[:2]}-{n[2:]}", "gross": 1} for n in ("0901", "1001"))
    every = [Export("orders", (september, october), "2026-10-02")]
    store.count(*every)
    files = {entry.part: store.space.warehouse / entry.file for entry in store.manifest.facts["orders"]}
    sound = files["2026-09"].read_bytes()
    files["2026-09"].write_bytes(sound[:4] + bytes(400) + sound[404:])  # the rows; where they are and what their bounds are stands at its end
    more = tuple({**october, "order_id": f"web:10{n}", "gross": 2} for n in ("01", *range(20, 99)))  # of a handful DuckDB looks at the bounds by itself
    every.append(Export("orders", more, "2026-10-03"))
    facts = store.count(*every)
    assert not facts.changed["orders"].gained and store.changed("orders") == {(row["order_id"],) for row in more}
    files["2026-09"].write_bytes(sound)
    every.append(Export("orders", ({**october, "order_id": "web:1101"}, {**september, "gross": 3}), "2026-11-02"))  # an order of long ago with today's
    facts = store.count(*every)
    assert not facts.changed["orders"].gained and store.changed("orders") == {("web:1101",), ("web:0901",)}
    every.append(Export("orders", ({**october, "order_id": "web:1003"},), "2026-11-03"))  # lies between keys that are there
    assert store.count(*every).changed["orders"].gained and store.changed("orders") == {("web:1003",)}
    assert store.rows("orders") == store.at_once("orders") and len(store.rows("orders")) == 2 + 79 + 2
    store.close()


def test_new_keys_without_an_id_or_told_by_two_files_at_once_are_still_resolved(tmp_path: Path) -> None:
    store = Store(tmp_path / "space")
    row = {"line_no": 1, "placed_on": "2026-10-01", "net": 1}
    first = Export("order_lines", ({**row, "order_id": "b"}, {**row, "order_id": None}))
    store.count(first)
    newer = Export("order_lines", ({**row, "order_id": "a"}, {**row, "order_id": None, "net": 2}), "2026-11-01")
    store.count(first, newer)
    one, two = (Export("order_lines", ({**row, "order_id": "c", "line_no": line},), f"2026-11-0{line + 1}") for line in (1, 2))
    facts = store.count(first, newer, one, two)  # no key is there twice, but of an order one file tells all lines
    assert facts.changed["order_lines"].gained
    assert sorted((str(row[2]), row[3], int(row[13])) for row in store.rows("order_lines")) == [("None", 1, 2), ("a", 1, 1), ("b", 1, 1), ("c", 2, 1)]
    assert store.rows("order_lines") == store.at_once("order_lines")
    store.close()


PROFILE = """\
profile: 1
id: shop.list
title: {en: Order list}
evidence: template
columns:
  number: {from: [order number], as: id, required: true}
  day: {from: [sold on day], as: date, required: true}
  amount: {from: [paid amount], as: money}
emit:
  orders:
    mode: replace_window
    columns: {order_id: "'shop:' || number", order_ref: number, channel: "'web'", placed_on: day, status: "'completed'", is_test: "false",
              currency: "'EUR'", tax_included: "true", net: amount, gross: amount, total: amount, items_known: "false"}
"""


@pytest.mark.fault(4)
def test_the_mode_of_a_profile_is_kept_with_its_loads(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    written = tmp_path / "list.yaml"
    written.write_text(PROFILE)
    profile, profiles = Profiles.load(shipped("config") / "profiles").with_file(written)
    assert profile.modes() == {"orders": "replace_window"}
    space = Workspace.open(tmp_path)
    for number, days in enumerate((("01", "02", "03"), ("01", "03"))):
        path = tmp_path / "exports" / f"list{number}.csv"
        path.write_text("order number,sold on day,paid amount\n" + "".join(f"{day},2026-10-{day},{10 + number}.00\n" for day in days))
        os.utime(path, (1_790_000_000 + number, 1_790_000_000 + number))
        assert not load_with(space, [path], SourceImporter(profiles), MartSettings()).failed
    last = space.manifest().batches[-1]
    assert mode_of(last, "orders") == Mode("replace_window", date(2026, 10, 1), date(2026, 10, 3))
    with open_reader(space) as reader:
        assert reader.execute("select order_ref, net_amount from orders order by 1") == [("01", 11), ("03", 11)]


@pytest.mark.parametrize(
    ("old", "new", "what", "hint"),
    [
        ("replace_window", "replace_windows", "replace_window", "replace_window"),
        ("replace_window", "append_events", "append_events would count them twice", "touches"),
        ("mode: replace_window", "mode: replace_window\n    window: perid", "no fact with", ""),
        ("mode: replace_window", "mode: upsert\n    window: period", "belongs to the mode replace_window", ""),
    ],
)
def test_a_mistake_in_a_mode_is_named_by_its_line(tmp_path: Path, old: str, new: str, what: str, hint: str) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(PROFILE.replace(old, new))
    (error,) = mistakes(path, Profiles(()))
    assert what in str(error) and hint in str(error) and error.where is not None and error.where.line in (11, 12)
