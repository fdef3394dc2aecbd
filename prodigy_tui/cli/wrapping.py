"""A line for people that is longer than their terminal is wide goes on below, at a word."""

from collections.abc import Sequence

from prodigy_tui.cli.output import Painted, Part

_NARROWEST = 20
"""Cells beside the indent below which nothing is gained."""


def wrapped(parts: Sequence[Part], width: int, indent: int) -> list[tuple[Part, ...]]:
    """Returns lines of at most `width` cells where words allow it; all but the first begin with `indent` blanks."""
    from rich.cells import cell_len

    lines: list[list[Part]] = [[]]
    used = 0
    for part in parts:
        text = ""
        for number, word in enumerate((part.text if isinstance(part, Painted) else part).split(" ")):
            needs = cell_len(word) + (number > 0)
            if word and number and used > indent and used + needs > width and width - indent >= _NARROWEST:
                lines[-1].append(_like(part, text))
                lines.append([" " * indent])
                text, used = word, indent + needs - 1
            else:
                text, used = f"{text} {word}" if number else word, used + needs
        lines[-1].append(_like(part, text))
    return [tuple(line) for line in lines]


def _like(part: Part, text: str) -> Part:
    return part._replace(text=text) if isinstance(part, Painted) else text
