"""``%bars`` and ``%symbols``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import Adjustment
from bifrost_kernel.domain.instruments import InstrumentKind
from bifrost_kernel.magics.forms import Command, Form, Option, Word
from bifrost_kernel.magics.values import COLUMNS, FIRST_DATE, INTERVAL, LAST_DATE, SWITCH, choice

if TYPE_CHECKING:
    from bifrost_kernel.magics.forms import Request

SYMBOLS = Word(
    "symbols",
    "symbols, aliases, SYMBOL.MIC or names of universes",
    "SYMBOL",
    "symbols,universes",
    is_many=True,
)
RANGE_OPTIONS = (
    Option("start", "first session, as 2005, 2005-03 or 2005-03-01", FIRST_DATE, "all there is"),
    Option("end", "last session, included", LAST_DATE, "all there is"),
    Option("interval", "length of a bar: 5m, 1h, 1d, 1w", INTERVAL, "1d"),
    Option("adjust", "corporate actions in the prices", choice("WHICH", *Adjustment), "all"),
    Option("provider", "source of the bars", default="each instrument's own", source="providers"),
)


def _bars(request: Request) -> object:
    values = dict(request.values)
    return request.desk.bars(*values.pop("symbols"), **values)


def _import(request: Request) -> object:
    values = dict(request.values)
    return request.desk.import_bars(values.pop("path"), values.pop("symbol"), **values)


def _search(request: Request) -> object:
    values = dict(request.values)
    return request.desk.symbols(" ".join(values.pop("query", ())), **values)


def _add(request: Request) -> object:
    values = dict(request.values)
    return request.desk.add_symbol(values.pop("instrument"), **values)


def _alias(request: Request) -> object:
    return request.desk.alias_symbol(request.values["symbol"], request.values["alias"])


def _retire(request: Request) -> object:
    return request.desk.retire_symbol(request.values["symbol"])


def _restore(request: Request) -> object:
    return request.desk.restore_symbol(request.values["symbol"])


def _universe(request: Request) -> object:
    return request.desk.universe(request.values["name"], request.values.get("symbols", ()))


_SYMBOL = Word("symbol", "a symbol, an alias or SYMBOL.MIC", "SYMBOL", "symbols")

BARS = Command(
    "bars",
    "Show bars with their chart and data-quality report.",
    forms=(
        Form(
            "",
            "fetch, check and show bars",
            _bars,
            words=(SYMBOLS,),
            options=(*RANGE_OPTIONS, Option("refresh", "fetch again what is stored", SWITCH)),
        ),
        Form(
            "import",
            "keep the bars of a CSV or Parquet file under a symbol",
            _import,
            words=(
                Word("path", "a CSV or Parquet file", "FILE"),
                Word("symbol", "the symbol to keep them under", "SYMBOL", "symbols"),
            ),
            options=(
                Option("interval", "length of a bar", INTERVAL, "read off the times"),
                Option("columns", "the file's column for each field", COLUMNS, "usual names"),
                Option("timezone", "of times that carry none", default="UTC"),
                Option(
                    "stamp", "what the times tell of a bar", choice("WHICH", "end", "start"), "end"
                ),
            ),
        ),
    ),
    examples=(
        ("%bars AAPL MSFT --start 2005 --end 2013", "two instruments over nine years"),
        ("%bars AAPL --interval 1w --adjust none", "weekly bars at the prices of the day"),
        ("%bars import prices.csv ACME --columns close=Last", "bars from a file"),
    ),
)

SYMBOL_COMMAND = Command(
    "symbols",
    "Search, add, alias and retire instruments; name universes.",
    forms=(
        Form(
            "",
            "search symbols, names and aliases; without a text, all",
            _search,
            words=(
                Word(
                    "query", "what to look for", "TEXT", "symbols", is_optional=True, is_many=True
                ),
            ),
            options=(Option("retired", "show retired ones too", SWITCH, keyword="with_retired"),),
        ),
        Form(
            "add",
            "add an instrument, or replace it",
            _add,
            words=(Word("instrument", "symbol and market, as NVDA.XNAS", "SYMBOL.MIC"),),
            options=(
                Option("name", "what people call it"),
                Option("kind", "what it is", choice("KIND", *InstrumentKind), "equity"),
                Option("currency", "ISO 4217 code of its prices", default="USD"),
                Option("provider", "source of its bars", default="sample", source="providers"),
                Option("alias", "another symbol for it", is_many=True, keyword="aliases"),
            ),
        ),
        Form(
            "alias",
            "give an instrument another symbol",
            _alias,
            words=(_SYMBOL, Word("alias", "the other symbol", "ALIAS")),
        ),
        Form("retire", "leave it out of searches; its runs stay", _retire, words=(_SYMBOL,)),
        Form("restore", "take a retired one back", _restore, words=(_SYMBOL,)),
        Form(
            "universe",
            "name a list of symbols; without symbols, remove the name",
            _universe,
            words=(
                Word("name", "name of the universe", "NAME", "universes"),
                Word(
                    "symbols", SYMBOLS.summary, "SYMBOL", "symbols", is_optional=True, is_many=True
                ),
            ),
        ),
    ),
    examples=(
        ("%symbols", "all instruments and universes"),
        ("%symbols apple", "those whose symbol, name or alias has it"),
        ("%symbols add NVDA.XNAS --name 'NVIDIA Corporation' --provider yahoo", "add one"),
        ("%symbols universe tech AAPL MSFT GOOG", "name a universe"),
    ),
)
