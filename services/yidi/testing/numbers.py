"""Who is who among builders: every person and every bill gets a number of its own when it is made.

The number never reaches the chain: a chain counts the people and bills that it meets, so that a test's messages are the
same however many tests ran before it.
"""

from itertools import count
from typing import Final

_people: Final = count(1)
_bills: Final = count(1)


def next_person() -> int:
    return next(_people)


def next_bill() -> int:
    return next(_bills)
