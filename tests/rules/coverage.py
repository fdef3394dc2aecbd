"""Which test shows which rule of the language: read from `tests/rules/*.yml` and from the marks in the tests' source.

`python -m tests.rules.coverage` writes the table anew.
"""

import ast
import functools
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

RULES = Path(__file__).parent
TESTS = RULES.parent
TABLE = TESTS.parent / "docs" / "reference" / "language-coverage.md"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LEAD = """# The rules of the workflow language and their tests

Every rule of the [workflow language](language.md) and the tests that show it. Generated from the tests; the suite fails
when a rule has no test.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of the language: its rules by id."""

    title: str
    rules: Mapping[str, str]


@functools.cache
def sections() -> tuple[Section, ...]:
    """Returns the sections in the order of the files' names."""
    found = []
    for file in sorted(RULES.glob("*.yml")):
        data = yaml.load(file.read_text(encoding="utf-8"), _Loader)
        found.append(Section(title=data["section"], rules=data["rules"]))
    return tuple(found)


@functools.cache
def marks() -> dict[str, list[str]]:
    """Returns for every rule id the tests that carry it, as `path::name`."""
    found: dict[str, list[str]] = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        for name, ids in _marked(ast.parse(text)) if "rule(" in text else ():
            test = f"{file.relative_to(TESTS.parent)}::{name}"
            for id_ in ids:
                tests = found.setdefault(id_, [])
                if test not in tests:
                    tests.append(test)
    return found


def table() -> str:
    """Returns the page of the table."""
    tests = marks()
    parts = [_LEAD]
    for section in sections():
        rows = [f"| {id_} | {_cell(says)} | {_tests(tests.get(id_, []))} |" for id_, says in section.rules.items()]
        parts.append("\n".join([f"## {section.title}\n", "| rule | says | tests |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Yields each test function with the ids of its marks; a table that it is parametrised with counts as its own.

    A module's tables are constants; whoever names one in a decorator has its marks.
    """
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    classes = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    for node in itertools.chain(tree.body, *classes):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            ids = [id_ for decorator in node.decorator_list for id_ in _ids(decorator, constants)]
            if ids:
                yield node.name, ids


def _ids(expression: ast.AST, constants: Mapping[str, ast.AST]) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "rule":
            for argument in node.args:
                yield ast.literal_eval(argument)
        elif isinstance(node, ast.Name) and node.id in constants:
            remaining = {name: value for name, value in constants.items() if name != node.id}
            yield from _ids(constants[node.id], remaining)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _tests(names: list[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
