"""What the checker of workflows is told about this program: which providers there are and how they check options."""

from prodigy_tui.agents import PROVIDERS
from prodigy_tui.workflow.build.context import Surroundings


def known_surroundings() -> Surroundings:
    """Returns the surroundings that `run` and `validate` share, so that both judge alike."""
    return Surroundings(providers={name: provider.check_options for name, provider in PROVIDERS.items()})
