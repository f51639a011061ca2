"""The verbs of the strategy engine, one file for each topic."""
