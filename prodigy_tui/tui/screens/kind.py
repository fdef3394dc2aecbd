"""Which kind of screen one is, asked without loading the kinds that nobody has opened yet."""


def is_a(screen: object, *kinds: str) -> bool:
    """Whether a screen is of a class of one of these names, or of one made from it."""
    return any(kind.__name__ in kinds for kind in type(screen).__mro__)
