"""``%report``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.magics.forms import Command, Form, Option, Word
from bifrost_kernel.magics.values import SWITCH

if TYPE_CHECKING:
    from bifrost_kernel.magics.forms import Request


def _report(request: Request) -> object:
    values = dict(request.values)
    return request.desk.report(values.pop("notebook"), request.parameters, **values)


REPORT = Command(
    "report",
    "Execute a report notebook, once for each distinct question.",
    forms=(
        Form(
            "",
            "execute it, or return what the same question gave before",
            _report,
            words=(Word("notebook", "a report's name, or a notebook's path", "NAME"),),
            options=(Option("force", "run again although it was answered before", SWITCH),),
            parameters="the report",
        ),
    ),
    examples=(
        ("%report tear_sheet strategy=sma_cross symbols=AAPL", "the tear sheet of a run"),
        ("%report tear_sheet symbols=AAPL --force", "once more"),
    ),
)
