"""Style sheets that are parsed once, and not before they are needed.

Checked with Textual 8.2.8, which parses all of them three times at a start. Half of ours are of screens that the first
picture does not show; parsing them takes 3 % of a start. Of 170 variables, which Textual takes apart all at once, the
sheets of a first picture use twenty. And nearly half of what it takes a sheet apart into is space between words that
means nothing, which it has to look at as at any word.
"""

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import PurePath
from typing import Any, Final

from textual.cache import LRUCache
from textual.color import Color
from textual.css.errors import StylesheetError
from textual.css.stylesheet import Stylesheet
from textual.css.tokenize import tokenize_values
from textual.css.tokenizer import Token, TokenError
from textual.style import Style

_VARIABLE: Final = re.compile(r"\$([\w-]+)")
_TITLE: Final = re.compile(r"(bold )?\$([\w-]+)")
"""How titles are styled."""
_PARTS_NOTHING: Final = tuple((space, space.strip()) for space in ("{ ", " {", "; ", ": ", ", ", " }", "} "))
"""Where a space means nothing: "a b" is not "ab", but "a { b: c; }" is "a{b:c;}"."""
_TELL_LINES: Final = ('"', "'", "# ")
"""What is in sheets in which space may mean something: texts, and comments that end with their line."""
_WHOLE: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_SOURCES: Final = 1024
"""Far more than there are sheets and widgets; Textual keeps 64, and ours are more."""


class ParsedOnce(Stylesheet):
    """Parses a source again only when the variables differ.

    Args:
        variables: what the sheets may refer to.
        later: names of sheets that are left out until `read_later`.
    """

    def __init__(self, *, variables: dict[str, str] | None = None, later: Collection[str] = ()) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(_SOURCES)
        self._later = later
        self._tokens: dict[str, list[Token]] = {}
        """The variables that a sheet has used so far."""
        self._paths: Sequence[PurePath] = ()

    def read_all(self, paths: Sequence[PurePath]) -> None:
        self._paths = paths
        super().read_all([path for path in paths if path.stem not in self._later])

    def read_later(self) -> bool:
        """Reads the sheets that were left out, each into its place among the others; returns whether there were any."""
        if not self._later:
            return False
        self._later = ()
        before, self.source = self.source, {}
        super().read_all(self._paths)
        self.source |= {place: source for place, source in before.items() if place not in self.source}
        return True

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            super().set_variables(variables)
            self._tokens = {}

    @property
    def _variable_tokens(self) -> dict[str, list[Token]]:
        return self._tokens

    def _parse_rules(self, css: str, *arguments: Any, **options: Any) -> Any:
        used = {name for name in _VARIABLE.findall(css) if name not in self._tokens and name in self._variables}
        self._tokens |= tokenize_values({name: self._variables[name] for name in used})
        if not any(sign in css for sign in _TELL_LINES):
            with suppress(TokenError, StylesheetError):
                rules = super()._parse_rules(_without_space(css), *arguments, **options)
                if not any(rule.errors for rule in rules):
                    return rules
        return super()._parse_rules(css, *arguments, **options)  # where something is wrong it says where

    def parse_style(self, style_text: str | Style) -> Style:
        # Titles in frames are the first that asks, and the only one at a start. For the library that reads styles
        # Textual loads all that reads markup.
        if isinstance(style_text, str) and style_text not in self._style_parse_cache:
            match = _TITLE.fullmatch(style_text)
            colour = self._variables.get(match[2], "") if match is not None else ""
            if match is not None and _WHOLE.fullmatch(colour):
                made = Style(foreground=Color.parse(colour), bold=bool(match[1]) or None)
                self._style_parse_cache[style_text] = made
        return super().parse_style(style_text)

    def reparse(self) -> None:
        # The rules stay as they are if one of the sources cannot be parsed, as in a fresh style sheet.
        self.parse()


def _without_space(css: str) -> str:
    css = " ".join(css.split())
    for space, sign in _PARTS_NOTHING:
        css = css.replace(space, sign)
    return css
