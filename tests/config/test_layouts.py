"""config/layouts.yaml: answers by profile and by header, mistakes by line, and entries that are added without touching what people wrote."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kpi_core.config.layouts import Answers, FileSays, Layout, add_file, add_layout, entry_text, load_layouts, period_of
from kpi_core.errors import ConfigError

COLUMNS = {"amazon.orders": ("day", "price"), "till": ("day",)}
GOOD = """# ours
version: 1
layouts:
    - profile: amazon.orders     # Berlin
      decimal: {price: ","}
      zone: Europe/Berlin
    - {profile: amazon.orders, header: ["0123456789abcdef"], decimal: {price: "."}, date_order: {day: mdy}, currency: USD, confirmed: true}
"""
ENTRY = Layout(
    profile="till", header=("1234567890123456",), date_order={"day": "dmy"}, zones={'Cent"ral: {': "America/Chicago"},
    columns={"day": "How \\ \"likely\"?", "score": None}, confirmed=True,
)  # fmt: skip
FILES = """version: 1
files:
  "Business*.csv": {period: 2026-10}
  # that one was for one store
  "0123456789abcdef": {name: x.csv, period: 2026-09-01..2026-09-15, day: 2026-09-15}
layouts:
  - {profile: till}
"""


def test_no_file_is_no_answer(tmp_path: Path) -> None:
    assert load_layouts(tmp_path).check(COLUMNS).answers("till", "x") == Answers()


def test_an_entry_counts_for_its_profile_or_only_for_its_header(tmp_path: Path) -> None:
    (tmp_path / "layouts.yaml").write_text(GOOD, encoding="utf-8")
    layouts = load_layouts(tmp_path).check(COLUMNS)
    assert layouts.answers("amazon.orders", "other") == Answers({"price": ","}, {}, None, "Europe/Berlin", False)
    assert layouts.answers("amazon.orders", "0123456789abcdef") == Answers({"price": "."}, {"day": "mdy"}, "USD", "Europe/Berlin", True)
    assert layouts.answers("till", "0123456789abcdef") == Answers()


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "hint"),
    [
        ("zone:", "zona:", 6, "layouts.0.zona", "zone"),
        ("Europe/Berlin", "Europe/Berlim", 6, "layouts.0.zone", "Europe/Berlin"),
        ("currency: USD", "currency: dollar", 7, "layouts.1.currency", "EUR"),
        ("day: mdy", "day: mmddyy", 7, "layouts.1.date_order.day", None),
        ("day: mdy", "dai: mdy", 7, "layouts.1.date_order.dai", "day"),
        ("profile: amazon.orders     #", "profile: amazon.order #", 4, "layouts.0.profile", "amazon.orders"),
        ("profile: amazon.orders     # Berlin", "header: []", 4, "layouts.0", None),
        ("version: 1", "version: 2", 2, "version", None),
    ],
)
def test_a_mistake_names_line_and_key(tmp_path: Path, old: str, new: str, line: int, key: str, hint: str | None) -> None:
    assert old in GOOD
    (tmp_path / "layouts.yaml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_layouts(tmp_path).check(COLUMNS)
    where = caught.value.where
    assert where is not None
    assert (where.file, where.line) == ("config/layouts.yaml", line)
    assert (where.column or "").startswith(key)
    if hint:
        assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    "before",
    [
        None, "", "# only a comment\n", "version: 1\n", "version: 1\nlayouts:\n", "version: 1\nlayouts: []   # none yet\n", GOOD, GOOD.rstrip(),
        "layouts:\n- {profile: till}\n# the end of the list\nversion: 1 # a key below\n",
    ],
)  # fmt: skip
def test_an_entry_is_added_and_every_line_of_people_stays(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "layouts.yaml"
    if before is not None:
        path.write_text(before, encoding="utf-8")
    known = load_layouts(tmp_path).entries
    add_layout(tmp_path, ENTRY)
    add_layout(tmp_path, Layout(profile="till", decimal={"price": ","}))
    layouts = load_layouts(tmp_path)
    assert layouts.entries == (*known, ENTRY, Layout(profile="till", decimal={"price": ","}))
    after = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in (before or "").replace("layouts: []", "layouts:").splitlines() if line not in after] == []
    assert layouts.answers("till", "1234567890123456").confirmed
    assert [item.name for item in tmp_path.iterdir()] == ["layouts.yaml"]


def test_a_file_with_a_mistake_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "layouts.yaml"
    path.write_text("version: 1\nlayouts: [{profile: till}]\n", encoding="utf-8")  # on one line: there is no end of a list to add to
    with pytest.raises(ConfigError) as caught:
        add_layout(tmp_path, ENTRY)
    assert entry_text(ENTRY) in str(caught.value.hint)
    assert path.read_text(encoding="utf-8") == "version: 1\nlayouts: [{profile: till}]\n"


def test_a_file_is_told_by_its_name_or_by_its_content_which_goes_first(tmp_path: Path) -> None:
    (tmp_path / "layouts.yaml").write_text(FILES, encoding="utf-8")
    layouts = load_layouts(tmp_path).check(COLUMNS)
    october, half = (date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 9, 1), date(2026, 9, 15))
    assert layouts.answers("till", "x", "BUSINESSreport.csv", "ffff").period == october
    found = layouts.answers("till", "x", "BusinessReport.csv", "0123456789abcdef0123")
    assert (found.period, found.day) == (half, date(2026, 9, 15))
    assert layouts.answers("till", "x", "other.csv", "ffff") == Answers()
    add_file(tmp_path, "fedcba9876543210", FileSays(name='odd "name".csv', period=2026))
    after = (tmp_path / "layouts.yaml").read_text(encoding="utf-8")
    assert [line for line in FILES.splitlines() if line not in after.splitlines()] == []
    assert load_layouts(tmp_path).answers("till", "x", "", "fedcba9876543210").period == (date(2026, 1, 1), date(2026, 12, 31))
    with pytest.raises(ConfigError, match="cannot be added"):  # something else is said of it already
        add_file(tmp_path, "fedcba9876543210", FileSays(period="2025"))
    assert (tmp_path / "layouts.yaml").read_text(encoding="utf-8") == after


def test_a_first_answer_of_a_file_makes_the_section(tmp_path: Path) -> None:
    add_file(tmp_path, "fedcba9876543210", FileSays(period="2026-10"))
    add_layout(tmp_path, ENTRY)
    layouts = load_layouts(tmp_path)
    assert (layouts.entries, list(layouts.files)) == ((ENTRY,), ["fedcba9876543210"])


@pytest.mark.parametrize("text", ["", "2026-13", "2026-02-30", "October", "2026-10-31..2026-10-01", "2026..", "2026..2027..2028", "20261", "1/10/2026"])
def test_what_is_no_period(tmp_path: Path, text: str) -> None:
    assert period_of(text) is None
    (tmp_path / "layouts.yaml").write_text(f'version: 1\nfiles:\n  a.csv: {{period: "{text}"}}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="is not a period") as caught:
        load_layouts(tmp_path)
    assert caught.value.where is not None
    assert caught.value.where.line == 3
