"""Writes the tables of keys into the pages of the language reference, from the tables that load workflows.

A page holds `<!-- keys of TABLE -->` or `<!-- keys of TABLE: one, two -->`; the table ends at `<!-- end of keys -->`.
`python -m tests.docs.key_tables` writes what stands between; a test says when that is due.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from prodigy_tui.workflow.keys import TABLES, Key, Keys, forms
from prodigy_tui.workflow.keys.composition import SUB_WORKFLOW
from prodigy_tui.workflow.keys.steps import FOREACH_OPTIONS

PAGES = Path(__file__).parents[2] / "docs" / "reference" / "language"
_PLACE = re.compile(r"(<!-- keys of ([a-z_]+)(?:: ([a-z_, ]+))? -->\n).*?(<!-- end of keys -->)", re.DOTALL)
_LEGACY_TABLES = frozenset({"test"})
_BESIDE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "step": {**dict.fromkeys(FOREACH_OPTIONS, ("foreach",)), "with": ("use", "workflow")},
    "sub_workflow": {key.name: ("workflow",) for key in SUB_WORKFLOW if key.name not in ("source", "with")},
}
"""Keys that have an effect only beside, or by, one of these commands."""
_ALIKE = {
    "mapreduce": ("plain", "error_policy"),
    "named_parameter": ("parameter",),
    "source": ("foreach",),
    "sub_workflow": ("workflow_call", "named_sub_workflow"),
}
"""Tables that have the keys of others, which are shown once."""


def with_tables(text: str) -> str:
    """Returns a page with its tables as they should be."""
    return _PLACE.sub(lambda found: f"{found[1]}\n{_table(found[2], _names(found[3]))}\n{found[4]}", text)


def shown_keys() -> dict[tuple[str, str], Path]:
    """Returns every key that a page has in a table, and that page."""
    shown: dict[tuple[str, str], Path] = {}
    for page in sorted(PAGES.glob("*.md")):
        for found in _PLACE.finditer(page.read_text("utf-8")):
            for key in _chosen(found[2], _names(found[3])):
                shown.setdefault((found[2], key.name), page)
    return shown


def available_keys() -> set[tuple[str, str]]:
    """Returns every key that has an effect in this version: reached through keys that have one."""
    reached: dict[str, Keys] = {}
    pending = ["plain", "mapreduce", "step", "handler"]
    while pending:
        name = pending.pop()
        if name in reached or name in _LEGACY_TABLES:
            continue
        reached[name] = TABLES[name]
        for key in _available(TABLES[name]):
            pending += _shapes(key.form)
    return {(name, key.name) for name, table in reached.items() for key in _available(table) if _is_new(name, key)}


def _is_new(name: str, key: Key) -> bool:
    return not any(TABLES[other].find(key.name) for other in _ALIKE.get(name, ()))


def _names(listed: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(",")) if listed else ()


def _available(table: Keys) -> Iterator[Key]:
    later = {key.name for key in TABLES["step"] if key.later}
    idle = {name for name, commands in _BESIDE.get(table.name, {}).items() if later.issuperset(commands)}
    return (key for key in table if key.is_current and not key.later and key.name not in idle)


def _chosen(name: str, names: tuple[str, ...]) -> list[Key]:
    keys = {key.name: key for key in _available(TABLES[name])}
    return [keys[wanted] for wanted in names] if names else list(keys.values())


def _table(name: str, names: tuple[str, ...]) -> str:
    rows = [_row(key) for key in _chosen(name, names)]
    return "\n".join(["| key | value | default | |", "|---|---|---|---|", *rows]) + "\n"


def _row(key: Key) -> str:
    names = ", ".join(f"`{name}`" for name in (key.name, *key.equal))
    default = "required" if key.required else key.default or "–"
    return f"| {names} | {_cell(_form(key.form))} | {_cell(default)} | {_cell(key.says)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _shapes(form: forms.Form) -> list[str]:
    match form:
        case forms.Shape(table):
            return [table]
        case forms.Each(of) | forms.OneOrMore(of) | forms.Named(of):
            return _shapes(of)
        case forms.Either(of):
            return [name for part in of for name in _shapes(part)]
        case _:
            return []


def _form(form: forms.Form) -> str:
    match form:
        case forms.Text("shell"):
            return "shell text"
        case forms.Integer(minimum, maximum):
            return "whole number" + _range(minimum, maximum)
        case forms.Number(minimum, maximum):
            return "number" + _range(minimum, maximum)
        case forms.Word(words, _):
            return ", ".join(f"`{word}`" for word in words)
        case forms.Each(of):
            return f"list of {_plural(of)}"
        case forms.OneOrMore(of):
            return f"{_form(of)}, or a list"
        case forms.Named(of):
            return f"mapping from names to {_plural(of)}"
        case forms.Either():
            return " or ".join(dict.fromkeys(_form(part) for part in _alternatives(form)))
        case _:
            return _SIMPLE[type(form)]


def _alternatives(form: forms.Either) -> list[forms.Form]:
    """Returns the alternatives that tell something; where any value is allowed, that is all."""
    found = [part for part in form.forms if not _is_left_out(part)]
    anything: list[forms.Form] = [part for part in found if isinstance(part, forms.Anything)]
    return anything or found


def _is_left_out(form: forms.Form) -> bool:
    """Tells whether a form is one that nobody writes now: of older workflows, or a mapping without a key that works."""
    if isinstance(form, forms.Word):
        return form.legacy or not form.words
    return isinstance(form, forms.Shape) and not any(True for _ in _available(TABLES[form.table]))


def _plural(form: forms.Form) -> str:
    match form:
        case forms.Text() | forms.Name():
            return "texts"
        case forms.Step():
            return "steps"
        case forms.Anything():
            return "values"
        case forms.Shape():
            return "mappings"
        case forms.Either():
            return " or ".join(dict.fromkeys(_plural(part) for part in _alternatives(form)))
        case _:
            return _form(form)


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is None and maximum is None:
        return ""
    return f" from {minimum}" + (f" to {maximum}" if maximum is not None else "")


_SIMPLE = {
    forms.Text: "text",
    forms.Flag: "true, false",
    forms.Duration: "time",
    forms.Ratio: "ratio",
    forms.Score: "score",
    forms.Size: "size",
    forms.Name: "name",
    forms.Glob: "glob",
    forms.Regex: "regular expression",
    forms.Expression: "condition",
    forms.Anything: "any value",
    forms.Shape: "mapping",
    forms.Step: "step",
    forms.Handler: "handler",
}


if __name__ == "__main__":
    for page in PAGES.glob("*.md"):
        page.write_text(with_tables(page.read_text("utf-8")), "utf-8")
