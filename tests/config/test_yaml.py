"""YAML without surprises: what is text stays text, and each mistake names its file, line, key and the nearest valid key."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_core.config.decode import decode
from kpi_core.config.model import CalendarFile, KpiFile
from kpi_core.config.settings_file import SettingsFile
from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml, parse_yaml
from kpi_core.errors import ConfigError


def test_scalars_mean_what_they_look_like() -> None:
    text = b"store: 0012\ncountry: NO\nopen: 12:30\nday: 2026-01-31\nn: 5\nbig: 12_000_000\nx: -2.5\nyes: true\nnothing: ~\nexp: 1e3\n"
    assert parse_yaml(text, "f").value == {
        "store": "0012", "country": "NO", "open": "12:30", "day": "2026-01-31", "n": 5, "big": 12000000, "x": -2.5, "yes": True, "nothing": None, "exp": "1e3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (b"a:\n\tb: 1", 2, "not valid YAML"),
        (b"a: 1\na: 2", 2, "written twice"),
        (b"a: &x 1\nb: *x", 2, "aliases are not allowed"),
        (b"a: !!python/object/apply:os.system [id]", 1, "not allowed"),
        (b"x: \x00", 1, "not valid YAML"),
        (b"a: [1", 1, "not valid YAML"),
        ("a: 1\nb: été".encode("latin-1"), 2, "not UTF-8"),
        (b"? [a, b]\n: 1", 1, "plain text"),
    ],
)
def test_refusals_name_the_line(text: bytes, line: int, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, "f.yaml")
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == ("f.yaml", line)
    assert what in str(caught.value)


def test_a_tab_is_explained() -> None:
    with pytest.raises(ConfigError, match="not tabs"):
        parse_yaml(b"a:\n\tb: 1", "f.yaml")


@pytest.mark.parametrize("text", [b"[" * 5000, b"a: " + b"x" * 300_000])
def test_bombs_are_refused(text: bytes) -> None:
    with pytest.raises(ConfigError):
        parse_yaml(text, "f.yaml")


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("version: 1\ncurency: EUR", 2, "curency", "did you mean currency?"),
        ("version: 1\nlimits:\n  threads: 2\n  memori: 3", 4, "limits.memori", "did you mean memory?"),
        ("version: 1\nlimits:\n  threads: zero", 3, "limits.threads", None),
        ("version: 1\nexports: [a, 3]", 2, "exports.1", None),
        ("name: x", 1, None, None),
    ],
)
def test_decoding_names_the_key(text: str, line: int, column: str | None, hint: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        decode(parse_yaml(text.encode(), "settings.yaml"), SettingsFile)
    where = caught.value.where
    assert where is not None
    assert (where.line, where.column) == (line, column)
    assert (str(caught.value.hint) if caught.value.hint else None) == hint


def test_the_wrong_entry_of_a_mapping_is_found() -> None:
    text = b"version: 1\ndimensions: {}\ndrill: []\nfacts: {}\nmeasures:\n  a: {fact: x, agg: y}\n  b: {fact: x, aggr: y}\ngroups: []\nkpis: {}\n"
    with pytest.raises(ConfigError, match=r"kpis.yaml:7 \[measures.b.aggr\].*did you mean agg"):
        decode(parse_yaml(text, "kpis.yaml"), KpiFile)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: there is no such file"):
        load_yaml(tmp_path / "nowhere.yaml")


def test_shipped_files_decode() -> None:
    config = shipped("config")
    assert decode(load_yaml(config / "settings.yaml"), SettingsFile).currency == "EUR"
    assert decode(load_yaml(config / "calendar.yaml"), CalendarFile).default_grain == "week"
    assert decode(load_yaml(config / "kpis.yaml"), KpiFile).kpis
