"""The JSON Schema (draft 2020-12) of the workflow language, made from the tables that load files.

It accepts every form and spelling that the loader accepts; what a schema cannot say (references, contradictions) stays
with the checker. Legacy spellings are marked `deprecated`. A workflow that changes another one may hold any part of it
(language 15.2): its mappings are those of `_PART_OF`, in which nothing is required and null takes a key away.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from prodigy_tui.workflow.keys import TABLES, Key, Keys, forms
from prodigy_tui.workflow.keys.document import MAPREDUCE, PLAIN

JsonSchema: TypeAlias = dict[str, Any]


def _any_case(word: str) -> str:
    return "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in word)


_BOOLEANS: Final = ("true", "false", "yes", "no", "0", "1")
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SCALAR: Final = {"type": ["string", "number", "boolean", "null"]}
_NULL: Final = {"type": "null"}
_REFERENCES: Final = {"type": "string", "pattern": r"\$"}
_NUMBER_TEXT: Final = {"type": "string", "pattern": r"^\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*$"}
_NAME: Final = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$"}
_WORD_JOINTS: Final = "[-_]?"
_TEXT: Final = {"type": "string"}
_SECONDS_AND_NANOS: Final = {
    "type": "object",
    "properties": {"secs": _SCALAR, "nanos": _SCALAR},
    "additionalProperties": False,
}
_BOOLEAN_TEXT: Final = {"type": "string", "pattern": rf"^\s*({'|'.join(map(_any_case, _BOOLEANS))})\s*$"}
_PART: Final = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, _TEXT]}
_PART_OF: Final = "part_of_"
_CHILD: Final = {"$ref": "#/$defs/child"}
_SIMPLE: Final[Mapping[type[forms.Form], JsonSchema]] = {
    forms.Text: {"type": ["string", "number", "boolean"]},
    forms.Name: _NAME,
    forms.Glob: {"type": ["string", "number"]},
    forms.Regex: {"type": ["string", "number"]},
    forms.Expression: {"type": ["string", "boolean", "number"]},
    forms.Flag: {"anyOf": [{"type": "boolean"}, {"enum": [0, 1]}, _BOOLEAN_TEXT, _REFERENCES]},
    forms.Ratio: _PART,
    forms.Score: _PART,
    forms.Size: {"anyOf": [{"type": "integer", "minimum": 0}, _TEXT]},
    forms.Anything: {},
}


def make_schema() -> JsonSchema:
    """Returns the schema of a whole workflow file."""
    definitions: JsonSchema = {name: _mapping(table) for name, table in TABLES.items()}
    definitions["any_step"] = {
        "anyOf": [
            {"type": "string", "description": "A shell command, or a prompt that begins with '/'."},
            {"$ref": "#/$defs/step"},
        ]
    }
    definitions["any_handler"] = {
        "anyOf": [
            {"type": "boolean", "description": "true: the failure is tolerated; false: it stands."},
            {"$ref": "#/$defs/any_step"},
            {"type": "array", "items": {"$ref": "#/$defs/any_step"}},
            {"$ref": "#/$defs/handler"},
            {"$ref": "#/$defs/handler_step"},
        ]
    }
    definitions["handler_step"] = _step_with("handler")
    definitions["on_incomplete_step"] = _step_with("on_incomplete")
    child = MAPREDUCE.joined(PLAIN, name="child")
    definitions |= {f"{_PART_OF}{table.name}": _mapping(table, part=True) for table in _merged_below(child)}
    definitions["child"] = {
        **_mapping(child, part=True),
        "description": "A workflow that changes another one.",
        "anyOf": [{"required": [key]} for key in ("extends", "template")],
    }
    return {
        "$schema": DIALECT,
        "$id": "urn:prodigy-tui:workflow:1",
        "title": "A workflow of prodigy-tui",
        "anyOf": [
            {"type": "array", "items": {"$ref": "#/$defs/any_step"}, "description": "The steps alone."},
            {"$ref": "#/$defs/mapreduce"},
            {"$ref": "#/$defs/plain"},
            _CHILD,
        ],
        "$defs": definitions,
    }


def _step_with(group: str) -> JsonSchema:
    """A step whose mapping holds options of a group of steps too; `capture` is a name, or as an option a mapping."""
    step, options = _mapping(TABLES["step"]), _mapping(TABLES[group].without("steps"))
    both = {name: found for name, found in options["properties"].items() if name in step["properties"]}
    shared = {name: {**found, **_any(step["properties"][name], found)} for name, found in both.items()}
    return {**step, "properties": {**step["properties"], **options["properties"], **shared}}


def _merged_below(top: Keys) -> Iterable[Keys]:
    """Returns the tables of the mappings that are merged key by key; what stands in a list is replaced as a whole."""
    found: dict[str, Keys] = {}
    todo = [top]
    while todo:
        for name in {name for key in todo.pop() for name in _shapes(key.form)} - found.keys():
            found[name] = TABLES[name]
            todo.append(TABLES[name])
    return found.values()


def _shapes(form: forms.Form) -> Iterable[str]:
    match form:
        case forms.Shape(table):
            return (table,)
        case forms.Named(of) | forms.OneOrMore(of):
            return _shapes(of)
        case forms.Either(of):
            return tuple(name for part in of for name in _shapes(part))
        case _:
            return ()


def _mapping(table: Keys, *, part: bool = False) -> JsonSchema:
    properties: JsonSchema = {}
    for key in table:
        for spelling in key.spellings:
            properties[spelling] = _property(key, spelling, part=part)
    for ignored in table.ignored:
        properties[ignored] = {"deprecated": True, "description": "Accepted and ignored."}
    for refused, why in table.refused.items():
        if why.code == "PT602":
            properties.setdefault(refused, {"deprecated": True, "description": why.message})
    schema: JsonSchema = {
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }
    needed = [_needed(key) for key in table if key.required and not part]
    if needed:
        schema["allOf"] = needed
    return schema


def _needed(key: Key) -> JsonSchema:
    if len(key.spellings) == 1:
        return {"required": [key.name]}
    return {"anyOf": [{"required": [spelling]} for spelling in key.spellings]}


def _property(key: Key, spelling: str, *, part: bool) -> JsonSchema:
    says = key.says + (f" Default: {key.default}." if key.default else "")
    if key.later:
        says += " Not available in this version."
    schema = _or_null(_of(key.form, part=part), required=key.required and not part)
    found: JsonSchema = {"description": says, **schema}
    if spelling in key.legacy or not key.is_current:
        found["deprecated"] = True
    return found


def _or_null(schema: Mapping[str, Any], *, required: bool) -> JsonSchema:
    """Null is the same as an absent key (language 3.1)."""
    if required or not schema:
        return dict(schema)
    options = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
    return {"anyOf": [*options, _NULL]}


def _of(form: forms.Form, *, part: bool = False) -> JsonSchema:
    match form:
        case forms.Each(of):
            return {"type": "array", "items": _of(of)}
        case forms.OneOrMore(of):
            return _any(_of(of, part=part), {"type": "array", "items": _of(of)})
        case forms.Named(of):
            return {"type": "object", "additionalProperties": _or_null(_of(of, part=part), required=False)}
        case forms.Either(of):
            return _any(*(_of(one, part=part) for one in of))
        case forms.Shape(table):
            found = {"$ref": f"#/$defs/{_PART_OF if part else ''}{table}"}
            if table == "on_incomplete":
                return _any(found, {"$ref": "#/$defs/on_incomplete_step"})
            return _any(found, _CHILD) if table == MAPREDUCE.name else found
        case forms.Step():
            return {"$ref": "#/$defs/any_step"}
        case forms.Handler():
            return {"$ref": "#/$defs/any_handler"}
        case forms.Integer(minimum, maximum):
            return _any(_limits({"type": "integer"}, minimum, maximum), _NUMBER_TEXT, _REFERENCES)
        case forms.Number(minimum, maximum):
            return _any(_limits({"type": "number"}, minimum, maximum), _NUMBER_TEXT, _REFERENCES)
        case forms.Duration(zero, _):
            return _any({"type": "number", "minimum" if zero else "exclusiveMinimum": 0}, _TEXT, _SECONDS_AND_NANOS)
        case forms.Word(words, _):
            return _any({"enum": list(words)}, {"type": "string", "pattern": _words(words)})
        case _:
            return _SIMPLE[type(form)]


def _any(*options: Mapping[str, Any]) -> JsonSchema:
    """Returns the schema of one of several forms, without a form in a form."""
    flat: list[Mapping[str, Any]] = []
    for option in options:
        for part in option["anyOf"] if set(option) == {"anyOf"} else (option,):
            if part not in flat:
                flat.append(part)
    return {} if {} in flat else {"anyOf": flat}


def _limits(schema: JsonSchema, minimum: float | None, maximum: float | None) -> JsonSchema:
    if minimum is not None:
        schema["minimum"] = minimum
    if maximum is not None:
        schema["maximum"] = maximum
    return schema


def _words(words: tuple[str, ...]) -> str:
    """Returns a pattern for words in any case, in snake_case, kebab-case and CamelCase."""
    spelled = (_WORD_JOINTS.join(_any_case(part) for part in word.split("_")) for word in words)
    return rf"^\s*({'|'.join(spelled)})\s*$"
