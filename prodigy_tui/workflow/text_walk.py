"""Every reference of a text with its place, those inside defaults too."""

from collections.abc import Iterator

import msgspec

from prodigy_tui.workflow.interpolate import Template, parse_text
from prodigy_tui.workflow.references import MAX_NESTED_DEFAULTS, Reference

__all__ = ["MAX_NESTED_DEFAULTS", "Placed", "walk_references"]


class Placed(msgspec.Struct, frozen=True):
    """A reference and the offset in the whole text; one inside a default has the offset of the outermost."""

    reference: Reference
    offset: int
    too_deep: bool = False
    """Its own default is nested so deep that it was not looked into."""


def walk_references(template: Template) -> Iterator[Placed]:
    """Yields the references of `template` in order, at most `MAX_NESTED_DEFAULTS` levels deep."""
    pending = [(part, part.offset, 1) for part in reversed(template.parts) if isinstance(part, Reference)]
    while pending:
        reference, offset, depth = pending.pop()
        fallback = reference.fallback
        too_deep = bool(fallback) and depth >= MAX_NESTED_DEFAULTS
        yield Placed(reference, offset, too_deep)
        if fallback and not too_deep:
            inner = parse_text(fallback, template.mode).parts
            pending += [(part, offset, depth + 1) for part in reversed(inner) if isinstance(part, Reference)]
