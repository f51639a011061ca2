"""Whether two engines found the same, and where they first do not, in figures."""

from __future__ import annotations

import math

import numpy as np


def compare(ours, theirs, bars):
    """Return in words how another engine's result stands to Bifrost's.

    Parameters
    ----------
    ours, theirs
        Arrays by name: ``nav`` at each close, with ``entries`` and ``exits`` (bars of fills) or
        ``n_fills`` where there are many instruments; or ``final`` and ``drawdown`` of each
        combination.
    bars
        The bars of both, for the averages behind the first fill that differs.
    """
    if "final" in ours:
        return _compare_sweeps(ours, theirs, bars)
    parts = [_compare_navs(ours["nav"], theirs["nav"])]
    if "n_fills" in ours and "n_fills" in theirs:
        parts.insert(0, f"{theirs['n_fills']:,} fills beside {ours['n_fills']:,}")
    elif "entries" in ours and "entries" in theirs:
        parts.insert(0, _compare_fills(ours, theirs, bars))
    return "; ".join(parts)


def _compare_navs(ours, theirs):
    if len(ours) != len(theirs):
        return f"{len(theirs):,} values of the account, not {len(ours):,}"
    differs = np.flatnonzero(ours != theirs)
    if not len(differs):
        return f"nav equal to the last bit at all {len(ours):,} bars, {ours[-1]:,.2f} at the end"
    first, largest = differs[0], np.abs(ours - theirs).max()
    if largest <= 1e-12 * np.abs(ours).max():
        return f"nav differs in its last bits from bar {first:,} on, by {largest:.1g} at most"
    return (
        f"nav differs from bar {first:,} on ({theirs[first]:,.6f}, not {ours[first]:,.6f}), "
        f"by {largest:,.6g} at most; at the end {theirs[-1]:,.2f}, not {ours[-1]:,.2f}"
    )


def _compare_fills(ours, theirs, bars):
    count = len(ours["entries"]) + len(ours["exits"])
    differing = [
        (int(bar), kind, bar in set(theirs[kind].tolist()))
        for kind in ("entries", "exits")
        for bar in set(ours[kind].tolist()) ^ set(theirs[kind].tolist())
    ]
    if not differing:
        return f"all {count:,} fills at the same bars"
    bar, kind, is_theirs = min(differing)
    noun = "an entry" if kind == "entries" else "an exit"
    whose = "only there" if is_theirs else "only in Bifrost"
    return (
        f"{len(differing):,} of {count:,} fills at other bars, first {noun} at bar {bar:,} {whose}"
        f"{_reason(bars['close'], bar - 1, 10, 30)}"
    )


def _compare_sweeps(ours, theirs, bars):
    final, other = ours["final"], theirs["final"]
    alike = np.isclose(final, other, rtol=1e-9, atol=0)
    differing = np.flatnonzero(~alike)
    equal = int((final == other).sum())
    told = (
        f"{equal:,} of {len(final):,} last values equal to the last bit, "
        f"{alike.sum():,} up to 1e-9 of them"
    )
    if len(differing):
        pairs = np.column_stack((bars["fast"], bars["slow"]))[differing]
        first = differing[0]
        told += (
            f"; {len(differing):,} differ, first {pairs[0][0]}/{pairs[0][1]} "
            f"({other[first]:,.2f}, not {final[first]:,.2f})"
        )
    if "drawdown" in theirs and "drawdown" in ours:
        apart = np.abs(ours["drawdown"] - theirs["drawdown"])[alike]
        told += f"; drawdowns of the like ones {apart.max(initial=0):.1g} apart at most"
    return told


def _reason(close, bar, fast, slow):
    """Return what the averages are at a bar whose signal differs, if that explains it."""
    if close.ndim > 1 or bar < slow:
        return ""
    exact = difference(close, bar, fast, slow)
    if abs(exact) > 1e-9 * close[bar]:
        return ""
    return f" (at bar {bar:,} the averages are {exact:.2g} apart, which rounding hides)"


def difference(close, bar, fast, slow):
    """Return how far the fast average is above the slow one, as Backtrader rounds them."""
    means = (
        math.fsum(close[bar + 1 - window : bar + 1].tolist()) / window for window in (fast, slow)
    )
    return next(means) - next(means)
