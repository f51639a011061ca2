"""Widgets: one folder each, fed with callables, knowing the domain and the look only."""
