import json
from itertools import product
from math import dist
from operator import mul
from pathlib import Path

import pytest
import yaml
from textual.color import Color
from textual.theme import Theme

from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.model.line import Role
from prodigy_tui.tui.themes import ThemeUnusable, first_theme, load_own_themes, load_theme, load_themes
from prodigy_tui.tui.widgets.surface import Paint, colours_of
from tests.tui.scene import THEMES, live, until_gate

SHIPPED = load_themes(THEMES)
DARK = (THEMES / "dark.json").read_text()
TEXTS = ("foreground", "muted", "primary", "secondary", "accent", "success", "warning", "error")
GROUNDS = ("background", "surface", "panel", "cursor")


COLOURED = [theme for theme in SHIPPED if not theme.ansi]
BY_NAME = {theme.name: theme for theme in SHIPPED}


def test_there_is_a_theme_for_every_terminal_and_every_pair_of_eyes() -> None:
    assert [theme.name for theme in SHIPPED] == ["blue-orange", "dark", "high-contrast", "light", "mono", "terminal"]
    assert [theme.name for theme in SHIPPED if not theme.dark] == ["light"]


@pytest.mark.parametrize(
    ("theme", "text", "ground"),
    [(theme, text, ground) for theme in COLOURED for text, ground in product(TEXTS, GROUNDS)],
    ids=lambda value: value.name if isinstance(value, Theme) else value,
)
def test_text_can_be_read_on_every_background(theme: Theme, text: str, ground: str) -> None:
    colours = colours_of(theme)

    assert contrast(colours[text], colours[ground]) >= (7 if theme.name == "high-contrast" else 4.5)


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_the_badge_can_be_read(theme: Theme) -> None:
    colours = colours_of(theme)

    assert contrast(colours["background"], colours["primary"]) >= 4.5


def test_without_colour_states_differ_in_weight_underline_or_reversal() -> None:
    paint = Paint(BY_NAME["mono"])
    colours = colours_of(BY_NAME["mono"])
    roles: tuple[Role, ...] = ("success", "accent", "warning", "error")

    assert all(len(set(Color.parse(colours[name]).rgb)) == 1 for name in (*TEXTS, *GROUNDS))
    assert (
        len({(paint[role].bold, paint[role].italic, paint[role].underline, paint[role].reverse) for role in roles}) == 4
    )


# How colours reach eyes without red cones and without green ones: Machado, Oliveira, Fernandes (2009), severity 1.
PROTANOPE = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
DEUTERANOPE = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))


@pytest.mark.parametrize("eyes", [PROTANOPE, DEUTERANOPE], ids=["protanope", "deuteranope"])
@pytest.mark.parametrize(("one", "other"), [("success", "error"), ("success", "warning"), ("warning", "error")])
def test_states_are_told_apart_by_eyes_that_see_no_red_or_no_green(
    eyes: tuple[tuple[float, ...], ...], one: str, other: str
) -> None:
    colours = colours_of(BY_NAME["blue-orange"])
    seen = [[sum(map(mul, row, linear(colours[name]))) for row in eyes] for name in (one, other)]

    assert dist(*seen) >= 0.25


def test_what_is_asked_for_comes_first_then_what_suits_the_terminal() -> None:
    names = tuple(BY_NAME)

    assert first_theme(names, asked="light", colourless=True) == "light"
    assert first_theme(names, asked="gone", colourless=True) == "mono"
    assert first_theme(names, asked="", colourless=False) == "dark"
    assert first_theme(("mine",), asked="", colourless=False) == "mine"
    assert first_theme(names, asked="", colourless=False, few_colours=True) == "terminal"
    assert first_theme(names, asked="", colourless=True, few_colours=True) == "mono"
    assert first_theme(names, asked="light", colourless=False, few_colours=True) == "light"


@pytest.mark.parametrize("name", list(BY_NAME))
async def test_every_theme_can_be_put_on(name: str) -> None:
    async with live(until_gate()) as scene:
        scene.app.theme = name
        await scene.press("m")

        assert "land" in scene.text()


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def linear(colour: str) -> list[float]:
    """Red, green and blue as amounts of light."""
    return [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in Color.parse(colour).normalized
    ]


def luminance(colour: str) -> float:
    channels = linear(colour)
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\n", "missing required field `dark`"),
        ("{", "while parsing"),
        ("- a\n", "Expected `object`"),
        (DARK.replace("#7fb0ff", "blurple"), "primary: 'blurple' is not a colour"),
        (DARK.replace("{", '{"extra": 1,', 1), "unknown field `extra`"),
    ],
)
def test_a_bad_theme_is_named_with_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / ("mine.json" if text.startswith('{"') else "mine.yml")
    path.write_text(text)

    with pytest.raises(ThemeUnusable) as caught:
        load_theme(path)

    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_folder_without_themes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ThemeUnusable):
        load_themes(tmp_path)


def test_own_themes_come_besides_and_a_broken_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(yaml.safe_dump({**json.loads(DARK), "name": "mine"}))
    (tmp_path / "twice.json").write_text((THEMES / "light.json").read_text().replace('"light"', '"mine"'))
    (tmp_path / "wrong.yml").write_text("name: x\n")

    themes, troubles = load_own_themes(tmp_path)

    assert [theme.name for theme in themes] == ["mine"]
    assert ["twice.json" in troubles[0], "wrong.yml" in troubles[1]] == [True, True]
    assert load_own_themes(tmp_path / "gone") == ((), ())


async def test_a_theme_of_ones_own_can_be_put_on_and_a_broken_one_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(DARK.replace('"dark"', '"mine"', 1))
    (tmp_path / "wrong.yml").write_text("{")
    async with live(until_gate(), machine=Machine(themes=tmp_path)) as scene:
        assert "wrong.yml" in scene.text()

        scene.app.personal.try_out(theme="mine")
        assert scene.app.theme == "mine"
