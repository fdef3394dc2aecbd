"""Secrets: where their values come from (language 12.3). Their names are noted, so that no text gets their values."""

import re
from typing import Final, Literal

from prodigy_tui.workflow.build.context import Context, Declared, Notes
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import environment as keys
from prodigy_tui.workflow.model.environment import EnvCommand, Place, SecretSource, Variable
from prodigy_tui.workflow.nodes import BrokenNode, Entry, MapNode, Node, ScalarNode
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, wrong_type
from prodigy_tui.workflow.roots import RESERVED

Provider = Literal["env", "file", "command"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE = re.compile(r"(?:\$\{(?:env:|env\.)?([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_ELSEWHERE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_-]*):")
_PROVIDERS: Final = {"env": "variable", "file": "file", "command": "command"}
_OTHERS: Final = {"parameter": "a parameter", "var": "a constant"}
_COMMANDS: Final = {
    "vault": "vault kv get -field=FIELD PATH",
    "aws": "aws secretsmanager get-secret-value --secret-id ID --query SecretString --output text",
    "gcp": "gcloud secrets versions access latest --secret=NAME",
    "azure": "az keyvault secret show --vault-name VAULT --name NAME --query value --output tsv",
    "op": "op read op://VAULT/ITEM/FIELD",
    "pass": "pass show NAME",
}


def build_secrets(node: Node, context: Context, notes: Notes) -> dict[str, SecretSource]:
    """Returns the entries of `secrets`."""
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping of secrets", notes.report)
        return {}
    found: dict[str, SecretSource] = {}
    for entry in node.entries:
        if not _is_name(entry, notes):
            continue
        notes.secrets.add(entry.key)
        value = entry.value
        source = None
        if isinstance(value, MapNode):
            fields = Fields(value, keys.SECRET, notes.report)
            source = _provided(entry, fields, context, notes)
        elif not isinstance(value, BrokenNode):
            source = _named(entry, notes)
        if source is not None:
            found[entry.key] = source
    for declared in notes.declared:
        if declared.name in found and declared.kind in _OTHERS:
            message = f"{_OTHERS[declared.kind]} cannot be called {quoted(declared.name)}"
            notes.report.add("PT205", declared.node, message, "it is the name of a secret")
    return found


def build_secret(
    entry: Entry, node: MapNode, others: frozenset[str], context: Context, notes: Notes
) -> Variable | None:
    """Returns a variable written as `{secret: …}`; with `secret: false` it is a plain or a dynamic one."""
    fields = Fields(node, keys.ENV_SECRET, notes.report, skip=others, known_early=True)
    hidden = fields.flag("secret", default=True)
    forms = [name for name in ("value", "command", "provider") if name in fields]
    if "provider" in forms and "command" in forms:
        forms.remove("command")  # it belongs to the provider
    if len(forms) > 1 and (second := fields.entry(forms[1])):
        message = f"'{forms[0]}' and '{forms[1]}' are different forms of a secret; one must go"
        notes.report.add("PT103", second, message)
        return None
    if not forms:
        if not others:
            notes.report.add("PT108", node, "a secret needs 'value', 'command', or 'provider' and 'key'")
        return None
    if not _is_name(entry, notes):
        return None
    if hidden:
        notes.secrets.add(entry.key)
        notes.declared.append(Declared(node=entry, name=entry.key, kind="env", phase=context.phase))
    if forms == ["provider"]:
        return _provided(entry, fields, context, notes)
    if forms == ["command"]:
        text = notes.text(fields.scalar("command"), "shell", context)
        if text is None:
            return None
        if hidden:
            return SecretSource(source="command", text=text, place=_place(entry))
        notes.declared.append(Declared(node=entry, name=entry.key, kind="dynamic", phase=context.phase))
        return EnvCommand(text=text)
    value = fields.scalar("value")
    text = notes.env_text(value, context, is_secret=True)
    if text is None or value is None:
        return None
    if not hidden:
        notes.declared.append(Declared(node=value, name=entry.key, kind="env", phase=context.phase))
        return text
    return SecretSource(source="value", text=text, place=_place(entry))


def _is_name(entry: Entry, notes: Notes) -> bool:
    """Tells whether the shell can expand a secret of this name, which is the only way to it."""
    name = entry.key
    message = f"a secret cannot be called {quoted(name)}"
    if not _NAME.fullmatch(name):
        notes.report.add("PT205", entry, message, "a secret's name is a letter or '_', then letters, digits and '_'")
        return False
    if name in RESERVED:
        notes.report.add("PT205", entry, message, "the name is reserved")
        return False
    return True


def _named(entry: Entry, notes: Notes) -> SecretSource | None:
    """Reads `OTHER`, `${env:OTHER}` and `${OTHER}`."""
    scalar = read_scalar(entry.value, "the name of a variable, or a mapping with 'provider'", notes.report)
    if scalar is None:
        return None
    found = _VARIABLE.fullmatch(scalar.text.strip())
    if found:
        return SecretSource(source="variable", text=found[1] or found[2], place=_place(entry))
    elsewhere = _ELSEWHERE.match(scalar.text.strip())
    if elsewhere:
        _refuse(elsewhere[1], scalar, notes)
    else:
        hint = "write NAME, '${env:NAME}', or a mapping with 'provider'"
        notes.report.add("PT105", scalar, f"{quoted(entry.key)} must name a variable", hint)
    return None


def _provided(entry: Entry, fields: Fields, context: Context, notes: Notes) -> SecretSource | None:
    """Reads `provider` with its `key` or `command`."""
    node = fields.require("provider", f"the secret {quoted(entry.key)}")
    if node is None:
        return None
    if isinstance(node, MapNode):
        name = node.entries[0].key if node.entries else ""
        _refuse(name, node, notes)
        return None
    scalar = read_scalar(node, "a word", notes.report)
    if scalar is None:
        return None
    provider = scalar.text.strip().lower()
    if provider not in _PROVIDERS:
        _refuse(scalar.text.strip(), scalar, notes)
        return None
    wanted, idle = ("command", "key") if provider == "command" else ("key", "command")
    if idle in fields and (extra := fields.entry(idle)):
        message = f"'{idle}' has no meaning beside 'provider: {provider}'"
        notes.report.add("PT103", extra, message, f"write '{wanted}'")
    fields.require(wanted, f"a secret with 'provider: {provider}'")
    text_node = fields.scalar(wanted)
    if text_node is None:
        return None
    if provider == "command":
        notes.text(text_node, "shell", context)
    if not text_node.text.strip():
        notes.report.add("PT105", text_node, f"'{wanted}' of {quoted(entry.key)} is empty")
        return None
    if provider == "env":
        return SecretSource(source="variable", text=text_node.text.strip(), place=_place(entry))
    return SecretSource(source="file" if provider == "file" else "command", text=text_node.text, place=_place(entry))


def _refuse(provider: str, node: ScalarNode | MapNode, notes: Notes) -> None:
    """Reports a place of secrets that is not supported, with the command that asks there (PT332)."""
    command = _COMMANDS.get(provider.lower(), "COMMAND")
    hint = f"write {{provider: command, command: '{command}'}}"
    notes.report.add("PT332", node, f"secrets cannot be read from {quoted(provider)}", hint)


def _place(entry: Entry) -> Place:
    return Place(file=entry.file, line=entry.line, column=entry.column, path=entry.path)
