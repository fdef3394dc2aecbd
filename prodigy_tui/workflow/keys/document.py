"""The keys at the top of a workflow (language 2.3) and of what stands there: defaults, budget, notifications."""

from prodigy_tui.workflow.keys.composition import COMPOSITION
from prodigy_tui.workflow.keys.environment import ENVIRONMENT
from prodigy_tui.workflow.keys.forms import (
    GLOBS,
    STEPS,
    TEXTS,
    Anything,
    Duration,
    Each,
    Expression,
    Flag,
    Integer,
    Named,
    Number,
    OneOrMore,
    Shape,
    Text,
    Word,
    either,
)
from prodigy_tui.workflow.keys.phases import ERROR_POLICY
from prodigy_tui.workflow.keys.table import TIMEOUT_SPELLINGS, Key, Keys, Refusal

NOTIFY_EVENTS = (
    *("run_started", "run_finished", "run_failed", "needs_input", "canary_ready", "item_failed", "quota", "budget"),
    "merged",
)


def _other_kind(kind: str, *keys: str) -> dict[str, Refusal]:
    return {key: Refusal(code="PT103", message=f"'{key}' belongs to {kind}") for key in keys}


def _without_map(*keys: str) -> dict[str, Refusal]:
    message = "'{}' has no effect in a workflow without 'map'"
    return {key: Refusal(code="PT602", message=message.format(key)) for key in keys}


_TOP = (
    Keys(
        name="top",
        keys=(
            Key("name", Text("plain"), "The workflow's name; run ids begin with it.", "the file's name"),
            Key("description", Text("plain"), "What the workflow is for."),
            Key("version", Text("plain"), "The author's own version of the workflow."),
            Key("author", Text("plain"), "Who wrote it."),
            Key("tags", Each(Text()), "Words to find it by."),
            Key("mode", Word(("plain", "standard", "mapreduce")), "The kind of workflow.", "from the keys"),
            Key("agent_defaults", Shape("agent_defaults"), "What every agent step has, unless it says otherwise."),
            Key("retry_defaults", Shape("retry"), "Fields that a `retry` leaves out."),
            Key("merge", either(STEPS, Shape("merge")), "How the result lands on your branch."),
            Key("timeout", Duration(), "Limit of the whole run.", "none", legacy=TIMEOUT_SPELLINGS),
            Key(
                "uncommitted",
                Word(("patch", "commit", "fail")),
                "What becomes of changes that nobody committed.",
                "patch",
            ),
            Key("worktree", Shape("worktree"), "What a worktree holds besides the tracked files."),
            Key("budget", Shape("budget"), "What the run may spend."),
            Key("notify", Each(Shape("notify")), "Whom to tell about what."),
        ),
        ignored=("config", "checkpoint"),
    )
    .joined(ENVIRONMENT)
    .joined(COMPOSITION)
)
PLAIN = _TOP.joined(
    Keys(
        name="plain",
        keys=(
            Key("steps", STEPS, "The steps, in order.", equal=("commands",)),
            Key(
                "max_iterations",
                Integer(minimum=1),
                "Repeat all steps up to N times, until a pass commits nothing.",
                "1",
            ),
        ),
        refused=_other_kind("a workflow with 'map'", "setup", "map", "reduce")
        | _without_map("error_policy", *(key.name for key in ERROR_POLICY)),
    ),
    name="plain",
)
MAPREDUCE = _TOP.joined(
    Keys(
        name="mapreduce",
        keys=(
            Key("setup", either(STEPS, Shape("setup")), "Steps that prepare the run, in its worktree."),
            Key("map", Shape("map"), "The work items and what is done with each.", required=True),
            Key("reduce", either(STEPS, Shape("reduce")), "Steps after all agents have ended."),
            Key("error_policy", Shape("error_policy"), "What failed items mean for the run."),
            *ERROR_POLICY.keys,
        ),
        refused=_other_kind("a workflow without 'map'", "steps", "commands", "max_iterations"),
    ),
    name="mapreduce",
)
AGENT_DEFAULTS = Keys(
    name="agent_defaults",
    keys=(
        Key("provider", Text(), "The agent program.", "claude"),
        Key("model", Text("plain"), "The model that the agent uses.", "the provider's"),
        Key("options", Named(Anything()), "Options of the provider."),
        Key("timeout", Duration(), "Limit of one call.", "none", legacy=TIMEOUT_SPELLINGS),
        Key("idle_timeout", Duration(), "Limit of the time without output.", "30m"),
    ),
)
_SPENT = (
    Key("usd", Number(minimum=0), "In US dollars.", "none"),
    Key("tokens", Integer(minimum=0), "In tokens.", "none"),
)
SPENT = Keys(name="spent", keys=_SPENT)
BUDGET = Keys(
    name="budget",
    keys=(
        *_SPENT,
        Key("time", Duration(), "In time.", "none"),
        Key("per_item", Shape("spent"), "What one attempt may spend.", "none"),
        Key("estimate", Shape("spent"), "What a step is taken to cost before it is known."),
        Key("on_exceed", Word(("stop", "pause")), "What happens at the limit.", "stop"),
    ),
)
NOTIFY = Keys(
    name="notify",
    keys=(
        Key("on", OneOrMore(Word(NOTIFY_EVENTS)), "The events.", required=True),
        Key("shell", Text("shell"), "A command; the event is its standard input."),
        Key("webhook", Text("plain"), "An address that gets the event as JSON."),
        Key("desktop", Flag(), "Show it on the desktop.", "false"),
        Key("bell", Flag(), "Ring the terminal's bell.", "false"),
        Key("when", Expression(), "Only if this holds."),
        Key("timeout", Duration(), "Limit of the command or call.", "10s", legacy=TIMEOUT_SPELLINGS),
    ),
)
WORKTREE = Keys(
    name="worktree",
    keys=(
        Key("include", GLOBS, "Files that git ignores, to be copied."),
        Key("copy", TEXTS, "Paths to copy."),
        Key("link", TEXTS, "Paths to link."),
        Key("mode", Word(("pooled", "fresh")), "Whether worktrees are used again.", "pooled"),
        Key("keep", GLOBS, "Ignored files that survive a reset."),
        Key("setup", STEPS, "Steps before every attempt."),
        Key("sparse", OneOrMore(Text("plain")), "Cone patterns of a sparse checkout."),
    ),
)
TABLES = (PLAIN, MAPREDUCE, AGENT_DEFAULTS, SPENT, BUDGET, NOTIFY, WORKTREE)
