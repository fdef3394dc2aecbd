"""JSON Schemas of `expected_schema` (language 14.1): whether a result is what its author expects."""

import re
from collections.abc import Mapping
from typing import Any

from prodigy_tui.agents.oneline import one_line


class BadSchema(Exception):
    """What should be a JSON Schema is none."""


def violation(data: Any, schema: Mapping[str, Any]) -> str | None:
    """Returns where and how `data` violates a schema, `None` when it does not. Nothing is fetched from elsewhere.

    Raises:
        BadSchema: the schema itself is malformed, or refers to what is not in it.
    """
    # Few workflows have a schema, and the library is slow to load.
    from jsonschema.exceptions import SchemaError, best_match
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import REGISTRY
    from referencing.exceptions import Unresolvable

    given = dict(schema)
    validator_class = validator_for(given, default=Draft202012Validator)
    try:
        validator_class.check_schema(given)
        found = best_match(validator_class(given, registry=REGISTRY).iter_errors(data))
    except SchemaError as error:
        raise BadSchema(one_line(error.message)) from error
    except re.error as error:
        raise BadSchema(one_line(f"{error.pattern!r} is no regex: {error.msg}")) from error
    except (Unresolvable, RecursionError) as error:
        raise BadSchema(one_line(f"it cannot be resolved: {error}")) from error
    if found is None:
        return None
    where = f"{found.json_path}: " if found.json_path != "$" else ""
    return one_line(f"{where}{found.message}")
