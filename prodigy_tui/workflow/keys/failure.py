"""The keys of handlers and retries (language 6)."""

from prodigy_tui.workflow.keys.forms import (
    STEPS,
    Anything,
    Duration,
    Each,
    Either,
    Expression,
    Flag,
    Form,
    Integer,
    Named,
    Number,
    Ratio,
    Regex,
    Shape,
    Step,
    Text,
    Word,
    either,
)
from prodigy_tui.workflow.keys.table import TIMEOUT_SPELLINGS, Key, Keys

STRATEGIES = ("recovery", "fallback", "cleanup", "custom")
BACKOFFS = ("fixed", "linear", "exponential", "fibonacci", "custom")
MATCHERS = (
    *("network", "timeout", "server_error", "rate_limit", "no_commit", "missing_output", "validation", "capture"),
    *("agent", "exit", "any"),
)

_DELAY_FORM = Duration(zero=True, endless=False)

HANDLER_OPTIONS = Keys(
    name="handler_options",
    keys=(
        Key("strategy", Word(STRATEGIES), "What a handler that succeeded means.", "by step and handler"),
        Key(
            "max_attempts",
            Integer(minimum=1),
            "How often the step runs at most.",
            "3 under `recovery`, else 1",
            legacy=("max_retries",),
        ),
        Key(
            "fail_workflow",
            Flag(),
            "Whether a failure that is left in the end counts; `false` tolerates it.",
            "by strategy",
        ),
        Key("handler_failure_fatal", Flag(), "Whether a handler that fails makes the step fail at once.", "false"),
        Key("when", Expression(), "The handler runs only if this holds."),
        Key("retry_original", Flag(), "The same as `strategy: recovery`.", instead="'strategy: recovery'"),
        Key(
            "capture", Named(Anything()), "Names for the handler's output.", instead="'capture' in the handler's steps"
        ),
    ),
)
HANDLER_GROUP = Keys(
    name="handler",
    keys=(
        Key("steps", STEPS, "The handler's steps.", equal=("commands",)),
        Key("timeout", Duration(), "Limit of one run of all its steps.", "none", legacy=TIMEOUT_SPELLINGS),
        *HANDLER_OPTIONS.keys,
    ),
)
RETRY_FORM: Either = either(Flag(), Integer(minimum=1, maximum=100), Shape("retry"))
_MATCHER = either(Word(MATCHERS), Integer(minimum=0, maximum=255), Shape("matcher"))
_BACKOFF: Form = either(Word(BACKOFFS), Shape("backoff"), Each(_DELAY_FORM))
RETRY = Keys(
    name="retry",
    keys=(
        Key("attempts", Integer(minimum=1, maximum=100), "Executions in all.", "3", equal=("max_attempts",)),
        Key("backoff", _BACKOFF, "How the delays grow.", "exponential"),
        Key(
            "initial_delay",
            _DELAY_FORM,
            "The first delay.",
            "1s",
            equal=("delay",),
            legacy=("initial_delay_ms",),
        ),
        Key("max_delay", Duration(zero=True), "The longest delay.", "30s", legacy=("max_delay_ms",)),
        Key("jitter", either(Flag(), Ratio()), "How much delays vary.", "false"),
        Key("jitter_factor", Ratio(), "How much delays vary where `jitter` is true.", "0.3"),
        Key("retry_on", Each(_MATCHER), "Which failures are repeated.", "every one"),
        Key("retry_budget", Duration(), "Limit of the time for all executions.", "none", legacy=("retry_budget_ms",)),
        Key("on_failure", either(Word(("stop", "continue")), Shape("retry_fallback")), "What the end means.", "stop"),
    ),
)
RETRY_FALLBACK = Keys(
    name="retry_fallback",
    keys=(Key("fallback", either(Step(), Shape("fallback_command")), "What runs instead.", required=True),),
)
FALLBACK_COMMAND = Keys(name="fallback_command", keys=(Key("command", Text("shell"), "A command.", required=True),))
MATCHER = Keys(
    name="matcher",
    keys=(
        Key("exit_code", either(Integer(minimum=0, maximum=255), Each(Integer(minimum=0, maximum=255))), "Exit codes."),
        Key("pattern", Regex(), "What the output holds."),
    ),
)
_DELAY = Key("delay", _DELAY_FORM, "The first delay.", "1s", equal=("initial",))
_INCREMENT = Key("increment", _DELAY_FORM, "What each delay adds.", "the first delay")
_BASE = Key("base", Number(minimum=1), "What each delay is multiplied by.", "2", equal=("multiplier",))
_DELAYS = Key("delays", Each(_DELAY_FORM), "The delays in order.")
BACKOFF_OPTIONS = {
    "fixed": Keys(name="backoff_fixed", keys=(_DELAY,)),
    "linear": Keys(name="backoff_linear", keys=(_DELAY, _INCREMENT)),
    "exponential": Keys(name="backoff_exponential", keys=(_DELAY, _BASE)),
    "fibonacci": Keys(name="backoff_fibonacci", keys=(_DELAY,)),
    "custom": Keys(name="backoff_custom", keys=(_DELAYS,)),
}
"""The options of each way to grow, under its name or beside `type`."""
_GROWTHS: dict[str, Form] = {"custom": either(Shape("backoff_custom"), Each(_DELAY_FORM))}
BACKOFF = Keys(
    name="backoff",
    keys=(
        Key("type", Word(BACKOFFS), "How the delays grow, with the options beside it."),
        *(Key(name, _GROWTHS.get(name, Shape(f"backoff_{name}")), f"Grow this way: {name}.") for name in BACKOFFS),
        _DELAY,
        _INCREMENT,
        _BASE,
        _DELAYS,
    ),
)
TABLES = (HANDLER_GROUP, RETRY, RETRY_FALLBACK, FALLBACK_COMMAND, MATCHER, *BACKOFF_OPTIONS.values(), BACKOFF)
