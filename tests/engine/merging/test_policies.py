"""What `policies` mean for single files."""

import os

from prodigy_tui.engine.merging.policies import commands_of, forbidden, rule_of, under, word_of
from prodigy_tui.workflow.model import MergePolicy

POLICIES = (
    MergePolicy(path="CHANGELOG.md", policy="union"),
    MergePolicy(path="gen/keep/**", policy="theirs"),
    MergePolicy(path="gen/**", policy="regenerate", command="make gen"),
    MergePolicy(path="*.lock", policy="regenerate", command="make lock"),
    MergePolicy(path="{a,b}/-x y", policy="forbid"),
    MergePolicy(path="**", policy="ours"),
)
RULE = rule_of(POLICIES)


def test_the_first_that_matches_counts_and_a_name_alone_is_that_of_a_file_anywhere():
    word = word_of(RULE)

    assert word("CHANGELOG.md") == word("docs/CHANGELOG.md") == "union"
    assert word("gen/keep/x.lock") == "theirs"
    assert word("gen/x.lock") == word("deep/x.lock") == "ours", "what is made anew is the target's until then"
    assert word("b/-x y") is None
    assert word("else") == "ours"
    assert word_of(rule_of(()))("x") is None


def test_names_that_are_no_text_are_matched_as_they_are_shown():
    assert word_of(RULE)(os.fsdecode(b"gen/keep/\xff")) == "theirs"


def test_a_command_runs_once_for_all_files_of_its_policy():
    paths = ["x.lock", "gen/b", "gen/a", "y.lock", "readme"]

    assert commands_of(RULE, under(RULE, "regenerate", paths)) == {
        "make gen": ("gen/a", "gen/b"),
        "make lock": ("x.lock", "y.lock"),
    }


def test_forbidden_files_are_named_on_one_line():
    failure = forbidden([f"keys/{n}\n" for n in range(7)])

    assert failure.code == "PT641"
    assert "\n" not in failure.message
    assert failure.message.endswith("and 2 more")
    assert forbidden(["a"]).message == "changes forbidden file a"
