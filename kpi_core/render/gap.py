"""How a status looks: always a glyph, an arrow and a word, so that colour only repeats what is already said."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_core.errors import Message, said
from kpi_core.pages import Delta, Gap, GapStatus
from kpi_core.render.text import Role

GLYPHS = {
    GapStatus.MET: ("✓", "OK"),
    GapStatus.NEAR: ("~", "~"),
    GapStatus.MISSED: ("✗", "!!"),
    GapStatus.NONE: ("·", "-"),
    GapStatus.NO_DATA: ("·", "-"),
    GapStatus.FEW: ("░", "#"),  # hatched: not enough to say anything
    GapStatus.NOISE: ("≈", "="),  # grey: inside what a sample of this size swings by
}
ROLE_OF: dict[GapStatus, Role] = {GapStatus.MET: "good", GapStatus.NEAR: "warn", GapStatus.MISSED: "bad"}
WORDS: dict[GapStatus, Message] = {
    GapStatus.MET: said("met"),
    GapStatus.NEAR: said("near"),
    GapStatus.MISSED: said("missed"),
    GapStatus.NONE: said("no target"),
    GapStatus.NO_DATA: said("no data"),
    GapStatus.FEW: said("too few to judge"),
    GapStatus.NOISE: said("within the noise"),
}
_ARROWS = {1: ("▲", "^"), -1: ("▼", "v"), 0: ("=", "=")}


@dataclass(frozen=True)
class GapView:
    """`glyph` says good or bad, `arrow` above or below the target (blank when not compared), `word` says it to a screen reader."""

    glyph: str
    arrow: str
    word: Message
    role: Role

    @property
    def mark(self) -> str:
        """Glyph and arrow, the glyph padded so that marks of one symbol set line up."""
        return f"{self.glyph} {self.arrow}".rstrip()


def gap_view(gap: Gap, ascii: bool = False) -> GapView:
    """The look of a gap. A status without judgement keeps its arrow only when there is an amount."""
    glyph = GLYPHS[gap.status][ascii]
    judged = gap.status in ROLE_OF or (gap.status in (GapStatus.FEW, GapStatus.NOISE) and gap.amount is not None)
    arrow = _ARROWS[gap.arrow][ascii] if judged else " "
    return GapView(glyph.ljust(2) if ascii else glyph, arrow, WORDS[gap.status], ROLE_OF.get(gap.status, "muted"))


def point_role(status: GapStatus) -> Role:
    """Of a point of a course: only what misses its target stands out; a third colour would be too close to the target's own."""
    return "bad" if status is GapStatus.MISSED else "accent"


def delta_role(delta: Delta | None) -> Role:
    """Changes stay quiet: grey where there is none or chance may have made it, else plain."""
    return "muted" if delta is None or delta.noise or (delta.amount is None and delta.ratio is None) else ""
