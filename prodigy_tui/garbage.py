"""How often Python looks for garbage: hardly while the program starts, because nearly all that is made then stays.

By itself it looks at every 700 new objects, and again at all that were left before. A start makes a hundred thousand:
looking at them costs `validate` 7 % of its time, and the interface 10 % of what its first picture takes.
"""

import gc
from typing import Final

_WHILE_STARTING: Final = 200_000
_FROM_THEN_ON: Final = 20_000


def hold_off() -> None:
    """The program starts."""
    gc.set_threshold(_WHILE_STARTING)


def settle() -> None:
    """The program has started and goes on for long: what there is by now stays, and is never looked at again."""
    gc.freeze()
    gc.set_threshold(_FROM_THEN_ON)
