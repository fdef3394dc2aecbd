"""What work items are called (language 13.4)."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.ids import plain_safe_id, short_hash
from prodigy_tui.workflow.item_ids import item_ids, safe_ids
from prodigy_tui.workflow.items import ItemsError, parse_sort_by, select
from prodigy_tui.workflow.model import ItemInput, MapPhase
from prodigy_tui.workflow.variables import Scope
from tests.support.rules import rule


def hashed(data: Any, digits: int = 12) -> str:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def named(raw: list[Any], **keys: Any) -> dict[str, Any]:
    return {item.id: item.data for item in select(MapPhase(input=ItemInput(kind="list"), **keys), raw, Scope()).items}


@rule("13.4 hash", "13.4 id", "13.4 equal items", "13.4 id_field")
@pytest.mark.parametrize(
    ("items", "id_field", "ids"),
    [
        ([{"b": 1, "a": "é"}], None, [hashlib.sha256(b'{"a":"\xc3\xa9","b":1}').hexdigest()[:12]]),
        ([1, "1", 1.5, None, [1], True], None, [hashed(data) for data in (1, "1", 1.5, None, [1], True)]),
        ([{"id": "x"}, {"id": 7}, {"id": True}, {"id": 1.5}], None, ["x", "7", "true", "1.5"]),
        ([{"id": None}, {"id": [1]}, {"id": ""}], None, [hashed({"id": data}) for data in (None, [1], "")]),
        (["a", "b", "a", "a"], None, [hashed("a"), hashed("b"), hashed("a") + "-2", hashed("a") + "-3"]),
        ([{"k": {"n": "q"}, "id": "no"}], "item.k.n", ["q"]),
        ([{"k": 1}, {"k": "b"}, {"k": False}], "k", ["1", "b", "false"]),
        (["x", "y"], "item", ["x", "y"]),
    ],
)
def test_ids(items: list[Any], id_field: str | None, ids: list[str]) -> None:
    assert item_ids(items, id_field) == ids


@rule("13.4 id duplicate")
def test_equal_given_ids_get_hashes() -> None:
    items = [{"id": "x", "n": 1}, {"id": "x", "n": 2}, {"id": "x", "n": 1}, {"id": "y"}]

    first = f"x-{hashed(items[0], 8)}"
    assert item_ids(items) == [first, f"x-{hashed(items[1], 8)}", f"{first}-2", "y"]


@rule("13.4 id_field missing", "13.4 id_field duplicate")
@pytest.mark.parametrize(
    ("raw", "keys", "message"),
    [
        ([{"a": 1}, {}], {}, "item 2 of the input has no scalar at id_field 'a'"),
        ([{}, {"a": [1]}, {"a": ""}, 5], {}, "items 1, 2, 3 and 4 of the input have no scalar at id_field 'a'"),
        ([{}] * 1200, {}, "items 1, 2, 3, 4, 5 and 1,195 more of the input have no scalar at id_field 'a'"),
        ([{"a": 1}, {"a": 2}, {"a": "1"}], {}, "items 1 and 3 of the input have the same id_field 'a': '1'"),
        ([{"a": "x" * 99}] * 2, {}, f"items 1 and 2 of the input have the same id_field 'a': '{'x' * 59}…'"),
        (
            [{"n": 1}, {"a": 1, "n": 2}, {"a": 1, "n": 3}],
            {"filter": "n > 1", "sort_by": parse_sort_by("-n")},
            "items 2 and 3 of the input have the same id_field 'a': '1'",
        ),
    ],
)  # fmt: skip
def test_a_bad_id_field_names_the_items(raw: list[Any], keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ItemsError) as caught:
        named(raw, id_field="a", **keys)

    assert (caught.value.code, caught.value.message) == ("PT505", message)


@rule("13.4 stable")
def test_ids_depend_on_neither_the_order_of_sorting_nor_of_keys() -> None:
    raw = [{"v": 2, "w": 1}, {"v": 1}, {"v": 2, "w": 1}, {"id": "x", "v": 0}, {"id": "x", "v": 9}]

    assert named(raw, sort_by=parse_sort_by("v")) == named(raw, sort_by=parse_sort_by("-v")) == named(raw)
    assert item_ids([{"a": 1, "b": 2}]) == item_ids([{"b": 2, "a": 1}])


ITEM = st.sampled_from(
    [
        "a",
        1,
        {"id": "x"},
        {"id": "x", "n": 1},
        {"id": "x-2"},
        {"id": f"x-{hashed({'id': 'x'}, 8)}"},
        {"id": hashed("a")},
    ]
)


@rule("13.4 different")
@given(st.lists(ITEM, max_size=12))
def test_ids_are_all_different(items: list[Any]) -> None:
    assert len(set(item_ids(items))) == len(items)


@rule("13.4 safe id", "13.4 safe id case")
@pytest.mark.parametrize(
    ("ids", "safe"),
    [
        (["a", "b.c", "a_b-c"], ["a", "b.c", "a_b-c"]),
        (["A", "a"], [f"A-{short_hash('A')}", f"a-{short_hash('a')}"]),
        (["x y", "x-y"], [f"x-y-{short_hash('x y')}", f"x-y-{short_hash('x-y')}"]),
        (["é"], [f"e-{short_hash('é')}"]),
        (["ﬁx ½"], [f"fix-12-{short_hash('ﬁx ½')}"]),
        (["日本"], [f"item-{short_hash('日本')}"]),
        (["a..b/../c"], [f"a.b-.-c-{short_hash('a..b/../c')}"]),
        (["x.lock"], [f"x-lock-{short_hash('x.lock')}"]),
        (["x.lock."], [f"x-lock-{short_hash('x.lock.')}"]),
        (["-a-", ".git"], [f"a-{short_hash('-a-')}", f"git-{short_hash('.git')}"]),
        (["y" * 40], ["y" * 40]),
        (["y" * 50], ["y" * 40 + "-" + short_hash("y" * 50)]),
        (["z" * 39 + "-z"], ["z" * 39 + "-" + short_hash("z" * 39 + "-z")]),
        (["a\n$(rm)`x`;"], [f"a-rm-x-{short_hash(chr(97) + chr(10) + '$(rm)`x`;')}"]),
    ],
)
def test_safe_ids(ids: list[str], safe: list[str]) -> None:
    assert list(safe_ids(ids).values()) == safe


@rule("13.4 safe id different")
def test_an_id_that_is_spelt_like_another_ones_safe_id() -> None:
    ids = ["é", f"e-{short_hash('é')}", f"E-{short_hash('é')}".upper()]

    names = safe_ids(ids)

    assert len({name.lower() for name in names.values()}) == 3
    assert names == safe_ids(reversed(ids))


@rule("13.4 safe id different")
def test_hashes_that_begin_alike_get_more_digits() -> None:
    # 100,000 ids without one ASCII letter have all the same plain form; 8 digits do not keep so many apart.
    ids = [chr(0x4E00 + number % 20_000) + chr(0x5E00 + number // 20_000) for number in range(100_000)]

    names = safe_ids(ids)

    assert len(set(names.values())) == len(ids)
    assert {len(name) for name in names.values()} <= {13, 21, 69}


IDS = st.sets(st.text(max_size=50) | st.text(alphabet="aAbB .-/é", min_size=1, max_size=4), max_size=12)


@rule("13.4 safe id different", "13.4 safe id case")
@given(IDS)
def test_safe_ids_differ_without_regard_to_case(ids: set[str]) -> None:
    names = safe_ids(sorted(ids))

    assert len({name.lower() for name in names.values()}) == len(ids)
    assert names == safe_ids(sorted(ids, reverse=True))
    for text, name in names.items():
        assert name == text or name.startswith(f"{plain_safe_id(text)}-")


@rule("13.4 safe id legal")
def test_git_takes_every_safe_id(tmp_path: Path) -> None:
    texts = [
        chr(code) + end for code in range(0x250) for end in ("", ".lock", "..", "@{x", "/.x", "~1", "^", ":", "\\")
    ]
    names = list(safe_ids(texts).values())
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, capture_output=True)
    commit = subprocess.run(
        ["git", "-C", str(tmp_path), "hash-object", "-w", "-t", "tree", "/dev/null"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    # A ref that git would not take makes the whole transaction fail and is named.
    orders = "".join(f"create refs/prodigy/run/item/{name}/1 {commit}\n" for name in names)

    done = subprocess.run(
        ["git", "-C", str(tmp_path), "update-ref", "--stdin"], input=orders, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@rule("13.4 safe id legal")
@given(st.text(max_size=60))
def test_a_safe_id_is_a_plain_name(text: str) -> None:
    (name,) = safe_ids([text]).values()

    assert 0 < len(name) <= 49
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert ".." not in name
    assert not name.startswith((".", "-"))
    assert not name.endswith((".", ".lock"))
