"""Why a broker could not go on, as the error that a person reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, SimulationError
from bifrost_kernel.engines.strategy.calc.compiled.books import FAULTS
from bifrost_kernel.simulators.failures import failure_of, place_of

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.model import SimulationJob

_RAISED: dict[str, Exception] = {
    "division": ZeroDivisionError("a price of 0 to divide by"),
    "whole": OverflowError("a size beyond all numbers is no whole number of units"),
    "bracket": IndexError("the parent of a bracket was filled twice, its bracket is empty"),
    "room": MemoryError("more orders at one bar than there is room for"),
}


def require_sound(books: Books, job: SimulationJob) -> None:
    """Raise why a run stopped before its end, if it did.

    Parameters
    ----------
    books
        The run, where it stands.
    job
        Whose run.

    Raises
    ------
    SimulationError
        Bar, session and reason.
    """
    account: Any = books.account[0]
    fault = FAULTS[account["fault"]]
    if fault == "none":
        return
    bar = max(int(account["bar"]), 0)
    if fault == "value":
        is_cash = not math.isfinite(account["cash"])
        name, value = ("cash", account["cash"]) if is_cash else ("nav", account["nav"])
        raise SimulationError(
            f"{name} became {float(value)} at {place_of(bar, job.panel.session_date)}; look at "
            "the sizes and prices of the orders before it",
            context={"bar": bar, "name": name},
        )
    value = float(account["fault_value"])
    error = _RAISED.get(fault) or InvalidInputError(
        f"order {fault}: expected a finite number, was {value}",
        context={"name": fault},
    )
    raise failure_of(error, job.strategy, bar, job.panel.session_date) from error
