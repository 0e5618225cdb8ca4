"""The option that says how long, and how much, topics keep; the same by variables YIDI_FLOW_DAYS and so on."""

from collections.abc import Iterable
from typing import Annotated, Final

import typer

from yidi.chain.environment import RetentionEnvironment, settings_of
from yidi.contract.retention import Retention, checked_error_days, checked_flow_days, checked_flow_mib

WHATS: Final = {
    "flow-days": ("flow_days", checked_flow_days),
    "error-days": ("error_days", checked_error_days),
    "flow-mib": ("flow_mib", checked_flow_mib),
}
"""Word of the option → setting, and what refuses too little of it."""

Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--retention",
        metavar="WHAT=N",
        help="What topics keep: flow-days=N, error-days=N, flow-mib=N a partition; repeat. Else what YIDI_FLOW_DAYS, "
        "YIDI_ERROR_DAYS and YIDI_FLOW_MIB say, else the plan's.",
    ),
]


def kept(said: Iterable[str] | None) -> Retention:
    """By the option, above the environment. BadParameter for what the option says, SettingRefused for a variable."""
    return settings_of(RetentionEnvironment, **dict(_read(one) for one in said or ())).retention


def _read(said: str) -> tuple[str, int]:
    what, _, number = said.partition("=")
    if what not in WHATS or not (number.isascii() and number.isdigit()):
        words = f"{said} is none of {', '.join(f'{one}=N' for one in WHATS)}, with a whole number for N"
        raise typer.BadParameter(words, param_hint="--retention")
    name, checked = WHATS[what]
    try:
        return name, checked(int(number))
    except ValueError as error:
        raise typer.BadParameter(f"{said}: {error}", param_hint="--retention") from None
