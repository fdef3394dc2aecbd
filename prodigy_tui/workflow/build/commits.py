"""Whether and how a step commits: `commit_required`, `auto_commit`, `commit_config` (language 7.1, 7.2)."""

import re
from typing import Any

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.patterns import read_globs, read_regex
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.model import CommitConfig
from prodigy_tui.workflow.nodes import MapNode, Node, ScalarNode
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import wrong_type

_AUTHOR = re.compile(r"[^<>]*[^<>\s][^<>]*<[^<>\s]+>\s*")
_FIELDS = ("commit_required", "auto_commit", "commit_config")


def build_commits(fields: Fields, context: Context, notes: Notes) -> dict[str, Any]:
    """Returns the fields of `Step` about commits, all but `commit_required`; where HEAD is shared they are PT208."""
    given, config = fields.optional_flag("auto_commit"), fields.node_of("commit_config")
    if context.shared:
        _refuse_in_parallel(fields)
    if config is None:
        return {"auto_commit": given or False}
    if given is False and (entry := fields.entry("commit_config")):
        hint = "'commit_config' alone makes the step commit"
        notes.report.add("PT207", entry, "'auto_commit: false' and 'commit_config' contradict each other", hint)
    fields.late.pop("auto_commit", None)
    return {"auto_commit": True, "commit_config": _config(config, context, notes)}


def _refuse_in_parallel(fields: Fields) -> None:
    for name in _FIELDS:
        entry, node = fields.entry(name), fields.node_of(name)
        if entry is None or node is None or (isinstance(node, ScalarNode) and node.value is False):
            continue
        message = f"{quoted(entry.key)} cannot be used in a loop whose iterations run at once"
        fields.report.add("PT208", entry, message, "they share one HEAD; write 'parallel: 1'")


def _config(node: Node, context: Context, notes: Notes) -> CommitConfig:
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return CommitConfig()
    fields = Fields(node, keys.COMMIT_CONFIG, notes.report)
    author = fields.scalar("author")
    if author is not None and "$" not in author.text and not _AUTHOR.fullmatch(author.text):
        notes.report.add("PT105", author, f"'author' cannot be {quoted(author.text)}", "write 'Name <mail>'")
    message = notes.text(fields.scalar("message_template"), "plain", context)
    config = CommitConfig(
        message_pattern=read_regex(fields.scalar("message_pattern"), notes.report),
        include_files=read_globs(fields.node_of("include_files"), notes),
        exclude_files=read_globs(fields.node_of("exclude_files"), notes),
        author=notes.text(author, "plain", context),
        sign=fields.flag("sign"),
        squash=fields.flag("squash"),
    )
    template = {} if message is None else {"message_template": message}
    return replace(config, **{**template, "late": notes.late(fields, context)})
