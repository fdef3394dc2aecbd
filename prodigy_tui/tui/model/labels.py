"""Labels of one or two letters, none of which begins another: what is near is reached with one."""

from itertools import product
from typing import Final

_LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm"
MOST: Final = len(_LETTERS) ** 2


def labels(count: int) -> list[str]:
    """Returns labels for `count` targets, the short ones first; for more than `MOST` only so many."""
    count = min(count, MOST)
    for pairs in range(len(_LETTERS) + 1):
        single = len(_LETTERS) - pairs
        if single + pairs * len(_LETTERS) >= count:
            short = list(_LETTERS[:single])
            long = ["".join(pair) for pair in product(_LETTERS[single:], _LETTERS)]
            return [*short, *long][:count]
    raise AssertionError("count is bounded")
