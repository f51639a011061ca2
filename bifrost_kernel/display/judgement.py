"""One sentence on whether to believe a backtest, from what the run itself can tell.

The claim is narrow on purpose: how likely luck alone would look as good, if returns were
independent and near normal. How many variants were tried before is not known here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bifrost_kernel.look.numbers import format_count, format_estimate, format_number, format_percent

if TYPE_CHECKING:
    from bifrost_kernel.engines.analytics.model import Performance

FEWEST_ROUND_TRIPS = 10
FEWEST_SESSIONS_INVESTED = 60
# An alpha per year below it is rounding: the account moved as the benchmark did.
_ROUNDING = 1e-9
_NAN = float("nan")


class Verdict(StrEnum):
    """What the figures allow one to say."""

    CREDIBLE = "Hard to call luck"
    DOUBTFUL = "Could be luck"
    LUCK = "Likely luck"
    NO_SKILL = "No sign of skill"
    UNKNOWN = "Cannot tell"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and why.

    Parameters
    ----------
    verdict
        What can be said.
    reason
        One or two sentences.
    """

    verdict: Verdict
    reason: str


def judge(performance: Performance) -> Judgement:
    """Return what a performance allows one to believe.

    Parameters
    ----------
    performance
        Figures on session closes.

    Notes
    -----
    Two claims are weighed and the weaker one counts: that the Sharpe ratio is above zero
    (standard error by Lo 2002), and that there is return beyond the benchmark's share (alpha
    over its Newey-West error; an account that moves as the benchmark does has none). The
    chance is one-sided, by the normal distribution; below 2.5 % luck is hard to believe, from
    20 % on it is the likely explanation. Under one year by the
    calendar, or with fewer than ten round trips and at most 60 sessions in the market, nothing
    is said.
    """
    from bifrost_kernel.engines.analytics.calc.returns import count_years

    figures = performance.metrics
    sessions = figures.get("sessions", float(len(performance.nav)))
    years = sessions / figures.get("sessions_per_year", 252.0)
    trips = figures.get("round_trips", _NAN)
    sharpe = figures.get("sharpe", _NAN)
    too_little = _too_little(
        years,
        trips,
        sessions * figures.get("exposure", _NAN),
        is_under_a_year=math.isnan(count_years(performance.session_date)),
    )
    if too_little or not math.isfinite(sharpe):
        return Judgement(Verdict.UNKNOWN, too_little or _no_variation())
    error = performance.standard_errors.get("sharpe", _NAN)
    span = f"over {format_number(years, 1)} years"
    proof = f"Sharpe {format_estimate(sharpe, error)} {span}"
    if math.isfinite(trips) and trips > 0:
        proof += f" and {format_count(trips)} round trips"
    against, alpha_ratio = _beyond_benchmark(performance)
    ratio = min(_ratio(sharpe, error), alpha_ratio)
    if not math.isfinite(ratio):
        return Judgement(Verdict.UNKNOWN, f"{proof}; its error cannot be told.")
    verdict = _verdict(ratio)
    luck = f"luck alone does as well {_chance_in_words(_chance(ratio))}"
    if verdict is Verdict.NO_SKILL:
        luck = _without_skill(sharpe, ratio, figures.get("beta", _NAN))
    tail = "" if verdict is Verdict.NO_SKILL else " How many variants were tried is not counted."
    return Judgement(verdict, f"{proof}{against}; {luck}.{tail}")


def _without_skill(sharpe: float, ratio: float, beta: float) -> str:
    if sharpe <= 0:
        return "it lost money, or made less than cash"
    # with a gain and no alpha, the benchmark moved the way that beta points
    instead = "selling the benchmark short" if beta < 0 else "holding the benchmark"
    how = "just as well" if ratio == 0 else "better"
    return f"{instead} instead would have done {how} for the same risk"


def _too_little(
    years: float, trips: float, sessions_invested: float, *, is_under_a_year: bool
) -> str:
    if trips == 0 and not sessions_invested > 0:
        return "Nothing was traded: there is nothing to judge."
    if is_under_a_year:
        error = 1 / math.sqrt(max(years, 1e-9))
        return (
            f"{format_number(years, 2)} years are too short: even a worthless idea's Sharpe "
            f"ratio lies within ±{format_number(error, 1)} only two times in three."
        )
    if trips < FEWEST_ROUND_TRIPS and not sessions_invested > FEWEST_SESSIONS_INVESTED:
        return f"{format_count(trips)} round trips are too few to tell skill from luck."
    return ""


def _no_variation() -> str:
    return "The account did not move, or ran out of money: no ratio can be formed."


def _beyond_benchmark(performance: Performance) -> tuple[str, float]:
    figures, errors = performance.metrics, performance.standard_errors
    alpha, error = figures.get("alpha", _NAN), errors.get("alpha", _NAN)
    beta = format_number(figures.get("beta", _NAN), 2)
    if abs(alpha) < _ROUNDING and error < _ROUNDING:
        return f", all of it the benchmark's (beta {beta})", 0.0
    ratio = _ratio(alpha, error)
    if not math.isfinite(ratio):
        return "", math.inf
    digits = 1 if error >= 0.005 else 2
    gain = format_percent(alpha, digits, signed=True)
    share = (
        f", of which {gain} ± {format_percent(error, digits)} a year are its own and the rest "
        f"the benchmark's (beta {beta})"
    )
    return share, ratio


def _verdict(ratio: float) -> Verdict:
    if ratio <= 0:
        return Verdict.NO_SKILL
    chance = _chance(ratio)
    if chance < 0.025:
        return Verdict.CREDIBLE
    return Verdict.DOUBTFUL if chance < 0.2 else Verdict.LUCK


def _ratio(value: float, error: float) -> float:
    return value / error if math.isfinite(value) and error > 0 else _NAN


def _chance(ratio: float) -> float:
    return 0.5 * math.erfc(ratio / math.sqrt(2))


def _chance_in_words(chance: float) -> str:
    for whole in (100, 1000, 10_000):
        times = round(chance * whole)
        if times >= 1:
            once = "once" if times == 1 else f"{times} times"
            return f"{once} in {format_count(whole)}"
    return "less than once in 10,000"
