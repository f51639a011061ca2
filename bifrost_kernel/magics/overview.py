"""``%bifrost``: where a person finds everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.magics.forms import Command, Form
from bifrost_kernel.magics.marketdata import BARS, SYMBOL_COMMAND
from bifrost_kernel.magics.reporting import REPORT
from bifrost_kernel.magics.strategy import BACKTEST, STRATEGIES

if TYPE_CHECKING:
    from bifrost_kernel.magics.forms import Request


def _status(request: Request) -> object:
    return request.desk.status(
        tuple((one.name, one.summary, one.examples[0][0]) for one in COMMANDS)
    )


def _explore(request: Request) -> object:
    return request.desk.explorer()


BIFROST = Command(
    "bifrost",
    "Show what this desk is and has, and every magic with an example.",
    forms=(
        Form("", "home, versions, data, simulators and magics", _status),
        Form("explore", "a widget to choose a strategy, symbols and parameters", _explore),
    ),
    examples=(("%bifrost", "the overview"), ("%bifrost explore", "backtests by hand")),
)

COMMANDS = (BARS, SYMBOL_COMMAND, BACKTEST, STRATEGIES, REPORT, BIFROST)
