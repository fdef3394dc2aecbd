"""`paths`, on a map and on a step: the files that may be changed (language 13.9)."""

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Notes
from prodigy_tui.workflow.build.patterns import known, read_glob
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.model import AllowedPaths
from prodigy_tui.workflow.nodes import MapNode, Node
from prodigy_tui.workflow.reading import read_texts

_EVERYTHING = ("**",)


def read_paths(node: Node | None, notes: Notes) -> AllowedPaths | None:
    """Returns the rule of `paths`; with `!glob`s alone, every other file is allowed."""
    if node is None:
        return None
    if not isinstance(node, MapNode):
        return _allowed(node, notes)
    fields = Fields(node, keys.PATHS, notes.report)
    globs = fields.require("allow", "'paths'")
    rule = AllowedPaths(allow=_EVERYTHING) if globs is None else _allowed(globs, notes)
    return replace(rule, **{"on_violation": fields.word("on_violation") or "suspect"})


def _allowed(node: Node, notes: Notes) -> AllowedPaths:
    scalars = read_texts(node, notes.report)
    wanted = [scalar for scalar in scalars if not scalar.text.startswith("!")]
    unwanted = [scalar for scalar in scalars if scalar.text.startswith("!")]
    return AllowedPaths(
        allow=known(read_glob(scalar, notes.report) for scalar in wanted) if wanted or not unwanted else _EVERYTHING,
        exclude=known(read_glob(scalar, notes.report, 1) for scalar in unwanted),
    )
