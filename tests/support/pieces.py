"""What comes out of a pipe's chunks, read by read."""


def fed(chunks, data):
    """Puts bytes where a pipe would, and returns the texts that are complete with them."""
    room = chunks.room(len(data) + 7)
    room[: len(data)] = data
    return told(chunks.take(len(data)))


def told(pieces):
    """Returns texts; where there are bytes of one, they are the same."""
    texts = []
    for text, raw in pieces:
        assert raw is None or bytes(raw) == text.encode()
        texts.append(text)
    return texts
