"""What the lines of a log are: commands and what they printed, prompts, what agents say, think and call.

Who wrote a log began each piece with a word or a sign; the lines after it belong to the piece. What agents say, the
prompts they got and the answers to their calls are folded to one line each; a person unfolds them. Output of commands
is never folded unasked, whatever it looks like. Everything is taken in block by block, within a frame's budget.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from typing import Final, Literal, TypeAlias

from prodigy_tui.tui.model.line import Role
from prodigy_tui.tui.model.log_source import Budget, LogSource

Kind: TypeAlias = Literal[
    "output", "shell", "prompt", "agent", "said", "mind", "tool", "answer", "refusal",
    "wait", "deny", "used", "tell", "fail", "check", "note",
]  # fmt: skip
_KINDS: Final[tuple[Kind, ...]] = (
    "output", "shell", "prompt", "agent", "said", "mind", "tool", "answer", "refusal",
    "wait", "deny", "used", "tell", "fail", "check", "note",
)  # fmt: skip
_CODE: Final = {kind: code for code, kind in enumerate(_KINDS)}

LABELS: Final[dict[Kind, tuple[str, Role, Role]]] = {
    "output": ("", "muted", "text"),
    "shell": ("sh", "primary", "primary"),
    "prompt": ("ask", "accent", "text"),
    "agent": ("agent", "muted", "muted"),
    "said": ("says", "success", "strong"),
    "mind": ("think", "muted", "muted"),
    "tool": ("tool", "accent", "text"),
    "answer": ("", "muted", "muted"),
    "refusal": ("", "muted", "error"),
    "wait": ("wait", "warning", "warning"),
    "deny": ("deny", "error", "error"),
    "used": ("used", "muted", "muted"),
    "tell": ("told", "accent", "accent"),
    "fail": ("fail", "error", "error"),
    "check": ("check", "warning", "text"),
    "note": ("", "muted", "muted"),
}
"""What a kind is called, and the roles of that word and of the text."""

_WORDS: Final[dict[str, Kind]] = {
    "agent ": "agent", "said  ": "said", "mind  ": "mind", "tool  ": "tool", "ok    ": "answer", "fail  ": "fail",
    "wait  ": "wait", "limit ": "wait", "budget": "wait", "deny  ": "deny", "used  ": "used", "tell  ": "tell",
    "check ": "check", "retry ": "check",
}  # fmt: skip
_SIGNS: Final[dict[str, Kind]] = {"$ ": "shell", "> ": "prompt"}
_BARE: Final = frozenset(("said", "ok", "fail", "mind", "tool"))
"""Words that stand alone where nothing follows them."""
_ANSWERS: Final = frozenset(("agent", "said", "mind", "tool"))
"""Kinds that only an agent at work brings forth."""
_BEGUN: Final = re.compile(r"agent .*, session \S*$")
_AGAIN: Final = re.compile(r"retry \d+ in [\d.e+-]+ s$")
_CHECKED: Final = re.compile(r"check (?:ok$|.*; again in [\d.e+-]+ s$|.*\d%)")
_COUNTS_IN_OUTPUT: Final = frozenset(("$ ", "> ", "ag", "fa", "ch", "re"))
"""How a line begins that may be something else than output."""
_INDENT: Final = " " * 6
_FOLDED: Final = frozenset(_CODE[kind] for kind in ("said", "tool", "prompt"))
_FAILED: Final = 0x80
"""The bit that says that a call was answered with a failure."""


class Reading:
    """The pieces of a log, and which of its lines are seen: those that are not folded away."""

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self.heads = array("I")
        """Lines with which pieces begin."""
        self.seen = array("I")
        """Lines that are not folded away, in order."""
        self.taken = 0
        """How many lines have been looked at."""
        self._kinds = bytearray()
        self._modes = bytearray()
        self._turned: set[int] = set()
        """Pieces that a person has folded or unfolded against the rule."""
        self._loose = False
        """Whether the last line taken has no end yet."""

    @property
    def more(self) -> bool:
        """Whether there are lines that nobody has looked at."""
        return self.taken < self._source.count

    def step(self, used_up: Budget) -> bool:
        """Looks at what has come until the budget is used up; returns whether lines are left."""
        source = self._source
        if self._loose or self.taken > source.count:
            self._forget(min(source.whole, self.taken - self._loose))
        if source.first > (self.seen[0] if self.seen else 0):
            self._trim(source.first)
        self.taken = max(self.taken, source.first)
        while self.taken < source.count:
            last = source.block(self.taken)
            self._take(source.texts(self.taken, last))
            if used_up():
                break
        self._loose = self.taken > source.whole
        return self.more

    def kind_of(self, number: int, text: str) -> Kind:
        """Returns what a line is, by the piece it stands in."""
        piece = bisect_right(self.heads, number) - 1
        if piece < 0:
            return "output"
        kind = _KINDS[self._kinds[piece] & ~_FAILED]
        if self.heads[piece] == number:
            return kind
        if kind == "tool":
            return "refusal" if text.startswith("fail") else "answer"
        return "output" if kind in ("shell", "fail", "check") else "note" if kind in ("agent", "used") else kind

    def hidden_after(self, number: int) -> int:
        """Returns how many lines are folded away behind a line."""
        place = bisect_right(self.seen, number)
        following = self.seen[place] if place < len(self.seen) else self.taken
        return max(0, following - number - 1)

    def has_failed(self, number: int) -> bool:
        """Whether a line is a call that was answered with a failure."""
        piece = bisect_left(self.heads, number)
        return piece < len(self.heads) and self.heads[piece] == number and bool(self._kinds[piece] & _FAILED)

    def head_of(self, number: int) -> int:
        """Returns the line with which the piece of a line begins; the line itself where it is in none."""
        piece = bisect_right(self.heads, number) - 1
        return self.heads[piece] if piece >= 0 else number

    def piece_of(self, number: int) -> range:
        """Returns the lines of the piece that a line belongs to."""
        piece = bisect_right(self.heads, number) - 1
        return range(self.heads[piece], self._end_of(piece)) if piece >= 0 else range(number, number + 1)

    def is_folded(self, number: int) -> bool:
        """Whether the piece of a line is folded to its first line."""
        piece = bisect_right(self.heads, number) - 1
        return piece >= 0 and self._end_of(piece) - self.heads[piece] > 1 and self._is_folded(piece)

    def commands(self) -> list[tuple[int, Kind]]:
        """Returns the lines where commands and agents were started."""
        wanted = (_CODE["shell"], _CODE["prompt"])
        return [(number, _KINDS[kind]) for number, kind in zip(self.heads, self._kinds, strict=True) if kind in wanted]

    def turn(self, number: int) -> bool:
        """Folds the piece of a line, or unfolds it; returns whether it has lines to fold."""
        piece = bisect_right(self.heads, number) - 1
        if piece < 0:
            return False
        head, after = self.heads[piece], self._end_of(piece)
        if after - head < 2:
            return False
        folded = self._is_folded(piece)
        self._turned ^= {head}
        self._set_seen(head + 1, after, not folded)
        return True

    def turn_all(self) -> None:
        """Unfolds everything, or folds again what is folded by rule."""
        if any(self._is_folded(piece) for piece in range(len(self.heads))):
            self._turned = {
                head for head, kind in zip(self.heads, self._kinds, strict=True) if kind & ~_FAILED in _FOLDED
            }
        else:
            self._turned = set()
        self._forget_seen(0)

    def reveal(self, number: int) -> None:
        """Unfolds what hides a line."""
        place = bisect_left(self.seen, number)
        if number < self.taken and (place >= len(self.seen) or self.seen[place] != number):
            self.turn(number)

    def _take(self, texts: list[str]) -> None:
        """Takes in the next lines."""
        base, at = self.taken, 0
        mode = self._modes[-1] if self._modes else 0
        folded = bool(self.heads) and self._is_folded(len(self.heads) - 1)
        start = 0
        likely = [number for number, text in enumerate(texts) if text[:2] in _COUNTS_IN_OUTPUT]
        while at < len(texts):
            if not mode:
                where = bisect_left(likely, at)
                if where == len(likely):
                    break
                at = likely[where]
            kind = self._head(texts[at], mode)
            if kind is None:
                at += 1
                continue
            if not folded:
                self.seen.extend(range(base + start, base + at))
            if mode == 2 and kind in _ANSWERS:
                # Somebody answers: it was a prompt, and no output that looks like one.
                del self.seen[bisect_right(self.seen, self.heads[-1]) :]
                self._turned.discard(self.heads[-1])
            mode = _mode_after(kind, mode)
            self.heads.append(base + at)
            self._kinds.append(_CODE[kind])
            self._modes.append(mode)
            self.seen.append(base + at)
            folded = kind != "prompt" and (_CODE[kind] in _FOLDED) ^ (base + at in self._turned)
            start = at = at + 1
        if not folded:
            self.seen.extend(range(base + start, base + len(texts)))
        self.taken = base + len(texts)

    def _head(self, text: str, mode: int) -> Kind | None:
        """Returns what begins with a line; `None` where it belongs to what is there."""
        sign = _SIGNS.get(text[:2])
        if sign is not None:
            return sign
        if not mode:
            if _BEGUN.match(text):
                return "agent"
            if text.startswith("fail  "):
                return "fail"
            return "check" if _AGAIN.match(text) or _CHECKED.match(text) else None
        word = _WORDS.get(text[:6])
        if word is None and text in _BARE:
            word = _WORDS[f"{text:<6}"]
        if mode == 2:
            return word if word in _ANSWERS else None
        last = self._kinds[-1] & ~_FAILED if self._kinds else 0
        if last == _CODE["tool"] and word in ("answer", "fail"):
            if word == "fail":
                self._kinds[-1] |= _FAILED
            return None
        if word is not None:
            return word
        if not text or text.startswith(_INDENT):
            return None
        return "note" if last in (_CODE["said"], _CODE["tool"]) else None

    def _end_of(self, piece: int) -> int:
        return self.heads[piece + 1] if piece + 1 < len(self.heads) else self.taken

    def _is_folded(self, piece: int) -> bool:
        kind = self._kinds[piece] & ~_FAILED
        ruled = kind in _FOLDED
        if ruled and kind == _CODE["prompt"]:
            ruled = piece + 1 < len(self.heads) and _KINDS[self._kinds[piece + 1] & ~_FAILED] in _ANSWERS
        return ruled ^ (self.heads[piece] in self._turned)

    def _set_seen(self, first: int, after: int, hidden: bool) -> None:
        low, high = bisect_left(self.seen, first), bisect_left(self.seen, after)
        self.seen[low:high] = array("I") if hidden else array("I", range(first, after))

    def _forget(self, count: int) -> None:
        """Forgets lines from the end: the moment shown lies before them."""
        del self.seen[bisect_left(self.seen, count) :]
        keep = bisect_left(self.heads, count)
        del self.heads[keep:], self._kinds[keep:], self._modes[keep:]
        if keep and self._kinds[-1] & _FAILED:
            self._kinds[-1] &= ~_FAILED  # its answer may be among what is forgotten; it is looked for again
            count = self.heads[-1] + 1
            del self.seen[bisect_left(self.seen, count) :]
        if keep and self._kinds[-1] == _CODE["prompt"] and not self._is_folded(keep - 1):
            count = self.heads[-1] + 1
            del self.seen[bisect_left(self.seen, count) :]
        self.taken = count

    def _trim(self, first: int) -> None:
        """Forgets lines from the start: memory is bounded."""
        del self.seen[: bisect_left(self.seen, first)]
        gone = bisect_left(self.heads, first)
        del self.heads[:gone], self._kinds[:gone], self._modes[:gone]

    def _forget_seen(self, piece: int) -> None:
        """Says anew what is seen, from a piece on."""
        start = self.heads[piece] if piece < len(self.heads) else self.taken
        del self.seen[bisect_left(self.seen, start) :]
        for number in range(piece, len(self.heads)):
            head = self.heads[number]
            self.seen.extend((head,) if self._is_folded(number) else range(head, self._end_of(number)))


def _mode_after(kind: Kind, mode: int) -> int:
    """Returns what the lines after a head are: 0 output of a command, 1 an agent's messages, 2 its prompt."""
    if kind == "shell":
        return 0
    if kind == "prompt":
        return 2
    return 1 if kind in _ANSWERS else mode
