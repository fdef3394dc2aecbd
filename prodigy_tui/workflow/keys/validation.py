"""The keys of checks: `validate`, `step_validate`, `goal_seek` (language 14)."""

from prodigy_tui.workflow.keys.forms import (
    STEPS,
    Anything,
    Duration,
    Each,
    Expression,
    Flag,
    Form,
    Integer,
    Named,
    Regex,
    Score,
    Shape,
    Step,
    Text,
    Word,
    either,
)
from prodigy_tui.workflow.keys.table import TIMEOUT_SPELLINGS, Key, Keys

_AGENT: Form = either(Text("plain"), Shape("agent"))
_CLAUDE: Form = either(Text("plain"), Shape("claude"))
_STEPS = Key("steps", STEPS, "Steps; the last one's result counts.", equal=("commands",))

VALIDATE_FORM: Form = either(Text("shell"), STEPS, Shape("validate"))
VALIDATE = Keys(
    name="validate",
    keys=(
        Key("shell", Text("shell"), "A command that checks.", equal=("command",)),
        Key("claude", _CLAUDE, "A prompt that checks."),
        Key("agent", _AGENT, "A prompt that checks."),
        _STEPS,
        Key("threshold", Score(), "The score to reach.", "100"),
        Key("result_file", Text("plain"), "A JSON file with the result."),
        Key("expected_schema", either(Text(), Named(Anything())), "A JSON Schema of the result."),
        Key("timeout", Duration(), "Limit of one round.", "none", legacy=TIMEOUT_SPELLINGS),
        Key("on_incomplete", either(Step(), STEPS, Shape("on_incomplete")), "What to do below the score."),
        Key("fail_workflow", Flag(), "Whether missing the score is a failure.", "true"),
    ),
    ignored=("force_refresh", "max_cache_age"),
)
ON_INCOMPLETE_OPTIONS = Keys(
    name="on_incomplete_options",
    keys=(
        Key("max_attempts", Integer(minimum=1), "How often it runs at most.", "2"),
        Key("fail_workflow", Flag(), "Whether missing the score in the end is a failure.", "true"),
        Key("handler_failure_fatal", Flag(), "Whether a failed handler ends the rounds.", "false"),
        Key("prompt", Text("plain"), "A question that decides in the end."),
    ),
)
ON_INCOMPLETE = Keys(
    name="on_incomplete",
    keys=(
        Key("steps", STEPS, "What to do.", equal=("commands",)),
        Key("timeout", Duration(), "Limit of one run.", "none", legacy=TIMEOUT_SPELLINGS),
        *ON_INCOMPLETE_OPTIONS.keys,
    ),
)
STEP_VALIDATE_FORM: Form = either(Text("shell"), Each(either(Text("shell"), Shape("check"))), Shape("step_validate"))
STEP_VALIDATE = Keys(
    name="step_validate",
    keys=(
        Key("commands", Each(either(Text("shell"), Shape("check"))), "The checks.", required=True),
        Key("success_criteria", either(Word(("all", "any")), Shape("at_least")), "How many pass.", "all"),
        Key("max_attempts", Integer(minimum=1), "How often the whole is tried.", "1"),
        Key("retry_delay", Duration(zero=True, endless=False), "The time between.", "5s"),
    ),
)
CHECK = Keys(
    name="check",
    keys=(
        Key("command", Text("shell"), "The command or prompt.", required=True),
        Key("expect_output", Regex(), "What the output matches."),
        Key("expect_exit_code", Integer(minimum=0, maximum=255), "The exit code.", "0"),
        Key("command_type", Word(("shell", "claude")), "What `command` is.", "by its text"),
    ),
)
AT_LEAST = Keys(
    name="at_least",
    keys=(Key("at_least", Integer(minimum=1), "A number of checks.", required=True, equal=("atleast",)),),
)
GOAL_SEEK = Keys(
    name="goal_seek",
    keys=(
        Key("goal", Text("plain"), "What is sought, for people."),
        Key("claude", _CLAUDE, "The attempt: a prompt."),
        Key("shell", Text("shell"), "The attempt: a command."),
        Key("agent", _AGENT, "The attempt: a prompt."),
        Key("steps", STEPS, "The attempt: steps.", equal=("commands",)),
        Key("validate", VALIDATE_FORM, "What gives the score.", required=True),
        Key("threshold", Score(), "The score to reach.", "100"),
        Key("max_attempts", Integer(minimum=1), "How often it is tried.", "5"),
        Key("timeout", Duration(), "Limit of the whole.", "none", legacy=TIMEOUT_SPELLINGS),
        Key("until", Expression(), "Ends it as passed."),
        Key("patience", Integer(minimum=1), "Rounds without a better score that end it.", "none"),
        Key("fail_on_incomplete", Flag(), "Whether missing the score is a failure.", "true"),
    ),
)
TABLES = (VALIDATE, ON_INCOMPLETE, STEP_VALIDATE, CHECK, AT_LEAST, GOAL_SEEK)
