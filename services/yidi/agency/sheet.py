"""The worksheet of one bill in one accumulator year: layer after layer writes its figures on it.

A sheet lives inside one calculation only. Amounts are fen; `pool_exact` and `above_cap` are exact (`segments`).
"""

from typing import TypeAlias

from msgspec import Struct

from yidi.agency.accumulators import Counters
from yidi.agency.claim import Claim, Insured
from yidi.agency.compiled import CompiledPolicy
from yidi.agency.row import Row
from yidi.agency.segments import Reach
from yidi.domain.money import Fen

Step: TypeAlias = tuple[str, dict[str, int]]
"""One step of the explanation: rule id and figures. A figure's unit is its name's ending (`explanation`)."""


class Sheet(Struct):
    """Inputs of one year's part (first block), and the figures found so far (second block).

    `charge_deductible` is false in the later years of a divided stay. `scope` and `preself` shrink when the account
    pays first. `pool_exact` is the pool's payment before rounding; `above_cap` what lies above the annual cap.
    """

    policy: CompiledPolicy
    row: Row | None
    care: str
    claim: Claim
    insured: Insured
    before: Counters
    year: int
    month: int
    scope: Fen
    preself: Fen
    charge_deductible: bool

    steps: list[Step]
    effect: dict[str, int]
    act_pay_dedc: Fen = 0
    hifp_pay: Fen = 0
    hifob_pay: Fen = 0
    hifmi_pay: Fen = 0
    cvlserv_pay: Fen = 0
    hifes_pay: Fen = 0
    maf_pay: Fen = 0
    pool_exact: int = 0
    above_cap: Reach | None = None

    def count(self, key: str, change: int) -> None:
        """Move an accumulator of the year; a change of 0 leaves no trace."""
        if change:
            self.effect[key] = self.effect.get(key, 0) + change

    def rest(self, *, preself: bool) -> Fen:
        """What the funds so far leave of the in-scope amount (and of prior self-pay, if asked); never below 0."""
        rest = (
            self.scope
            - self.hifp_pay
            - self.hifob_pay
            - self.hifmi_pay
            - self.cvlserv_pay
            - self.hifes_pay
            - self.maf_pay
        )
        if preself:
            rest += self.preself
        return max(0, rest)

    def capped(self, rule: str, pay: Fen, cap: Fen | None, used_key: str) -> Fen:
        """`pay` within what is left of a fund's annual cap; a cap that bites, or is exhausted, is a step."""
        if cap is None:
            return pay
        left = max(0, cap - self.before.get(used_key, 0))
        if pay <= left:
            return pay
        self.steps.append((rule, {"cap_fen": cap, "left_fen": left, "uncapped_fen": pay}))
        return left
