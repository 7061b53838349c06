"""Damaged and hostile files: told what is wrong with them, or read with every row accounted for; nothing else ever happens.

`make test` runs some hundred of them, `make fuzz` ten thousand (OMNIGAP_FUZZ=number; OMNIGAP_FUZZ_SEED=number for others than last time).
"""

from __future__ import annotations

import faulthandler
import os
import random
import time
import traceback
from collections import Counter
from pathlib import Path

import pytest
from every_twin import TWINS, control_characters, data_of, read
from mutations import mutated
from source_files import write

from kpi_core.errors import ConfigError, SourceError

COUNT = int(os.environ.get("OMNIGAP_FUZZ", "200"))
SEED = int(os.environ.get("OMNIGAP_FUZZ_SEED", "5"))
SLOW = 5.0  # seconds of CPU for a file of some lines
CHUNKS = max(10, COUNT // 250)
NAMES = sorted(TWINS)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_damaged_file_is_refused_or_every_row_of_it_is_accounted_for(chunk: int, tmp_path: Path) -> None:
    faulthandler.dump_traceback_later(600, exit=True)
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(chunk, COUNT, CHUNKS):
        rng = random.Random(SEED * 1_000_003 + number)
        twin = TWINS[NAMES[number % len(NAMES)]]
        data, done = mutated(rng, data_of(twin))
        path = write(tmp_path, twin.name.removesuffix(".gz"), data)
        case = f"file {number} ({twin.profile}, {done})"
        start = time.process_time()
        try:
            found = read(path)
        except (SourceError, ConfigError) as error:
            seen[type(error).__name__] += 1
            if error.where is None or not str(error.what):
                wrong.append(f"{case}: {type(error).__name__} without a place: {error}")
        except Exception:
            seen["crash"] += 1
            wrong.append(f"{case}: {traceback.format_exc(limit=-3)}")
        else:
            seen["read"] += 1
            account = found.account
            explained = account.rows_used + sum(count for _, count in account.dropped) + account.rejected_count
            if account.rows_read != explained:
                wrong.append(f"{case}: {account.rows_read} rows read, {explained} explained")
            if bad := control_characters(found.tables):
                wrong.append(f"{case}: {bad[0][:80]!r} in a text")
            if not all(item.why and item.line > 0 for item in account.rejected):
                wrong.append(f"{case}: a refused row without reason or line")
        if (spent := time.process_time() - start) > SLOW:
            wrong.append(f"{case}: {spent:.1f} s")
    faulthandler.cancel_dump_traceback_later()
    print(dict(seen))
    assert not wrong, f"{len(wrong)} of {sum(seen.values())}:\n" + "\n".join(wrong[:8])
    assert seen["read"] or sum(seen.values()) < 20
