"""Asks Yahoo Finance through yfinance, and says in one line what went wrong."""

from __future__ import annotations

import logging
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from bifrost_kernel.domain.errors import (
    BifrostError,
    MissingExtraError,
    NoDataError,
    ProviderError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from bifrost_kernel.providers.yahoo.config import YahooConfig

_ONE_AT_A_TIME = threading.Lock()  # yfinance keeps one session and one configuration for all
_TRY_LATER = "Try again in some minutes, or use what is stored"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of Yahoo.

    Parameters
    ----------
    symbol
        Yahoo's own symbol, or a symbol and the venue it is listed on.
    zone
        IANA name of the venue's clock, in which start and end are days.
    interval
        Yahoo's name of the bar length.
    start, end
        First day and the day after the last; None leaves a side open.
    """

    symbol: str | tuple[str, str]
    zone: str
    interval: str
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What Yahoo answered, as yfinance gave it.

    Parameters
    ----------
    symbol
        Yahoo's own symbol of what was asked for.
    frame
        A pandas frame: Open, High, Low, Close, Adj Close, Volume, Dividends, Stock Splits.
    meta
        What Yahoo says about the answer: symbol, currency, granularity.
    """

    symbol: str
    frame: Any
    meta: dict[str, Any]


def ask(config: YahooConfig, question: Question) -> Answer:
    """Ask once, and return the answer unjudged.

    Raises
    ------
    MissingExtraError
        yfinance is not installed.
    NoDataError
        Yahoo says that it has none.
    ProviderError
        It could not be reached, refused, or did not answer in its own language.
    """
    try:
        import curl_cffi  # noqa: F401  what yfinance speaks through
        import yfinance
    except ImportError as error:
        raise MissingExtraError.of("provider 'yahoo'", "yahoo") from error
    with _ONE_AT_A_TIME, _quiet_and_strict(yfinance, config), _one_line_errors(question):
        session = _make_session(config)
        try:
            ticker = yfinance.Ticker(question.symbol, session=session)
        except ValueError as error:
            raise NoDataError(
                f"{question.symbol}: provider 'yahoo' knows no such venue. "
                f"Import a file with its bars instead",
                code="unknown-venue",
            ) from error
        ticker._tz = question.zone  # noqa: SLF001  spares a request, and a guess when it fails
        frame = ticker.history(
            period=None if question.start else "max",
            interval=question.interval,
            start=question.start,
            end=question.end,
            auto_adjust=False,
            actions=True,
            keepna=True,
            timeout=config.timeout_seconds,
        )
        history = ticker._lazy_load_price_history()  # noqa: SLF001  its public face asks again
        return Answer(ticker.ticker, frame, dict(history._history_metadata or {}))  # noqa: SLF001


@contextmanager
def _quiet_and_strict(yfinance: Any, config: YahooConfig) -> Iterator[None]:
    debug = yfinance.config.debug
    logger = logging.getLogger("yfinance")
    before = (debug.hide_exceptions, logger.level)
    debug.hide_exceptions = False
    logger.setLevel(logging.CRITICAL + 1)
    if config.cache_folder is not None:
        yfinance.set_tz_cache_location(config.cache_folder)
    yfinance.data.YfData.cache_get.cache_clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a person cannot mend what yfinance does
            yield
    finally:
        debug.hide_exceptions = before[0]
        logger.setLevel(before[1])


def _make_session(config: YahooConfig) -> Any:
    from curl_cffi import requests

    class Session(requests.Session):  # type: ignore[type-arg]  # generic at type-checking only
        """A browser-like session whose requests end in time, and may go elsewhere."""

        def request(self, *arguments: Any, **options: Any) -> Any:
            """Send one request."""
            given = dict(zip(("method", "url"), arguments, strict=False)) | options
            given["url"] = _redirect(given["url"], config.base_address)
            return super().request(**given | {"timeout": config.timeout_seconds})

    return Session(impersonate="chrome")


def _redirect(url: str, base_address: str | None) -> str:
    asked = urlsplit(url)
    if base_address is None or not (asked.hostname or "").endswith("yahoo.com"):
        return url
    base = urlsplit(base_address)
    return urlunsplit((base.scheme, base.netloc, asked.path, asked.query, ""))


@contextmanager
def _one_line_errors(question: Question) -> Iterator[None]:
    from curl_cffi.requests.exceptions import RequestException, Timeout
    from yfinance.exceptions import YFPricesMissingError, YFRateLimitError, YFTzMissingError

    try:
        yield
    except BifrostError:
        raise
    except YFRateLimitError as error:
        raise _failed(
            question, "rate-limited", "too many requests from here. Wait some minutes, ask for less"
        ) from error
    except (YFPricesMissingError, YFTzMissingError) as error:
        raise NoDataError(
            f"{_show(question)}: Yahoo Finance has no {question.interval} bars of it "
            f"({_first_line(error)}). Check the symbol and the range",
            code="empty",
        ) from error
    except Timeout as error:
        raise _failed(question, "timeout", f"no answer in time. {_TRY_LATER}") from error
    except (RequestException, OSError) as error:
        reason = f"it cannot be reached ({_first_line(error)}). Check the network"
        raise _failed(question, "unreachable", reason) from error
    except ValueError as error:
        reason = f"its answer is not JSON ({_first_line(error)}). {_TRY_LATER}"
        raise _failed(question, "not-json", reason) from error
    except Exception as error:
        reason = f"its answer makes no sense ({type(error).__name__}: {_first_line(error)})"
        raise _failed(question, "nonsense", f"{reason}. {_TRY_LATER}") from error


def _failed(question: Question, code: str, reason: str) -> ProviderError:
    return ProviderError(
        f"{_show(question)}: Yahoo Finance failed: {reason}",
        code=code,
        context={"symbol": _show(question), "interval": question.interval},
    )


def _show(question: Question) -> str:
    return question.symbol if isinstance(question.symbol, str) else ".".join(question.symbol)


def _first_line(error: BaseException) -> str:
    text = str(error).split(" See http")[0].strip().rstrip(".")
    return text.splitlines()[0][:160] if text else type(error).__name__
