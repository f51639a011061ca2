"""Backtrader behind the Simulator port: the reference, and home of ``bt.Strategy`` classes.

Backtrader is GPL-3.0-or-later and optional; it is called here and nowhere else.
"""

from __future__ import annotations

from bifrost_kernel.simulators.backtrader.adapter import BacktraderSimulator

__all__ = ["BacktraderSimulator"]
