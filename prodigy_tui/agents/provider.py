"""What every agent provider takes, says and returns. A provider knows nothing of events, runs or merges.

A provider turns one prompt into one process (or none) and its output into neutral messages. Texts in them are masked
already, but they are still foreign: whoever shows them treats them as plain text.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from msgspec import Struct, field

from prodigy_tui.clock import Clock
from prodigy_tui.process import Masker, StopRequest, Stream


class AgentCall(Struct, frozen=True, kw_only=True):
    """One execution of an agent step."""

    prompt: str
    model: str | None = None
    options: Mapping[str, Any]
    """What `check_options` of the provider finds wrong in it fails the execution."""
    cwd: Path
    env: Mapping[str, str]
    """The whole environment of the agent."""
    marker: str
    """Unique mark of this execution; becomes `PRODIGY_AGENT_ID`."""
    session_id: str
    """A fresh UUID; a conversation of the provider's own gets it as its name where that is possible."""
    attempt: int = 1
    """1-based number of this execution of the step."""
    limits: int = 0
    """How often a limit has cut this execution off already; it is taken up from the files as they stand."""
    resume: str | None = None
    """A conversation of the provider's own to go on with: `prompt` is what is said in it next. Only where `resumes`."""
    resumed_usd: float = 0.0
    """What that conversation had cost when it was left; some programs count it again."""
    resumed_tokens: tuple[int, int] = (0, 0)
    """Input and output tokens of that conversation when it was left, for the same reason."""
    denied: tuple[str, ...] = ()
    """Tools that this execution was not permitted in earlier calls; they count as if denied in this one."""
    stop: StopRequest = field(default_factory=StopRequest)
    """How the caller asks for a gentle end; the provider hands it to the process that it runs."""
    timeout_s: float | None = None
    idle_timeout_s: float | None = None
    grace_s: float = 10.0


class Started(Struct, frozen=True, kw_only=True):
    """The agent is there and has named itself."""

    session_id: str
    model: str | None


class Said(Struct, frozen=True, kw_only=True):
    """Text of the agent."""

    text: str


class Thought(Struct, frozen=True, kw_only=True):
    """Reasoning that the agent shows."""

    text: str


class ToolCalled(Struct, frozen=True, kw_only=True):
    """The agent wants a tool to be run; `summary` is one short line about its input."""

    name: str
    summary: str


class ToolAnswered(Struct, frozen=True, kw_only=True):
    """A tool came back; `summary` is one short line of its output."""

    ok: bool
    summary: str


class Retrying(Struct, frozen=True, kw_only=True):
    """The agent's own client waits before it asks its service again."""

    delay_s: float
    status: int | None
    """HTTP status of the refusal; None when the connection failed."""
    attempt: int


class Denied(Struct, frozen=True, kw_only=True):
    """A tool was not permitted."""

    tool: str
    message: str


class Used(Struct, frozen=True, kw_only=True):
    """What was used since the last such message. The sum of all is `AgentResult.usage`."""

    input_tokens: int
    output_tokens: int
    usd: float | None


Message: TypeAlias = Started | Said | Thought | ToolCalled | ToolAnswered | Retrying | Denied | Used


class Usage(Struct, frozen=True, kw_only=True):
    """What one execution has used; `usd` is None where nobody says."""

    input_tokens: int
    """Cached input included."""
    output_tokens: int
    usd: float | None

    def plus(self, used: Used) -> "Usage":
        """Returns the sum; a cost that is unknown in part is unknown."""
        return Usage(
            input_tokens=self.input_tokens + used.input_tokens,
            output_tokens=self.output_tokens + used.output_tokens,
            usd=None if self.usd is None or used.usd is None else self.usd + used.usd,
        )


NOTHING_USED = Usage(input_tokens=0, output_tokens=0, usd=0.0)

Kind: TypeAlias = Literal["ok", "agent", "denied", "timeout", "limit", "cancelled"]


class AgentResult(Struct, frozen=True, kw_only=True):
    """How an execution ended. `ok` is this provider's best judgement, not what the program's exit code says."""

    ok: bool
    text: str
    """The final text of the agent; also where it failed, if it said something."""
    exit_code: int
    """Never 0 where `ok` is false."""
    reason: str
    """One line, why it is not ok; empty otherwise."""
    kind: Kind
    """`limit`: the provider refuses for now and the execution should not count. `cancelled`: interrupted by others."""
    lost: bool = False
    """The conversation that was to be gone on with does not exist; nothing has been done."""
    empty: bool = False
    """Nothing was said: only a commit can show that something was done."""
    session_id: str | None
    usage: Usage | None
    limit_s: float | None = None
    """Seconds until the announced end of a limit."""
    duration_s: float


def not_run(reason: str) -> AgentResult:
    """Returns the result of an execution that failed before anything was started."""
    return AgentResult(
        ok=False, text="", exit_code=1, reason=reason, kind="agent", session_id=None, usage=None, duration_s=0.0
    )


class Provider(Protocol):
    """An agent back end. Has no state of its own: one object serves all executions."""

    @property
    def name(self) -> str:
        """Returns the word that `provider:` takes."""
        ...

    @property
    def resumes(self) -> bool:
        """Returns whether a conversation can be gone on with (`AgentCall.resume`), also one that was interrupted."""
        ...

    def check_options(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        """Returns one message for everything that is wrong with the options."""
        ...

    def knows_price(self, model: str | None) -> bool:
        """Returns whether what this model costs will be known: the program tells it, or there is a price of it."""
        ...

    def find(self, env: Mapping[str, str]) -> str | None:
        """Returns the path of the program; None when it is not there, or none is needed."""
        ...

    def missing(self, env: Mapping[str, str]) -> str | None:
        """Returns why this provider cannot run here and what to do about it, or None."""
        ...

    async def run(
        self,
        call: AgentCall,
        emit: Callable[[Message], None],
        raw: Callable[[Stream, str], None],
        *,
        clock: Clock,
        masker: Masker,
    ) -> AgentResult:
        """Runs one execution; `emit` gets its messages and `raw` its masked output as they come.

        Cancelling it stops the agent and all it started before `CancelledError` goes on.

        Raises:
            CannotStart: The program could not be started.
        """
        ...
