"""Themes are files: the fields of Textual's `Theme` in YAML, checked by a model before Textual sees them."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from textual.color import Color, ColorParseError
from textual.theme import Theme

from prodigy_tui.errors import ExitCode, ProdigyError


class ThemeUnusable(ProdigyError):
    """A theme file cannot be read as a theme."""

    exit_code = ExitCode.USAGE

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"theme {path}: {reason}", hint="see the shipped themes for the fields that a theme has")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type["ThemeUnusable"], tuple[Path, str]]:
        return type(self), (self.path, self.reason)


def _colour(text: str) -> str:
    try:
        Color.parse(text)
    except ColorParseError as error:
        raise ValueError(f"{text!r} is not a colour") from error
    return text


Colour = Annotated[str, AfterValidator(_colour)]


class Variables(BaseModel):
    """Colours of our own that the style sheets and surfaces use besides Textual's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    muted: Colour
    """Text that stands back: ages, reasons, what is done."""
    cursor: Colour
    """The background of the line under the cursor."""
    line: Colour
    """Frames of panels without focus."""


class ThemeFile(BaseModel):
    """One theme as it stands in its file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    dark: bool
    primary: Colour
    secondary: Colour
    accent: Colour
    success: Colour
    warning: Colour
    error: Colour
    foreground: Colour
    background: Colour
    surface: Colour
    panel: Colour
    variables: Variables

    def to_theme(self) -> Theme:
        """Returns the theme in Textual's terms."""
        fields = self.model_dump(exclude={"variables"})
        variables = self.variables
        return Theme(
            **fields,
            text_alpha=1.0,
            variables={
                **variables.model_dump(),
                "footer-key-foreground": self.primary,
                "block-cursor-background": variables.cursor,
                "block-cursor-foreground": self.foreground,
                "input-selection-background": variables.cursor,
            },
        )


def load_theme(path: Path) -> Theme:
    """Returns the theme in a file.

    Raises:
        ThemeUnusable: the file cannot be read, or is no theme.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return ThemeFile.model_validate(data).to_theme()
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ThemeUnusable(path, f"{place}: {first['msg']}" if place else first["msg"]) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ThemeUnusable(path, " ".join(str(error).split())) from error


def load_themes(folder: Path) -> tuple[Theme, ...]:
    """Returns the themes in a folder, dark ones first.

    Raises:
        ThemeUnusable: one of them cannot be used, or there is none.
    """
    themes = [load_theme(path) for path in sorted(folder.glob("*.yml"))]
    if not themes:
        raise ThemeUnusable(folder, "there is no theme in this folder")
    return tuple(sorted(themes, key=lambda theme: (not theme.dark, theme.name)))
