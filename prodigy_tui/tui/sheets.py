"""Style sheets that are parsed once. Checked with Textual 8.2.8, which parses all of them three times at a start."""

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

_SOURCES = 1024
"""Far more than there are sheets and widgets; Textual keeps 64, and ours are more."""


class ParsedOnce(Stylesheet):
    """Parses a source again only when the variables differ."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(_SOURCES)

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        # The rules stay as they are if one of the sources cannot be parsed, as in a fresh style sheet.
        self.parse()
