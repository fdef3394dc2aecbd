"""What a run came to, in figures, and two runs held against each other.

Pure: an event log goes in (`measure.measure`), a value comes out (`model.Report`), and text, Markdown, HTML or plain
data are made of that. Both the command line and the interface use it; nothing here reads a file, a clock or a terminal.

The first events of a log have a report too: how things stood at that moment. So `compare.compare` takes two runs, or
two moments of one: `compare(measure(events[:seq], live=True), measure(events))`.
"""
