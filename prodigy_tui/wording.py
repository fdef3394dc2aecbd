"""Numbers, times and sizes as people say them: for messages of every layer.

The interface has forms of its own where cells are few, and reports where figures stand in tables.
"""

from collections.abc import Sequence


def plural(count: int, noun: str, many: str = "") -> str:
    """Returns `1 file`, `2 files`, `1,000 branches`; `many` where the noun does not just take an s."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def span(seconds: float) -> str:
    """Returns a length of time: `0.4s`, `12s`, `3m05s`, `2h07m`."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def bytes_of(count: int) -> str:
    """Returns an amount of bytes: `512 B`, `3.4 KiB`, `12 MiB`."""
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"


def first_of(names: Sequence[str], most: int = 3) -> str:
    """Returns `a, b, c and 4 more`: no more than `most` are named."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def merge_conflict(paths: Sequence[str], detail: str) -> str:
    """Returns what a merge that nothing could settle failed of; `detail` tells it where no file is to be named."""
    if paths:
        return f"merge conflict in {first_of(paths)}"
    return f"merge conflict: {reason}" if (reason := detail.partition("\n")[0]) else "merge conflict"


def amount_of(usd: float | None, tokens: int) -> str:
    """Returns `1.50 USD, 2000 tokens`, without what there is none of."""
    parts = (f"{usd:.2f} USD" if usd is not None else "", f"{tokens} tokens" if tokens else "")
    return ", ".join(part for part in parts if part)
