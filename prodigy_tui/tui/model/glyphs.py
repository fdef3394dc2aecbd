"""What stands for our glyphs where a terminal has only ASCII: one character for one, so that no width changes."""

import unicodedata
from typing import Final

from rich.cells import cell_len

_STATES: Final = {"✗": "x", "●": "*", "◌": "o", "⇄": "=", "·": ".", "✓": "+", "†": "X", "–": "-"}
_SIGNS: Final = {
    "±": "+",
    "×": "x",
    "−": "-",
    "≈": "~",
    "≥": ">",
    "≤": "<",
    "…": "~",
    "⋯": "~",
    "∙": ".",
    "•": "*",
    "‖": "|",
    "‹": "<",
    "›": ">",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "—": "-",
    "←": "<",
    "→": ">",
    "↑": "^",
    "↓": "v",
    "↻": "@",
    "↵": "<",
    "⏎": "<",
    "★": "*",
    "\u00a0": " ",
    "\ufffd": "?",
}
_SHAPES: Final = {
    "■": "#",
    "▪": "o",
    "▴": "^",
    "▶": ">",
    "▸": ">",
    "▹": ">",
    "▼": "v",
    "▾": "v",
    "◀": "<",
    "◂": "<",
    "◆": "*",
    "◇": "o",
    "○": "o",
    "◐": "c",
}
_FRAMES: Final = {
    **dict.fromkeys("─╌┄┈╴╶╼╾", "-"),
    **dict.fromkeys("━╍┅┉═╸╺", "="),
    **dict.fromkeys("│┃║╎╏┆┇┊┋╽╿", "|"),
    "╵": "'",
    "╷": ",",
    "╱": "/",
    "╲": "\\",
}
"""The frame of what has the focus is heavy, and stays different from the others."""
_LEVELS: Final = {"▁": ".", "▂": ":", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "#", "█": "#"}
_PARTS: Final = {
    **dict.fromkeys("▏▎▍▕▐", "|"),
    **dict.fromkeys("▌▋▊▉", "="),
    **dict.fromkeys("▀▔", '"'),
    "░": ".",
    "▒": ":",
    "▓": "%",
    "▞": "/",
    "▚": "\\",
}
_RANGES: Final = ((0x2400, 0x2426, "?"), (0x2500, 0x257F, "+"), (0x2580, 0x259F, "#"), (0x25A0, 0x25FF, "o"))
"""Pictures of control characters, frames, blocks and shapes that have no sign of their own."""

ASCII: Final[dict[int, str]] = {
    code: sign for first, last, sign in _RANGES for code in range(first, last + 1) if cell_len(chr(code)) == 1
} | {ord(glyph): sign for part in (_STATES, _SIGNS, _SHAPES, _FRAMES, _LEVELS, _PARTS) for glyph, sign in part.items()}


def in_ascii(text: str, *, everything: bool = False) -> str:
    """Returns `text` with our glyphs as ASCII, in as many cells.

    `everything`: also what is not ours, such as what an agent has written; letters lose their accents, what has no
    likeness becomes a question mark.
    """
    if text.isascii():
        return text
    text = text.translate(ASCII)
    return text if not everything or text.isascii() else "".join(map(_likeness, text))


def _likeness(sign: str) -> str:
    if sign.isascii():
        return sign
    width = cell_len(sign)
    letter = unicodedata.normalize("NFKD", sign)[0]
    return letter if width == 1 and letter.isascii() else "?" * width
