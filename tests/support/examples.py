"""How much tests try: a share of it in every test run, the whole where time does not count.

An ordinary run tries `USUAL` examples of a property, always the same ones. `-m soak` tries `WHOLE`, of all properties;
`HYPOTHESIS_PROFILE=deep` tries other ones each time, a great many of them.
"""

import os

from hypothesis import HealthCheck, settings

USUAL = 16
WHOLE = 200
DEEP = 2000

for _name, _number in (("default", USUAL), ("whole", WHOLE), ("deep", DEEP)):
    settings.register_profile(
        _name,
        deadline=None,
        max_examples=_number,
        derandomize=_name != "deep",
        suppress_health_check=[HealthCheck.too_slow],
    )


def choose(*, whole: bool) -> None:
    """Makes the choice for this process, before any test is read."""
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("whole" if whole else "default"))


def whole() -> bool:
    """Whether time does not count."""
    return settings().max_examples >= WHOLE


def examples(number: int) -> settings:
    """Settings of a property that tries `number` examples where others try `USUAL`."""
    return settings(max_examples=max(1, number * settings().max_examples // USUAL))
