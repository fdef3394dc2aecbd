"""Parts of workflows that several crash tests run; each may be run again at any point and comes to the same."""

TRIED_AND_CHECKED = """\
  - shell: test -e tried || { touch tried; exit 1; }
    retry: {attempts: 2, initial_delay: 1s}
  - shell: rm -f tried
    validate:
      shell: test -e checked && echo '{"score":90}'
      threshold: 90
      on_incomplete: touch checked
"""
"""Steps that need a second attempt and a second round."""

READY = "echo ready > ready.txt && git add ready.txt && (git diff --cached --quiet || git commit --quiet -m ready)"
"""The command that makes a run ready to land."""
