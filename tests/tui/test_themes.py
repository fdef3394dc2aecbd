from itertools import product
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from prodigy_tui.tui.themes import ThemeUnusable, load_theme, load_themes
from prodigy_tui.tui.widgets.surface import colours_of
from tests.tui.scene import THEMES

SHIPPED = load_themes(THEMES)
TEXTS = ("foreground", "muted", "primary", "secondary", "accent", "success", "warning", "error")
GROUNDS = ("background", "surface", "panel", "cursor")


def test_there_are_a_dark_and_a_light_theme() -> None:
    assert [(theme.name, theme.dark) for theme in SHIPPED] == [("dark", True), ("light", False)]


@pytest.mark.parametrize(
    ("theme", "text", "ground"),
    [(theme, text, ground) for theme in SHIPPED for text, ground in product(TEXTS, GROUNDS)],
    ids=lambda value: value.name if isinstance(value, Theme) else value,
)
def test_text_can_be_read_on_every_background(theme: Theme, text: str, ground: str) -> None:
    colours = colours_of(theme)

    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", SHIPPED, ids=lambda theme: theme.name)
def test_the_badge_can_be_read(theme: Theme) -> None:
    colours = colours_of(theme)

    assert contrast(colours["background"], colours["primary"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in Color.parse(colour).normalized
    ]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\n", "dark: Field required"),
        ("{", "while parsing"),
        ("- a\n", "valid dictionary"),
        (
            (THEMES / "dark.yml").read_text().replace("#7fb0ff", "blurple"),
            "primary: Value error, 'blurple' is not a colour",
        ),
        ((THEMES / "dark.yml").read_text() + "extra: 1\n", "extra: Extra inputs are not permitted"),
    ],
)
def test_a_bad_theme_is_named_with_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(text)

    with pytest.raises(ThemeUnusable) as caught:
        load_theme(path)

    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_folder_without_themes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ThemeUnusable):
        load_themes(tmp_path)
