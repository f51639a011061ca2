"""Fast paths: runs of market orders only, equal to Backtrader bit for bit.

What they leave out is refused by name (`settings.require_covered`), never approximated. Every
module here but `settings` imports numba: load it on first use only.
"""
