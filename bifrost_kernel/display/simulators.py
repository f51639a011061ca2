"""Which simulator ran, why, and what a second one said, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.display.markup import Markup, tag
from bifrost_kernel.look.numbers import THIN, format_count, format_number
from bifrost_kernel.look.times import format_elapsed, format_ns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest, SimulatorCheck

REFERENCE = "backtrader"


def describe_choice(manifest: RunManifest) -> str:
    """Return why ``auto`` did not take its first choice; nothing where it did."""
    if not manifest.fallback:
        return ""
    return f"ran on {_name(manifest.simulator)}: {manifest.fallback}"


def outcome_of(check: SimulatorCheck | None) -> str:
    """Return ``agrees``, ``differs`` or ``not checked``; nothing where none was asked for."""
    if check is None:
        return ""
    if check.reason:
        return "not checked"
    return "agrees" if check.agrees else "differs"


def name_simulator(manifest: RunManifest) -> str:
    """Return name and version, and a mark where a check went wrong: ``compiled 0.1.0, DIFFERS``."""
    is_wrong = outcome_of(manifest.check) == "differs"
    return f"{manifest.simulator}, DIFFERS" if is_wrong else manifest.simulator


def name_simulators(names: Iterable[str], installed: Iterable[str]) -> str:
    """Return the simulators in the order that ``auto`` tries them, and which cannot run.

    Parameters
    ----------
    names
        Of those at hand.
    installed
        Names of the libraries that are there.
    """
    extra = f'not installed: pip install "bifrost_kernel[{REFERENCE}]"'
    there = set(installed)
    return ", then ".join(
        f"{one} ({extra})" if one == REFERENCE and one not in there else one for one in names
    )


def describe_check(check: SimulatorCheck, when: str = "") -> tuple[str, str]:
    """Return what became of a check: the verdict, and the rest of what is to be said.

    Parameters
    ----------
    check
        The outcome.
    when
        The time of the bar that differs, where its day alone does not tell which one it is.
    """
    if check.reason:
        return "Not checked", f"{check.reason[:1].upper()}{check.reason[1:]}"
    one, other = _name(check.simulator), _name(check.other)
    if check.difference is None:
        counts = ", ".join(
            _count(number, thing)
            for number, thing in ((check.bars, "bar"), (check.orders, "order"),
                                  (check.fills, "fill"))
        )  # fmt: skip
        return (
            f"{one} and {other} agree",
            f"{counts}, every value to the last bit. {_times(check)}.",
        )
    found = check.difference
    order = f", order {found.order_ref}" if found.order_ref else ""
    whose = f" of {found.instrument}" if found.instrument else ""
    place = f"bar {found.bar} ({when or found.day}){order}"
    advice = (
        f"These figures are {one}'s, the reference's; do not rely on {other} for this"
        if one == REFERENCE
        else f"Do not rely on these figures: --engine {REFERENCE} gives the reference's"
    )
    values = f"{found.left} on {one}, {found.right} on {other}"
    told = f"First at {place}, {found.figure}{whose}: {values}. {advice}, and report this line."
    return f"{one} and {other} differ", told


def check_html(check: SimulatorCheck | None, when: str = "") -> Markup:
    """Return the line on a check; nothing where none was asked for."""
    if check is None:
        return Markup("")
    outcome = outcome_of(check)
    verdict, rest = describe_check(check, when)
    colon = ":" if outcome == "agrees" else "."
    kind = {"agrees": " bf-check-good", "differs": " bf-check-bad"}.get(outcome, "")
    words = tag("span", tag("b", verdict, colon), f" {rest}")
    return tag("p", words, class_=f"bf-check{kind}")


def check_text(check: SimulatorCheck | None, when: str = "") -> str:
    """Return the same for a terminal."""
    if check is None:
        return ""
    outcome = outcome_of(check)
    verdict, rest = describe_check(check, when)
    if outcome == "differs":
        return f"!! {verdict.upper()}. {rest}"
    return f"{verdict}{':' if outcome == 'agrees' else '.'} {rest}"


def differing_time(report: BacktestReport) -> str:
    """Return when the bar ended at which a check first differs, for bars within the day."""
    check = report.manifest.check
    found = None if check is None else check.difference
    is_intraday = report.manifest.spec.spec.is_intraday
    if found is None or not is_intraday or found.bar >= len(report.result.end):
        return ""
    return format_ns(int(report.result.end[found.bar]))


class CheckView:
    """A check that shows itself.

    Parameters
    ----------
    check
        What running a job on two simulators found.
    """

    def __init__(self, check: SimulatorCheck) -> None:
        self._check = check

    def __repr__(self) -> str:
        from bifrost_kernel.display.text import wrap

        return wrap(check_text(self._check))

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.page import output_html

        return output_html(check_html(self._check))


def _name(simulator: str) -> str:
    return simulator.partition(" ")[0]


def _times(check: SimulatorCheck) -> str:
    pairs = sorted(
        (
            (check.elapsed_seconds, _name(check.simulator)),
            (check.other_seconds, _name(check.other)),
        )
    )
    (least, fast), (most, slow) = pairs
    told = f"{fast} took {_elapsed(least)}, {slow} {_elapsed(most)}"
    if least <= 0:
        return told
    ratio = most / least
    return f"{told}, {format_number(ratio, 0 if ratio >= 10 else 1)} times as long"


def _elapsed(seconds: float) -> str:
    # Whole milliseconds would not go with the ratio beside them.
    few = 0.0005 <= seconds < 0.01
    return f"{1000 * seconds:.1f}{THIN}ms" if few else format_elapsed(seconds)


def _count(number: int, thing: str) -> str:
    return f"{format_count(number)} {thing}" + ("" if number == 1 else "s")
