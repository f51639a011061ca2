"""Instruments and universes that can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bifrost_kernel.domain.instruments import Instrument, InstrumentId

_COLUMNS = ("Symbol", "Name", "Kind", "Currency", "Provider", "Also", "")
_LIMIT = 50


class SymbolsView:
    """Instruments that were found, and the universes.

    Parameters
    ----------
    instruments
        In the order to show.
    universes
        Members by name.
    """

    def __init__(
        self,
        instruments: Sequence[Instrument],
        universes: Mapping[str, Sequence[InstrumentId]],
    ) -> None:
        self._instruments = tuple(instruments)
        self._universes = {name: tuple(members) for name, members in universes.items()}

    def __len__(self) -> int:
        return len(self._instruments)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The instruments."""
        return self._instruments

    @property
    def universes(self) -> Mapping[str, tuple[InstrumentId, ...]]:
        """Members of every named universe."""
        return dict(self._universes)

    @property
    def df(self) -> pd.DataFrame:
        """One row for each instrument, by SYMBOL.MIC."""
        import pandas as pd

        rows = [
            {
                "instrument": str(one.id),
                "symbol": one.id.symbol,
                "name": one.name,
                "kind": one.kind.value,
                "currency": one.currency,
                "provider": one.provider,
                "aliases": list(one.aliases),
                "is_retired": one.is_retired,
            }
            for one in self._instruments
        ]
        columns = ["instrument", "symbol", "name", "kind", "currency", "provider", "aliases",
                   "is_retired"]  # fmt: skip
        return pd.DataFrame(rows, columns=columns).set_index("instrument")

    def __repr__(self) -> str:
        from bifrost_kernel.display.text import plain, text_table

        parts = ["no instrument answers to that. %symbols lists all."]
        if self._instruments:
            told = self._told()
            parts = [text_table(list(_COLUMNS), self._cells()) + (f"\n{told}" if told else "")]
        if self._universes:
            rows = [(name, _members(members)) for name, members in sorted(self._universes.items())]
            parts.append(text_table(["Universe", "Members"], rows))
        return "\n\n".join("\n".join(plain(line) for line in one.split("\n")) for one in parts)

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.markup import join, table, tag
        from bifrost_kernel.display.page import output_html
        from bifrost_kernel.display.report_html import foot_html, head_html

        parts = [head_html("Symbols", f"{len(self)} found")]
        if self._instruments:
            cells = [(tag("b", row[0]), *row[1:]) for row in self._cells()]
            parts.append(table(_COLUMNS, cells, caption="Instruments"))
            parts.append(tag("p", self._told(), class_="bf-muted"))
        else:
            text = "No instrument answers to that. %symbols lists all."
            parts.append(tag("p", text, class_="bf-muted"))
        if self._universes:
            rows = [
                (tag("b", name), _members(members))
                for name, members in sorted(self._universes.items())
            ]
            shown = table(("Universe", "Members"), rows, caption="Universes", class_="bf-prose")
            parts.append(tag("div", shown, class_="bf-section"))
        parts.append(foot_html(["%bars SYMBOL shows its prices"], (".df", ".universes")))
        return output_html(join(parts))

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (
                str(one.id),
                one.name,
                one.kind.value,
                one.currency,
                one.provider,
                ", ".join(one.aliases),
                "retired" if one.is_retired else "",
            )
            for one in self._instruments[:_LIMIT]
        ]

    def _told(self) -> str:
        from bifrost_kernel.look.numbers import format_count

        count = len(self._instruments)
        return f"showing {_LIMIT} of {format_count(count)}; all in .df" if count > _LIMIT else ""


def _members(members: Sequence[InstrumentId]) -> str:
    shown = ", ".join(str(one) for one in members[:12])
    more = len(members) - 12
    return shown + (f" and {more} more" if more > 0 else "")
