"""``%backtest``, ``%%backtest`` and ``%strategies``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError
from bifrost_kernel.domain.trading import CommissionKind, FillerKind, SlippageKind
from bifrost_kernel.magics.cell import declare_strategy
from bifrost_kernel.magics.forms import Command, Form, Option, Word
from bifrost_kernel.magics.marketdata import RANGE_OPTIONS, SYMBOLS
from bifrost_kernel.magics.values import (
    COUNT,
    ENGINE,
    FRACTION,
    NAME,
    NUMBER,
    SIZE,
    SWITCH,
    choice,
)

if TYPE_CHECKING:
    from bifrost_kernel.magics.forms import Request

_RUN = Word("run", "a run's id, the beginning of one, or `last`", "RUN", "runs")
_OPTIONS = (
    *RANGE_OPTIONS,
    Option("bars", "own data: a variable that holds a DataFrame or bars", NAME, source="variables"),
    Option(
        "engine",
        "simulator: compiled, backtrader (the reference), or compiled wherever it can",
        ENGINE,
        "auto",
        "simulators",
    ),
    Option("check", "run it on both simulators and compare every value", SWITCH, default=False),
    Option(
        "benchmark", "symbol to compare with", default="buy and hold of SYMBOL", source="symbols"
    ),
    Option("cash", "opening cash, currency", NUMBER, 1_000_000.0),
    Option("size", "an entry's size: units (100) or percent of cash (95%)", SIZE, "95%"),
    Option("commission", "see --commission-kind; 0.001 = 0.1%", FRACTION, 0.0),
    Option(
        "commission-kind",
        "fraction of notional, currency per share, per order or per contract",
        choice("KIND", *CommissionKind),
        "percent",
    ),
    Option("margin", "futures: cash bound per contract, currency", NUMBER),
    Option("multiplier", "futures: currency per point", NUMBER, 1.0),
    Option("slippage", "fraction of the price, or currency per unit", FRACTION, 0.0),
    Option("slippage-kind", "what --slippage counts", choice("KIND", *SlippageKind), "percent"),
    Option("slippage-on-open", "slip fills at the open too", SWITCH, default=False),
    Option("slippage-on-limit", "slip limit orders, never past the limit", SWITCH, default=True),
    Option("slippage-capped", "cap slipped prices to the bar's range", SWITCH, default=True),
    Option("slippage-outside", "let fills at the open slip past the bar", SWITCH, default=False),
    Option("filler", "how much of an order a bar fills", choice("KIND", *FillerKind), "all"),
    Option("filler-value", "units, or percent of the bar's volume", NUMBER, 100.0),
    Option("leverage", "value of a position over the cash it binds", NUMBER, 1.0),
    Option("interest", "fraction per year on short positions", FRACTION, 0.0),
    Option("interest-on-longs", "charge interest on long positions too", SWITCH, default=False),
    Option("cheat-on-close", "fill at the close of the signal's bar", SWITCH, default=False),
    Option("cheat-on-open", "decide before the open, fill at it", SWITCH, default=False),
    Option("short-cash", "short sales add their proceeds to cash", SWITCH, default=True),
)


def _backtest(request: Request) -> object:
    values = dict(request.values)
    strategy = values.pop("strategy")
    return _run(request, strategy, values)


def _backtest_cell(request: Request) -> object:
    values = dict(request.values)
    for symbol in values.get("symbols", ()):
        if symbol in request.desk.known("strategies"):
            raise InvalidInputError(
                f"%%backtest takes its strategy from the cell's body, was {symbol!r}. Leave it "
                f"out, or write `%backtest {symbol} SYMBOL` on a line of its own.",
                context={"value": symbol},
            )
    out = values.pop("out", None)
    strategy = declare_strategy(request.shell, request.body or "")
    view = _run(request, strategy, values)
    if out is not None:
        request.shell.push({out: view})
    return view


def _run(request: Request, strategy: Any, values: dict[str, Any]) -> object:
    symbols = values.pop("symbols", ())
    if "bars" in values:
        values["bars"] = _variable(request, values["bars"])
    elif not symbols:
        if isinstance(strategy, str):
            request.desk.parameters_of(strategy, namespace=request.namespace)  # or it is unknown
        raise InvalidInputError(
            "SYMBOL is missing: write `%backtest STRATEGY SYMBOL...`, for example "
            f"`%backtest {strategy if isinstance(strategy, str) else 'sma_cross'} AAPL`",
            context={"name": "symbols"},
        )
    if isinstance(strategy, str):
        _refuse_misplaced(request, strategy)
    return request.desk.backtest(
        strategy, symbols, params=request.parameters, namespace=request.namespace, **values
    )


def _variable(request: Request, name: str) -> object:
    if name not in request.namespace:
        known = [one for one in request.namespace if not one.startswith("_")]
        raise UnknownNameError.of("variable", name, known)
    return request.namespace[name]


def _refuse_misplaced(request: Request, strategy: str) -> None:
    options = {one.argument: one for one in _OPTIONS}
    wrong = [name for name in request.parameters if name.replace("-", "_") in options]
    if not wrong:
        return
    taken = {one.name for one in request.desk.parameters_of(strategy, namespace=request.namespace)}
    for name in wrong:
        if name not in taken:
            option = options[name.replace("-", "_")]
            raise InvalidInputError(
                f"{name} is an option, not a parameter of {strategy}: write `{option.usage}`",
                context={"name": name},
            )


def _last(request: Request) -> object:
    return request.desk.run("last")


def _list(request: Request) -> object:
    return request.desk.runs(**request.values)


def _open(request: Request) -> object:
    return request.desk.run(request.values["run"])


def _compare(request: Request) -> object:
    return request.desk.compare(request.values["left"], request.values["right"])


def _strategies(request: Request) -> object:
    return request.desk.strategies(request.values.get("name"), namespace=request.namespace)


BACKTEST = Command(
    "backtest",
    "Run a strategy over bars, keep the run, and show the report.",
    forms=(
        Form(
            "",
            "run a strategy",
            _backtest,
            words=(
                Word(
                    "strategy",
                    "a strategy's name: built in, or declared in this notebook",
                    "STRATEGY",
                    "strategies",
                ),
                Word(
                    SYMBOLS.name,
                    SYMBOLS.summary,
                    SYMBOLS.metavar,
                    SYMBOLS.source,
                    is_optional=True,
                    is_many=True,
                ),
            ),
            options=_OPTIONS,
            parameters="the strategy",
        ),
        Form("--last", "show the newest run again", _last),
        Form(
            "--list",
            "list the newest runs",
            _list,
            options=(Option("limit", "how many", COUNT, 50),),
        ),
        Form("--run", "show a run again", _open, words=(_RUN,)),
        Form(
            "--compare",
            "two runs side by side, and what differs",
            _compare,
            words=(
                Word("left", _RUN.summary, "RUN", "runs"),
                Word("right", _RUN.summary, "RUN", "runs"),
            ),
        ),
    ),
    cell=Form(
        "",
        "run the strategy that the cell's body declares",
        _backtest_cell,
        words=(
            Word(
                SYMBOLS.name,
                SYMBOLS.summary,
                SYMBOLS.metavar,
                SYMBOLS.source,
                is_optional=True,
                is_many=True,
            ),
        ),
        options=(*_OPTIONS, Option("out", "variable that keeps the result", NAME)),
        parameters="the strategy",
    ),
    examples=(
        ("%backtest sma_cross AAPL fast=10 slow=30", "one strategy, one symbol"),
        (
            "r = %backtest sma_cross AAPL --cash 1000000 --size 100 --commission 0.1%",
            "keep the result: r.nav, r.fills, r.metrics",
        ),
        ("%backtest momentum_rotation AAPL MSFT IBM --start 2005 --end 2012", "several symbols"),
        ("%backtest sma_cross AAPL fast={{n}}", "the value of the variable n"),
        (
            "%backtest sma_cross AAPL --check",
            "run it on Backtrader too: where do the two first differ?",
        ),
        ("%backtest --compare last 7f3a", "the newest run beside another"),
    ),
    cell_example=(
        "%%backtest AAPL fast=20 --out r\n"
        "def breakout(bars, fast=10):\n"
        "    high = bf.indicators.lag(bf.indicators.rolling_max(bars.high, fast))\n"
        "    low = bf.indicators.lag(bf.indicators.rolling_min(bars.low, fast))\n"
        "    return bf.Signals(entries=bars.close > high, exits=bars.close < low)"
    ),
    note=(
        "A strategy in the notebook goes before a built-in one of the same name. `--engine auto` "
        "runs it compiled; what only Backtrader can run (a bt.Strategy class) runs there, and the "
        "report says which it was, and why. Both give the same figures to the last bit. The magic "
        "returns its report and prints nothing, so `r = %backtest ...` gives the object."
    ),
)

STRATEGIES = Command(
    "strategies",
    "List the strategies at hand, or explain one.",
    forms=(
        Form(
            "",
            "all strategies, or one with its parameters and source",
            _strategies,
            words=(Word("name", "the one to explain", "NAME", "strategies", is_optional=True),),
        ),
    ),
    examples=(("%strategies", "all of them"), ("%strategies sma_cross", "one, with parameters")),
)
