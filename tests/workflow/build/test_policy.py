"""The error policy, wherever it stands (language 13.7)."""

from typing import Any

import pytest
import yaml

from prodigy_tui.workflow.model import CircuitBreaker, ErrorCollection, ErrorPolicy
from tests.support.rules import rule
from tests.workflow.build.built import built, codes, late, map_text, read


def at_top(**fields: Any) -> str:
    return map_text() + (yaml.safe_dump(fields) if fields else "")


def under(**fields: Any) -> str:
    return map_text() + yaml.safe_dump({"error_policy": fields})


def policy(**fields: Any) -> ErrorPolicy:
    found = built(under(**fields)).error_policy
    assert built(at_top(**fields)).error_policy == found
    return found


@rule("13.7 on_item_failure", "13.7 continue", "13.7 max_failures", "13.7 threshold", "13.7 collection", "13.7 on_stop")
def test_nothing_given_is_the_dlq_and_no_limit():
    assert policy() == ErrorPolicy(
        on_item_failure="dlq",
        continue_on_failure=True,
        max_failures=None,
        failure_threshold=None,
        error_collection=ErrorCollection(mode="aggregate"),
        on_stop="drain",
        circuit_breaker=None,
    )


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        pytest.param(
            {"continue_on_failure": False},
            {"continue_on_failure": False},
            marks=rule("13.7 places", "13.7 continue"),
            id="continue_on_failure",
        ),
        pytest.param({"max_failures": "3"}, {"max_failures": 3}, marks=rule("13.7 max_failures"), id="max_failures"),
        pytest.param(
            {"failure_threshold": "30%"}, {"failure_threshold": 0.3}, marks=rule("13.7 threshold"), id="percent"
        ),
        pytest.param({"failure_threshold": 80}, {"failure_threshold": 0.8}, marks=rule("13.7 threshold"), id="points"),
        pytest.param({"on_stop": "Cancel"}, {"on_stop": "cancel"}, marks=rule("13.7 on_stop"), id="on_stop"),
        pytest.param(
            {"error_collection": "Immediate"},
            {"error_collection": ErrorCollection(mode="immediate")},
            marks=rule("13.7 collection"),
            id="immediate",
        ),
        *(
            pytest.param(
                {"error_collection": written},
                {"error_collection": ErrorCollection(mode="batched", size=5)},
                marks=rule("13.7 collection", "B.2 collection"),
                id=str(written),
            )
            for written in ("batched:5", "Batched: 5", {"batched": 5}, {"batched": {"size": 5}})
        ),
        pytest.param(
            {"circuit_breaker": {}},
            {
                "circuit_breaker": CircuitBreaker(
                    failure_threshold=5, success_threshold=3, timeout=30.0, half_open_requests=3, max_opens=5
                )
            },
            marks=rule("13.7 breaker"),
            id="a breaker's defaults",
        ),
        pytest.param(
            {"circuit_breaker": {"failure_threshold": 80, "timeout": "1m", "max_opens": 1}},
            {"circuit_breaker": CircuitBreaker(failure_threshold=80, timeout=60.0, max_opens=1)},
            marks=rule("13.7 breaker"),
            id="a breaker",
        ),
        *(
            pytest.param(
                {"on_item_failure": word},
                {"on_item_failure": word.lower()},
                marks=rule("13.7 on_item_failure"),
                id=word,
            )
            for word in ("dlq", "Retry", "SKIP", "stop")
        ),
    ],
)
def test_every_field_is_read_in_both_places(fields, meant):
    assert policy(**fields) == ErrorPolicy(**meant)


@pytest.mark.parametrize(
    "written", [{"claude": "/mend"}, ["echo a", "/mend"], "echo ${error.message}", "/mend ${item_id}", "bin/mend"]
)
@rule("13.7 on_item_failure")
def test_steps_can_follow_the_failure_of_an_item(written):
    for text in (under(on_item_failure=written), at_top(on_item_failure=written)):
        found = built(text).error_policy
        assert found.on_item_failure == "steps"
        assert len(found.handler) == (2 if isinstance(written, list) else 1)


@rule("13.7 retry_config")
def test_the_retry_of_the_policy_is_that_of_the_map():
    for text in (under(retry_config=2), at_top(retry_config=2), map_text(retry_config=2)):
        phase = built(text).map
        assert phase is not None
        assert phase.retry is not None
        assert phase.retry.attempts == 2


@rule("13.7 late")
def test_values_of_the_policy_may_be_references():
    fields = {"continue_on_failure": "${ARG_1}", "max_failures": "$ARG_2", "failure_threshold": "${ARG_3}"}
    breaker = {"failure_threshold": "${ARG_4}", "timeout": "${ARG_5}"}
    found = policy(**fields, circuit_breaker=breaker, error_collection={"batched": "${ARG_6}"})

    assert late(found) == fields
    assert (found.continue_on_failure, found.max_failures, found.failure_threshold) == (True, None, None)
    assert found.circuit_breaker is not None
    assert late(found.circuit_breaker) == breaker
    assert found.circuit_breaker.timeout == 30.0
    assert late(found.error_collection) == {"size": "${ARG_6}"}
    assert late(policy(error_collection="batched:${ARG_6}").error_collection) == {"size": "${ARG_6}"}


@rule("13.7 late", "B.2 map spellings")
def test_references_of_a_policy_under_map_belong_to_the_policy():
    workflow, _ = read(map_text(max_failures="$ARG_1", offset="$ARG_2"))

    assert workflow is not None
    assert workflow.map is not None
    assert late(workflow.error_policy) == {"max_failures": "$ARG_1"}
    assert late(workflow.map) == {"offset": "$ARG_2"}


@rule("B.2 breaker milliseconds")
def test_old_milliseconds_are_converted():
    workflow, _ = read(under(circuit_breaker={"recovery_timeout_ms": 1500}))

    assert workflow is not None
    assert workflow.error_policy.circuit_breaker == CircuitBreaker(timeout=1.5)
    assert codes(under(circuit_breaker={"recovery_timeout_ms": 1500})) == ["PT901"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(under(max_failures=1) + "max_failures: 2\n", ["PT116"], marks=rule("13.7 places"), id="twice"),
        pytest.param(
            map_text(on_stop="drain") + "on_stop: drain\n",
            ["PT901", "PT116"],
            marks=rule("13.7 places"),
            id="under map and at the top",
        ),
        pytest.param(map_text() + "error_policy: [a]\n", ["PT105"], marks=rule("13.7 places"), id="a list"),
        pytest.param(
            map_text(retry=2) + "retry_config: 3\n", ["PT116"], marks=rule("13.7 retry_config"), id="two retries"
        ),
        pytest.param(under(on_item_failure="ignore"), ["PT109"], marks=rule("B.2 custom reaction"), id="another word"),
        pytest.param(
            under(on_item_failure="custom:mend"), ["PT109"], marks=rule("B.2 custom reaction"), id="a custom one"
        ),
        pytest.param(under(on_item_failure=[]), ["PT204"], marks=rule("13.7 on_item_failure"), id="no step"),
        pytest.param(
            under(on_item_failure="echo ${error.nope}"), ["PT301"], marks=rule("13.7 on_item_failure"), id="a text"
        ),
        pytest.param(under(continue_on_failure="maybe"), ["PT105"], marks=rule("13.7 continue"), id="no boolean"),
        pytest.param(under(max_failures=0), ["PT113"], marks=rule("13.7 max_failures"), id="zero failures"),
        pytest.param(under(failure_threshold=1), ["PT117"], marks=rule("13.7 threshold"), id="one"),
        pytest.param(under(failure_threshold="101%"), ["PT112"], marks=rule("13.7 threshold"), id="too much"),
        pytest.param(under(failure_threshold=-1), ["PT112"], marks=rule("13.7 threshold"), id="too little"),
        pytest.param(under(error_collection="bached:5"), ["PT109"], marks=rule("13.7 collection"), id="no word"),
        pytest.param(under(error_collection="batched:x"), ["PT105"], marks=rule("13.7 collection"), id="no number"),
        pytest.param(under(error_collection="batched:0"), ["PT113"], marks=rule("13.7 collection"), id="zero"),
        pytest.param(under(error_collection={"size": 5}), ["PT108", "PT110"], marks=rule("13.7 collection"), id="key"),
        pytest.param(under(error_collection=[5]), ["PT105"], marks=rule("13.7 collection"), id="list"),
        pytest.param(under(on_stop="wait"), ["PT109"], marks=rule("13.7 on_stop"), id="on_stop"),
        pytest.param(under(circuit_breaker=5), ["PT105"], marks=rule("13.7 breaker"), id="a number"),
        pytest.param(
            under(circuit_breaker={"failure_threshold": "80%"}), ["PT105"], marks=rule("13.7 breaker"), id="no count"
        ),
        pytest.param(
            under(circuit_breaker={"timeout": "none"}), ["PT113"], marks=rule("13.7 breaker"), id="open for ever"
        ),
        pytest.param(under(circuit_breaker={"max_opens": 0}), ["PT113"], marks=rule("13.7 breaker"), id="never opened"),
    ],
)
def test_what_does_not_fit_is_reported(text, found):
    assert codes(text) == found


@pytest.mark.parametrize(
    ("written", "hint"), [("custom:mend", "{claude: /mend}"), ("notify", "{shell: notify}"), ("sto", "'stop'")]
)
@rule("B.2 custom reaction")
def test_the_hint_shows_what_to_write(written, hint):
    (line,) = read(under(on_item_failure=written))[1]

    assert hint in line.rpartition("; ")[2]
