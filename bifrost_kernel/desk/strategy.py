"""The desk's research verbs: strategies, backtests and the record of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from bifrost_kernel.desk.core import DeskCore, as_list, as_mapping, as_symbol
from bifrost_kernel.display.backtest import BacktestView
from bifrost_kernel.display.bars import BarsView
from bifrost_kernel.display.progress import NotebookProgress
from bifrost_kernel.display.runs import ComparisonView, RunsView
from bifrost_kernel.display.strategies import StrategiesView, StrategyView
from bifrost_kernel.domain.backtest import BacktestSpec
from bifrost_kernel.domain.bars import Adjustment, BarSet, BarSpec
from bifrost_kernel.domain.errors import InvalidInputError, MissingExtraError, require
from bifrost_kernel.domain.reading import (
    TradingOptions,
    read_choice,
    read_date,
    read_trading,
    require_trading_options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bifrost_kernel.desk.core import Day, Symbols
    from bifrost_kernel.domain.instruments import InstrumentId
    from bifrost_kernel.domain.strategies import Parameter, Strategy
    from bifrost_kernel.widgets.explorer.widget import BacktestExplorer


_DAY = BarSpec(1, "d")


class StrategyVerbs(DeskCore):
    """Strategies, backtests and the record of runs."""

    def strategies(
        self, name: str | None = None, *, namespace: Mapping[str, object] | None = None
    ) -> StrategiesView | StrategyView:
        """Return all strategies at hand, or one with its parameters and source.

        Parameters
        ----------
        name
            The one to show.
        namespace
            The notebook's variables, where strategies of its cells are found.
        """
        if name is not None:
            return StrategyView(self._backend.find_strategy(name, namespace))
        return StrategiesView(self._backend.strategies_at_hand(namespace))

    def parameters_of(
        self, strategy: str, *, namespace: Mapping[str, object] | None = None
    ) -> tuple[Parameter, ...]:
        """Return a strategy's parameters, without opening what is kept: completion asks."""
        from bifrost_kernel.workflows.strategy import find_strategy

        return find_strategy(strategy, namespace).parameters

    def backtest(
        self,
        strategy: str | Strategy | type | Any,
        symbols: Symbols = (),
        *,
        bars: Any = None,
        start: Day = None,
        end: Day = None,
        params: Mapping[str, object] | None = None,
        interval: str = "1d",
        adjust: str = "all",
        provider: str | None = None,
        engine: str = "auto",
        check: bool = False,
        benchmark: str | None = None,
        namespace: Mapping[str, object] | None = None,
        **trading: Unpack[TradingOptions],
    ) -> BacktestView:
        """Run a strategy over bars and keep the record.

        Parameters
        ----------
        strategy
            A name, a declared strategy, a function of bars, or a ``bt.Strategy`` class.
        symbols
            What to trade: symbols, aliases, SYMBOL.MIC or names of universes.
        bars
            Own data instead of symbols: a DataFrame, a mapping of symbol to DataFrame, or bars
            that `bars` returned.
        start, end
            First and last session, both included.
        params
            The strategy's parameters by name.
        interval, adjust, provider
            As for `desk.bars`. Of own data frames `interval` says how long their bars are, where
            their times do not tell.
        engine
            ``auto``: ``compiled`` wherever the strategy allows, else ``backtrader``; or one of
            the two by name. Both give the same figures to the last bit.
        check
            Run it on both, compare every value to the last bit, and say where they first differ.
        benchmark
            Symbol to compare with; None = buy and hold what was traded, equal weights.
        namespace
            The notebook's variables, where strategies of its cells are found.
        **trading
            The account: cash, size (100 units, or "95%" of the cash), commission (0.001 =
            0.1 %), commission_kind, margin, multiplier, slippage, slippage_kind,
            slippage_on_open, slippage_on_limit, slippage_capped, slippage_outside, filler,
            filler_value, leverage, interest, interest_on_longs, cheat_on_close, cheat_on_open,
            short_cash; each is explained at `bifrost_kernel.domain.reading.read_trading`.

        Returns
        -------
        BacktestView
            Shows itself; ``.nav``, ``.fills``, ``.orders``, ``.round_trips``, ``.metrics``,
            ``.manifest``, ``.check``, ``.plot()``, ``.to_html(path)``.
        """
        require_trading_options(trading)
        require(isinstance(check, bool), "check", check, "True or False")
        found = self._backend.find_strategy(strategy, namespace)
        account = read_trading(**trading)
        source: Any = {"start": start, "end": end, "adjust": adjust, "provider": provider}
        if bars is None:
            wanted = as_list(symbols)
            require(wanted, "symbols", symbols, "at least one", "Try: %backtest sma_cross AAPL")
            bar_set = self._fetch(wanted, interval=interval, **source)
        else:
            bar_set = self._own_bars(bars, as_list(symbols), interval, source)
        spec = BacktestSpec(
            strategy=found.name,
            parameters=tuple(as_mapping(params, "params").items()),
            instrument_ids=bar_set.instrument_ids,
            start=read_date(start, "start"),
            end=read_date(end, "end", is_end=True),
            spec=bar_set.spec,
            adjustment=bar_set.adjustment,
            trading=account,
            engine=engine,
            benchmark=None if benchmark is None else self._resolve_benchmark(benchmark),
        )
        compared = (
            None
            if benchmark is None
            else self._fetch(
                (benchmark,),
                interval=str(bar_set.spec),
                **{**source, "adjust": bar_set.adjustment.value},
            )
        )
        return BacktestView(
            self._backend.run_backtest(
                strategy_found=found,
                spec=spec,
                bars=bar_set,
                benchmark=compared,
                progress=NotebookProgress(),
                is_checked=check,
            )
        )

    def runs(self, limit: int = 50) -> RunsView:
        """Return the newest runs."""
        return RunsView(self._backend.list_runs(limit))

    def run(self, run_id: str = "last") -> BacktestView:
        """Return the run of that id, the beginning of an id, or the newest."""
        return BacktestView(self._backend.load_run(run_id))

    def compare(self, left: str, right: str) -> ComparisonView:
        """Return two runs side by side: figures, nav, and what differs in question and data."""
        return ComparisonView(self._backend.load_run(left), self._backend.load_run(right))

    def explorer(self) -> BacktestExplorer:
        """Return the widget that chooses strategy, symbols and parameters and shows the report.

        Raises
        ------
        MissingExtraError
            If ipywidgets is not installed.
        """
        try:
            from bifrost_kernel.widgets.explorer.widget import BacktestExplorer
        except ModuleNotFoundError as error:
            raise MissingExtraError.of("the explorer", "dashboards") from error

        return BacktestExplorer(
            strategies=tuple(self._backend.strategies_at_hand(None).values()),
            symbols=self.known("symbols"),
            run=self.backtest,
        )

    def _resolve_benchmark(self, symbol: str) -> InstrumentId:
        return self._backend.resolve(as_symbol(symbol)).id

    def _own_bars(
        self, bars: Any, symbols: tuple[str, ...], interval: str, source: Mapping[str, Any]
    ) -> BarSet:
        given = bars.bars if isinstance(bars, BarsView) else bars
        spec = BarSpec.parse(interval)
        adjustment = read_choice(Adjustment, source["adjust"], "adjust")
        if isinstance(given, BarSet):
            asked = {one: source[one] for one in ("start", "end", "provider")}
            asked |= {"symbols": symbols or None}
            asked["interval"] = interval if spec not in (_DAY, given.spec) else None
            asked["adjust"] = (
                adjustment.value if adjustment not in (Adjustment.ALL, given.adjustment) else None
            )
            _require_none_of(asked)
            return given
        require(
            source["provider"] is None, "provider", source["provider"],
            "none beside bars of your own",
        )  # fmt: skip
        return self._backend.assemble_frames(
            given,
            symbols,
            start=read_date(source["start"], "start"),
            end=read_date(source["end"], "end", is_end=True),
            adjustment=adjustment,
            spec=None if spec == _DAY else spec,
        )


def _require_none_of(asked: Mapping[str, object]) -> None:
    name = next((name for name, value in asked.items() if value is not None), None)
    if name is not None:
        raise InvalidInputError(
            f"bars: a bar set is taken whole, {name} was {asked[name]!r}. Give {name} to desk.bars",
            context={"name": name, "value": asked[name]},
        )
