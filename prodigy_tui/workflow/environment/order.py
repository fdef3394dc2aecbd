"""In which order variables get their values, because they may refer to each other in any order (language 12.1).

Maps of variables lie on top of each other, the lowest first: `env`, then the profile. A reference means the topmost
variable of that name, so a profile changes what others are made of; a variable's own name means the one below it.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from prodigy_tui.workflow.expr import ExpressionError, parse_expression
from prodigy_tui.workflow.interpolate import parse_text
from prodigy_tui.workflow.model.environment import EnvCommand, EnvCondition, EnvValue, SecretSource, Variable, Variables
from prodigy_tui.workflow.paths import ParsedPath

Key: TypeAlias = tuple[int, str]
"""The number of a map, and a name in it."""


class CycleFound(Exception):
    """Variables refer to each other in a circle."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(" → ".join(names))
        self.names = names


def names_needed(variable: Variable | None) -> tuple[str, ...]:
    """Returns the plain names that the value of a variable may be made of."""
    return tuple(dict.fromkeys(_names(variable)))


class Graph:
    """Which variables are made of which.

    Args:
        maps: The maps of variables, the lowest first.
    """

    def __init__(self, maps: Sequence[Variables]) -> None:
        self._maps = tuple(maps)
        self.tops: dict[str, Key] = {name: (number, name) for number, part in enumerate(maps) for name in part}
        """For every name the variable that counts."""
        self._needs: dict[Key, dict[str, Key]] = {}

    def variable(self, key: Key) -> Variable | None:
        return self._maps[key[0]][key[1]]

    def needs(self, key: Key) -> dict[str, Key]:
        """Returns the other variables that one is made of, by the name that it uses."""
        if key not in self._needs:
            self._needs[key] = dict(self._needed_by(key))
        return self._needs[key]

    def _needed_by(self, key: Key) -> Iterator[tuple[str, Key]]:
        level, name = key
        for needed in names_needed(self.variable(key)):
            if needed != name:
                if needed in self.tops:
                    yield needed, self.tops[needed]
                continue
            below = next((number for number in range(level - 1, -1, -1) if name in self._maps[number]), None)
            if below is not None:
                yield name, (below, name)

    def order(self) -> tuple[Key, ...]:
        """Returns the variables that count and those that they need, each behind what it needs.

        Commands come as late as they can, so that they see what is there without them.

        Raises:
            CycleFound: there is no such order.
        """
        done: dict[Key, None] = {}
        for key in sorted(self.tops.values(), key=lambda key: isinstance(self.variable(key), EnvCommand)):
            self._visit(key, done)
        return tuple(done)

    def _visit(self, start: Key, done: dict[Key, None]) -> None:
        """Walks down without recursion: a chain may be as long as the file."""
        chain: dict[Key, None] = {}
        pending = [iter((start,))]
        while pending:
            key = next(pending[-1], None)
            if key is None:
                pending.pop()
                if chain:
                    done[chain.popitem()[0]] = None
            elif key in chain:
                keys = list(chain)
                raise CycleFound(tuple(name for _, name in (*keys[keys.index(key) :], key)))
            elif key not in done:
                chain[key] = None
                pending.append(iter(tuple(self.needs(key).values())))

    def volatile(self) -> frozenset[Key]:
        """Returns the variables that are made anew for every step: commands without cache, and what needs one."""
        found: set[Key] = set()
        for key in self.order():
            variable = self.variable(key)
            own = isinstance(variable, EnvCommand) and not variable.cache
            if own or not found.isdisjoint(self.needs(key).values()):
                found.add(key)
        return frozenset(found)


def _names(variable: Variable | None) -> Iterator[str]:
    match variable:
        case None | EnvValue():
            return
        case str():
            yield from _in_text(variable)
        case EnvCommand():
            template = parse_text(variable.text, "shell")
            yield from (name for ref in template.references for name in _in_path(ref.path))
            yield from sorted(template.dollar_names)
            yield from _in_text(variable.default or "")
        case EnvCondition():
            if isinstance(variable.condition, str):
                yield from _in_expression(variable.condition)
            yield from _in_text(variable.when_true or "")
            yield from _in_text(variable.when_false or "")
        case SecretSource():
            if variable.source == "value":
                yield from _in_text(variable.text)


def _in_text(text: str) -> Iterator[str]:
    return (name for ref in parse_text(text, "plain").references for name in _in_path(ref.path))


def _in_expression(text: str) -> Iterator[str]:
    try:
        mentions = parse_expression(text).mentions
    except ExpressionError:
        return
    for mention in mentions:
        yield from _in_path(mention.path)


def _in_path(path: ParsedPath) -> Iterator[str]:
    if path.root == "env" and path.parts and isinstance(path.parts[0], str):
        yield path.parts[0]
    else:
        yield path.root
