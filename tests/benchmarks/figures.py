"""Measured figures beside what is wanted of them: as a table, as JSON, and against an earlier result."""

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure and what is wanted of it."""

    goal: str
    what: str
    value: float
    unit: str
    target: float = math.inf
    """Infinite: it is told to understand the others by, and nothing is wanted of it."""
    stretch: float | None = None
    at_least: bool = False
    """Whether more is better."""
    beside: str = ""
    """What the figure is a ratio of, as text: what we take and what the same work takes without us."""

    @classmethod
    def ratio(
        cls,
        goal: str,
        what: str,
        *,
        ours: float,
        floor: float,
        unit: str,
        target: float = math.inf,
        stretch: float | None = None,
    ) -> "Figure":
        """Returns how many times the floor we take; both measured in the same run, in the same unit."""
        beside = f"{ours:,.2f} by {floor:,.2f} {unit}"
        return cls(goal=goal, what=what, value=ours / floor, unit="×", target=target, stretch=stretch, beside=beside)

    @property
    def wanted(self) -> bool:
        """Whether it is held against a target."""
        return math.isfinite(self.target)

    @property
    def met(self) -> bool:
        return not self.wanted or self._within(self.target)

    @property
    def verdict(self) -> str:
        """Returns what to say of it in one word."""
        if not self.wanted:
            return ""
        stretched = self.stretch is not None and self._within(self.stretch)
        return "stretch" if stretched else "met" if self.met else "MISSED"

    def _within(self, limit: float) -> bool:
        return self.value >= limit if self.at_least else self.value <= limit


def percentile(values: Sequence[float], share: float) -> float:
    """Returns the value that `share` of all are below of, or equal to."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def heading(*, compared: bool) -> str:
    """Returns the first line of the table."""
    names = f"{'goal':4} {'what':42} {'figure':>12} {'':7} {'target':>10} {'stretch':>10} {'met':8}"
    return f"{names}{' before' if compared else ''} ours by the floor's"


def row(figure: Figure, before: Mapping[str, float] | None) -> str:
    """Returns one line of the table; `before`: the figures of an earlier result by name."""
    sign = "≥" if figure.at_least else "≤"
    target = f"{sign} {figure.target:g}" if figure.wanted else ""
    stretch = f"{sign} {figure.stretch:g}" if figure.stretch is not None else ""
    value = f"{figure.value:12,.2f}" if figure.beside else f"{figure.value:12,.1f}"
    line = f"{figure.goal:4} {figure.what:42} {value} {figure.unit:7} {target:>10} {stretch:>10} {figure.verdict:8}"
    if before is not None:
        old = before.get(name_of(figure.goal, figure.what))
        line = f"{line} {f'{figure.value / old:6.2f}' if old else '':>6}"
    return f"{line} {figure.beside}".rstrip()


def name_of(goal: str, what: str) -> str:
    """Returns how a figure is found again."""
    return f"{goal} {what}"


def written(figures: Sequence[Figure]) -> str:
    """Returns figures as one JSON document."""
    rows = [
        {
            "goal": each.goal,
            "what": each.what,
            "value": each.value if math.isfinite(each.value) else None,
            "unit": each.unit,
            "target": each.target if each.wanted else None,
            "stretch": each.stretch,
            "at_least": each.at_least,
            "met": each.met,
            "beside": each.beside,
        }
        for each in figures
    ]
    return json.dumps({"machine": platform.platform(), "load": os.getloadavg()[0], "figures": rows}, indent=2) + "\n"


def read(file: Path) -> dict[str, float]:
    """Returns the figures of an earlier result by name."""
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return {
        name_of(each["goal"], each["what"]): each["value"] for each in document["figures"] if each["value"] is not None
    }
