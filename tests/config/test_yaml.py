"""YAML without surprises: what is text stays text, and each mistake names its file, line, key and the nearest valid key."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from kpi_core.config import yaml
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
        (b"x: 1\na: " + b"9" * 5000, 2, "out of range"),
        (b"a: 1.0e999", 1, "out of range"),
        (b"a: !!int x", 1, "out of range"),
        (b"a: 1\nb: !!bool maybe", 2, "not allowed"),
        (b"a: !!map [x]", 1, "not allowed"),
        (b"a: !<x> 1", 1, "not allowed"),
        (b'a: "\\ud800"', 1, "half a character"),
        (b"a: {x: 1}\nb: &b {x: 1}\nc: {<<: *b, y: 2}", 3, "aliases are not allowed"),
        (b"a: 1\n---\nb: 2", 2, "not valid YAML"),
        ("a: 1".encode("utf-16"), 1, "not UTF-8"),
        (b"a: 1\nb: x\x1b[2J", 2, "not valid YAML"),
        (b"a0: &a0 [lol]\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9)), 2, "aliases"),
        (b"a: 1\nb: " + b"[" * 5000 + b"]" * 5000, 2, "nested too deeply"),
        (b"a: 1\nb: " + b"{" * 100_000, 2, "nested too deeply"),
    ],
)
@pytest.mark.fault(17)
def test_refusals_name_the_line(text: bytes, line: int, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, "f.yaml")
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == ("f.yaml", line)
    assert what in str(caught.value)


def test_a_tab_is_explained() -> None:
    with pytest.raises(ConfigError, match="not tabs"):
        parse_yaml(b"a:\n\tb: 1", "f.yaml")


@pytest.mark.fault(17)
@pytest.mark.parametrize("text", [b"[" * 250_000, b"a: " + b"x" * 300_000, b"- " * 100_000, b"? " * 5000, b"k: v\n" * 500_000])
def test_bombs_are_refused(text: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(ConfigError):
        parse_yaml(text, "f.yaml")
    assert time.monotonic() - started < 20, "it would take hours"


@pytest.mark.fault(17)
def test_more_values_than_a_person_writes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "MAX_VALUES", 500)
    with pytest.raises(ConfigError, match=r"f.yaml:2: the file has more than 500 values"):
        parse_yaml(b"a: 1\nb: [" + b"a," * 600 + b"]", "f.yaml")


@pytest.mark.fault(17)
def test_what_looks_like_a_surprise_is_text() -> None:
    text = b"\xef\xbb\xbf<<: {x: 1}\nnan: .nan\ninf: .inf\nset: 0x1F\noctal: 0o7\nmany: 1__0\nclock: 10:20:30\nred: \"\\e[31m\"\nday: 2026-01-31 10:00\n"
    assert parse_yaml(text, "f").value == {
        "<<": {"x": 1}, "nan": ".nan", "inf": ".inf", "set": "0x1F", "octal": "0o7", "many": "1__0", "clock": "10:20:30", "red": "\x1b[31m",
        "day": "2026-01-31 10:00",
    }  # fmt: skip


@pytest.mark.fault(17, 28)
def test_only_a_regular_file_is_configuration(tmp_path: Path) -> None:
    """A pipe would wait for ever, a device never end; a link to a file is how configuration is deployed."""
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    for name in ("pipe.yaml", "folder.yaml", "zero.yaml", "loop.yaml", "x" * 300, "a\0b"):
        with pytest.raises(ConfigError) as caught:
            load_yaml(tmp_path / name, "config/f.yaml")
        assert caught.value.where is not None and caught.value.where.file == "config/f.yaml"
    (tmp_path / "real.yaml").write_text("a: 1")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    assert load_yaml(tmp_path / "link.yaml").value == {"a": 1}


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
