"""The compiled simulator: results equal to those of Backtrader, from machine code."""

from __future__ import annotations

from bifrost_kernel.simulators.compiled.adapter import CompiledSimulator

__all__ = ["CompiledSimulator"]
