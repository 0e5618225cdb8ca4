"""The program of the desk's process, with what only the chain can give it: `python -m yidi.chain.desk_process desk …`.

See `yidi.desk.process`; the calculator of manual claims is put together here, since the desk imports no service.
"""

import sys

from yidi.agency.policy_book import shipped_book
from yidi.chain.claim_calculator import ClaimCalculator
from yidi.desk.process import main


def calculator() -> ClaimCalculator:
    """By the policies that are shipped."""
    return ClaimCalculator(shipped_book())


if __name__ == "__main__":
    sys.exit(main(calculator()))
