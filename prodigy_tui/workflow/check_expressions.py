"""Expressions at load: syntax at the character, impossible fields, unknown names, regexes from data (language 10)."""

from prodigy_tui.workflow.build.context import ExpressionUse
from prodigy_tui.workflow.check_paths import alias_of, judge_path, near_names
from prodigy_tui.workflow.expr import ExpressionError, parse_expression
from prodigy_tui.workflow.expr.syntax import Mention
from prodigy_tui.workflow.paths import ParsedPath
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.references import Reference
from prodigy_tui.workflow.roots import is_root, is_trusted
from prodigy_tui.workflow.visible import Visible


def check_expression(use: ExpressionUse, visible: Visible, report: Report) -> None:
    """Reports every problem of one expression."""
    _ExpressionCheck(use, visible.inside(use.context.loops, use.context.parameters), report).run()


class _ExpressionCheck:
    def __init__(self, use: ExpressionUse, visible: Visible, report: Report) -> None:
        self._use = use
        self._visible = visible
        self._report = report

    def run(self) -> None:
        try:
            expression = parse_expression(self._use.node.text)
        except ExpressionError as error:
            self._add(error.code, error.offset, f"{error.message}, at character {error.offset + 1}")
            return
        for problem in expression.problems:
            self._add(problem.code, problem.offset, problem.message, problem.hint)
        for mention in expression.mentions:
            self._check_mention(mention)

    def _add(self, code: str, offset: int, message: str, hint: str = "") -> None:
        node = self._use.node
        self._report.add_at(code, node.position(offset), node.path, message, hint, file=node.file)

    def _check_mention(self, mention: Mention) -> None:
        reference = mention.reference
        if self._use.kind == "filter" and mention.is_item_path:
            if mention.as_regex:
                self._refuse_regex(mention)
        elif reference and reference.meant(self._is_name).computed:
            self._check_computed(reference, mention)
        else:
            self._check_path(mention.path, mention.offset)
            if mention.as_regex and not self._is_trusted(mention.path):
                self._refuse_regex(mention)
        if reference and (fault := reference.fault()):
            self._add("PT304", mention.offset, f"{quoted(reference.source)}: {fault}")

    def _check_computed(self, reference: Reference, mention: Mention) -> None:
        computed = reference.computed
        assert computed is not None
        if fault := computed.fault():
            self._add(fault[0], mention.offset, fault[1])
        if computed.source is not None:
            self._check_path(computed.source, mention.offset)
        if mention.as_regex:
            self._refuse_regex(mention)

    def _check_path(self, path: ParsedPath, offset: int) -> None:
        if path.root in self._visible.names or is_root(path.root):
            # In an expression a value that is missing is null, so only what can never exist is a mistake.
            if finding := judge_path(path, self._use.context, self._visible, optional=True):
                self._add(finding.code, offset, finding.message, finding.hint)
        elif not path.root.isdigit():
            message = f"{quoted(path.root)} is declared nowhere, so it can only come from the environment"
            self._add("PT302", offset, message, near_names(path.root, self._visible))

    def _refuse_regex(self, mention: Mention) -> None:
        self._add(
            "PT403", mention.offset, f"'{mention.path}' is data, which cannot be a regex", "write the regex as text"
        )

    def _is_name(self, name: str) -> bool:
        return self._use.kind == "filter" or name in self._visible.names

    def _is_trusted(self, path: ParsedPath) -> bool:
        if alias_of(path, self._use.context, self._visible):
            return False
        if path.root == "env" and path.parts and path.parts[0] in self._visible.suspect:
            return False
        undeclared = path.root not in self._visible.names and not is_root(path.root)
        return undeclared or is_trusted(path, self._visible.trusted)
