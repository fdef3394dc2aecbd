"""The error of an event that cannot follow the ones before it."""

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.schema import Envelope


class InvalidTransition(ProdigyError):
    """An event does not fit the state: the log is damaged, or the engine has a bug."""

    exit_code = ExitCode.FAILED

    def __init__(self, envelope: Envelope, reason: str) -> None:
        super().__init__(f"event {envelope.seq} ({type(envelope.event).__name__}) cannot happen here: {reason}")
        self.envelope = envelope
        self.reason = reason

    def __reduce__(self) -> tuple[type["InvalidTransition"], tuple[Envelope, str]]:
        return type(self), (self.envelope, self.reason)
