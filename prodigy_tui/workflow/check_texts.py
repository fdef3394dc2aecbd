"""Texts with references at load: unknown variables, what is not built yet, and data where it cannot be quoted."""

from prodigy_tui.workflow.build.context import TextUse
from prodigy_tui.workflow.check_paths import alias_of, judge_path, near_names
from prodigy_tui.workflow.computed import Computed
from prodigy_tui.workflow.finding import is_shell_form
from prodigy_tui.workflow.interpolate import Template, parse_text
from prodigy_tui.workflow.paths import ParsedPath
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.references import Reference
from prodigy_tui.workflow.roots import AGENT_ALIASES, is_root, is_trusted, secret_name
from prodigy_tui.workflow.shell import MARK, Datum, Piece, ShellTextError, Trusted, inspect
from prodigy_tui.workflow.text_walk import MAX_NESTED_DEFAULTS, Placed, walk_references
from prodigy_tui.workflow.visible import Visible

_STAND_IN = "0"
"""Stands for data: a decimal number is the one value that may stand everywhere something may stand."""
_OLD_STATUS = '"Success"'


def check_text(use: TextUse, visible: Visible, report: Report) -> None:
    """Reports every problem of one text."""
    template = parse_text(use.text, use.mode)
    if template.is_literal and MARK not in template.text:  # nothing is filled in
        return
    _TextCheck(use, template, visible, report).run()


class _TextCheck:
    def __init__(self, use: TextUse, template: Template, visible: Visible, report: Report) -> None:
        self._use = use
        self._template = template
        self._visible = visible.inside(use.context.loops, use.context.parameters)
        self._report = report

    def run(self) -> None:
        for problem in self._template.problems:
            self._add(problem.code, problem.offset, problem.message, problem.hint)
        for placed in walk_references(self._template):
            self._check_reference(placed)
        if self._use.mode == "shell":
            self._check_positions()

    def _add(self, code: str, offset: int, message: str, hint: str = "") -> None:
        place = self._use.node.position(self._use.offset + offset)
        self._report.add_at(code, place, self._use.node.path, message, hint, file=self._use.node.file)

    def _check_reference(self, placed: Placed) -> None:
        reference = placed.reference.meant(self._visible.names.__contains__)
        if placed.too_deep:
            self._add("PT106", placed.offset, f"defaults are nested deeper than {MAX_NESTED_DEFAULTS} levels")
        if self._is_left(reference):
            self._check_hidden(reference.path.root, placed.offset)
            return
        if reference.computed:
            self._check_computed(reference.computed, placed.offset)
        elif secret := secret_name(reference.path, self._visible.secrets):
            self._check_secret(reference, secret, placed.offset)
        else:
            self._check_path(reference.path, placed.offset, optional=reference.fallback is not None)
        self._check_modifiers(reference, placed.offset)

    def _check_hidden(self, name: str, offset: int) -> None:
        if name in self._template.assigned and name in self._visible.names:
            message = f"'{name}' is assigned here and belongs to the shell, although it is declared too"
            self._add("PT310", offset, message, "use another name")

    def _check_computed(self, computed: Computed, offset: int) -> None:
        if fault := computed.fault():
            code, message = fault
            self._add(code, offset, message)
        if computed.source is None:
            return
        if secret := secret_name(computed.source, self._visible.secrets):
            self._add("PT333", offset, f"'{secret}' is a secret and would be written into text")
        else:
            self._check_path(computed.source, offset, optional=False)

    def _check_secret(self, reference: Reference, name: str, offset: int) -> None:
        """A secret stays out of texts; the shell expands it itself where nothing is done with it."""
        if self._use.mode == "plain":
            if not self._use.is_env and reference.override != "raw":
                hint = f"hand it over in 'env', or write '${{{reference.path}:raw}}'"
                self._add("PT333", offset, f"'{name}' is a secret and would be written into text", hint)
        elif reference.modifiers:
            message = f"the secret '{name}' is left for the shell, which has no such modifier"
            self._add("PT333", offset, f"{quoted(reference.source)}: {message}", f"write '${{{name}}}'")

    def _check_path(self, path: ParsedPath, offset: int, *, optional: bool) -> None:
        visible, context = self._visible, self._use.context
        if alias := alias_of(path, context, visible):
            self._add("PT901", offset, f"'${{{path}}}' is a legacy name", f"write '${{{alias}}}'")
        elif path.root in visible.names or is_root(path.root):
            if finding := judge_path(path, context, visible, optional=optional):
                self._add(finding.code, offset, finding.message, finding.hint)
        else:
            self._report_undeclared(path, offset, optional=optional)
        if path.root == "map" and path.parts[:1] in (("results",), ("results_json",)) and _OLD_STATUS in self._use.text:
            message = f"the status of an item is {quoted('success')}; in the original it was {_OLD_STATUS}"
            self._add("PT903", offset, message)

    def _report_undeclared(self, path: ParsedPath, offset: int, *, optional: bool) -> None:
        """Reports a name that neither the language nor the text knows."""
        hint = near_names(path.root, self._visible)
        if path.parts:
            self._add("PT301", offset, f"unknown variable '{path}'", hint)
        elif not optional and not self._use.is_secret and not path.root.isdigit():
            message = f"'{path.root}' is declared nowhere, so it can only come from the environment"
            self._add("PT302", offset, message, hint)

    def _check_modifiers(self, reference: Reference, offset: int) -> None:
        if fault := reference.fault():
            self._add("PT304", offset, f"{quoted(reference.source)}: {fault}")
        elif fault := reference.bad_glob():
            self._add("PT114", offset, f"{quoted(reference.source)}: {fault}")
        if reference.override == "raw" and self._use.mode == "shell" and not self._is_trusted(reference):
            message = f"{quoted(reference.source)} puts data into shell text as it is"
            self._add("PT312", offset, message, "whatever the value holds is run")

    def _is_left(self, reference: Reference) -> bool:
        """Tells whether the shell gets these bytes as they are (language 8.3)."""
        path, names = reference.path, self._visible.names
        if self._use.mode == "plain":
            return False
        if path.root.isdigit() or ("-" in path.root and path.root not in names):
            return True
        if not path.parts and path.root in self._template.assigned:
            return True
        if reference.computed or path.root in names or is_root(path.root) or self._is_alias(path):
            return False
        return is_shell_form(path)

    def _is_alias(self, path: ParsedPath) -> bool:
        return self._use.context.phase == "map" and str(path) in AGENT_ALIASES

    def _is_trusted(self, reference: Reference) -> bool:
        path = reference.path
        if reference.computed or alias_of(path, self._use.context, self._visible):
            return False
        if path.root == "env" and path.parts and path.parts[0] in self._visible.suspect:
            return False
        return is_trusted(path, self._visible.trusted)

    def _check_positions(self) -> None:
        """Scans the text as the run will, with stand-ins for the values."""
        pieces, offsets = self._pieces()
        trusted = any(isinstance(piece, Trusted) for piece in pieces)
        try:
            inspection = inspect(pieces)
        except ShellTextError as error:
            self._add(error.code, max(self._use.text.find("\0"), 0), error.message)
            return
        for number, fault in inspection.faults:
            # Trusted text may hold the very quotation mark that is missing here, so only the run can tell.
            if not (fault.code == "PT309" and trusted):
                self._add(fault.code, offsets[number], fault.message)
        labels = [piece.label for piece in pieces if isinstance(piece, Datum)]
        for number in inspection.second_shell:
            message = f"'{labels[number]}' reaches a second shell, which reads it as code"
            self._add("PT311", offsets[number], message, f"write '${{{labels[number]}:sh}}'")

    def _pieces(self) -> tuple[list[Piece], list[int]]:
        """Returns the text with stand-ins, and the offset of every datum."""
        pieces: list[Piece] = []
        offsets: list[int] = []
        self._add_pieces(self._template, None, 1, pieces, offsets)
        return pieces, offsets

    def _add_pieces(
        self, template: Template, offset: int | None, depth: int, pieces: list[Piece], offsets: list[int]
    ) -> None:
        for written in template.parts:
            if isinstance(written, str):
                pieces.append(written)
                continue
            part = written.meant(self._visible.names.__contains__)
            place = part.offset if offset is None else offset
            if self._is_left(part):
                fallback = part.fallback
                if not fallback or depth >= MAX_NESTED_DEFAULTS:
                    pieces.append(part.source)
                    continue
                start = len(part.source) - 1 - len(fallback)
                pieces.append(part.source[:start])
                self._add_pieces(parse_text(fallback, "shell"), place, depth + 1, pieces, offsets)
                pieces.append(part.source[start + len(fallback) :])
            elif secret := secret_name(part.path, self._visible.secrets):
                offsets.append(place)
                pieces.append(Datum(text=f"${{{secret}}}", label=secret, expansion=True))
            elif part.override == "raw" or (part.override == "" and self._is_trusted(part)):
                pieces.append(Trusted(_STAND_IN))
            else:
                offsets.append(place)
                label = str(part.computed or part.path)
                pieces.append(Datum(text=_STAND_IN, label=label, second_shell=part.override == "sh"))
