"""The keys of setup, map, reduce and merge, and of the error policy (language 13, 16)."""

from prodigy_tui.workflow.keys.failure import RETRY_FORM
from prodigy_tui.workflow.keys.forms import (
    GLOBS,
    STEPS,
    TEXTS,
    Anything,
    Duration,
    Each,
    Expression,
    Flag,
    Form,
    Glob,
    Integer,
    Named,
    OneOrMore,
    Ratio,
    Regex,
    Shape,
    Size,
    Step,
    Text,
    Word,
    either,
)
from prodigy_tui.workflow.keys.table import TIMEOUT_SPELLINGS, Key, Keys

GRACEFUL = "graceful_terminate"
"""An old word for the dlq as a `timeout_action`."""
MERGES = ("agents", "landing")
INPUT_FORMATS = ("auto", "json", "jsonl", "ndjson", "yaml", "yml", "csv", "tsv", "txt", "list", "lines")
_STEPS = Key("steps", STEPS, "The steps, in order.", equal=("commands",))
_TIMEOUT = Key("timeout", Duration(), "Limit of the phase.", "none", legacy=TIMEOUT_SPELLINGS)

SETUP = Keys(
    name="setup",
    keys=(
        _STEPS,
        _TIMEOUT,
        Key(
            "capture_outputs",
            Named(either(Integer(minimum=0), Shape("capture_output"))),
            "Values for later phases, taken from what its steps print.",
        ),
    ),
)
CAPTURE_OUTPUT = Keys(
    name="capture_output",
    keys=(
        Key("command_index", Integer(minimum=0), "The step, counted from 0."),
        Key("step", Text(), "The step, by its id."),
        Key("source", Word(("stdout", "stderr", "both", "combined")), "Which output of the step.", "stdout"),
        Key("max_size", Size(), "Longer output is cut after a whole line.", "1 MiB"),
        Key("pattern", Regex(), "The part to take: its first group, else the whole match."),
        Key("json_path", Text(), "The part to take of JSON: `$.a.b[0]`, `a.b[0]` or `a.0`."),
        Key(
            "multiline",
            Word(("preserve", "join", "first_line", "last_line", "array")),
            "What becomes of several lines.",
            "preserve",
        ),
        Key("default", Anything(), "The value when the output cannot be read like this."),
    ),
)
REDUCE = Keys(
    name="reduce",
    keys=(
        _STEPS,
        _TIMEOUT,
        Key("run_if", Word(("any_success", "all_success", "always")), "When it runs.", "any_success"),
    ),
)
_INPUT: Form = either(Text("plain"), Each(Anything()), Shape("input_file"), Shape("input_glob"), Shape("input_shell"))
_REACTION: Form = either(Word(("dlq", "retry", "skip", "stop")), Step(), STEPS)

ERROR_POLICY = Keys(
    name="error_policy",
    keys=(
        Key("on_item_failure", _REACTION, "What becomes of a failed item.", "dlq"),
        Key("continue_on_failure", Flag(), "Whether the others go on after a failed item.", "true"),
        Key("max_failures", Integer(minimum=1), "Stop at this many failed items.", "none"),
        Key("failure_threshold", Ratio(), "Stop when more than this part has failed.", "none"),
        Key(
            "error_collection",
            either(Word(("aggregate", "immediate")), Text(), Shape("error_collection")),
            "When failures are reported.",
            "aggregate",
        ),
        Key("on_stop", Word(("drain", "cancel")), "What becomes of running agents.", "drain"),
        Key("retry_config", RETRY_FORM, "The same as `map.retry`.", "none"),
        Key("circuit_breaker", Shape("circuit_breaker"), "Pauses the map after failures in a row."),
    ),
)
ERROR_COLLECTION = Keys(
    name="error_collection",
    keys=(Key("batched", either(Integer(minimum=1), Shape("batch")), "So many at a time.", required=True),),
)
BATCH = Keys(name="batch", keys=(Key("size", Integer(minimum=1), "So many at a time.", required=True),))
CIRCUIT_BREAKER = Keys(
    name="circuit_breaker",
    keys=(
        Key("failure_threshold", Integer(minimum=1), "Failures in a row that open it.", "5"),
        Key("success_threshold", Integer(minimum=1), "Successes in a row that close it.", "3"),
        Key("timeout", Duration(), "How long it stays open.", "30s", legacy=("recovery_timeout_ms",)),
        Key("half_open_requests", Integer(minimum=1), "Agents at once while it is tried.", "3"),
        Key("max_opens", Integer(minimum=1), "More openings stop the run.", "5"),
    ),
)
MAP = Keys(
    name="map",
    keys=(
        Key("input", _INPUT, "Where the work items come from."),
        Key("items", Each(Anything()), "The work items themselves."),
        Key("json_path", either(Text(), Shape("json_path")), "A JSONPath to the items in the input."),
        Key("id_field", Text(), "The field that tells items apart.", "`id`, else the content"),
        Key("filter", Expression(), "Only items for which this holds."),
        Key("distinct", TEXTS, "Fields of which no two items have the same values."),
        Key("sort_by", TEXTS, "The order of the items.", "that of the input"),
        Key("offset", Integer(minimum=0), "Leave out the first N.", "0"),
        Key("max_items", Integer(minimum=0), "Only the first N.", "all", equal=("limit",)),
        Key("min_items", Integer(minimum=0), "The map fails with fewer.", "0"),
        Key("agent_template", either(STEPS, Shape("agent_template")), "The steps for one item.", required=True),
        Key(
            "max_parallel",
            either(Integer(minimum=1), Word(("auto",)), Shape("max_parallel")),
            "Agents at once.",
            "10",
        ),
        Key("canary", either(Integer(minimum=1), Shape("canary")), "Items that run first.", "none"),
        Key(
            "agent_timeout",
            Duration(),
            "Limit of one attempt.",
            "none",
            equal=("agent_timeout_secs",),
            legacy=("timeout_per_agent",),
        ),
        Key("timeout_config", Shape("timeout_config"), "Limits by kind of step."),
        Key("timeout", Duration(), "Limit of the phase.", "none", legacy=TIMEOUT_SPELLINGS),
        Key(
            "retry",
            RETRY_FORM,
            "Repeats failed attempts.",
            "none",
            equal=("retry_config",),
            legacy=("retry_on_failure",),
        ),
        Key("paths", either(TEXTS, Shape("paths")), "Files that agents may change.", "all"),
        Key("worktree", Shape("worktree"), "What an agent's worktree holds.", "the top-level one"),
        *ERROR_POLICY.without("retry_config").moved_to("error_policy"),
    ),
    ignored=("variables",),
)
AGENT_TEMPLATE = Keys(name="agent_template", keys=(_STEPS,))
INPUT_FILE = Keys(
    name="input_file",
    keys=(
        Key("file", Text("plain"), "A file of the run's worktree.", required=True, equal=("path",)),
        Key("format", Word(INPUT_FORMATS), "How to read it.", "by its extension"),
    ),
)
INPUT_GLOB = Keys(
    name="input_glob",
    keys=(
        Key("glob", GLOBS, "Files of the run's worktree, as paths.", required=True),
        Key("exclude", GLOBS, "Files that are left out."),
    ),
)
INPUT_SHELL = Keys(
    name="input_shell",
    keys=(
        Key("shell", Text("shell"), "A command whose output holds the items.", required=True, equal=("command",)),
        Key("timeout", Duration(), "Limit of the command.", "300s", legacy=TIMEOUT_SPELLINGS),
        Key("format", Word(INPUT_FORMATS), "How to read it.", "auto"),
    ),
)
INPUT_ANY = INPUT_FILE.joined(INPUT_GLOB).joined(INPUT_SHELL, name="input")
"""For an input that names no source: what its keys may have meant."""
JSON_PATH = Keys(
    name="json_path",
    keys=(
        Key("path", Text(), "The JSONPath.", required=True),
        Key("spread", Flag(), "Whether a list that is found is a list of items.", "true"),
    ),
)
MAX_PARALLEL = Keys(
    name="max_parallel", keys=(Key("auto", Shape("auto_parallel"), "As many as goes well.", required=True),)
)
AUTO_PARALLEL = Keys(
    name="auto_parallel",
    keys=(
        Key("min", Integer(minimum=1), "Never fewer.", "1"),
        Key("start", Integer(minimum=1), "At the beginning.", "4"),
        Key("max", Integer(minimum=1), "Never more.", "32"),
    ),
)
CANARY = Keys(
    name="canary",
    keys=(
        Key("count", Integer(minimum=1), "How many items."),
        Key("percent", Ratio(), "What part of the items."),
        Key("gate", either(Word(("approve", "auto")), Shape("gate")), "Who lets the rest start.", "approve"),
        Key("min_success", Ratio(), "What part must succeed.", "100%"),
        Key("question", Text("plain"), "What is asked."),
    ),
)
GATE = Keys(name="gate", keys=(Key("steps", STEPS, "Steps that must succeed.", required=True, equal=("commands",)),))
TIMEOUT_CONFIG = Keys(
    name="timeout_config",
    keys=(
        Key("agent_timeout_secs", Duration(), "Limit of one attempt.", "none", equal=("agent_timeout",)),
        Key("timeout_policy", Word(("per_agent", "per_command", "hybrid")), "What the limits limit.", "per_agent"),
        Key("command_timeouts", Named(Duration()), "Limits by kind of step, or `<kind>_<n>`."),
        Key(
            "timeout_action",
            either(Word(("retry", "dlq", "skip", "fail")), Word((GRACEFUL,), legacy=True)),
            "What the end of the limit means.",
            "a failure",
        ),
        Key("cleanup_grace_period_secs", Duration(zero=True), "Time to end before it is killed.", "10s"),
    ),
    ignored=("enable_monitoring",),
)
_VERIFY: Form = either(STEPS, Shape("verify"))
_CONFLICT: Form = either(Word(("fail", "dlq")), Shape("conflict"))
MERGE = Keys(
    name="merge",
    keys=(
        _STEPS,
        Key("target", Text(), "The branch to land on.", "the one that was checked out"),
        Key("strategy", Word(("merge", "squash", "rebase")), "How the commits are joined.", "merge"),
        Key("message", Text("plain"), "The message of the merge.", "`Merge RUN (N items)`"),
        Key("land", Flag(), "Whether the result may land.", "true"),
        _TIMEOUT,
        Key("policies", Each(Shape("policy")), "What a conflict in a file means."),
        Key("verify", _VERIFY, "Steps that must succeed before anything lands."),
        Key("conflict", _CONFLICT, "What a conflict means.", "dlq; at landing fail"),
        Key("agents", Shape("agent_merges"), "`verify` and `conflict` of agent merges."),
    ),
)
AGENT_MERGES = Keys(
    name="agent_merges",
    keys=(
        Key("verify", _VERIFY, "Steps that must succeed before a merge counts."),
        Key("conflict", _CONFLICT, "What a conflict means.", "dlq"),
    ),
)
POLICY = Keys(
    name="policy",
    keys=(
        Key("path", Glob(), "Files.", required=True),
        Key(
            "policy",
            Word(("union", "ours", "theirs", "regenerate", "forbid")),
            "What happens to files that match.",
            required=True,
        ),
        Key("command", Text("shell"), "What makes the file anew, for `regenerate`."),
    ),
)
VERIFY = Keys(
    name="verify",
    keys=(
        Key("steps", STEPS, "The steps.", required=True, equal=("commands",)),
        Key("at", OneOrMore(Word(MERGES)), "Which merges.", "both"),
        Key("batch", either(Integer(minimum=1), Word(("auto",))), "Branches that are checked at once.", "1"),
        Key("flaky_retries", Integer(minimum=0), "How often a failure is tried again.", "1"),
        Key("timeout", Duration(), "Limit of one check.", "none", legacy=TIMEOUT_SPELLINGS),
        Key("fix", Step(), "A step that may mend it."),
    ),
)
CONFLICT = Keys(
    name="conflict",
    keys=(
        Key("agent", either(Text("plain"), Step()), "A prompt or step that solves it.", required=True),
        Key("attempts", Integer(minimum=1), "How often.", "1"),
        Key("timeout", Duration(), "Limit of one attempt.", "15m", legacy=TIMEOUT_SPELLINGS),
    ),
)
TABLES = (
    *(SETUP, CAPTURE_OUTPUT, REDUCE, ERROR_POLICY, ERROR_COLLECTION, BATCH, CIRCUIT_BREAKER, MAP, AGENT_TEMPLATE),
    *(INPUT_FILE, INPUT_GLOB, INPUT_SHELL, JSON_PATH, MAX_PARALLEL, AUTO_PARALLEL, CANARY, GATE),
    *(TIMEOUT_CONFIG, MERGE, AGENT_MERGES, POLICY, VERIFY, CONFLICT),
)
