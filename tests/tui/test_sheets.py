"""Style sheets: the space that is left out of them before they are parsed changes nothing."""

from pathlib import Path

import pytest
from textual.css.stylesheet import Stylesheet
from textual.css.tokenizer import TokenError
from textual.screen import Screen

from prodigy_tui.tui import app
from prodigy_tui.tui.app import SHEETS
from prodigy_tui.tui.feed import EmptyFeed
from prodigy_tui.tui.sheets import ParsedOnce
from tests.tui.scene import make_app

STYLES = Path(app.__file__).with_name("styles")
SHIPPED = {name: (STYLES / f"{name}.tcss").read_text("utf-8") for name in SHEETS}
OTHERS = {
    "comments": "/* a { b: c; } */\nA, B > C { /* first */ color: red; /* last */ width: 1fr }\n",
    "a comment to the end of its line": "A {\n  # color: red;\n  width: 1fr;\n}\n",
    "nested": "A {\n  color: red;\n  &:hover { color: blue; }\n  B C { height: auto 30% }\n}",
    "a text": 'A { keyline: thin red; hatch: ": " red; }',
}


def told(sheet: Stylesheet, css: str) -> list[tuple[str, str]]:
    """Each rule: what it is for, and what it says."""
    return [(rule.selectors, rule.css) for rule in sheet._parse_rules(css, ("a sheet", ""))]


@pytest.mark.parametrize(
    "css", [*SHIPPED.values(), Screen.DEFAULT_CSS, *OTHERS.values()], ids=[*SHIPPED, "of Textual", *OTHERS]
)
def test_a_sheet_says_the_same_without_its_space(css: str) -> None:
    variables = make_app(EmptyFeed()).get_css_variables()

    rules = told(ParsedOnce(variables=variables), css)

    assert rules == told(Stylesheet(variables=variables), css)
    assert rules


def test_what_is_wrong_is_said_with_its_place() -> None:
    with pytest.raises(TokenError) as raised:
        told(ParsedOnce(), "A { color: red; }\n\nB {\n  color ? blue;\n}\n")

    assert raised.value.start[0] == 4
