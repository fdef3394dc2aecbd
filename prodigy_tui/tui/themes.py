"""Themes are files: the fields of Textual's `Theme` in JSON or YAML, checked by a model before Textual sees them.

The shipped ones are JSON, for which nothing has to be loaded: the library that reads YAML costs 3 % of a start.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.tui.model.line import Role

STYLE_OF: Final = "style-"
"""How a theme's variable begins that says what makes a role stand out besides its colour."""
_USUAL: Final = "dark"
_COLOURLESS: Final = "mono"
_OF_THE_TERMINAL: Final = "terminal"
_SUFFIXES: Final = frozenset({".json", ".yml", ".yaml"})
_ATTRIBUTES: Final = frozenset({"bold", "dim", "italic", "reverse", "underline"})


class ThemeUnusable(ProdigyError):
    """A theme file cannot be read as a theme."""

    exit_code = ExitCode.USAGE

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"theme {path}: {reason}", hint="see the shipped themes for the fields that a theme has")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type["ThemeUnusable"], tuple[Path, str]]:
        return type(self), (self.path, self.reason)


class Variables(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Colours of our own that the style sheets and surfaces use besides Textual's."""

    muted: str
    """Text that stands back: ages, reasons, what is done."""
    cursor: str
    """The background of the line under the cursor."""
    line: str
    """Frames of panels without focus."""

    def __post_init__(self) -> None:
        _check_colours(self, ("muted", "cursor", "line"))


_COLOURS: Final = (
    *("primary", "secondary", "accent", "success", "warning", "error"),
    *("foreground", "background", "surface", "panel"),
)
StyledRole: TypeAlias = Literal[Role, "cursor"]


class ThemeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One theme as it stands in its file."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$")]
    dark: bool
    primary: str
    secondary: str
    accent: str
    success: str
    warning: str
    error: str
    foreground: str
    background: str
    surface: str
    panel: str
    ansi: bool = False
    """The terminal's own colours, named `ansi_red` and so on."""
    variables: Variables
    styles: dict[StyledRole, str] = {}
    """What makes a role stand out besides its colour: bold, dim, italic, reverse, underline."""

    def __post_init__(self) -> None:
        _check_colours(self, _COLOURS)
        for role, attributes in self.styles.items():
            unknown = sorted(set(attributes.split()) - _ATTRIBUTES)
            if unknown:
                raise ValueError(f"styles.{role}: {unknown[0]!r} is none of {', '.join(sorted(_ATTRIBUTES))}")

    def to_theme(self) -> Theme:
        """Returns the theme in Textual's terms."""
        variables = self.variables
        return Theme(
            name=self.name,
            dark=self.dark,
            ansi=self.ansi,
            text_alpha=1.0,
            variables={
                # What Textual's own widgets ask of a theme in the terminal's colours.
                **(BUILTIN_THEMES["ansi-dark"].variables if self.ansi else {}),
                **msgspec.structs.asdict(variables),
                **{f"{STYLE_OF}{role}": attributes for role, attributes in self.styles.items()},
                "footer-key-foreground": self.primary,
                "block-cursor-background": variables.cursor,
                "block-cursor-foreground": self.foreground,
                "input-selection-background": variables.cursor,
            },
            **{name: getattr(self, name) for name in _COLOURS},
        )


def _check_colours(fields: msgspec.Struct, names: Sequence[str]) -> None:
    for name in names:
        text = getattr(fields, name)
        try:
            Color.parse(text)
        except ColorParseError:
            raise ValueError(f"{name}: {text!r} is not a colour") from None


def load_theme(path: Path) -> Theme:
    """Returns the theme in a file.

    Raises:
        ThemeUnusable: the file cannot be read, or is no theme.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ThemeUnusable(path, " ".join(str(error).split())) from error
    try:
        read = msgspec.json.decode(text, type=ThemeFile) if path.suffix == ".json" else _from_yaml(text, path)
    except msgspec.DecodeError as error:
        raise ThemeUnusable(path, str(error)) from error
    return read.to_theme()


def _from_yaml(text: str, path: Path) -> ThemeFile:
    import yaml

    try:
        data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # the one in C takes a tenth of the time
    except yaml.YAMLError as error:
        raise ThemeUnusable(path, " ".join(str(error).split())) from error
    return msgspec.convert(data, ThemeFile)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in _SUFFIXES)


def load_themes(folder: Path) -> tuple[Theme, ...]:
    """Returns the themes in a folder, by name.

    Raises:
        ThemeUnusable: one of them cannot be used, or there is none.
    """
    themes = [load_theme(path) for path in _files(folder)]
    if not themes:
        raise ThemeUnusable(folder, "there is no theme in this folder")
    return tuple(sorted(themes, key=lambda theme: theme.name))


def load_own_themes(folder: Path) -> tuple[tuple[Theme, ...], tuple[str, ...]]:
    """Returns the themes of a person's own folder by name, and what is wrong with those that cannot be used."""
    themes: dict[str, Theme] = {}
    troubles: list[str] = []
    for path in _files(folder):
        try:
            theme = load_theme(path)
        except ThemeUnusable as error:
            troubles.append(error.message)
            continue
        if theme.name in themes:
            troubles.append(f"theme {path}: another file has a theme {theme.name!r} already")
        else:
            themes[theme.name] = theme
    return tuple(sorted(themes.values(), key=lambda theme: theme.name)), tuple(troubles)


def first_theme(names: Sequence[str], *, asked: str, colourless: bool, few_colours: bool = False) -> str:
    """Returns the theme to begin with: the one asked for, else one that suits the terminal, else any.

    Args:
        names: themes to choose from, at least one.
        asked: what the person wants; may be empty, or gone.
        colourless: whether `NO_COLOR` is set.
        few_colours: whether the terminal has no more than its own sixteen.
    """
    suited = _COLOURLESS if colourless else _OF_THE_TERMINAL if few_colours else _USUAL
    wanted = (asked, suited, _USUAL)
    return next((name for name in wanted if name in names), names[0])
