"""Texts with references: parsed once, rendered for one scope (language 8.2 to 8.7).

In plain text a value is its text. In shell text every value is put in so that it stays literal; that is `shell`'s part.
"""

import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Final

import msgspec

from prodigy_tui.workflow.finding import Instead, InterpolationError, find_value
from prodigy_tui.workflow.references import MAX_NESTED_DEFAULTS, Mode, Reference, TextProblem, parse_reference
from prodigy_tui.workflow.rendering import render_value, render_words
from prodigy_tui.workflow.roots import RESERVED, is_root, secret_name
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
    "secrets_in",
    "shell_pieces",
]

LARGE_VALUE: Final = 64 * 1024
_SHELL_TEXT: Final = 8 * 1024 * 1024

_PLAIN_SIGN = re.compile(r"(?:\$|\\)\$\{|(?:\$|\\)\$(?=[A-Za-z_])|\$\{|\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+)")
_SHELL_SIGN = re.compile(r"\\.|\$\$\{|\$\$|\$\{", re.DOTALL)
_DOLLAR_NAME = re.compile(r"(?<![\\$])\$([A-Za-z_][A-Za-z0-9_]*)")
_UNBRACED_FIELD = re.compile(r"(?<![\\$])\$(" + "|".join(sorted(RESERVED)) + r")\.[A-Za-z_]")


class Template(msgspec.Struct, frozen=True, kw_only=True):
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
    def is_literal(self) -> bool:
        """Whether the text stands for itself, and nothing is wrong with its form."""
        return self.parts == (self.text,) and not self.problems

    @property
    def only_reference(self) -> Reference | None:
        """The reference that the whole text is, if it is one."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Reference):
            return self.parts[0]
        return None


@lru_cache(maxsize=4096)
def parse_text(text: str, mode: Mode) -> Template:
    """Returns the template of any text; nothing is raised, problems are inside."""
    assigned = assigned_names(text) if mode == "shell" else frozenset[str]()
    if "$" not in text:
        return Template(text=text, mode=mode, parts=(text,) if text else (), assigned=assigned)
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
        assigned=assigned,
        dollar_names=frozenset(_DOLLAR_NAME.findall(text)) if mode == "shell" else frozenset(),
    )


def render(template: Template, scope: Scope, *, keep: Callable[[str], str] | None = None, secrets: bool = False) -> str:
    """Returns the text with every value put in.

    Args:
        template: What to render.
        scope: Where references find their values.
        keep: For prompts: called with a value over 64 KiB, returns what stands in its place (PT512).
        secrets: For values of `env`: secrets may be put into this text.

    Raises:
        InterpolationError: a reference has no value, or its value cannot be put where it stands.
    """
    if template.mode == "plain":
        show = _Shower(scope, keep, secrets=secrets)
        return "".join(show.text(part)[0] for part in template.parts)
    # What is exported takes long to find out.
    for name in template.dollar_names & scope.unexported if template.dollar_names else ():
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
        found = find_value(only, scope, "plain")
        if isinstance(found, Value):
            return found
        if found is Instead.FALLBACK:
            return _resolved_default(only.meant(scope.declares), scope)
    show = _Shower(scope)
    rendered = [show.text(part) for part in template.parts]
    return Value("".join(text for text, _ in rendered), trusted=all(trusted for _, trusted in rendered))


def _resolved_default(reference: Reference, scope: Scope, depth: int = 1) -> Value:
    template = parse_text(_default(reference, scope, depth), "plain")
    only = template.only_reference
    if only is not None and find_value(only, scope, "plain") is Instead.FALLBACK:
        return _resolved_default(only.meant(scope.declares), scope, depth + 1)
    return resolve(template, scope)


def shell_pieces(
    template: Template, scope: Scope, assigned: frozenset[str] | None = None, depth: int = 1
) -> list[Piece]:
    """Returns a shell text as the author's text, trusted text and data; `assigned` and `depth` are for defaults.

    Raises:
        InterpolationError: a reference has no value.
    """
    names = template.assigned if assigned is None else assigned
    pieces: list[Piece] = []
    for written in template.parts:
        if isinstance(written, str):
            pieces.append(written)
            continue
        part = written.meant(scope.declares)
        match find_value(part, scope, "shell", names):
            case Value() as value:
                pieces.append(_shell_piece(part, value))
            case Instead.FALLBACK:
                inner = parse_text(_default(part, scope, depth), "shell")
                pieces += shell_pieces(inner, scope, names, depth + 1)
            case Instead.SECRET:
                name = scope.secret(part.path) or ""
                pieces.append(Datum(text=f"${{{name}}}", label=name, expansion=True))
            case Instead.LEFT:
                pieces += _left_pieces(part, scope, names, depth)
    return pieces


def secrets_in(template: Template, secrets: Collection[str]) -> frozenset[str]:
    """Returns the secrets that a text mentions, which make a variable of `env` a secret too."""
    found = {secret_name(reference.path, secrets) for reference in template.references}
    return frozenset(name for name in found if name is not None)


class _Shower:
    """Puts values into plain text."""

    def __init__(self, scope: Scope, keep: Callable[[str], str] | None = None, *, secrets: bool = False) -> None:
        self._scope = scope
        self._keep = keep
        self._secrets = secrets

    def text(self, written: str | Reference, depth: int = 1) -> tuple[str, bool]:
        """Returns the text of one part and whether it is trusted."""
        if isinstance(written, str):
            return written, True
        part = written.meant(self._scope.declares)
        found = find_value(part, self._scope, "plain", secrets=self._secrets)
        if isinstance(found, Value):
            text = render_value(found)
            if self._keep is not None and len(text.encode("utf-8", "surrogatepass")) > LARGE_VALUE:
                text = self._keep(text)
            return text, found.trusted
        if found is Instead.FALLBACK:
            inner = parse_text(_default(part, self._scope, depth), "plain").parts
            rendered = [self.text(piece, depth + 1) for piece in inner]
            return "".join(text for text, _ in rendered), all(trusted for _, trusted in rendered)
        return part.source, True


def _default(reference: Reference, scope: Scope, depth: int) -> str:
    """Returns the text that stands for a value that is missing; a demand fails with its own words."""
    if depth > MAX_NESTED_DEFAULTS:
        raise InterpolationError("PT106", f"defaults are nested deeper than {MAX_NESTED_DEFAULTS} levels")
    if reference.demand is None:
        return reference.default or ""
    text = render(parse_text(reference.demand, "plain"), scope)
    raise InterpolationError("PT301", f"'{reference.path}': {text or 'has no value'}")


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


def _left_pieces(reference: Reference, scope: Scope, assigned: frozenset[str], depth: int) -> list[Piece]:
    """An expansion left for the shell: its bytes, with the references inside its default put in."""
    fallback = reference.fallback
    if not fallback or depth > MAX_NESTED_DEFAULTS:
        return [reference.source]
    start = len(reference.source) - 1 - len(fallback)
    inner = shell_pieces(parse_text(fallback, "shell"), scope, assigned, depth + 1)
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
    pending = [(part, 1) for part in reversed(template.parts)]
    while pending:
        part, depth = pending.pop()
        if isinstance(part, Reference):
            yield part
            if part.fallback and depth < MAX_NESTED_DEFAULTS:
                pending += [(piece, depth + 1) for piece in reversed(parse_text(part.fallback, template.mode).parts)]
