"""The compiled simulator: results equal to those of Backtrader, from machine code."""
