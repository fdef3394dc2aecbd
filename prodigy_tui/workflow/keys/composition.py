"""The keys by which workflows are put together from several files (language 15)."""

from msgspec.structs import replace

from prodigy_tui.workflow.keys.forms import (
    STEPS,
    TEXTS,
    Anything,
    Duration,
    Each,
    Flag,
    Integer,
    Named,
    Number,
    OneOrMore,
    Regex,
    Shape,
    Text,
    Word,
    either,
)
from prodigy_tui.workflow.keys.table import TIMEOUT_SPELLINGS, Key, Keys

TYPES = ("string", "integer", "number", "boolean", "array", "object", "path", "any")
_LISTED = Each(either(Text(), Shape("named_parameter")))
_PARAMETERS = either(
    Shape("parameter_groups"),
    Named(either(Shape("parameter"), Text())),
    _LISTED,
)
_STEPS = Key("steps", STEPS, "The steps, in order.", equal=("commands",))

COMPOSITION = Keys(
    name="composition",
    keys=(
        Key("parameters", _PARAMETERS, "Values that the workflow asks for."),
        Key("defaults", Named(Anything()), "Values of parameters, unless others are given."),
        Key("imports", Each(either(Text(), Shape("import"))), "Files whose templates and workflows are used."),
        Key("extends", OneOrMore(Text()), "The workflow that this one changes."),
        Key("template", either(Text(), Shape("template_use")), "The template that this workflow fills in."),
        Key("templates", Named(either(STEPS, Shape("template"))), "Templates of this file, by name."),
        Key(
            "workflows",
            Named(either(Text(), Shape("sub_workflow"), Shape("plain"), Shape("mapreduce"))),
            "Workflows of this file, by name; `main` runs when there are no steps.",
        ),
        Key(
            "sub_workflows",
            either(Named(Shape("sub_workflow")), Each(Shape("named_sub_workflow"))),
            "Workflows that run before the steps.",
        ),
    ),
)
IMPORT = Keys(
    name="import",
    keys=(
        Key("path", Text(), "The file.", required=True),
        Key("alias", Text(), "What stands before its names."),
        Key("selective", TEXTS, "Only these names."),
    ),
)
PARAMETER = Keys(
    name="parameter",
    keys=(
        Key("type", Word(TYPES), "The type of the value.", "any"),
        Key("required", Flag(), "Whether a value must be given.", "true without a default"),
        Key("default", Anything(), "The value when none is given."),
        Key("description", Text(), "What it is for."),
        Key("enum", Each(Anything()), "The values that are allowed."),
        Key("min", Number(), "The smallest number."),
        Key("max", Number(), "The largest number."),
        Key("min_length", Integer(minimum=0), "The shortest text or list."),
        Key("max_length", Integer(minimum=0), "The longest text or list."),
        Key("pattern", Regex(), "What the text must match."),
        Key("secret", Flag(), "Whether the value is never shown or stored.", "false"),
        Key("validation", Text(), "An expression over `value` that must hold."),
    ),
)
NAMED_PARAMETER = Keys(
    name="named_parameter",
    keys=(Key("name", Text(), "The parameter's name.", required=True), *PARAMETER.keys),
)
PARAMETER_GROUPS = Keys(
    name="parameter_groups",
    keys=(
        Key("required", _LISTED, "Parameters that must be given."),
        Key("optional", _LISTED, "Parameters that may be given."),
        Key(
            "definitions",
            Named(either(Shape("parameter"), Text())),
            "What the names under `required` and `optional` mean.",
        ),
    ),
)
TEMPLATE = Keys(name="template", keys=(Key("parameters", _PARAMETERS, "Values that it asks for."), _STEPS))
TEMPLATE_USE = Keys(
    name="template_use",
    keys=(
        Key("source", either(Text(), Shape("template_source")), "Where the template is.", required=True),
        Key("with", Named(Anything()), "Values of its parameters."),
        Key("override", Named(Anything()), "What is changed in it; dotted keys reach inside."),
        Key("name", Text(), "The workflow's name."),
    ),
)
TEMPLATE_SOURCE = Keys(
    name="template_source",
    keys=(Key("registry", Text(), "A name in the template library."), Key("file", Text(), "A file.")),
)
_CALL = (
    Key("source", Text("plain"), "The workflow's name or file.", equal=("path",)),
    Key("with", Named(Anything()), "Values of its parameters."),
    Key("inputs", Named(Anything()), "More values of its parameters."),
    Key("outputs", TEXTS, "The captures that come back."),
    Key("working_dir", Text("plain"), "Where it works."),
    Key("timeout", Duration(), "Limit of the whole.", "none", legacy=TIMEOUT_SPELLINGS),
    Key("continue_on_error", Flag(), "Whether its failure is tolerated.", "false"),
)
WORKFLOW_CALL = Keys(name="workflow_call", keys=(*_CALL, Key("name", Text(), "The workflow's name.")))
SUB_WORKFLOW = Keys(
    name="sub_workflow",
    keys=(
        replace(_CALL[0], required=True),
        *_CALL[1:],
        Key("parallel", Flag(), "Whether it runs beside its neighbours.", "false"),
    ),
)
NAMED_SUB_WORKFLOW = Keys(
    name="named_sub_workflow",
    keys=(Key("name", Text(), "Its name.", required=True), *SUB_WORKFLOW.keys),
)
TABLES = (
    *(IMPORT, PARAMETER, NAMED_PARAMETER, PARAMETER_GROUPS, TEMPLATE, TEMPLATE_USE, TEMPLATE_SOURCE),
    *(WORKFLOW_CALL, SUB_WORKFLOW, NAMED_SUB_WORKFLOW),
)
