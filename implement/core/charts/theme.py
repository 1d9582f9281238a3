"""Inks: for each mark a class name for the browser and a literal colour for print.

WeasyPrint ignores page CSS, ``var()`` and ``currentColor`` inside inline SVG, so every mark carries its
print colours as presentation attributes. Any stylesheet rule beats a presentation attribute, so
``static/css/charts.css`` recolours the same marks by class, light and dark. Keep the two in step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

FONT = "Inter, 'Segoe UI', Helvetica, Arial, sans-serif"

# Print palette. Text colours reach 4.5:1 and mark colours 3:1 on white; tests hold both.
PALETTE: Mapping[str, str] = MappingProxyType(
    {
        "surface": "#ffffff",
        "text": "#1f2937",
        "muted": "#566273",
        "grid": "#e7eaee",
        "axis": "#b4bdc9",
        "shade": "#f5f6f8",
        "planned": "#66758a",
        "planned-soft": "#dde2e9",
        "earned": "#0b65c2",
        "earned-soft": "#bcd8f5",
        "actual": "#b4540a",
        "actual-fill": "#cd752f",
        "actual-soft": "#f6dfc9",
        "good": "#1f7a3d",
        "watch": "#9a6700",
        "trouble": "#c22f2f",
        "trouble-soft": "#f3c4c4",
        "info": "#0b65c2",
        "neutral": "#66758a",
        "series-1": "#0b65c2",
        "series-2": "#0f7f83",
        "series-3": "#7a4fc0",
        "series-4": "#b4540a",
        "series-5": "#a83279",
        "series-6": "#5a6b2f",
    }
)

TONES = ("good", "watch", "trouble", "info", "neutral")
SERIES = tuple(f"series-{number}" for number in range(1, 7))


@dataclass(frozen=True)
class Ink:
    """How one kind of mark is drawn: the browser's class and the literal print attributes."""

    name: str
    fill: str | None = None
    stroke: str | None = None
    width: float | None = None
    dash: str | None = None
    size: float | None = None
    weight: int | None = None

    def attributes(self) -> dict[str, str | float | None]:
        """SVG attributes, the class first; fill is always literal because SVG's default is black."""
        return {
            "class": f"chart-{self.name}",
            "fill": PALETTE.get(self.fill, self.fill) if self.fill else "none",
            "stroke": PALETTE.get(self.stroke, self.stroke) if self.stroke else None,
            "stroke-width": self.width,
            "stroke-dasharray": self.dash,
            "font-size": self.size,
            "font-weight": self.weight,
        }


def line_ink(colour: str, *, dash: str | None = None, width: float = 2) -> Ink:
    """A data line; ``colour`` is a palette name."""
    return Ink(f"line chart-stroke-{colour}", stroke=colour, width=width, dash=dash)


def fill_ink(colour: str) -> Ink:
    """A filled mark in a palette colour."""
    return Ink(f"fill-{colour}", fill=colour)


def text_ink(colour: str = "text", *, size: float = 12, weight: int | None = None) -> Ink:
    """Text in a palette colour; ``size`` in SVG units."""
    name = "text" if colour == "text" else f"text chart-text-{colour}"
    return Ink(name, fill=colour, size=size, weight=weight)


GRID = Ink("grid", stroke="grid", width=1)
AXIS = Ink("axis", stroke="axis", width=1)
AS_OF = Ink("as-of", stroke="text", width=1, dash="3 3")
BUDGET_LINE = Ink("budget-line", stroke="muted", width=1, dash="1 3")
LEADER = Ink("leader", stroke="axis", width=1)
SHADE = Ink("shade", fill="shade")
HIT = Ink("hit")
TEXT = text_ink()
STRONG = text_ink(weight=600)
MUTED = text_ink("muted", size=11)
ON_TONE = Ink("text chart-text-on-tone", fill="surface", size=11, weight=600)
