"""Calls of agent providers, and a stand-in for agent programs that plays a recorded stream."""

import json
import sys
from pathlib import Path

from prodigy_tui.agents import AgentCall, AgentResult, Message, Provider
from prodigy_tui.clock import Clock, SystemClock
from prodigy_tui.process import Masker
from tests.support.children import ENV, Output

AGENT_STREAMS = Path(__file__).parent / "agent-streams"
"""What agent programs besides Claude Code have printed."""

SESSION = "11111111-2222-4333-8444-555555555555"

_STUB = """#!{python}
import json, os, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.SIG_DFL)
prompt = sys.stdin.read()
plan = json.loads(os.environ["STUB"])
Path(plan["log"]).write_text(json.dumps({{"argv": sys.argv[1:], "prompt": prompt, "env": dict(os.environ)}}))
sys.stdout.write(Path(plan["file"]).read_text() if "file" in plan else plan["stream"])
sys.stdout.flush()
sys.stderr.write(plan["stderr"])
sys.stderr.flush()
if plan["stays"]:
    time.sleep(1000)
if "signal" in plan:
    os.kill(os.getpid(), plan["signal"])
sys.exit(plan["exit"])
"""


def install_claude_stub(folder: Path) -> str:
    """Puts a program named `claude` into `folder/bin`; returns a PATH with it in front."""
    return install_stub(folder, "claude")


def install_stub(folder: Path, name: str) -> str:
    """Puts a program of this name into `folder/bin`; returns a PATH with it in front."""
    program = folder / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(_STUB.format(python=sys.executable))
    program.chmod(0o755)
    return f"{program.parent}:{ENV['PATH']}"


def agent_call(cwd: Path, prompt: str = "do it", **fields: object) -> AgentCall:
    """A call with everything a provider needs."""
    given: dict[str, object] = {
        "options": {},
        "env": ENV,
        "marker": f"test-{cwd.name}",
        "session_id": SESSION,
        **fields,
    }
    return AgentCall(prompt=prompt, cwd=cwd, **given)  # type: ignore[arg-type] - the test names the fields


def stub_environment(
    folder: Path,
    program: str,
    *,
    stream: str | Path = "",
    stderr: str = "",
    exit_code: int = 0,
    stays: bool = False,
    signal: int | None = None,
) -> dict[str, str]:
    """An environment in which `program` prints a text, or what a file holds, ends so, and notes how it was called."""
    plan: dict[str, object] = {"stderr": stderr, "exit": exit_code, "stays": stays, "log": str(folder / "call.json")}
    plan["file" if isinstance(stream, Path) else "stream"] = str(stream)
    if signal is not None:
        plan["signal"] = signal
    return {"PATH": install_stub(folder, program), "STUB": json.dumps(plan)}


def seen_by_stub(folder: Path) -> dict:
    """How the stand-in was called: `argv`, `prompt`, `env`."""
    return json.loads((folder / "call.json").read_text())


class Heard:
    """What a provider said while it ran."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.raw = Output()

    def of(self, kind: type) -> list:
        return [message for message in self.messages if isinstance(message, kind)]


async def call_provider(
    provider: Provider,
    call: AgentCall,
    heard: Heard | None = None,
    *,
    clock: Clock | None = None,
    masker: Masker | None = None,
) -> AgentResult:
    """Runs a provider to its end."""
    heard = heard or Heard()
    return await provider.run(
        call, heard.messages.append, heard.raw, clock=clock or SystemClock(), masker=masker or Masker()
    )
