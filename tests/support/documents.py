"""Hypothesis strategies for documents that have the declared forms: made from the tables of keys themselves."""

from typing import Any

from hypothesis import strategies as st

from prodigy_tui.workflow.keys import TABLES, Key, Keys, forms

_TEXTS = {
    "no": st.sampled_from(["a", "b-c", "some text", "1.10"]),
    "plain": st.sampled_from(["a", "some text", "${run.id}", "x ${workflow.name:upper}"]),
    "shell": st.sampled_from(["true", "echo x", 'printf "%s" "${run.id}"']),
}
_NAMES = st.sampled_from(["alpha", "beta_2", "gamma-3", "DELTA"])
_DURATIONS = st.sampled_from([5, "90", "30s", "1h30m", "none", {"secs": 1, "nanos": 500}])
_COLLECTIONS = st.sampled_from(["aggregate", "immediate", "batched:5", {"batched": 3}])
_SPECIAL: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("write_file", "content"): _TEXTS["plain"],
    ("write_file", "mode"): st.sampled_from(["0644", "755"]),
    ("commit_config", "author"): st.just("A Person <person@example.org>"),
    ("foreach", "format"): st.sampled_from(["auto", "json"]),
    ("source", "format"): st.sampled_from(["auto", "json"]),
    ("error_policy", "error_collection"): _COLLECTIONS,
    ("mapreduce", "error_collection"): _COLLECTIONS,
    ("map", "error_collection"): _COLLECTIONS,
    ("notify", "on"): st.sampled_from(["run_finished", ["merged", "quota"]]),
    ("timeout_config", "command_timeouts"): st.sampled_from([{"claude": "5m"}, {"shell_1": 30, "agent": "none"}]),
    ("circuit_breaker", "timeout"): st.sampled_from([5, "90"]),
    ("setup", "capture_outputs"): st.sampled_from([{"alpha": 0}, {"beta_2": {"command_index": 0, "source": "both"}}]),
    ("verify", "at"): st.sampled_from(["agents", ["agents", "landing"]]),
    ("approve", "options"): st.just(["approve", "deny", "later"]),
    ("approve", "default"): st.just("approve"),
    ("step", "on_exit_code"): st.dictionaries(
        st.sampled_from(["0", "1-3", "1,5", "nonzero"]), st.just("true"), max_size=2
    ),
    ("step", "capture_streams"): st.sampled_from(["stdout", "both", ["stdout", "stderr"], {"stderr": True}]),
}
"""Fields whose text has a form of its own."""
_SIMPLE: dict[type[forms.Form], st.SearchStrategy[Any]] = {
    forms.Name: _NAMES,
    forms.Flag: st.sampled_from([True, False, "yes", "NO", "true"]),
    forms.Ratio: st.sampled_from(["80%", 0.5, 30, "0.25"]),
    forms.Score: st.sampled_from(["80%", 0.5, 30, "0.25"]),
    forms.Size: st.sampled_from([100, "1 MiB", "5kB"]),
    forms.Glob: st.sampled_from(["*.py", "src/**"]),
    forms.Regex: st.sampled_from(["a+", "^x$"]),
    forms.Expression: st.sampled_from([True, False, "1 == 1", "run.id == 'x'"]),
    forms.Anything: st.sampled_from(["x", 1, [1, 2], {"k": "v"}]),
}
_SECRETS = st.dictionaries(_NAMES, st.sampled_from(["OTHER", "${OTHER}", "${env:OTHER}"]), min_size=1, max_size=2)
_SPECIAL |= dict.fromkeys([("plain", "secrets"), ("mapreduce", "secrets")], _SECRETS)
_FIT_SOME = {
    *((table, key) for table in ("foreach", "source") for key in ("format", "exclude", "timeout")),
    *(("backoff", key) for key in ("delay", "increment", "base", "delays")),
}
"""Keys that only fit some of their neighbours, which is more than a form can say."""
DEPTH = 3


def documents() -> st.SearchStrategy[Any]:
    """Returns whole workflow files as data."""
    return st.one_of(_mapping(TABLES["plain"], DEPTH), _mapping(TABLES["mapreduce"], DEPTH))


def _mapping(table: Keys, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    needed = [key for key in table if key.required]
    others = [key for key in table if not key.required and key.is_current and (table.name, key.name) not in _FIT_SOME]

    @st.composite
    def build(draw: st.DrawFn) -> dict[str, Any]:
        chosen = draw(st.lists(st.sampled_from(others), max_size=4, unique=True)) if others else []
        data = {}
        for key in (*needed, *chosen):
            spelling = draw(st.sampled_from(key.spellings))
            data[spelling] = draw(st.integers(1, 900) if spelling.endswith("_ms") else _value(table, key, depth))
        return data

    return build()


def _value(table: Keys, key: Key, depth: int) -> st.SearchStrategy[Any]:
    special = _SPECIAL.get((table.name, key.name))
    return special if special is not None else _of(key.form, depth)


def _of(form: forms.Form, depth: int) -> st.SearchStrategy[Any]:
    match form:
        case forms.Text(interpolated):
            return _TEXTS[interpolated]
        case forms.Integer(minimum, maximum):
            low = minimum or 0
            return st.integers(low, min(maximum or low + 9, low + 9)).flatmap(lambda n: st.sampled_from([n, str(n)]))
        case forms.Number(minimum, _):
            return st.sampled_from([(minimum or 0) + 0.5, (minimum or 0) + 3])
        case forms.Duration(_, endless):
            return _DURATIONS if endless else _DURATIONS.filter(lambda time: time != "none")
        case forms.Word(words, _):
            return st.sampled_from(words).flatmap(
                lambda word: st.sampled_from([word, word.replace("_", "-"), word.title().replace("_", "")])
            )
        case forms.Each(of):
            return st.lists(_of(of, depth), min_size=1, max_size=2)
        case forms.OneOrMore(of):
            return _of(of, depth) | st.lists(_of(of, depth), min_size=1, max_size=2)
        case forms.Named(of):
            return st.dictionaries(_NAMES, _of(of, depth), min_size=1, max_size=2)
        case forms.Shape(name):
            return st.deferred(lambda: _mapping(TABLES[name], depth - 1)) if depth > 0 else _shallow(name)
        case forms.Step():
            return _step(depth)
        case forms.Handler():
            return st.booleans() | _step(depth) | st.lists(_step(depth - 1), min_size=1, max_size=2)
        case forms.Either(of):
            return st.one_of(*(_of(part, depth) for part in of))
        case _:
            return _SIMPLE[type(form)]


def _step(depth: int) -> st.SearchStrategy[Any]:
    texts = st.sampled_from(["make test", "/fix ${run.id}"])
    return texts if depth <= 0 else texts | _mapping(TABLES["step"], depth - 1)


def _shallow(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping that is too deep to go on: only what it needs."""
    table = TABLES[name]
    return st.fixed_dictionaries({key.name: _value(table, key, 0) for key in table if key.required})
