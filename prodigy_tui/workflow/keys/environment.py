"""The keys of variables, profiles and secrets (language 12)."""

from prodigy_tui.workflow.keys.forms import (
    Anything,
    Duration,
    Expression,
    Flag,
    Named,
    OneOrMore,
    Shape,
    Text,
    Word,
    either,
)
from prodigy_tui.workflow.keys.table import TIMEOUT_SPELLINGS, Key, Keys

VARIABLE = either(Text("plain"), Shape("env_command"), Shape("env_condition"), Shape("env_secret"))
"""One value of an `env` mapping."""
VARIABLES = Named(VARIABLE)
_ENV_FILES = OneOrMore(either(Text("plain"), Shape("env_file")))

ENVIRONMENT = Keys(
    name="environment",
    keys=(
        Key("env", VARIABLES, "Environment variables of everything that runs."),
        Key("env_files", _ENV_FILES, "Files with environment variables; later ones win."),
        Key("profiles", Named(either(Shape("profile"), VARIABLES)), "Sets of environment variables to choose from."),
        Key("profile", Text(), "The profile that is active when none is chosen.", "none", legacy=("active_profile",)),
        Key("inherit", Flag(), "Whether steps get the whole environment of prodigy-tui.", "true"),
        Key("secrets", Named(either(Text(), Shape("secret"))), "Values that are never shown or stored."),
        Key("vars", Named(Anything()), "Constants of any type, for references.", legacy=("variables",)),
    ),
)
ENV_COMMAND = Keys(
    name="env_command",
    keys=(
        Key("command", Text("shell"), "Its standard output is the value.", required=True),
        Key("cache", Flag(), "Whether it runs once; `false`: before every step.", "true"),
        Key("default", Text("plain"), "The value when the command fails."),
        Key("timeout", Duration(), "Limit of the command.", "30s", legacy=TIMEOUT_SPELLINGS),
    ),
)
ENV_CONDITION = Keys(
    name="env_condition",
    keys=(
        Key("condition", Expression(), "What decides.", required=True),
        Key("when_true", Text("plain"), "The value if it holds.", "not set"),
        Key("when_false", Text("plain"), "The value if not.", "not set"),
    ),
)
ENV_SECRET = Keys(
    name="env_secret",
    keys=(
        Key("secret", Flag(), "Makes the variable a secret.", required=True),
        Key("value", Text("plain"), "The value, best a reference to a variable outside the workflow."),
        Key("command", Text("shell"), "Its standard output is the value."),
        Key("provider", Word(("env", "file", "command")), "Where the value is."),
        Key("key", Text(), "The name of the variable, or the file."),
    ),
)
ENV_FILE = Keys(
    name="env_file",
    keys=(
        Key("path", Text("plain"), "The file, relative to the workflow's.", required=True),
        Key("required", Flag(), "Whether it is an error when the file is missing.", "true"),
        Key("format", Word(("dotenv", "json", "yaml")), "How to read it.", "by its extension"),
    ),
)
PROFILE = Keys(
    name="profile",
    keys=(
        Key("env", VARIABLES, "Its environment variables."),
        Key("env_files", _ENV_FILES, "Its files with environment variables."),
        Key("description", Text(), "What it is for."),
    ),
)
SECRET = Keys(
    name="secret",
    keys=(
        Key("provider", Word(("env", "file", "command")), "Where the value is.", required=True),
        Key("key", Text(), "The name of the variable, or the file."),
        Key("command", Text("shell"), "Its standard output is the value."),
    ),
    ignored=("version",),
)
TABLES = (ENV_COMMAND, ENV_CONDITION, ENV_SECRET, ENV_FILE, PROFILE, SECRET)
