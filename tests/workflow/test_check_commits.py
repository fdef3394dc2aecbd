"""A template whose changes come to nothing is told of, where that is certain."""

import pytest

from tests.workflow.problem_lines import lines_of


def said(template: str, more: str = "") -> list[str]:
    return lines_of(f"{more}map:\n  input: [a, b]\n  agent_template: {template}\n")


@pytest.mark.parametrize(
    "template",
    [
        "['echo hello >> ${item}.txt']",
        "['mkdir -p out && printf x > out/${item}.txt; true']",
        "['sed -i s/a/b/ ${item}', 'test -s ${item}']",
        "[{write_file: {path: '${item}.md', content: x}}]",
    ],
)
def test_steps_that_write_and_commit_nothing_are_told_of(template: str) -> None:
    assert [line.partition(":")[2] for line in said(template)] == [
        "3: warning PT612 at map.agent_template: the steps change files and commit nothing, so there is nothing to "
        "merge: changes are kept as patches; give a step 'auto_commit: true', or the workflow 'uncommitted: commit'; "
        "'uncommitted: patch' if it is meant"
    ]


@pytest.mark.parametrize(
    "template",
    [
        "['echo ${item}']",  # nothing to commit
        "['echo x > /tmp/${item}', 'grep -c a ${item} > /dev/null 2>&1']",
        "['echo \"a > b\"']",
        "['make ${item} > log.txt']",  # nobody knows what a program does
        "['echo x > ${item}', 'git add . && git commit -m x']",
        "['echo x > $(mktemp)']",
        "[{shell: 'echo x > ${item}', auto_commit: true}]",
        "[{shell: 'echo x > ${item}', commit_config: {message_template: x}}]",
        "[{shell: 'echo x > ${item}', on_success: {shell: ./commit}}]",
        "['echo x > ${item}', {agent: commit it}]",
    ],
)
def test_nothing_is_said_where_a_step_may_commit_or_writes_nothing(template: str) -> None:
    assert not [line for line in said(template) if "PT612" in line]


def test_nothing_is_said_where_the_workflow_says_what_becomes_of_it() -> None:
    assert said("['echo x > ${item}']", "uncommitted: patch\n") == []
    assert lines_of("- echo x > a\n") == []
