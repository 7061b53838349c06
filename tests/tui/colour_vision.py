"""How colours look to people who lack one kind of cone, and how far apart two colours are."""

from __future__ import annotations

# Full severity, for linear RGB: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A Physiologically-based Model for
# Simulation of Color Vision Deficiency", IEEE Transactions on Visualization and Computer Graphics 15 (6), 2009.
PROTANOPIA = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
DEUTERANOPIA = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
TYPICAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
Matrix = tuple[tuple[float, float, float], ...]


def _linear(colour: str) -> list[float]:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def seen(colour: str, eyes: Matrix) -> list[float]:
    """The linear RGB that such eyes take the colour for."""
    source = _linear(colour)
    return [min(1.0, max(0.0, sum(weight * value for weight, value in zip(row, source, strict=True)))) for row in eyes]


def _lab(rgb: list[float]) -> tuple[float, float, float]:
    """CIE 1976 L*a*b* of linear sRGB, white D65."""
    red, green, blue = rgb
    xyz = (
        (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883,
    )
    x, y, z = (value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116 for value in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: str, other: str, eyes: Matrix = TYPICAL) -> float:
    """CIE 1976 colour difference as such eyes see it; about 2.3 can just be told apart side by side."""
    return sum((a - b) ** 2 for a, b in zip(_lab(seen(one, eyes)), _lab(seen(other, eyes)), strict=True)) ** 0.5
