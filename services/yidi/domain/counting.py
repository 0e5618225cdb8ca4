"""A number with its noun, as English says it: one record, two records."""


def noun(number: int, singular: str, plural: str = "") -> str:
    """The noun that goes with the number; its plural is given where an s does not make it."""
    return singular if number == 1 else plural or f"{singular}s"


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 record`, `0 records`, `2 categories`."""
    return f"{number} {noun(number, singular, plural)}"
