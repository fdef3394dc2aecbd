"""The problems of `env`, `env_files`, profiles and secrets, word by word."""

import pytest

from prodigy_tui.workflow.load import load_text
from tests.support.rules import rule

# ruff: noqa: E501 - the lines are the product
# fmt: off
CASES = [
    pytest.param('env: {A: "${B}", B: "$C", C: "${env.A}"}\nsteps: [a]\n', [
        "1:7: error PT313 at env.A: the variables form a cycle: A → B → C → A",
    ], marks=rule("12.1 cycle"), id="a circle"),
    pytest.param('env: {A: {command: "echo $B"}, B: {condition: "C == 1", when_true: x}, C: "${A}"}\nsteps: [a]\n', [
        "1:7: error PT313 at env.A: the variables form a cycle: B → C → A → B",
    ], marks=rule("12.1 cycle"), id="a circle through a command and a condition"),
    pytest.param('env: {A: "${B}", B: x}\nprofiles: {p: {B: "${A}"}}\nsteps: [a]\n', [
        "2:16: error PT313 at profiles.p.B: the variables form a cycle: A → B → A",
    ], marks=rule("12.1 cycle"), id="a circle through a profile"),
    pytest.param('- {shell: a, env: {A: "${B}", B: "${A}"}}\n', [
        "1:20: error PT313 at [0].env.A: the variables form a cycle: A → B → A",
    ], marks=rule("12.1 cycle"), id="a circle of a step"),
    pytest.param('env: {A: "x${A}"}\nprofiles: {p: {A: "y${A}"}}\nsteps: [a]\n', [
    ], marks=rule("12.1 own name"), id="the own name is no circle"),
    pytest.param('env: {A: "${last.output}", B: "${cap}", C: "${s.output}", D: "${last.output:-x} ${WORKTREE} ${run.id}"}\nsteps: [{shell: a, capture: cap, id: s, env: {E: "${last.output} ${cap}"}}]\n', [
        "1:11: error PT301 at env.A: 'last.output' has no value here; what holds for the whole run is settled before any step",
        "1:32: error PT301 at env.B: 'cap' has no value here; what holds for the whole run is settled before any step",
        "1:45: error PT301 at env.C: 's.output' has no value here; what holds for the whole run is settled before any step",
    ], marks=rule("8.5 before steps"), id="what steps make"),
    pytest.param('env: {A: "${setup.v}", v: x, B: "${v}"}\nsetup: {steps: [{shell: a, capture: v}]}\nmap: {input: [1], agent_template: [a]}\n', [
        "1:11: error PT301 at env.A: 'setup.v' has no value here; what holds for the whole run is settled before any step",
        "2:37: warning PT310 at setup.steps[0].capture: the capture 'v' hides the variable of that name in 'env'; use another name",
    ], marks=rule("8.5 before steps"), id="what setup makes"),
    pytest.param('env: {"a=b": x, "": y}\nsteps: [a]\n', [
        """1:7: error PT205 at env["a=b"]: 'a=b' cannot be the name of a variable""",
        """1:17: error PT205 at env[""]: '' cannot be the name of a variable""",
    ], marks=rule("12.1 names"), id="names"),
    pytest.param('env: {A: [1], B: {}}\nsteps: [a]\n', [
        "1:10: error PT105 at env.A: 'A' must be text or one of the forms of a variable, not a list",
        "1:18: error PT108 at env.B: 'B' needs 'command', 'condition' or 'secret'",
    ], id="no form"),
    pytest.param('env:\n  A: {secret: true, prod: {x: 1}}\n  B: {prod: a, dev: b}\n  env_files: [a]\nsteps: [a]\n', [
        "2:21: error PT110 at env.A.prod: unknown key 'prod'; values per profile stand under the top-level 'profiles'",
        "3:7: error PT110 at env.B.prod: unknown key 'prod'; values per profile stand under the top-level 'profiles'",
        "3:16: error PT110 at env.B.dev: unknown key 'dev'; values per profile stand under the top-level 'profiles'",
        "4:3: error PT110 at env.env_files: 'env_files' is no variable; 'env_files' stands at the top level",
    ], marks=rule("B.4 profiles in env"), id="profiles in env"),
    pytest.param('env: {A: {secret: true, value: "${MY_TOKEN}"}, B: "${MY_TOKEN}"}\nsteps: [a]\n', [
        "1:52: warning PT302 at env.B: 'MY_TOKEN' is declared nowhere, so it can only come from the environment",
    ], marks=rule("12.3 variable"), id="a secret comes from outside"),
    pytest.param('env: {A: {comand: x, command: y}}\nsteps: [a]\n', [
        "1:11: error PT110 at env.A.comand: unknown key 'comand'; did you mean 'command'?",
    ], id="a near miss"),
    pytest.param('env: {A: {command: "", timeout: 0}, B: {condition: "1 =="}}\nsteps: [a]\n', [
        "1:10: error PT105 at env.A: the command of 'A' is empty",
        "1:33: error PT113 at env.A.timeout: 'timeout' must be above 0; write 'none' for no limit",
        "1:57: error PT401 at env.B.condition: the expression ends where a value is expected, at character 5",
    ], id="bad parts"),
    pytest.param('env: {A: {secret: true}, B: {secret: true, value: x, command: y}}\nsteps: [a]\n', [
        "1:10: error PT108 at env.A: a secret needs 'value', 'command', or 'provider' and 'key'",
        "1:54: error PT103 at env.B.command: 'value' and 'command' are different forms of a secret; one must go",
    ], id="incomplete secrets"),
    pytest.param('profiles: {a: {X: 1}, b: {env: {X: 1}}}\nprofile: c\nsteps: [a]\n', [
        "2:10: error PT322 at profile: there is no profile 'c'; there are a, b",
    ], marks=rule("12.2 unknown"), id="an unknown profile"),
    pytest.param('active_profile: p\nprofiles: {p: {X: 1}}\nvariables: {x: 1}\nsteps: [a]\n', [
        "1:1: warning PT901 at active_profile: 'active_profile' is a legacy spelling; write 'profile'",
        "3:1: warning PT901 at variables: 'variables' is a legacy spelling; write 'vars'",
    ], marks=rule("B.4 aliases"), id="aliases"),
    pytest.param('profiles: {p: {env: {X: 1}, env_file: x}}\nsteps: [a]\n', [
        "1:29: error PT110 at profiles.p.env_file: unknown key 'env_file'; did you mean 'env_files'?",
    ], marks=rule("12.2 profiles"), id="a nested profile has few keys"),
    pytest.param('env_files: [{required: true}, {path: a, format: toml}, [b]]\nsteps: [a]\n', [
        "1:13: error PT108 at env_files[0]: a file of variables needs 'path'",
        "1:49: error PT109 at env_files[1].format: 'format' cannot be 'toml'; use dotenv, json, yaml",
        "1:56: error PT105 at env_files[2]: 'env_files[2]' must be a path, or a mapping with 'path', not a list",
    ], marks=rule("12.2 files"), id="files"),
    pytest.param('secrets:\n  A: "${vault:x/y}"\n  B: {provider: aws, key: z}\n  C: {provider: {custom: x}}\nsteps: [a]\n', [
        "2:6: error PT332 at secrets.A: secrets cannot be read from 'vault'; write {provider: command, command: 'vault kv get -field=FIELD PATH'}",
        "3:17: error PT332 at secrets.B.provider: secrets cannot be read from 'aws'; write {provider: command, command: 'aws secretsmanager get-secret-value --secret-id ID --query SecretString --output text'}",
        "4:17: error PT332 at secrets.C.provider: secrets cannot be read from 'custom'; write {provider: command, command: 'COMMAND'}",
    ], marks=rule("12.3 unsupported", "B.4 providers"), id="other providers"),
    pytest.param('secrets: {A: {provider: env, key: X, version: 2}}\nsteps: [a]\n', [
        "1:38: warning PT902 at secrets.A.version: 'version' is accepted and ignored",
    ], marks=rule("B.4 providers"), id="version"),
    pytest.param('secrets: {my-x: A, item: B}\nsteps: [a]\n', [
        "1:11: error PT205 at secrets.my-x: a secret cannot be called 'my-x'; a secret's name is a letter or '_', then letters, digits and '_'",
        "1:20: error PT205 at secrets.item: a secret cannot be called 'item'; the name is reserved",
    ], marks=rule("12.3 names"), id="names of secrets"),
    pytest.param('secrets: {A: "a b", B: {provider: file}, C: {provider: command, key: x, command: y}, D: {key: x}}\nsteps: [a]\n', [
        "1:14: error PT105 at secrets.A: 'A' must name a variable; write NAME, '${env:NAME}', or a mapping with 'provider'",
        "1:24: error PT108 at secrets.B: a secret with 'provider: file' needs 'key'",
        "1:65: error PT103 at secrets.C.key: 'key' has no meaning beside 'provider: command'; write 'command'",
        "1:89: error PT108 at secrets.D: the secret 'D' needs 'provider'",
    ], id="incomplete sources"),
    pytest.param('env: {A: x}\nsecrets: {A: B}\nsteps: [{shell: a, env: {A: y}}]\n', [
        "1:7: warning PT310 at env.A: the secret 'A' hides the variable of that name in 'env'; one must go",
        "3:26: warning PT310 at steps[0].env.A: 'A' hides the secret of that name in this step; use another name",
    ], marks=rule("B.4 step env wins"), id="hidden secrets"),
    pytest.param('secrets: {A: B}\nvars: {A: 1}\nsteps: [{shell: a, capture: A}]\n', [
        "2:8: error PT205 at vars.A: a constant cannot be called 'A'; it is the name of a secret",
        "3:29: error PT205 at steps[0].capture: a capture cannot be called 'A'; it is the name of a secret",
    ], marks=rule("12.3 names"), id="names taken by secrets"),
    pytest.param('secrets: {A: B}\nenv: {U: "x${A}"}\nsteps:\n- claude: ${A} ${U} ${env.A}\n- shell: echo \'${A}\' "${A}" ${A|upper}\n- write_file: {path: x, content: "${A:raw}"}\n', [
        "4:11: error PT333 at steps[0].claude: 'A' is a secret and would be written into text; hand it over in 'env', or write '${A:raw}'",
        "4:16: error PT333 at steps[0].claude: 'U' is a secret and would be written into text; hand it over in 'env', or write '${U:raw}'",
        "4:21: error PT333 at steps[0].claude: 'A' is a secret and would be written into text; hand it over in 'env', or write '${env.A:raw}'",
        "5:16: error PT333 at steps[1].shell: the secret 'A' stays literal here; use double quotes",
        "5:29: error PT333 at steps[1].shell: '${A|upper}': the secret 'A' is left for the shell, which has no such modifier; write '${A}'",
    ], marks=rule("12.3 not in text", "12.1 secret made of"), id="secrets in texts"),
    pytest.param('''
env:
  A: 1
  B: true
  C: {command: x, cache: false, default: "${A}", timeout: 5s}
  D: {condition: A == 1, when_true: x}
  E: {secret: true, value: "${env:X}"}
  F: {secret: true, command: x}
  G: {secret: true, provider: file, key: x}
  H: {secret: false, value: x}
  I: {secret: false, command: x}
  J: null
env_files: {path: a}
inherit: false
profiles: {p: {A: 1, description: flat}, q: {env: {A: 1}, env_files: x, description: nested}, r: null}
profile: p
secrets: {S: NAME, T: "${env:NAME}", U: "${NAME}", V: {provider: env, key: X}, W: {provider: file, key: ~/x}, X: {provider: command, command: x}}
steps: [{shell: a, env: {Z: {command: x}}, temporary: false, clear_env: true}]
''', [
    ], marks=rule("B.4 accepted forms", "12.1 secret false"), id="everything that is accepted"),
]
# fmt: on


@pytest.mark.parametrize(("text", "lines"), CASES)
def test_the_problems_of_an_environment_are_these_lines(text, lines):
    loaded = load_text(text, "w.yml")

    assert [str(problem) for problem in loaded.problems] == [f"w.yml:{line}" for line in lines]
