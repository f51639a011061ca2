"""How Yahoo Finance is asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class YahooConfig:
    """Settings of the Yahoo provider.

    Parameters
    ----------
    base_address
        Where requests go instead of Yahoo's own hosts, ``http://127.0.0.1:8000``; None = there.
    timeout_seconds
        Longest wait for one answer.
    grace_hours
        A session that closed longer ago than this must be in an answer up to now.
    cache_folder
        Where yfinance keeps its cookie; None = the user's cache folder.
    """

    base_address: str | None = None
    timeout_seconds: float = 15.0
    grace_hours: float = 12.0
    cache_folder: str | None = None
