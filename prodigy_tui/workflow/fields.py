"""One mapping, read through its table of keys: every key is judged once, then fields are asked for by name.

The table says which form a field has; a reader that asks for another form is a mistake of the program.
"""

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

import msgspec

from prodigy_tui.workflow.keys import Key, Keys, forms
from prodigy_tui.workflow.late import Late, LateForm, LateKind
from prodigy_tui.workflow.literals import is_late
from prodigy_tui.workflow.nodes import Entry, MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.problems import NOT_AVAILABLE, Report, quoted
from prodigy_tui.workflow.reading import (
    NOT_YET,
    read_boolean,
    read_duration,
    read_integer,
    read_number,
    read_ratio,
    read_scalar,
    read_score,
    read_size,
    read_text,
    read_word,
)
from prodigy_tui.workflow.suggest import alternatives, near_misses

_Form = TypeVar("_Form", bound=forms.Form)


class LateField(msgspec.Struct, frozen=True, kw_only=True):
    """A field whose value is known only when its context starts, and where it stands."""

    node: ScalarNode
    late: Late


class Fields:
    """The fields of one mapping under their present names. Null is the same as absent.

    Args:
        node: The mapping.
        keys: Its table.
        report: Gets PT103, PT110, PT116, PT199, PT901, PT902 and what the table refuses.
        skip: Keys that somebody else reads.
        known_early: The values must be known when the file is read, so references cannot stand for them.
    """

    def __init__(
        self, node: MapNode, keys: Keys, report: Report, *, skip: Collection[str] = (), known_early: bool = False
    ) -> None:
        self.node = node
        self.keys = keys
        self.report = report
        self.late: dict[str, LateField] = {}
        """Fields that are references only, by name; `Notes.late` turns them into a model's `late`."""
        self.rejected = False
        """Whether some key was unknown or refused."""
        self.meant: set[str] = set()
        """What unknown keys may have meant, so that a misspelt key is not reported as missing besides."""
        self._known_early = known_early
        self._entries: dict[str, Entry] = {}
        self._nodes: dict[str, Node] = {}
        """The values that are not null."""
        for entry in node.entries:
            if not entry.key.startswith("x-") and entry.key not in skip:
                self._judge(entry)

    def _judge(self, entry: Entry) -> None:
        spelling, report = entry.key, self.report
        key = self.keys.find(spelling)
        if refusal := self.keys.refused.get(spelling):
            self.rejected = True
            report.add(refusal.code, entry, refusal.message, refusal.hint)
        elif key is not None:
            if self._keep(key.name, entry):
                self._judge_spelling(key, entry)
        elif spelling in self.keys.ignored:
            report.add("PT902", entry, f"{quoted(spelling)} is accepted and ignored")
        else:
            self.rejected = True
            near = near_misses(spelling, self.keys.spellings())
            self.meant.update(self.keys.canonical(word) for word in near)
            hint = f"did you mean {alternatives(near)}?" if near else ""
            report.add("PT110", entry, f"unknown key {quoted(spelling)}", hint)

    def _judge_spelling(self, key: Key, entry: Entry) -> None:
        spelling, report = entry.key, self.report
        if spelling in key.legacy:
            report.add("PT901", entry, f"{quoted(spelling)} is a legacy spelling", f"write '{key.name}'")
        elif key.instead:
            report.add("PT901", entry, f"{quoted(spelling)} is a legacy spelling", f"write {key.instead}")
        elif key.moved:
            message = f"{quoted(spelling)} at this place is a legacy spelling"
            report.add("PT901", entry, message, f"write it under '{key.moved}'")
        if key.later:
            report.add(NOT_AVAILABLE, entry, f"{quoted(spelling)} {NOT_YET}")

    def _keep(self, name: str, entry: Entry) -> bool:
        """Keeps the first spelling of a key; of a second one it says so and returns False."""
        first = self._entries.get(name)
        if first is None:
            self._entries[name] = entry
            if not is_null(entry.value):
                self._nodes[name] = entry.value
            return True
        # Both lists of steps cannot be meant; of every other key the two spellings are the same thing given twice.
        code = "PT103" if name == "steps" else "PT116"
        self.report.add(code, entry, f"{quoted(entry.key)} and '{first.key}' are the same key; one must go")
        return False

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def has_any(self, names: frozenset[str]) -> bool:
        """Tells whether one of these fields is given and not null; most mappings have few of the keys they may have."""
        return not names.isdisjoint(self._nodes)

    def names(self) -> Iterator[str]:
        """Yields the names of the fields that are given and not null, in the order of the file."""
        return iter(self._nodes)

    def entry(self, name: str) -> Entry | None:
        """Returns the key and value of a field, null included."""
        return self._entries.get(name)

    def node_of(self, name: str) -> Node | None:
        """Returns the value of a field, or None when it is absent or null."""
        return self._nodes.get(name)

    def require(self, name: str, owner: str) -> Node | None:
        """Returns the value of a field that must be there (PT108 at the mapping)."""
        node = self.node_of(name)
        if node is None and name not in self.meant:
            self.report.add("PT108", self.node, f"{owner} needs '{name}'")
        return node

    # ------------------------------------------------------------------------------------------------ typed fields

    def text(self, name: str) -> str | None:
        """Returns a text by its source spelling."""
        node = self._nodes.get(name)
        return None if node is None else read_text(node, self.report)

    def scalar(self, name: str) -> ScalarNode | None:
        """Returns the node of a text, for checks that need its place."""
        node = self._nodes.get(name)
        return None if node is None else read_scalar(node, "text", self.report)

    def flag(self, name: str, default: bool = False) -> bool:
        """Returns a boolean."""
        value = self.optional_flag(name)
        return default if value is None else value

    def optional_flag(self, name: str) -> bool | None:
        """Returns a boolean, None when it is not given."""
        node = self._early(name, forms.Flag, lambda _: LateForm(kind="boolean"))
        return None if node is None else read_boolean(node, self.report)

    def integer(self, name: str) -> int | None:
        """Returns a whole number within the limits of its key."""
        node = self._early(name, forms.Integer, lambda form: _limited("integer", form))
        if node is None:
            return None
        form = self._form(name, forms.Integer)
        return read_integer(node, self.report, minimum=form.minimum, maximum=form.maximum)

    def number(self, name: str) -> int | float | None:
        """Returns a number within the limits of its key."""
        node = self._early(name, forms.Number, lambda form: _limited("number", form))
        if node is None:
            return None
        form = self._form(name, forms.Number)
        return read_number(node, self.report, minimum=form.minimum, maximum=form.maximum)

    def duration(self, name: str) -> float | None:
        """Returns seconds; None without a limit."""
        node = self._early(name, forms.Duration, lambda form: LateForm(kind="duration", zero_ok=form.zero))
        if node is None:
            return None
        form = self._form(name, forms.Duration)
        milliseconds = self._entries[name].key.endswith("_ms")
        return read_duration(node, self.report, zero=form.zero, milliseconds=milliseconds)

    def timeout(self) -> float | None:
        """Returns the seconds of `timeout`, None without one."""
        return self.duration("timeout")

    def ratio(self, name: str) -> float | None:
        """Returns a part of a whole, 0 to 1."""
        node = self._early(name, forms.Ratio, lambda _: LateForm(kind="ratio"))
        return None if node is None else read_ratio(node, self.report)

    def score(self, name: str) -> float | None:
        """Returns points, 0 to 100."""
        node = self._early(name, forms.Score, lambda _: LateForm(kind="score"))
        return None if node is None else read_score(node, self.report)

    def size(self, name: str) -> int | None:
        """Returns a number of bytes."""
        node = self._early(name, forms.Size, lambda _: LateForm(kind="size"))
        return None if node is None else read_size(node, self.report)

    def word(self, name: str) -> str | None:
        """Returns one word of its key's enumeration."""
        node = self._nodes.get(name)
        return None if node is None else read_word(node, self._form(name, forms.Word).words, self.report)

    def _form(self, name: str, kind: type[_Form]) -> _Form:
        known: _Form | None = self.keys.found_forms.get((name, kind))
        if known is not None:
            return known
        key = self.keys.find(name)
        assert key is not None, f"the table '{self.keys.name}' has no key '{name}'"
        found = next((part for part in forms.parts(key.form) if isinstance(part, kind)), None)
        assert found is not None, f"'{self.keys.name}.{name}' is no {kind.__name__}"
        self.keys.found_forms[name, kind] = found
        return found

    def _early(self, name: str, kind: type[_Form], late: Callable[[_Form], LateForm]) -> Node | None:
        """Returns the value of a field that is known now; references only are kept for later (language 3.1)."""
        node = self._nodes.get(name)
        if isinstance(node, ScalarNode) and not self._known_early and is_late(node.text):
            form = late(self._form(name, kind))
            self.late[name] = LateField(node=node, late=Late(text=node.text, form=form))
            return None
        return node


def _limited(kind: LateKind, form: forms.Integer | forms.Number) -> LateForm:
    return LateForm(kind=kind, minimum=form.minimum, maximum=form.maximum)
