"""The limits of files that make one workflow (language 19)."""

import pytest

from tests.support.rules import rule
from tests.workflow.compose.loading import labels, lines

PADDING = "# " + "x" * (1024 * 1024 - 100) + "\n"


@rule("19 one file")
def test_one_file_has_at_most_one_mebibyte():
    limit = 1024 * 1024
    text = "- x\n"

    assert lines({"a.yml": "extends: b.yml", "b.yml": text + "#" * (limit - len(text))}) == []
    assert lines({"a.yml": "extends: b.yml", "b.yml": text + "#" * (limit - len(text) + 1)}) == [
        "b.yml:1:1: error PT106: the file is larger than 1 MiB"
    ]


@rule("19 all files")
def test_all_files_have_at_most_eight_mebibytes():
    tree = {f"{n}.yml": PADDING + "[x]\n" for n in range(9)}
    bases = ", ".join(tree)

    found = lines({"a.yml": f"extends: [{bases}]\nfoo: 1\n", **tree})
    assert found == [
        "a.yml:1:67: error PT106 at extends[8]: all files of the workflow are larger than 8 MiB",
        "a.yml:2:1: error PT110 at foo: unknown key 'foo'",
    ]


@rule("19 number of files")
def test_a_workflow_has_at_most_200_files():
    tree = {f"{n}.yml": "[x]" for n in range(200)}

    def wanted(count):
        return {"a.yml": f"extends: [{', '.join(list(tree)[:count])}]", **tree}

    assert labels(wanted(199)) == ["x"]
    (line,) = lines(wanted(200))
    assert line.endswith("error PT106 at extends[199]: the workflow has more than 200 files")


@pytest.mark.parametrize("link", ["extends: {}", "imports: [{}]\nsteps: [x]", "template: {}"])
@rule("19 chain")
def test_files_lead_to_one_another_at_most_16_times(link):
    tree = {f"{n}.yml": link.format(f"{n + 1}.yml") for n in range(20)}

    assert lines({**tree, "16.yml": "[x]"}, main="0.yml") == []
    (line,) = lines({**tree, "17.yml": "[x]"}, main="0.yml")
    assert line.startswith("16.yml:1:")
    assert line.endswith("files lead to one another more than 16 times")


@pytest.mark.parametrize("key", ["extends", "workflow"])
@rule("15.1 cycle")
def test_many_ways_to_one_workflow_are_gone_once(key):
    names = [(f"v{n}", f"w{n}") for n in range(14)]
    following = [*names[1:], ("last", "last")]
    made = {"extends": "{{extends: [{}, {}]}}", "workflow": "{{steps: [{{workflow: {}}}, {{workflow: {}}}]}}"}[key]
    section = ", ".join(
        f"{name}: " + (made.format(*after) if after[0] != after[1] else "{extends: last}")
        for pair, after in zip(names, following, strict=True)
        for name in pair
    )
    found = lines({"a.yml": f"steps: [x]\nworkflows: {{{section}, last: {{steps: [x]}}}}"})

    assert [line for line in found if "PT199" not in line] == []


@rule("19 chain")
def test_calls_count_as_links_of_the_chain():
    tree = {f"{n}.yml": f"steps: [{{workflow: {n + 1}.yml}}]" for n in range(20)}

    found = [line for line in lines({**tree, "17.yml": "[x]"}, main="0.yml") if "PT199" not in line]
    assert len(found) == 1
    assert "PT106" in found[0]
