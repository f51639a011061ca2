"""Strategies: the list of them, and one whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from bifrost_kernel.domain.strategies import Parameter, Strategy

_SCOPES = {"each": "one at a time", "together": "all at once"}


class StrategiesView:
    """Strategies at hand, by name.

    Parameters
    ----------
    strategies
        Name to strategy.
    """

    def __init__(self, strategies: Mapping[str, Strategy]) -> None:
        self._strategies = dict(strategies)

    def __len__(self) -> int:
        return len(self._strategies)

    def __getitem__(self, name: str) -> StrategyView:
        from bifrost_kernel.domain.errors import UnknownNameError

        if name not in self._strategies:
            raise UnknownNameError.of("strategy", name, self._strategies)
        return StrategyView(self._strategies[name])

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in alphabetical order."""
        return tuple(sorted(self._strategies))

    @property
    def df(self) -> pd.DataFrame:
        """One row for each: summary, parameters with defaults, what it sees at once."""
        import pandas as pd

        rows = [
            {
                "name": name,
                "summary": self._strategies[name].summary,
                "parameters": {one.name: one.default for one in self._strategies[name].parameters},
                "scope": self._strategies[name].scope.value,
            }
            for name in self.names
        ]
        columns = ["name", "summary", "parameters", "scope"]
        return pd.DataFrame(rows, columns=columns).set_index("name")

    def __repr__(self) -> str:
        from bifrost_kernel.display.text import text_table

        rows = [
            (name, _defaults(self._strategies[name]), _scope(self._strategies[name]),
             self._strategies[name].summary)
            for name in self.names
        ]  # fmt: skip
        return text_table(["Strategy", "Parameters", "Sees", "What it does"], rows)

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.markup import join, table, tag
        from bifrost_kernel.display.page import output_html
        from bifrost_kernel.display.report_html import foot_html, head_html

        rows = []
        for name in self.names:
            one = self._strategies[name]
            ranges = join(
                (tag("span", _in_short(knob), title=_in_full(knob)) for knob in one.parameters),
                ", ",
            )
            rows.append((tag("b", name), one.summary, ranges, _scope(one)))
        shown = table(("Strategy", "What it does", "Parameters", "Instruments seen"), rows,
                      caption="Strategies", class_="bf-prose")  # fmt: skip
        head = head_html("Strategies", f"{len(self)} at hand")
        foot = foot_html(["%strategies NAME shows one whole"], (".df",))
        return output_html(join((head, shown, foot)))


class StrategyView:
    """One strategy: what it does, its parameters, its source.

    Parameters
    ----------
    strategy
        The strategy.
    """

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy

    @property
    def strategy(self) -> Strategy:
        """The strategy behind this view."""
        return self._strategy

    @property
    def name(self) -> str:
        """How it is called."""
        return self._strategy.name

    @property
    def source(self) -> str:
        """Its source text."""
        return self._strategy.source

    @property
    def df(self) -> pd.DataFrame:
        """One row for each parameter: default, range or choices, what it does."""
        import pandas as pd

        rows = [
            {
                "parameter": one.name,
                "default": one.default,
                "allowed": one.expectation,
                "summary": one.summary,
            }
            for one in self._strategy.parameters
        ]
        columns = ["parameter", "default", "allowed", "summary"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    def __repr__(self) -> str:
        from bifrost_kernel.display.text import text_table, wrap

        one = self._strategy
        parts = [f"{one.name}\n{wrap(one.summary)}"]
        if one.parameters:
            columns = ["Parameter", "Default", "Allowed", "What it does"]
            parts.append(text_table(columns, self._rows(), numeric=(1,), indent=2))
        parts.append(f"sees instruments {_scope(one)}")
        if one.source:
            parts.append(one.source.rstrip())
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.markup import join, table, tag
        from bifrost_kernel.display.page import output_html
        from bifrost_kernel.display.report_html import chip, foot_html, head_html

        one = self._strategy
        parts = [head_html(one.name, one.summary, [chip(f"sees instruments {_scope(one)}")])]
        if one.parameters:
            columns = ("Parameter", "Default", "Allowed", "What it does")
            parts.append(
                table(columns, self._rows(), numeric=(1,), caption="Parameters", class_="bf-prose")
            )
        if one.source:
            parts.append(tag("pre", one.source.rstrip(), class_="bf-verbatim", tabindex=0))
        example = f"%backtest {one.name} AAPL"
        parts.append(foot_html([example], (".df", ".source")))
        return output_html(join(parts))

    def _rows(self) -> list[tuple[str, str, str, str]]:
        from bifrost_kernel.display.wording import describe_value

        return [
            (one.name, describe_value(one.default), one.expectation, one.summary)
            for one in self._strategy.parameters
        ]


def _scope(strategy: Strategy) -> str:
    return _SCOPES[strategy.scope.value]


def _defaults(strategy: Strategy) -> str:
    return ", ".join(_in_short(one) for one in strategy.parameters)


def _in_short(parameter: Parameter) -> str:
    from bifrost_kernel.display.wording import describe_value

    return f"{parameter.name} {describe_value(parameter.default)}"


def _in_full(parameter: Parameter) -> str:
    return ": ".join(filter(None, (parameter.expectation, parameter.summary)))
