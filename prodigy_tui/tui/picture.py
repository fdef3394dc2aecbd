"""Pictures of the screen that show the same everywhere: nothing in them is fetched from elsewhere."""

import re

_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_FONT = re.compile(r"font-family: Fira Code, monospace")
_FONTS = "font-family: 'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def self_contained(svg: str) -> str:
    """Returns an exported screen without its web fonts; a monospaced font of the machine takes their place."""
    return _FONT.sub(_FONTS, _FONT_FACE.sub("", svg))
