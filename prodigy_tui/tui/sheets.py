"""Style sheets that are parsed once, and not before they are needed.

Checked with Textual 8.2.8, which parses all of them three times at a start. Half of ours are of screens that the first
picture does not show; parsing them takes 3 % of a start.
"""

from collections.abc import Collection, Sequence
from pathlib import PurePath

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

_SOURCES = 1024
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

    def reparse(self) -> None:
        # The rules stay as they are if one of the sources cannot be parsed, as in a fresh style sheet.
        self.parse()
