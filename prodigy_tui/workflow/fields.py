"""One mapping, read through its table of keys: every key is judged once, then fields are asked for by name."""

from collections.abc import Collection, Iterator

from prodigy_tui.workflow.keys import Keys
from prodigy_tui.workflow.nodes import Entry, MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.problems import NOT_AVAILABLE, Report, quoted
from prodigy_tui.workflow.reading import (
    NOT_YET,
    read_boolean,
    read_integer,
    read_scalar,
    read_text,
    read_timeout,
    read_word,
)
from prodigy_tui.workflow.suggest import alternatives, near_misses


class Fields:
    """The fields of one mapping under their present names.

    Null is the same as absent. `later` holds the names of what this version cannot do, already reported.
    """

    def __init__(self, node: MapNode, keys: Keys, report: Report, *, skip: Collection[str] = ()) -> None:
        self.node = node
        self.report = report
        self.later: set[str] = set()
        self.rejected = False
        """Whether some key was unknown or refused."""
        self.meant: set[str] = set()
        """What unknown keys may have meant, so that a misspelt key is not reported as missing besides."""
        self._entries: dict[str, Entry] = {}
        for entry in node.entries:
            if not entry.key.startswith("x-") and entry.key not in skip:
                self._judge(entry, keys)

    def _judge(self, entry: Entry, keys: Keys) -> None:
        key, report = entry.key, self.report
        name = keys.canonical(key)
        if refusal := keys.refused.get(key):
            self.rejected = True
            report.add(refusal.code, entry, refusal.message, refusal.hint)
        elif key in keys.ignored:
            report.add("PT902", entry, f"{quoted(key)} is accepted and ignored")
        elif name in keys.later:
            self.later.add(name)
            spelling = f"{quoted(key)} (now '{name}')" if name != key and key in keys.legacy else quoted(key)
            report.add(NOT_AVAILABLE, entry, f"{spelling} {NOT_YET}")
        elif name not in keys.ready and name not in keys.moved:
            self.rejected = True
            near = near_misses(key, keys.names())
            self.meant.update(keys.canonical(word) for word in near)
            report.add(
                "PT110", entry, f"unknown key {quoted(key)}", f"did you mean {alternatives(near)}?" if near else ""
            )
        elif self._keep(name, entry):
            if key in keys.legacy:
                report.add("PT901", entry, f"{quoted(key)} is a legacy spelling", f"write '{name}'")
            elif key in keys.moved:
                message = f"{quoted(key)} at this place is a legacy spelling"
                report.add("PT901", entry, message, f"write it under '{keys.moved[key]}'")

    def _keep(self, name: str, entry: Entry) -> bool:
        """Keeps the first spelling of a key; of a second one it says so and returns False."""
        first = self._entries.get(name)
        if first is None:
            self._entries[name] = entry
            return True
        # Both lists of steps cannot be meant; of every other key the two spellings are the same thing given twice.
        code = "PT103" if name == "steps" else "PT116"
        self.report.add(code, entry, f"{quoted(entry.key)} and '{first.key}' are the same key; one must go")
        return False

    def __contains__(self, name: str) -> bool:
        return self.node_of(name) is not None

    def names(self) -> Iterator[str]:
        """Yields the names of the fields that are given and not null, in the order of the file."""
        return (name for name, entry in self._entries.items() if not is_null(entry.value))

    def entry(self, name: str) -> Entry | None:
        """Returns the key and value of a field, null included."""
        return self._entries.get(name)

    def node_of(self, name: str) -> Node | None:
        """Returns the value of a field, or None when it is absent or null."""
        entry = self._entries.get(name)
        return None if entry is None or is_null(entry.value) else entry.value

    def require(self, name: str, owner: str) -> Node | None:
        """Returns the value of a field that must be there (PT108 at the mapping)."""
        node = self.node_of(name)
        if node is None and name not in self.later and name not in self.meant:
            self.report.add("PT108", self.node, f"{owner} needs '{name}'")
        return node

    def text(self, name: str) -> str | None:
        """Returns a text by its source spelling."""
        node = self.node_of(name)
        return None if node is None else read_text(node, self.report)

    def scalar(self, name: str) -> ScalarNode | None:
        """Returns the node of a text, for checks that need its place."""
        node = self.node_of(name)
        return None if node is None else read_scalar(node, "text", self.report)

    def flag(self, name: str, default: bool = False) -> bool:
        """Returns a boolean."""
        node = self.node_of(name)
        value = None if node is None else read_boolean(node, self.report)
        return default if value is None else value

    def integer(self, name: str, *, minimum: int) -> int | None:
        """Returns a whole number of at least `minimum`."""
        node = self.node_of(name)
        return None if node is None else read_integer(node, self.report, minimum=minimum)

    def word(self, name: str, words: Collection[str]) -> str | None:
        """Returns one word of an enumeration."""
        node = self.node_of(name)
        return None if node is None else read_word(node, words, self.report)

    def timeout(self, name: str = "timeout") -> float | None:
        """Returns the seconds of a limit, None without one."""
        node = self.node_of(name)
        return None if node is None else read_timeout(node, self.report)
