"""The keys of a step: its command and the fields that every kind takes (language 5)."""

from prodigy_tui.workflow.keys.environment import VARIABLES
from prodigy_tui.workflow.keys.failure import RETRY_FORM
from prodigy_tui.workflow.keys.forms import (
    STEPS,
    TEXTS,
    Anything,
    Duration,
    Each,
    Expression,
    Flag,
    Form,
    Handler,
    Integer,
    Name,
    Named,
    Regex,
    Shape,
    Step,
    Text,
    Word,
    either,
)
from prodigy_tui.workflow.keys.table import TIMEOUT_SPELLINGS, Key, Keys, Refusal
from prodigy_tui.workflow.keys.validation import STEP_VALIDATE_FORM, VALIDATE_FORM

SET_ANYWAY = ("shell.output", "claude.output", "last.output")
STREAMS = ("stdout", "stderr", "exit_code", "success", "duration")
FORMATS = ("string", "text", "json", "lines", "number", "boolean")
_BODY: Form = either(Step(), STEPS, Shape("loop_body"))
_SOURCE: Form = either(Text("shell"), Each(Anything()), Shape("source"))

_COMMANDS = (
    Key("shell", Text("shell"), "Runs the text in a shell."),
    Key("claude", either(Text("plain"), Shape("claude")), "One call of Claude Code."),
    Key("agent", either(Text("plain"), Shape("agent")), "One call of an agent provider."),
    Key("write_file", Shape("write_file"), "Writes a file."),
    Key("test", either(Text("shell"), Shape("test")), "The same as `shell`.", instead="'shell'"),
    Key("command", Text("plain"), "The same as `claude`.", instead="'claude'"),
    Key("analyze", Anything(), "Does nothing.", hidden=True),
    Key("foreach", either(_SOURCE, Shape("foreach")), "A loop inside one worktree."),
    Key("approve", either(Text("plain"), Shape("approve")), "Asks a person."),
    Key("wait", either(Duration(zero=True), Shape("wait")), "Waits."),
    Key("use", Text(), "A template's steps in this place.", legacy=("template",)),
    Key("workflow", either(Text("plain"), Shape("workflow_call")), "Calls another workflow."),
    Key("goal_seek", Shape("goal_seek"), "Repeats a command until a score is reached."),
    Key("validate", VALIDATE_FORM, "Checks what the command did; alone, a step that only checks."),
)
COMMANDS = frozenset(key.name for key in _COMMANDS) | {"template"}
_LOOP = (
    Key("do", _BODY, "What is done with each."),
    Key("parallel", either(Flag(), Integer(minimum=1)), "How many at once.", "1"),
    Key("max_items", Integer(minimum=0), "Only the first N.", "all"),
    Key("as", Name(), "The name of the loop variable.", "item"),
    Key("until", Expression(), "Ends the loop when it holds after a turn."),
)
FOREACH_OPTIONS = tuple(key.name for key in _LOOP)
"""Keys that a step has only beside `foreach`."""
_FIELDS = (
    Key("name", Text("plain"), "What the step is called in lists and logs.", "made from the command"),
    Key("description", Text("plain"), "What the step is for."),
    Key("id", Name(), "A name by which its result can be referred to."),
    Key("when", Expression(), "The step runs only if this holds.", "true", legacy=("condition",)),
    Key("env", VARIABLES, "Environment variables of this step."),
    Key("temporary", Flag(), "Whether its `env` ends with it; `false` keeps it for later steps.", "true"),
    Key("clear_env", Flag(), "Whether it gets only `PATH HOME TMPDIR LANG`, `PRODIGY_*` and its own `env`.", "false"),
    Key("working_dir", Text("plain"), "The folder in which it runs.", "the worktree"),
    Key("timeout", Duration(), "Limit of one execution.", "none", legacy=TIMEOUT_SPELLINGS),
    Key("idle_timeout", Duration(), "Limit of the time without output.", "none; agents 30m"),
    Key(
        "retry",
        RETRY_FORM,
        "Repeats a failed command.",
        "none",
        equal=("retry_config",),
        legacy=("retries", "max_attempts"),
    ),
    Key("on_failure", Handler(), "What follows a failure.", "the failure stands"),
    Key("on_success", either(Step(), STEPS, Shape("step_group")), "What follows a success."),
    Key("on_exit_code", Named(Handler()), "What follows an exit code."),
    Key(
        "continue_on_error",
        Flag(),
        "Whether the run goes on after a failure.",
        "false",
        legacy=("allow_failure", "ignore_errors"),
    ),
    Key("capture", either(Name(), Word(SET_ANYWAY, legacy=True)), "A name for the output."),
    Key("capture_output", either(Name(), Flag()), "The same as `capture`; `true`: `CAPTURED_OUTPUT`."),
    Key("capture_format", Word(FORMATS), "How the output becomes a value.", "string"),
    Key(
        "capture_streams",
        either(TEXTS, Named(Flag())),
        "Which streams form the text: `stdout`, `stderr` or `both`.",
        "stdout",
    ),
    Key("capture_default", Anything(), "The value when the output cannot be read in that format."),
    Key("output_file", Text("plain"), "A file that gets the output."),
    Key(
        "outputs",
        either(TEXTS, Named(Shape("output"))),
        "Files that the step makes, or names that it writes to `PRODIGY_OUTPUT`.",
    ),
    Key("commit_required", Flag(), "The step fails unless it makes a commit.", "false"),
    Key("auto_commit", Flag(), "Commits what the command changed.", "false"),
    Key("commit_config", Shape("commit_config"), "How to commit what it changed."),
    Key("step_validate", STEP_VALIDATE_FORM, "Commands that must pass after it."),
    Key("skip_validation", Flag(), "Leaves out all checks.", "false"),
    Key("ignore_validation_failure", Flag(), "Tolerates a failed `step_validate`.", "false"),
    Key("validation_timeout", Duration(), "Limit of one round of checks.", "none"),
    Key("paths", either(TEXTS, Shape("paths")), "Files that the step may change."),
    Key("interpreter", Word(("sh", "bash", "dash")), "The shell that runs the text.", "sh"),
    Key("stdin", Text("plain"), "Standard input of a shell step.", "empty"),
    Key("provider", Text(), "The agent program.", "`agent_defaults`"),
    Key("model", Text("plain"), "The model that the agent uses.", "`agent_defaults`"),
    Key("agent_options", Named(Anything()), "Options of the provider.", "`agent_defaults`"),
    Key("with", Named(Anything()), "Values of parameters, for `use` and `workflow`."),
    Key("metadata", Anything(), "What the original kept here.", hidden=True),
)
STEP = Keys(
    name="step",
    keys=(*_COMMANDS, *_FIELDS, *_LOOP),
    ignored=("analysis", "args", "options", "output", "fail_workflow"),
    refused={
        "handler": Refusal(
            code="PT203", message="'handler' is no kind of step that can run", hint="write 'shell', 'claude' or 'agent'"
        )
    },
)
TEST = Keys(
    name="test",
    keys=(
        Key("command", Text("shell"), "The command.", required=True),
        Key("on_failure", Handler(), "What follows a failure."),
    ),
)
_AGENT = (
    Key("prompt", Text("plain"), "What the agent is told.", required=True),
    Key("model", Text("plain"), "The model that the agent uses.", "`agent_defaults`"),
    Key("options", Named(Anything()), "Options of the provider.", "`agent_defaults`"),
)
CLAUDE = Keys(name="claude", keys=_AGENT)
AGENT = Keys(name="agent", keys=(*_AGENT, Key("provider", Text(), "The agent program.", "`agent_defaults`")))
WRITE_FILE = Keys(
    name="write_file",
    keys=(
        Key("path", Text("plain"), "The file, in the worktree.", required=True),
        Key("content", either(Text("plain"), Anything()), "What the file holds.", required=True),
        Key("format", Word(("text", "json", "yaml")), "How the content is written.", "text"),
        Key("mode", Text(), "The permissions of the file, in octal digits.", '"0644"'),
        Key("create_dirs", Flag(), "Whether missing folders are made.", "false"),
        Key("append", Flag(), "Whether the text is added to what is there.", "false"),
    ),
)
OUTPUT = Keys(
    name="output",
    keys=(
        Key("file_pattern", Text("plain"), "A glob: the first file that the step added or changed and that matches."),
        Key("required", Flag(), "Whether the step fails without it.", "true"),
    ),
)
SOURCE = Keys(
    name="source",
    keys=(
        Key("list", Each(Anything()), "The items themselves."),
        Key("file", Text("plain"), "A file with items.", equal=("path",)),
        Key("glob", TEXTS, "Files of the worktree."),
        Key("exclude", TEXTS, "Files that are left out."),
        Key("shell", Text("shell"), "A command whose output holds the items.", equal=("command",)),
        Key("timeout", Duration(), "Limit of the command.", "300s", legacy=TIMEOUT_SPELLINGS),
        Key("format", Text(), "How to read it.", "auto"),
    ),
)
FOREACH = Keys(
    name="foreach",
    keys=(
        Key("items", _SOURCE, "The items.", legacy=("foreach", "input", "in")),
        Key("do", _BODY, "What is done with each.", legacy=("steps", "commands")),
        *(Key(key.name, key.form, key.says, key.default) for key in _LOOP[1:]),
        Key("continue_on_error", Flag(), "Whether all turns run in any case.", "false"),
        *SOURCE.without("shell", "list").keys,
        Key("list", Each(Anything()), "The items themselves."),
        Key("shell", Text("shell"), "A command whose output holds the items.", equal=("command",)),
    ),
)
APPROVE = Keys(
    name="approve",
    keys=(
        Key("question", Text("plain"), "What is asked.", required=True),
        Key("options", TEXTS, "The answers.", "approve, deny"),
        Key("default", Text(), "The answer under `-y`.", "the first"),
        Key("show", Word(("diff", "files", "output")), "What is shown beside the question."),
        Key("timeout", Duration(), "How long to wait.", "none", legacy=TIMEOUT_SPELLINGS),
        Key("on_timeout", Word(("deny", "approve")), "The answer after that.", "deny"),
    ),
)
WAIT = Keys(
    name="wait",
    keys=(
        Key("shell", Text("shell"), "Repeated until it succeeds.", required=True, equal=("command",)),
        Key("every", Duration(), "The time between.", "10s"),
        Key("timeout", Duration(), "How long to wait.", "none", legacy=TIMEOUT_SPELLINGS),
    ),
)
COMMIT_CONFIG = Keys(
    name="commit_config",
    keys=(
        Key("message_template", Text("plain"), "The message.", "Auto-commit: ${step.name}"),
        Key("message_pattern", Regex(), "What the message must match."),
        Key("include_files", TEXTS, "Globs of the files to commit.", "all"),
        Key("exclude_files", TEXTS, "Globs of files to leave out.", "none"),
        Key("author", Text("plain"), "`Name <mail>`.", "git's"),
        Key("sign", Flag(), "Signs the commit.", "false"),
        Key("squash", Flag(), "One commit at the end of the context.", "false"),
    ),
)
PATHS = Keys(
    name="paths",
    keys=(
        Key("allow", TEXTS, "Globs of the files that may be changed; `!glob` excludes.", required=True),
        Key("on_violation", Word(("suspect", "fail")), "What another change means.", "suspect"),
    ),
)
_STEPS = Key("steps", STEPS, "The steps.", required=True, equal=("commands",))
LOOP_BODY = Keys(name="loop_body", keys=(_STEPS,))
STEP_GROUP = Keys(
    name="step_group",
    keys=(_STEPS, Key("timeout", Duration(), "Limit of all of them.", "none", legacy=TIMEOUT_SPELLINGS)),
)
TABLES = (
    STEP,
    TEST,
    CLAUDE,
    AGENT,
    WRITE_FILE,
    OUTPUT,
    SOURCE,
    FOREACH,
    APPROVE,
    WAIT,
    COMMIT_CONFIG,
    PATHS,
    LOOP_BODY,
    STEP_GROUP,
)
