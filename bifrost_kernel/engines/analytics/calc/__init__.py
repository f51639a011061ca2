"""Performance arithmetic, one file per topic; `METRICS` says what every figure is."""

from __future__ import annotations

from bifrost_kernel.engines.analytics.calc.metrics import METRICS

__all__ = ["METRICS"]
