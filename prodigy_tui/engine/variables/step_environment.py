"""The variables of one step: the run's, what handlers and earlier steps hand on, and its own `env` (language 12.4)."""

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from prodigy_tui.engine.variables.environment import CLEARED, Found, Settled, overlay, texts_of
from prodigy_tui.workflow.values import Value


class StepEnvironment(Struct, frozen=True, kw_only=True):
    """The variables of one step, at one execution."""

    run: Settled
    """Those of the run."""
    left: Found = field(default_factory=dict)
    """What earlier steps of the context have left."""
    own: Found = field(default_factory=dict)
    """Its own over those of the failing step whose handler it is in."""
    secrets: frozenset[str] = frozenset()
    """Names that stand for secrets here."""

    def layers(self) -> tuple[Mapping[str, Value], Mapping[str, Value], Mapping[str, Value]]:
        """Returns its own variables, those left by others and those of the run."""
        return _values(self.own), _values(self.left), self.run.values()

    def variables(self, hidden: Mapping[str, str]) -> dict[str, Value]:
        """Returns the root `env`: everything but exported captures, and what holds a secret under another name."""
        values = dict(self.run.base_values)
        for name in hidden:
            values.pop(name, None)
        for found in (self.run.found, self.left, self.own):
            for name, value in found.items():
                if value is None:
                    values.pop(name, None)
                else:
                    values[name] = value
        return values

    def outer(self) -> dict[str, str]:
        """Returns what lies below the step's own `env`, as texts."""
        return overlay(self.run.environment, texts_of(self.left), texts_of(self.own))

    def cleared(self) -> "StepEnvironment":
        """Returns what `clear_env` leaves: what a process cannot do without, and the step's own."""
        below = self.run.environment
        base = {name: below[name] for name in CLEARED if name in below}
        return replace(self, run=Settled(base=base, secrets=self.run.secrets), left={})

    def environment(self, exported: Mapping[str, str], *, cleared: bool) -> dict[str, str]:
        """Returns the variables of a process of the step, but for those that the engine adds.

        Args:
            exported: The exported names of language 12.5.
            cleared: `clear_env`: only what a process cannot do without, and the step's own.
        """
        if cleared:
            return overlay(self.cleared().run.base, texts_of(self.own))
        return overlay(self.run.environment, exported, texts_of(self.left), texts_of(self.own))


def _values(found: Found) -> dict[str, Value]:
    return {name: value for name, value in found.items() if value is not None}
