"""The backtest explorer: choose a strategy, symbols and parameters, and see the report."""
