"""Write the sample exports of Maison Lumen: `python sample_data/generate.py [OUT]` (default: `exports` beside this file).

Standard library only; the same bytes at every run. Also writes `facts.json` beside the exports: figures computed from the
model, not from the files, for tests to compare with.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sample_data.generator import write_people, write_shopify, write_stores, write_tills, write_web
from sample_data.generator.audience import cells
from sample_data.generator.facts import write_facts
from sample_data.generator.sales import world


def generate(out: Path) -> None:
    """Write every export under `out`, and `facts.json` beside it."""
    everything = world(cells())
    money = write_web.spends(everything.grid)
    write_shopify.write(out / "shopify", everything)
    write_tills.write(out, everything)
    write_web.write(out, everything.grid, money)
    write_stores.write(out, everything)
    write_people.write(out, everything)
    write_facts(out.parent / "facts.json", everything, money)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "exports")
