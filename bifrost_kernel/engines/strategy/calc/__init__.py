"""The verbs of the strategy engine, one file for each topic."""

from bifrost_kernel.engines.strategy.calc import indicators

__all__ = ["indicators"]
