"""The verbs of market data, one topic a file."""
