"""Texts with references: parsed once, rendered for one scope (language 8.2 to 8.7).

In plain text a value is its text. In shell text every value is put in so that it stays literal; that is `shell`'s part.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from prodigy_tui.workflow.modifiers import ModifierError, apply_modifiers
from prodigy_tui.workflow.paths import Each
from prodigy_tui.workflow.references import Mode, Reference, TextProblem, parse_reference, unavailable
from prodigy_tui.workflow.rendering import render_value, render_words
from prodigy_tui.workflow.roots import RESERVED, is_root, unknown_field
from prodigy_tui.workflow.shell import Datum, Piece, ShellTextError, Trusted, assigned_names, insert, shell_words
from prodigy_tui.workflow.values import Value
from prodigy_tui.workflow.variables import ParsedPath, Scope

__all__ = [
    "InterpolationError",
    "Mode",
    "Reference",
    "Template",
    "TextProblem",
    "parse_text",
    "render",
    "resolve",
    "shell_pieces",
    "unavailable",
]

LARGE_VALUE: Final = 64 * 1024
_SHELL_TEXT: Final = 8 * 1024 * 1024

_PLAIN_SIGN = re.compile(r"(?:\$|\\)\$\{|(?:\$|\\)\$(?=[A-Za-z_])|\$\{|\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+)")
_SHELL_SIGN = re.compile(r"\\.|\$\$\{|\$\$|\$\{", re.DOTALL)
_DOLLAR_NAME = re.compile(r"(?<![\\$])\$([A-Za-z_][A-Za-z0-9_]*)")
_UNBRACED_FIELD = re.compile(r"(?<![\\$])\$(" + "|".join(sorted(RESERVED)) + r")\.[A-Za-z_]")


class InterpolationError(Exception):
    """A reference that has no value or cannot be put in: the step fails with kind `interpolation`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A parsed text; what is wrong with its form is in `problems`."""

    text: str
    mode: Mode
    parts: tuple[str | Reference, ...]
    problems: tuple[TextProblem, ...] = ()
    assigned: frozenset[str] = frozenset()
    """Shell text: the names that belong to the shell because the text assigns them (language 8.3)."""
    dollar_names: frozenset[str] = frozenset()
    """Shell text: the names of `$NAME`, which the shell expands."""

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every reference in order, those inside defaults behind the one they belong to."""
        return tuple(_references(self))

    @property
    def only_reference(self) -> Reference | None:
        """The reference that the whole text is, if it is one."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Reference):
            return self.parts[0]
        return None


@lru_cache(maxsize=4096)
def parse_text(text: str, mode: Mode) -> Template:
    """Returns the template of any text; nothing is raised, problems are inside."""
    parts: list[str | Reference] = []
    problems = [
        TextProblem(
            code="PT305",
            message=f"'${found[1]}.…' is '${found[1]}' and text; write '${{{found[1]}.…}}'",
            offset=found.start(),
        )
        for found in _UNBRACED_FIELD.finditer(text)
    ]
    sign = _PLAIN_SIGN if mode == "plain" else _SHELL_SIGN
    literal = position = 0
    while found := sign.search(text, position):
        position = found.end()
        if found[0] == "${":
            parsed = parse_reference(text, found.start())
            if parsed is None:
                if mode == "plain":
                    message = f"'{text[found.start() : found.start() + 20]}' looks like a reference and is left as text"
                    problems.append(TextProblem(code="PT303", message=message, offset=found.start()))
                continue
            reference, position = parsed
            parts += [text[literal : found.start()], reference]
            problems += _form_problems(reference)
        elif found[0].endswith("${") or (mode == "plain" and found[0] in ("$$", "\\$")):
            if mode == "shell" and found[0].startswith("\\"):
                continue
            parts.append(text[literal : found.start()] + found[0][1:])
        elif mode == "plain":
            reference = Reference(
                source=found[0], offset=found.start(), path=ParsedPath(found[0].removeprefix("$")), short=True
            )
            parts += [text[literal : found.start()], reference]
        else:
            continue
        literal = position
    parts.append(text[literal:])
    return Template(
        text=text,
        mode=mode,
        parts=tuple(part for part in parts if part),
        problems=tuple(sorted(problems, key=lambda problem: problem.offset)),
        assigned=assigned_names(text) if mode == "shell" else frozenset(),
        dollar_names=frozenset(_DOLLAR_NAME.findall(text)) if mode == "shell" else frozenset(),
    )


def render(template: Template, scope: Scope, *, keep: Callable[[str], str] | None = None) -> str:
    """Returns the text with every value put in.

    Args:
        template: What to render.
        scope: Where references find their values.
        keep: For prompts: called with a value over 64 KiB, returns what stands in its place (PT512).

    Raises:
        InterpolationError: a reference has no value, or its value cannot be put where it stands.
    """
    if template.mode == "plain":
        return "".join(_plain_text(part, scope, keep)[0] for part in template.parts)
    for name in template.dollar_names & scope.unexported:
        raise InterpolationError("PT301", f"'${name}' is too long for an environment variable; write '${{{name}}}'")
    try:
        text = insert(shell_pieces(template, scope))
    except ShellTextError as error:
        raise InterpolationError(error.code, error.message) from error
    if len(text) > _SHELL_TEXT:
        raise InterpolationError("PT803", "the shell text is longer than 8 MiB with its values; use 'stdin'")
    return text


def resolve(template: Template, scope: Scope) -> Value:
    """Returns a plain text as a value: one whole reference keeps the type of what it finds.

    The result is trusted when every value in it is.

    Raises:
        InterpolationError: as `render`.
    """
    only = template.only_reference
    if only is not None:
        found = _find(only, scope, "plain", frozenset())
        if isinstance(found, Value):
            return found
    rendered = [_plain_text(part, scope, None) for part in template.parts]
    return Value("".join(text for text, _ in rendered), trusted=all(trusted for _, trusted in rendered))


def shell_pieces(template: Template, scope: Scope, assigned: frozenset[str] | None = None) -> list[Piece]:
    """Returns a shell text as the author's text, trusted text and data.

    Raises:
        InterpolationError: a reference has no value.
    """
    names = template.assigned if assigned is None else assigned
    pieces: list[Piece] = []
    for part in template.parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        match _find(part, scope, "shell", names):
            case Value() as value:
                pieces.append(_shell_piece(part, value))
            case _Instead.DEFAULT:
                pieces += shell_pieces(parse_text(part.default or "", "shell"), scope, names)
            case _Instead.LEFT:
                pieces += _left_pieces(part, scope, names)
    return pieces


class _Instead(Enum):
    """What stands for a reference that has no value."""

    LEFT = "left"
    DEFAULT = "default"


def _find(reference: Reference, scope: Scope, mode: Mode, assigned: frozenset[str]) -> Value | _Instead:
    path = reference.path
    root = path.root
    if reference.computed and not scope.declares(root):
        raise InterpolationError("PT199", unavailable(reference) or "")
    if mode == "shell" and _belongs_to_shell(path, scope, assigned):
        return _Instead.LEFT
    if not scope.hides(root) and (fault := unknown_field(path)):
        raise InterpolationError("PT301", fault)
    value = scope.lookup(path)
    if value is None and not scope.knows(root):
        if mode == "shell" and _is_shell_form(path):
            return _Instead.LEFT
        if mode == "plain" and not path.parts:
            value = scope.inherited(root)
    if value is None and reference.short and root.isdigit():
        return _Instead.LEFT
    if _is_empty(value) and (value is None or reference.fallback is not None):
        return _without_value(reference, scope)
    if fault := reference.fault():
        raise InterpolationError("PT304", f"'{reference.source}': {fault}")
    assert value is not None
    try:
        value = apply_modifiers(value, reference.modifiers)
    except ModifierError as error:
        raise InterpolationError("PT304", f"'{reference.source}': {error}") from error
    if _is_empty(value) and reference.fallback is not None:
        return _without_value(reference, scope)
    return value


def _belongs_to_shell(path: ParsedPath, scope: Scope, assigned: frozenset[str]) -> bool:
    if path.root.isdigit():
        return True
    if path.parts:
        return "-" in path.root and not scope.declares(path.root)
    return path.root in assigned or ("-" in path.root and not scope.declares(path.root))


def _is_shell_form(path: ParsedPath) -> bool:
    """`${a}`, `${a[0]}` and `${a[*]}` are the shell's own when nothing of that name is known."""
    return not path.parts or (len(path.parts) == 1 and isinstance(path.parts[0], int | Each))


def _is_empty(value: Value | None) -> bool:
    return value is None or value.data is None or value.data == ""


def _without_value(reference: Reference, scope: Scope) -> _Instead:
    if reference.default is not None:
        return _Instead.DEFAULT
    if reference.demand is not None:
        text = render(parse_text(reference.demand, "plain"), scope)
        raise InterpolationError("PT301", f"'{reference.path}': {text or 'has no value'}")
    hint = scope.hint(reference.path)
    known = scope.knows(reference.path.root)
    message = f"'{reference.path}' has no value here" if known else f"unknown variable '{reference.path}'"
    raise InterpolationError("PT301", f"{message}; {hint}" if hint else message)


def _plain_text(part: str | Reference, scope: Scope, keep: Callable[[str], str] | None) -> tuple[str, bool]:
    """Returns the text of one part and whether it is trusted."""
    if isinstance(part, str):
        return part, True
    match _find(part, scope, "plain", frozenset()):
        case Value() as value:
            text = render_value(value)
            if keep is not None and len(text.encode("utf-8", "surrogatepass")) > LARGE_VALUE:
                text = keep(text)
            return text, value.trusted
        case _Instead.DEFAULT:
            rendered = [_plain_text(inner, scope, keep) for inner in parse_text(part.default or "", "plain").parts]
            return "".join(text for text, _ in rendered), all(trusted for _, trusted in rendered)
        case _Instead.LEFT:
            return part.source, True


def _shell_piece(reference: Reference, value: Value) -> Piece:
    text = render_value(value)
    words = render_words(value)
    label = str(reference.path)
    match reference.override:
        case "raw":
            return Trusted(text)
        case "sh":
            return Datum(text=shell_words(text, words), label=label, second_shell=True)
        case "quote":
            return Datum(text=text, words=words, label=label)
        case _:
            return Trusted(text) if value.trusted else Datum(text=text, words=words, label=label)


def _left_pieces(reference: Reference, scope: Scope, assigned: frozenset[str]) -> list[Piece]:
    """An expansion left for the shell: its bytes, with the references inside its default put in."""
    fallback = reference.fallback
    if not fallback:
        return [reference.source]
    start = len(reference.source) - 1 - len(fallback)
    inner = shell_pieces(parse_text(fallback, "shell"), scope, assigned)
    return [reference.source[:start], *inner, reference.source[start + len(fallback) :]]


def _form_problems(reference: Reference) -> list[TextProblem]:
    """Returns what the form of a reference alone shows, whatever is declared."""
    problems = [
        TextProblem(code="PT303", message=f"the argument of modifier '{name}' is ignored", offset=reference.offset)
        for name in reference.ignored_arguments()
    ]
    fault = reference.fault()
    if fault and is_root(reference.path.root):
        problems.append(TextProblem(code="PT304", message=f"'{reference.source}': {fault}", offset=reference.offset))
    return problems


def _references(template: Template) -> Iterator[Reference]:
    pending = list(reversed(template.parts))
    while pending:
        part = pending.pop()
        if isinstance(part, Reference):
            yield part
            pending += reversed(parse_text(part.fallback or "", template.mode).parts)
