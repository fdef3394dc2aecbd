"""`worktree`, at the top and on a map: what a worktree holds besides the tracked files (language 13.10)."""

from typing import Literal, cast

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.patterns import known, read_glob, read_globs
from prodigy_tui.workflow.build.steps import build_steps
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import document as keys
from prodigy_tui.workflow.literals import is_late, path_fault
from prodigy_tui.workflow.model import WorktreeRules
from prodigy_tui.workflow.nodes import MapNode, Node, ScalarNode
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_texts, wrong_type


def read_worktree(node: Node | None, context: Context, notes: Notes, *, sparse: Context) -> WorktreeRules | None:
    """Returns the rules of one `worktree`.

    Args:
        node: Its value.
        context: Where its setup steps stand.
        notes: Grows.
        sparse: Where its cone patterns stand; they may use the item.
    """
    if node is None:
        return None
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return None
    fields = Fields(node, keys.WORKTREE, notes.report)
    include, copies, links = (_inside(fields, name) for name in ("include", "copy", "link"))
    copied = {scalar.text for scalar in copies}
    for scalar in links:
        if scalar.text in copied:
            message = f"{quoted(scalar.text)} cannot be copied and linked; one must go"
            notes.report.add("PT207", scalar, message)
    mode, keep = fields.word("mode"), fields.node_of("keep")
    if mode == "fresh" and keep is not None and (entry := fields.entry("keep")):
        message = "'keep' has nothing to keep where every worktree is fresh"
        notes.report.add("PT207", entry, message, "leave it out, or write 'mode: pooled'", severity="warning")
    setup = fields.node_of("setup")
    return WorktreeRules(
        include=known(read_glob(scalar, notes.report) for scalar in include),
        copies=tuple(scalar.text for scalar in copies),
        links=tuple(scalar.text for scalar in links),
        mode=cast(Literal["pooled", "fresh"], mode or "pooled"),
        keep=read_globs(keep, notes),
        setup=() if setup is None else build_steps(setup, replace(context, ids={}), notes),
        sparse=_sparse(fields, sparse, notes),
    )


def _inside(fields: Fields, name: str) -> list[ScalarNode]:
    """Returns the paths or globs of a field that stay inside the worktree (PT801)."""
    node = fields.node_of(name)
    scalars = () if node is None else read_texts(node, fields.report)
    return [scalar for scalar in scalars if _is_inside(scalar, f"'{name}'", fields)]


def _is_inside(scalar: ScalarNode, what: str, fields: Fields) -> bool:
    fault = path_fault(scalar.text)
    if fault:
        fields.report.add("PT801", scalar, f"{what} cannot be {quoted(scalar.text)}: {fault}")
    return not fault


def _sparse(fields: Fields, context: Context, notes: Notes) -> tuple[str, ...]:
    node = fields.node_of("sparse")
    found = []
    for scalar in () if node is None else read_texts(node, notes.report):
        notes.text(scalar, "plain", context)
        # A leading '/' is how a pattern names a folder of the root.
        fault = path_fault(scalar.text.removeprefix("/"))
        if fault and not is_late(scalar.text):
            notes.report.add("PT801", scalar, f"'sparse' cannot be {quoted(scalar.text)}: {fault}")
        else:
            found.append(scalar.text)
    return tuple(found)
