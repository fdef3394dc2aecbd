"""Hostile values outside shell text: names of branches and files, JSON, YAML and plain text."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from prodigy_tui.workflow.content import render_content
from prodigy_tui.workflow.expr import compile_filter, parse_expression
from prodigy_tui.workflow.interpolate import parse_text, render, resolve
from prodigy_tui.workflow.items import item_ids, safe_ids
from prodigy_tui.workflow.variables import Scope, item_value
from tests.hostile.corpus import CORPUS, GROUPS, SHORT, TEXTS

by_name = pytest.mark.parametrize("name", CORPUS)


def scope_of(value: object) -> Scope:
    return Scope(roots={"item": item_value({"v": value})})


def test_every_value_has_a_name_of_its_own() -> None:
    assert sum(map(len, GROUPS.values())) == len(CORPUS)
    assert len(set(CORPUS.values())) >= len(CORPUS) - 2
    assert set(TEXTS) < set(CORPUS)


def test_safe_ids_are_legal_in_branches() -> None:
    names = [f"prodigy/run/item/{safe}/1" for safe in safe_ids(CORPUS.values()).values()]

    for name in names:
        checked = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False)
        assert checked.returncode == 0, name


def test_safe_ids_are_plain_names_of_files() -> None:
    safe = safe_ids(CORPUS.values())

    folded = [name.casefold() for name in safe.values()]
    assert len(set(folded)) == len(set(CORPUS.values()))
    for value, name in safe.items():
        assert name.isascii(), value
        assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"), value
        assert len(name) <= 60, value
        assert not name.startswith((".", "-")), value
        assert not name.endswith((".", ".lock")), value
        assert ".." not in name, value


def test_safe_ids_do_not_depend_on_their_neighbours() -> None:
    together = safe_ids(CORPUS.values())

    assert all(safe_ids([value])[value] == together[value] for value in SHORT.values() if value.casefold() == value)


def test_items_of_every_value_get_ids() -> None:
    values = list(TEXTS.values())

    assert len(set(item_ids([{"id": value} for value in values]))) == len(values)
    assert len(set(item_ids(values))) == len(values)
    assert len(set(item_ids([{"v": value} for value in values]))) == len(values)


@by_name
def test_plain_text_holds_the_value_and_reads_nothing_in_it(name: str) -> None:
    value = CORPUS[name]

    assert render(parse_text("<${item.v}|$item_>", "plain"), Scope(
        names=[{"item_": item_value(value)}], roots={"item": item_value({"v": value})}
    )) == f"<{value}|{value}>"  # fmt: skip
    assert resolve(parse_text("${item.v}", "plain"), scope_of(value)).data == value


@pytest.mark.parametrize("name", TEXTS)
def test_json_text_stays_json_with_the_value_in_it(name: str) -> None:
    value = TEXTS[name]

    written = render_content('{"inside": "<${item.v}>", "whole": ${item.v}, "all": ${item}}', "json", scope_of(value))

    assert json.loads(written) == {"inside": f"<{value}>", "whole": value, "all": {"v": value}}


@pytest.mark.parametrize("name", TEXTS)
def test_structures_hold_the_value_as_it_is(name: str) -> None:
    value = TEXTS[name]
    content = {"a": ["<${item.v}>", "${item.v}", "${item}"]}

    made = render_content(content, "yaml", scope_of(value))

    assert made == {"a": [f"<{value}>", value, {"v": value}]}
    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize("name", TEXTS)
def test_objects_in_yaml_text_are_read_back(name: str) -> None:
    value = TEXTS[name]

    written = render_content("all: ${item}\nnext: 1\n", "yaml", scope_of(value))

    assert json.loads(written.partition(": ")[2].rpartition("\nnext")[0]) == {"v": value}
    if value.isprintable() and value.isascii():
        assert yaml.safe_load(written) == {"all": {"v": value}, "next": 1}


@by_name
def test_expressions_compare_the_value_and_run_nothing_of_it(name: str) -> None:
    value = CORPUS[name]
    same = compile_filter(parse_expression("v == item.w && v in [${w}] && v in ws && exists(v)"), Scope())
    contained = compile_filter(parse_expression("x contains ${v} && x starts_with ${v} && x ends_with ${v}"), Scope())

    assert same({"v": value, "w": value, "ws": [value]})
    assert contained({"v": value, "x": value + value})


def test_the_corpus_is_part_of_no_path(tmp_path: Path) -> None:
    for value in safe_ids(CORPUS.values()).values():
        (tmp_path / value).write_bytes(b"")

    assert len(list(tmp_path.iterdir())) == len(set(CORPUS.values()))
