"""Dead letters that somebody wants to be rid of: for a while it can be taken back, because the run knows no way back.

Nothing is told to the run before that while is over. A process that is killed meanwhile has discarded nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

GRACE_S: Final = 10.0
"""How long a discard can be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """Some letters, and until when they can be taken back."""

    items: tuple[str, ...]
    due: float
    tell: Callable[[tuple[str, ...]], None] = field(compare=False)
    """Tells it to the run that they are of, whichever is shown by then."""


class Partings:
    """All that wait to be told to the run."""

    def __init__(self) -> None:
        self._waiting: list[Parting] = []
        self._due: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._due

    def add(self, items: Iterable[str], now: float, tell: Callable[[tuple[str, ...]], None]) -> Parting | None:
        """Notes a wish; returns it, or nothing when all of them wait already."""
        new = tuple(item_id for item_id in items if item_id not in self._due)
        if not new:
            return None
        parting = Parting(items=new, due=now + GRACE_S, tell=tell)
        self._waiting.append(parting)
        self._due.update(dict.fromkeys(new, parting.due))
        return parting

    def left_s(self, item_id: str, now: float) -> float | None:
        """Returns how long it can still be taken back; `None` for a letter that nobody wants to be rid of."""
        due = self._due.get(item_id)
        return max(0.0, due - now) if due is not None else None

    def take_back(self, parting: Parting) -> bool:
        """Forgets a wish; returns whether there was still time."""
        if parting not in self._waiting:
            return False
        self._forget(parting)
        return True

    def tell_over(self, now: float) -> int:
        """Tells the run what cannot be taken back any more; returns how many letters that were."""
        over = [one for one in self._waiting if one.due <= now]
        for parting in over:
            self._forget(parting)
            parting.tell(parting.items)
        return sum(len(parting.items) for parting in over)

    def tell_all(self) -> None:
        """Tells the run everything at once: nobody will be there to take it back."""
        self.tell_over(float("inf"))

    def _forget(self, parting: Parting) -> None:
        self._waiting.remove(parting)
        for item_id in parting.items:
            self._due.pop(item_id, None)
