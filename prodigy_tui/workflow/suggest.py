"""Did you mean: the near misses of a word (language 2.4)."""

from collections.abc import Iterable

_MOST = 3


def near_misses(word: str, candidates: Iterable[str]) -> list[str]:
    """Returns at most three of `candidates` within a distance of max(1, length/3) of `word`, nearest first.

    Candidates at the same distance keep their order.
    """
    from rapidfuzz.distance import DamerauLevenshtein  # only a mistake needs it

    limit = max(1, len(word) // 3)
    near: list[tuple[int, str]] = []
    for candidate in dict.fromkeys(candidates):
        if abs(len(candidate) - len(word)) > limit:
            continue
        distance = DamerauLevenshtein.distance(word, candidate, score_cutoff=limit)
        if distance <= limit:
            near.append((distance, candidate))
    near.sort(key=lambda pair: pair[0])
    return [candidate for _, candidate in near[:_MOST]]


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Returns the hint for `word`, or an empty text when nothing is near."""
    near = near_misses(word, candidates)
    return f"did you mean {alternatives(near)}?" if near else ""


def alternatives(words: Iterable[str]) -> str:
    """Returns `'a', 'b' or 'c'`."""
    quoted = [f"'{word}'" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
