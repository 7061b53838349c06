"""Tables that are no exports are claimed by nobody. `make test` takes some hundred of them, `make fuzz` three thousand (OMNIGAP_FOREIGN=number)."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from foreign_files import files, made_up, table
from source_files import PROFILES, write

from kpi_core.errors import SourceError, UnknownFormat
from kpi_core.sources import recognise
from kpi_core.sources.profiles.lint import witnesses
from kpi_core.sources.profiles.profile import Profile
from kpi_core.sources.recognise import Recognised, claims, norm

COUNT = int(os.environ.get("OMNIGAP_FOREIGN", "600"))
CHUNKS = max(3, COUNT // 500)
KNOWN = 0.6  # a claimed header of which the profile knows less is a false claim


def _plain(text: str) -> str:
    """A header as people compare it, written again."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("–", "-").replace("’", "'").strip(' "\ufeff').split())


def _fits(spelling: str, names: Sequence[str]) -> bool:
    return any(re.search(spelling[3:], name) for name in names) if spelling.startswith("re:") else _plain(spelling) in names


def false_claim(found: Recognised, above: Sequence[str]) -> str | None:
    """Why a file should not have been claimed; None when it is what the profile describes."""
    spec, names = found.profile.spec, [_plain(cell) for cell in found.header]
    for headers in found.profile.required:
        if not any(_fits(spelling, names) for spelling in headers):
            return f"{headers[0]} is not there"
    if any(_fits(spelling, names) for spelling in spec.detect.forbidden):
        return "a forbidden header is there"
    if spec.detect.preamble is not None and not any(re.search(spec.detect.preamble, line) for line in above):
        return "the lines above say nothing"
    columns = [headers for column in spec.columns.values() for headers in column.headers]
    known = sum(any(_fits(spelling, [name]) for spelling in (*columns, *(item for headers in found.profile.required for item in headers))) for name in names)
    if known < (len(names) if spec.detect.closed else KNOWN * len(names)):
        return f"only {known} of its {len(names)} columns are known"
    return None


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_foreign_table_is_not_claimed(chunk: int, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for number, (name, text) in enumerate(files(COUNT)):
        if number % CHUNKS != chunk:
            continue
        path = write(tmp_path, name, text)
        try:
            found = recognise(path, PROFILES)
        except SourceError as error:
            seen[type(error).__name__] += 1
        else:
            seen["claimed"] += 1
            if (why := false_claim(found, text.splitlines()[: found.header_row])) is not None:
                wrong.append(f"{name} by {found.profile_id}: {why}: {found.header}")
        path.unlink()
    print(dict(seen))
    assert not wrong, "\n".join(wrong[:10])
    assert seen["UnknownFormat"] > 0.9 * sum(seen.values()) > 50
    assert seen["claimed"] <= 0.002 * sum(seen.values()), "words that happen to be those of a template"


def test_common_words_under_any_heading_are_no_export(tmp_path: Path) -> None:
    above = ["# Report", "# ----"]
    foreign = [
        table([["Country", "Users", "Sessions"], ["FR", 3, 4]], above=above),  # a table with comments, not of Google Analytics
        table([["date", "views"], ["2026-09-01", 3]], above=["# of the year 2026"]),
        table([["Day", "Campaign", "Cost", "Clicks"], ["2026-09-01", "A", 3, 4]]),  # of any platform
        table([["Campaign", "Impressions", "Clicks", "Spend"], ["A", 3, 4, 5]]),
        table([["id", "name", "date", "status", "total"], [1, "a", "2026-09-01", "paid", 3]], ";"),
        table([["order", "product", "quantity", "price", "date"], [1, "a", 2, 3, "2026-09-01"]], "\t"),
    ]
    for number, text in enumerate(foreign):
        with pytest.raises(UnknownFormat):
            recognise(write(tmp_path, f"report{number}.csv", text), PROFILES)


@pytest.mark.parametrize("profile", [item for item in PROFILES if item.spec.read.records is None], ids=lambda item: item.id)
def test_a_profile_needs_each_of_its_headers(profile: Profile) -> None:
    header = witnesses(profile)[1]
    assert claims(profile, header)
    for headers in profile.required:
        rest = [name for name in header if not any(_fits(spelling, [_plain(name)]) for spelling in headers)]
        assert not claims(profile, [norm(name) for name in rest]), headers


def test_the_oracle_sees_a_false_claim(tmp_path: Path) -> None:
    import random

    text = made_up(random.Random(1), ("Name", "Financial Status", "Lineitem quantity", "Lineitem price", "Created at"))
    assert text
    whole = [["Name", "Financial Status", "Lineitem quantity", "Lineitem price", "Created at", *(f"x{at}" for at in range(9))], ["#1", "paid", 1, 2, "2026-09-01"]]
    found = recognise(write(tmp_path, "x.csv", table(whole)), PROFILES)
    assert false_claim(found, []) == "only 5 of its 14 columns are known"
