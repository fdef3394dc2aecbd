"""What people set once instead of on every command line, and where each of it came from.

Two files, a person's and a project's, and `PRODIGY_*` variables; an option beats them all (command line 6). A project's
file comes with a repository and is trusted no more than that: what would take a decision or a program of the person's
away is refused there.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from msgspec import Meta, Struct, field

from prodigy_tui.agents import BUILT_IN, CommandDefinition, Price, Prices, Provider, make_providers
from prodigy_tui.agents.options import Mistake, Options, OptionsWrong, read_options
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.usual_places import project_file, user_file
from prodigy_tui.errors import ProdigyError
from prodigy_tui.process import MASK, is_private_name
from prodigy_tui.workflow.nodes import ListNode, MapNode, Node, ScalarNode, to_data
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.source import MAX_FILE_BYTES, read_source
from prodigy_tui.workflow.suggest import did_you_mean

if TYPE_CHECKING:
    from prodigy_tui.tui.actions.keymap import Keys

Kind: TypeAlias = Literal["option", "environment", "project", "user", "default"]
ProviderName: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]*\Z")]
Words: TypeAlias = Annotated[str, Meta(min_length=1)]
KeyNames: TypeAlias = Annotated[
    list[str], Meta(extra={"before": lambda given: [given] if isinstance(given, str) else given})
]


class SettingsWrong(ProdigyError):
    """A settings file or a variable says something that cannot be."""


class Settings(Options, frozen=True, kw_only=True):
    """Everything that can be set."""

    provider: str | None = None
    """As `--provider`."""
    max_parallel: Annotated[int, Meta(ge=1)] | None = None
    """As `--max-parallel`."""
    merge: Literal["ask", "yes", "no"] = "ask"
    """As `--merge`."""
    profile: Words | None = None
    """As `--profile`."""
    strict: bool = False
    """As `--strict`."""
    keep_worktrees: bool = False
    """As `--keep-worktrees`."""
    keep_failed: Annotated[int, Meta(ge=0, le=1000)] = 10
    """So many worktrees of failed items stay for a look; the others live on as branches and patches."""
    programs: dict[str, Words] = field(default_factory=dict)
    """Other names or paths of agent programs, by provider."""
    providers: dict[ProviderName, CommandDefinition] = field(default_factory=dict)
    """Further agent programs."""
    prices: dict[Words, Price] = field(default_factory=dict)
    """What models cost."""
    keys: dict[str, KeyNames] = field(default_factory=dict)
    """Other keys of the interface, by action."""


VARIABLES: Final[Mapping[str, str]] = {
    name: f"PRODIGY_{name.upper()}"
    for name in ("provider", "max_parallel", "merge", "profile", "strict", "keep_worktrees", "keep_failed")
}
"""The settings that a variable can give."""
_BY_NAME: Final = ("programs", "providers", "prices", "keys")
"""The settings that are tables: files add to each other."""


class Origin(Struct, frozen=True, kw_only=True):
    """Where a value came from."""

    kind: Kind
    place: str = ""
    """The file or the variable."""


class Effective(Struct, frozen=True, kw_only=True):
    """The settings in force; `origins` has those that somebody has set, `providers.NAME` and the like one by one."""

    settings: Settings
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def origin(self, key: str) -> Origin:
        """Returns where the value of a setting came from."""
        return self.origins.get(key, Origin(kind="default"))

    def providers(self) -> Mapping[str, Provider]:
        """Returns all agent providers, with these settings."""
        settings = self.settings
        return make_providers(settings.providers, prices=Prices(settings.prices), programs=settings.programs)

    def keys(self) -> "Keys":
        """Returns the interface's keys that the person has set."""
        from prodigy_tui.tui.actions.keymap import read_keys

        return read_keys(self.settings.keys)


class _Layer(Struct, frozen=True, kw_only=True):
    """What one file or the environment says."""

    settings: Settings
    given: Sequence[str]
    """The settings that it has, whatever their values."""
    origin: Mapping[str, Origin]


def settings_of(invocation: Invocation) -> Effective:
    """Returns the settings in force where the program was called, options apart.

    Raises:
        SettingsWrong: One of the files, or a variable, cannot be used.
    """
    user, project = user_file(invocation.environ), project_file(invocation.repo)
    return read_settings(user, project, invocation.environ)


def read_settings(user: Path | None, project: Path | None, environ: Mapping[str, str]) -> Effective:
    """Returns what the files and the variables come to.

    Raises:
        SettingsWrong: One of them cannot be used.
    """
    layers: list[_Layer] = []
    if user is not None and (data := _read(user)) is not None:
        layers.append(_layer_of_file(data, user, "user"))
    if project is not None and (data := _read(project, inside=project.parent.parent)) is not None:
        layers.append(_layer_of_file(data, project, "project"))
    layers.append(_layer_of_variables(environ))
    return _merged(layers)


def _read(path: Path, *, inside: Path | None = None) -> MapNode | None:
    """Reads a file as carefully as a workflow; one that does not exist or is empty says nothing."""
    try:
        if not path.exists():
            return None
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            raise SettingsWrong(f"{path}: is not a file of settings", hint="remove it, or make it a small YAML file")
        if inside is not None and not path.resolve().is_relative_to(inside.resolve()):
            raise SettingsWrong(f"{path}: is a link that leads out of the project", hint="put the file itself there")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsWrong(f"{path}: cannot be read: {why}") from error
    if not re.sub(r"(?m)^\s*(#.*)?$", "", text).strip():
        return None
    report = Report(str(path))
    node = read_source(text, ".yml", report)
    for problem in report.problems():
        if problem.severity == "error":
            raise SettingsWrong(f"{path}:{problem.line}: {problem.message}", hint=problem.hint)
    if isinstance(node, ScalarNode) and node.value is None:
        return None
    if not isinstance(node, MapNode):
        raise SettingsWrong(f"{path}: must be a mapping", hint=f"it may have {', '.join(Settings.__struct_fields__)}")
    return node


def _layer_of_file(node: MapNode, path: Path, kind: Literal["user", "project"]) -> _Layer:
    data = to_data(node)
    try:
        settings = read_options(Settings, data)
    except OptionsWrong as wrong:
        raise _wrong(wrong.mistakes, node, path) from None
    _check_names(settings, node, path)
    if kind == "project":
        _check_trust(settings, data, node, path)
    if settings.keys:
        _check_keys(settings, node, path)
    origin = Origin(kind=kind, place=str(path))
    return _Layer(settings=settings, given=sorted(data), origin=dict.fromkeys(_keys(settings, data), origin))


def _layer_of_variables(environ: Mapping[str, str]) -> _Layer:
    given = {name: environ[variable] for name, variable in VARIABLES.items() if environ.get(variable)}
    try:
        settings = read_options(Settings, given)
    except OptionsWrong as wrong:
        first = wrong.mistakes[0]
        name = str(first.place[0])
        message = f"{VARIABLES[name]}: {first.text} (got {quoted(given[name])})"
        raise SettingsWrong(message, hint="change or unset it") from None
    origin = {name: Origin(kind="environment", place=VARIABLES[name]) for name in given}
    return _Layer(settings=settings, given=sorted(given), origin=origin)


def _keys(settings: Settings, given: Iterable[str]) -> Iterator[str]:
    """The settings that were given, those in tables one by one."""
    for name in given:
        if name in _BY_NAME:
            yield from (f"{name}.{key}" for key in getattr(settings, name))
        else:
            yield name


def _merged(layers: Sequence[_Layer]) -> Effective:
    """Later layers win, except that a project does not replace a provider that the person has described."""
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for layer in layers:
        for name in layer.given:
            value = getattr(layer.settings, name)
            if name not in _BY_NAME:
                values[name] = value
                origins[name] = layer.origin[name]
                continue
            table = values.setdefault(name, {})
            for key in value:
                if name == "providers" and key in table:
                    continue
                table[key] = value[key]
                origins[f"{name}.{key}"] = layer.origin[f"{name}.{key}"]
    return Effective(settings=Settings(**values), origins=origins)


def _check_names(settings: Settings, node: MapNode, path: Path) -> None:
    for name in settings.providers:
        if name in BUILT_IN:
            hint = "choose another name; another path of its program goes into 'programs'"
            raise _refused(node, path, ("providers", name), "is a provider of the program's own", hint)
    for name in settings.programs:
        if name not in BUILT_IN or name == "scripted":
            there_are = ", ".join(each for each in BUILT_IN if each != "scripted")
            raise _refused(node, path, ("programs", name), "is no provider with a program", f"there are {there_are}")


def _check_keys(settings: Settings, node: MapNode, path: Path) -> None:
    from prodigy_tui.tui.actions.keymap import KeysWrong, read_keys

    try:
        read_keys(settings.keys)
    except KeysWrong as wrong:
        raise _refused(node, path, ("keys", wrong.action), str(wrong), wrong.hint) from None


def _check_trust(settings: Settings, given: Collection[str], node: MapNode, path: Path) -> None:
    """Refuses what a repository must not decide for the person who works in it."""
    mine = "set it in your own settings (prodigy-tui config path)"
    for name, why in (
        ("programs", "a project cannot replace your agent programs"),
        ("prices", "a project cannot say what you pay, and so what a budget allows"),
        ("keys", "a project cannot change what your keys do"),
    ):
        if name in given:
            raise _refused(node, path, (name,), why, mine)
    if settings.merge == "yes":
        raise _refused(node, path, ("merge",), "a project cannot allow itself to land on your branch", mine)


def _wrong(mistakes: Sequence[Mistake], node: Node, path: Path) -> SettingsWrong:
    """The first problem of a file as one line: file, place, key, value, what to do."""
    first, *others = mistakes
    location = first.place
    found, shown, line = _at(node, location)
    more = f" (and {len(others)} more)" if others else ""
    where = f"{path}:{line}: {shown or 'the file'}"
    if first.kind == "unknown":
        known = Settings.__struct_fields__ if len(location) == 1 else ()
        hint = did_you_mean(str(location[-1]), known) or "remove it, or see docs/reference/settings.md"
        return SettingsWrong(f"{where} is unknown{more}", hint=hint)
    value = ""
    if isinstance(found, ScalarNode):
        value = f" (got {MASK if is_private_name(shown) else quoted(found.text[:60])})"
    return SettingsWrong(f"{where}: {first.text}{value}{more}", hint="see docs/reference/settings.md")


def _refused(node: Node, path: Path, location: tuple[str, ...], why: str, hint: str) -> SettingsWrong:
    _, shown, line = _at(node, location)
    return SettingsWrong(f"{path}:{line}: {shown}: {why}", hint=hint)


def _at(node: Node, location: tuple[int | str, ...]) -> tuple[Node, str, int]:
    """Returns the node at a place, as far as there is one, with its key and line."""
    shown, line = "", node.line
    for part in location:
        if isinstance(node, MapNode):
            entry = next((entry for entry in node.entries if entry.key == part), None)
            if entry is None:
                if part != location[-1]:
                    break
                return node, f"{shown}.{part}".strip("."), line
            node, line = entry.value, entry.line
            shown = f"{shown}.{part}".strip(".")
        elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            line, shown = node.line, f"{shown}[{part}]"
    return node, shown, line
