"""The script of the provider `scripted`: its model, checked once, and the choice of a rule (language 5.5). Pure."""

import itertools
import re
from pathlib import PurePosixPath
from typing import Annotated, TypeAlias

from msgspec import Meta

from prodigy_tui.agents.options import Options

_UNITS = {
    "ns": 1e-9,
    **dict.fromkeys(("us", "µs"), 1e-6),
    "ms": 1e-3,
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zµ]+)\s*")
_MATCH_S = 1.0


def _seconds(value: object) -> object:
    """A duration (language 3.2) in seconds; anything else is left to the type to refuse."""
    if not isinstance(value, str) or not (parts := _PART.findall(value)) or _PART.sub("", value.strip()):
        return value
    units = [_UNITS.get(unit, 0.0) for _, unit in parts]
    if 0.0 in units or any(later >= earlier for earlier, later in itertools.pairwise(units)):
        raise ValueError(f"no duration: '{value}'")
    return sum(float(number) * unit for (number, _), unit in zip(parts, units, strict=True))


def _stays_inside(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or "\0" in path:
        raise ValueError("must be a relative path")
    if ".." in parts or ".git" in map(str.lower, parts):
        raise ValueError("must not hold '..' or '.git'")


def _compiles(pattern: str) -> None:
    import regex  # only a pattern needs it

    try:
        regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"no regular expression: {error}") from error


Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=366 * 86400, extra={"before": _seconds})]


class FileText(Options, frozen=True, kw_only=True):
    """A file to write or to append to, and the text."""

    path: Annotated[str, Meta(extra={"check": _stays_inside})]
    """Relative to the agent's folder, and inside it."""
    content: str


class Tokens(Options, frozen=True, kw_only=True):
    """What the agent pretends to have used."""

    input_tokens: Annotated[int, Meta(ge=0)] = 0
    output_tokens: Annotated[int, Meta(ge=0)] = 0
    usd: Annotated[float, Meta(ge=0)] | None = None


class Deed(Options, frozen=True, kw_only=True):
    """One thing to do: exactly one of the fields is given."""

    write: FileText | None = None
    append: FileText | None = None
    commit: Annotated[str, Meta(min_length=1)] | None = None
    """Commits everything with this message."""
    say: str | None = None
    wait: Seconds | None = None
    usage: Tokens | None = None
    limit: Seconds | None = None
    """The provider refuses for so long; ends the execution."""
    fail: str | None = None
    """Ends the execution as a failure with this reason."""

    def __post_init__(self) -> None:
        if sum(getattr(self, name) is not None for name in self.__struct_fields__) != 1:
            raise ValueError(f"exactly one of {', '.join(self.__struct_fields__)} is needed")


class Rule(Options, frozen=True, kw_only=True):
    """What to do when a prompt matches."""

    match: Annotated[str, Meta(extra={"check": _compiles})] = ""
    """Regular expression, searched in the prompt."""
    attempt: Annotated[int, Meta(ge=1)] | None = None
    """Only for this execution of the step."""
    do: tuple[Deed, ...]

    def fits(self, prompt: str, attempt: int) -> bool:
        """Returns whether this rule is for the prompt.

        Raises:
            TimeoutError: Its pattern took more than a second.
        """
        if self.attempt not in (None, attempt):
            return False
        if not self.match:
            return True
        import regex  # only a pattern needs it

        return regex.search(self.match, prompt, timeout=_MATCH_S) is not None


class ScriptedOptions(Options, frozen=True, kw_only=True):
    """What `options` of a step with this provider may hold."""

    script: tuple[Rule, ...] = ()

    def rule_for(self, prompt: str, attempt: int) -> Rule | None:
        """Returns the first rule that fits."""
        return next((rule for rule in self.script if rule.fits(prompt, attempt)), None)
