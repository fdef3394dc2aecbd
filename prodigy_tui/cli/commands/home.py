"""`prodigy-tui` without a word: the home screen, on a terminal."""

import sys

import click

from prodigy_tui.cli.invocation import Invocation, shared_options


@click.command()
@shared_options
def home(invocation: Invocation) -> int:
    """Look at past and present runs, at what waits for a decision, and at the workflows here."""
    from prodigy_tui.cli.crash import InterfaceCrash
    from prodigy_tui.cli.giving_way import go_on
    from prodigy_tui.cli.hangup import watched_terminal
    from prodigy_tui.cli.kept import person_of
    from prodigy_tui.cli.recorded import RecordedRuns
    from prodigy_tui.cli.shipped import shipped
    from prodigy_tui.tui.app import ProdigyApp
    from prodigy_tui.tui.feed import EmptyFeed
    from prodigy_tui.tui.ports import World

    person, runs = person_of(invocation), RecordedRuns(invocation, may_start=True)
    app = ProdigyApp(
        EmptyFeed(),
        World(),
        themes=shipped("themes"),
        personal=person.personal,
        keys=person.keys,
        runs=runs,
        machine=person.machine,
    )
    with watched_terminal(sys.stdin.fileno(), lambda: app.call_later(app.exit)):
        app.run(mouse=person.personal.preferences.mouse)
    if app.crash is not None:
        raise InterfaceCrash(app.crash)
    return go_on(invocation, runs)
