"""Bars out of pandas data frames."""
