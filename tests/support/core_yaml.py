"""YAML as workflows mean it: `on`, `off`, `yes` and `no` are text, unlike in the YAML 1.1 that PyYAML reads."""

import re
from typing import Any

import yaml

_BOOLEAN = "tag:yaml.org,2002:bool"


class _CoreLoader(yaml.SafeLoader):
    """PyYAML's loader with the booleans of YAML 1.2."""


_CoreLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_CoreLoader.add_implicit_resolver(_BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def core_load(text: str) -> Any:
    """Returns the data of a document."""
    return yaml.load(text, _CoreLoader)
