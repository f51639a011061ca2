"""Bars out of CSV and Parquet files."""
