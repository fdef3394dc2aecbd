"""How durations are spread, by nearest rank: every figure is one of the durations, and one outlier moves no median."""

from array import array
from collections.abc import Sequence

from prodigy_tui.report.figures import Quantiles


def quantiles(durations: "Sequence[float] | array[float]") -> Quantiles:
    """Returns p50, p95, maximum and sum; of nothing only the sum is known."""
    ordered = sorted(durations)
    return Quantiles(
        count=len(ordered),
        p50_s=_ranked(ordered, 50),
        p95_s=_ranked(ordered, 95),
        max_s=ordered[-1] if ordered else None,
        total_s=sum(ordered),
    )


def _ranked(ordered: Sequence[float], percent: int) -> float | None:
    """Returns the smallest value that `percent` of a hundred do not pass: at rank ceil(n × percent / 100)."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None
