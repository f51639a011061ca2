"""The words everyone uses: instruments, bars, strategies, orders, backtests and errors."""
