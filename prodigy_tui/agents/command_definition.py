"""What people write to describe an agent program that is not known here: its argv, and how its output is read.

A definition is data. Its arguments are never given to a shell by this program, and what a prompt or an option holds
becomes (a part of) exactly one argument.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, field

from prodigy_tui.agents.options import Options

NAME = r"[a-z][a-z0-9_-]*"
_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][\w.-]*)\}")
_SHELLS = re.compile(r"(?:ba|da|z|k|fi)?sh|python[\d.]*|perl|ruby|node")
_CODE_FLAG = re.compile(r"-[a-z]*[ce]")
_WORDS = frozenset({"prompt", "model", "cwd", "session"})
_OPTION = "options."

Path: TypeAlias = Annotated[str, Meta(pattern=r"^[^.\x00-\x1f]+(\.[^.\x00-\x1f]+)*\Z")]
"""Where a value is in JSON: names and positions, with points between them."""
Given: TypeAlias = str | int | float | bool
Argument: TypeAlias = Annotated[str, Meta(pattern=r"^[^\x00]*\Z")]
Arguments: TypeAlias = tuple[Argument | tuple[Argument, ...], ...]


def _compiles(pattern: str) -> None:
    import regex  # only a pattern needs it

    try:
        regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"no regular expression: {error}") from error


def _is_a_list(value: object) -> object:
    if isinstance(value, str):
        raise ValueError('must be a list of arguments, such as [my-agent, --json, "{prompt}"]; no shell reads it')  # noqa: TRY004 - as everything that does not fit
    return value


Pattern: TypeAlias = Annotated[str, Meta(extra={"check": _compiles})]


class ResultPlaces(Options, frozen=True, kw_only=True):
    """Where a program that prints JSON says what."""

    text: Path | None = None
    session: Path | None = None
    model: Path | None = None
    error: Path | None = None
    """Its presence, unless it is null, false or empty, is a failure."""
    input_tokens: Path | None = None
    """All input, cached or not."""
    cached_tokens: Path | None = None
    output_tokens: Path | None = None
    usd: Path | None = None
    count: Literal["last", "sum"] = "last"
    """Whether the numbers of several lines replace each other or add up."""


class CommandDefinition(Options, frozen=True, kw_only=True):
    """An agent program."""

    command: Annotated[Arguments, Meta(min_length=1, extra={"before": _is_a_list})]
    """The program and its arguments. Those in a list of their own are left out when one of their values is missing."""
    resume: Annotated[Arguments, Meta(min_length=1, extra={"before": _is_a_list})] | None = None
    """How a conversation is gone on with; without it none can."""
    output: Literal["text", "json", "jsonl", "claude", "codex", "gemini", "opencode", "qwen"] = "text"
    """What it prints: its answer, JSON, a JSON object a line, or what one of these programs prints."""
    result: ResultPlaces = ResultPlaces()
    success_codes: tuple[int, ...] = (0,)
    fails_if: Pattern | None = None
    """Found in its output: it failed, whatever its exit code."""
    limited_if: Pattern | None = None
    """Found in its output when it failed: the service refuses for now."""
    denied_if: Pattern | None = None
    """Found in its output: a tool was not permitted."""
    options: dict[Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*\Z")], Given | None] = field(default_factory=dict)
    """The options that a step may give, with their defaults."""
    env: dict[Annotated[str, Meta(pattern=r"^[A-Za-z_]\w*\Z")], str] = field(default_factory=dict)
    install: str = ""
    """How one gets the program."""

    def __post_init__(self) -> None:
        for name, template in (("command", self.command), ("resume", self.resume or ())):
            flat = [part for each in template for part in ((each,) if isinstance(each, str) else each)]
            self._check(name, flat)
        if self.resume is not None and "session" not in names_in(self.resume):
            raise ValueError("resume: {session} is missing")
        if self.output not in ("json", "jsonl") and self.result != ResultPlaces():
            raise ValueError(f"result has no effect with output '{self.output}'; use json or jsonl")

    def _check(self, name: str, flat: list[str]) -> None:
        if flat and (not flat[0] or _PLACE.search(flat[0])):
            raise ValueError(f"{name}[0] must be a program")
        is_shell = bool(flat) and _SHELLS.fullmatch(PurePosixPath(flat[0]).name) is not None
        for number, argument in enumerate(flat):
            found = placeholders(argument)
            for word in found:
                option = word.removeprefix(_OPTION) if word.startswith(_OPTION) else None
                if word not in _WORDS and option not in self.options:
                    raise ValueError(
                        f"{name}[{number}]: {{{word}}} is unknown; use {{prompt}}, {{model}}, {{cwd}}, {{session}},"
                        " {options.NAME}, or {{ for a brace"
                    )
            if "prompt" in found and not re.search(r"(?:^|=)\{prompt\}$", argument):
                raise ValueError(f"{name}[{number}]: {{prompt}} must be an argument of its own, or end one behind '='")
            if found and is_shell and number and _CODE_FLAG.fullmatch(flat[number - 1]):
                raise ValueError(
                    f"{name}[{number}]: {{{found[0]}}} would become code; write the code without it and give it as an"
                    ' argument, such as [sh, -c, \'my-agent "$1"\', sh, "{prompt}"]'
                )


def placeholders(argument: str) -> list[str]:
    """Returns the names of the values that an argument takes."""
    return [match.group(1) for match in _PLACE.finditer(argument) if match.group(1)]


def names_in(template: tuple[str | tuple[str, ...], ...]) -> frozenset[str]:
    """Returns the names of the values that a template takes."""
    flat = (part for each in template for part in ((each,) if isinstance(each, str) else each))
    return frozenset(name for argument in flat for name in placeholders(argument))


def filled(template: tuple[str | tuple[str, ...], ...], values: Mapping[str, str | None]) -> tuple[str, ...]:
    """Returns the arguments.

    Raises:
        ValueError: A value would be taken for an option by the program, or is missing where it must not.
    """
    arguments: list[str] = []
    for each in template:
        group = (each,) if isinstance(each, str) else each
        missing = [name for argument in group for name in placeholders(argument) if values.get(name) is None]
        if not missing:
            arguments += [_fill(argument, values) for argument in group]
        elif isinstance(each, str):
            raise ValueError(f"there is no {missing[0]}; the provider needs one")
    return tuple(arguments)


def _fill(argument: str, values: Mapping[str, str | None]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        return match.group()[0] if name is None else values.get(name) or ""

    text = _PLACE.sub(value, argument)
    if not text.startswith("-") or argument.startswith("-"):
        return text
    if argument == "{prompt}":
        return f" {text}"  # with a blank in front it is no option, and means the same
    raise ValueError(f"'{text}' would be read as an option of the program")
