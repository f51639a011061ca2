"""Bars of Yahoo Finance, through yfinance."""
