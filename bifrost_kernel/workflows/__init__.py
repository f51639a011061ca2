"""A user's verbs as straight-line code, one file for each engine, over the ports."""
