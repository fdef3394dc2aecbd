"""Filters as people type them: words, `!word`, `field:value`, `age<10m`, `~pattern~`, `=expression`; all must hold.

A filter that is wrong is refused with the reason, so that what was shown before stays while somebody types.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import regex

from prodigy_tui.errors import ProdigyError
from prodigy_tui.tui.model.filtering import Expressions, Filter, FilterWrong, Grammar, Subject, Test
from prodigy_tui.tui.model.text import LONGEST, safe

PATIENCE_S: Final = 0.02
"""How long a pattern may look at one subject."""
_LONGEST_PATTERN: Final = 200
_MOST_REPEATED: Final = 2_000
"""The product of all counts `{n}` in a pattern; each makes the compiled pattern as many times longer."""
_COUNT: Final = regex.compile(r"\{(\d*)(?:,(\d*))?\}")
_LIKE_ENOUGH: Final = 80.0
_SHORTEST_LIKE: Final = 5
"""Letters from which on a word may be misspelt."""
_TOKEN: Final = regex.compile(
    r"""(?P<no>!*)(?:
        =(?P<expression>.*)
      | ~(?P<pattern>(?:\\.|[^~\\])*)(?P<closed>~?)
      | "(?P<quoted>[^"]*)"?
      | (?P<name>[A-Za-z_][\w.-]*)(?P<sign>:|<=|>=|!=|<|>|=)(?:"(?P<exact>[^"]*)"?|(?P<value>[^\s]*))
      | (?P<word>[^\s]+)
      | (?=\s|$)
    )""",
    regex.VERBOSE | regex.DOTALL,
)
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SCALES: Final = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9}
_NUMBER: Final = regex.compile(r"\$?(-?\d+(?:\.\d+)?)([kmg]?)", regex.IGNORECASE)
_SPAN: Final = regex.compile(r"(?:(\d+(?:\.\d+)?)([smhd]))+")
_PART: Final = regex.compile(r"(\d+(?:\.\d+)?)([smhd])")


def parse_filter(text: str, grammar: Grammar) -> Filter:
    """Returns the filter that was typed.

    Raises:
        FilterWrong: it cannot be understood; the message says what is wrong with it.
    """
    tests: list[Test] = []
    timed = False
    for token in _tokens(text):
        test = _test(token, grammar)
        if test is None:
            continue
        timed = timed or grammar.fields.get(token["name"] or "") == "time" or token["expression"] is not None
        tests.append(_negated(test) if len(token["no"]) % 2 else test)
    return Filter(text.strip(), tuple(tests), timed)


def _tokens(text: str) -> Iterator["regex.Match[str]"]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _TOKEN.match(text, at)
        if token is None or token.end() == at:
            return
        yield token
        at = token.end()


def _test(token: "regex.Match[str]", grammar: Grammar) -> Test | None:
    """Returns the test of one term; `None` of one that has only begun to be typed."""
    if (expression := token["expression"]) is not None:
        return _expression(expression, grammar.expressions)
    if (pattern := token["pattern"]) is not None:
        return _pattern(pattern, closed=bool(token["closed"]))
    if (quoted := token["quoted"]) is not None:
        return _exact(quoted) if quoted else None
    if (name := token["name"]) is not None:
        value = token["exact"] if token["exact"] is not None else token["value"]
        if (
            token["sign"] == ":"
            and name not in grammar.fields
            and (len(name) == 1 or value.startswith(("/", ":", "\\")))
        ):
            return _word(token[0].lstrip("!"))  # an address, a path of another system, a name with a namespace
        return _field(name, token["sign"], value, grammar)
    return _word(token["word"]) if token["word"] else None


def _negated(test: Test) -> Test:
    return lambda subject: not test(subject)


def _exact(wanted: str) -> Test:
    folded = wanted.casefold()
    return lambda subject: folded in subject.text.casefold()


def _word(word: str) -> Test:
    """A word is somewhere in the text; a long one of letters may also be nearly what the subject is called."""
    folded = word.casefold()
    if len(folded) < _SHORTEST_LIKE or not folded.isalpha():
        return _exact(word)
    from rapidfuzz import fuzz  # not before somebody looks for something: it is as large as all that comes before

    def test(subject: Subject) -> bool:
        if folded in subject.text.casefold():
            return True
        return fuzz.partial_ratio(folded, subject.name.casefold(), score_cutoff=_LIKE_ENOUGH) > 0

    return test


def _expression(text: str, expressions: Expressions | None) -> Test | None:
    if not text.strip():
        return None
    if expressions is None:
        raise FilterWrong("expressions cannot be used here")
    try:
        passes = expressions.compile(text)
    except ProdigyError as error:
        raise FilterWrong(safe(str(error))) from error
    return lambda subject: passes(subject.document())


class _Pattern:
    """A regular expression that gives up rather than keep anybody waiting."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tired = False
        flags = 0 if any(sign.isupper() for sign in source) else regex.IGNORECASE
        self._compiled = regex.compile(source, flags)

    def __call__(self, subject: Subject) -> bool:
        if self._tired:
            return False
        try:
            return self._compiled.search(subject.text[:LONGEST], timeout=PATIENCE_S) is not None
        except TimeoutError as error:
            self._tired = True
            raise FilterWrong(f"the pattern ~{safe(self._source)}~ takes too long; make it simpler") from error


def _pattern(source: str, *, closed: bool) -> Test | None:
    if not source:
        return None
    if len(source) > _LONGEST_PATTERN:
        raise FilterWrong(f"a pattern has at most {_LONGEST_PATTERN} characters (this has {len(source)})")
    if not closed:
        raise FilterWrong("a pattern ends with ~")
    counts = (max(int(least or 1), int(most or 1), 2) for least, most in _COUNT.findall(source))
    if math.prod(counts) > _MOST_REPEATED:
        raise FilterWrong("the pattern repeats too much: its counts {n} may multiply up to 2,000")
    try:
        return _Pattern(source.replace("\\~", "~"))
    except (regex.error, OverflowError, RecursionError) as error:
        raise FilterWrong(f"no pattern: {safe(str(error))}") from error


def _field(name: str, sign: str, value: str, grammar: Grammar) -> Test:
    kind = grammar.fields.get(name)
    if kind is None and name.removeprefix("data.") not in grammar.more:
        from rapidfuzz import process

        every = [*grammar.fields, *grammar.more]
        near = process.extractOne(name, every, score_cutoff=60.0)
        hint = f"did you mean {safe(near[0])}?" if near is not None else f"there are {safe(', '.join(every[:14]))}"
        raise FilterWrong(f"no field {name!r}: {hint}")
    if sign == ":":
        return _holds(name, value, begins=kind == "word")
    if kind in ("text", "word") and sign not in ("=", "!="):
        raise FilterWrong(f"{name} is text: use {name}:… or {name}=…")
    if not value:
        raise FilterWrong(f"{name}{sign} is compared with what?")
    wanted = _number(value, timed=kind == "time")
    if wanted is None and kind in ("number", "time"):
        like = "10m, 90s or 1h30m" if kind == "time" else "3, 0.5 or 40k"
        raise FilterWrong(f"{name} is compared with a value such as {like} (got {safe(value, 40)!r})")
    return _compared(name, sign, value.casefold(), wanted)


def _holds(name: str, value: str, *, begins: bool) -> Test:
    """The field has the value in it, or, without any value, has something in it."""
    folded = value.casefold()

    def test(subject: Subject) -> bool:
        texts = [_text(one) for one in _several(subject.value(name))]
        if not folded:
            return any(texts)
        return any(text.startswith(folded) if begins else folded in text for text in texts)

    return test


def _compared(name: str, sign: str, folded: str, wanted: float | None) -> Test:
    compare = _COMPARE[sign]

    def test(subject: Subject) -> bool:
        values = _several(subject.value(name))
        if wanted is not None:
            numbers = [number for one in values if (number := _as_number(one)) is not None]
            if numbers:
                return any(compare(number, wanted) for number in numbers)
        if sign == "!=":
            return all(_text(one) != folded for one in values)
        return sign == "=" and any(_text(one) == folded for one in values)

    return test


def _several(value: object) -> Sequence[object]:
    if value is None:
        return ()
    return value if isinstance(value, tuple | list) else (value,)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:LONGEST].casefold()


def _as_number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e300 else None
    return _number(value, timed=False) if isinstance(value, str) else None


def _number(text: str, *, timed: bool) -> float | None:
    """Returns the number, or the seconds, that were typed."""
    if timed and _SPAN.fullmatch(text.casefold()):
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text.casefold()))
    found = _NUMBER.fullmatch(text)
    if found is None or (timed and found[2]):
        return None
    return float(found[1]) * _SCALES[found[2].casefold()]
