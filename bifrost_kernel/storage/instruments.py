"""Instruments, their aliases and named universes in one SQLite file."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError, require
from bifrost_kernel.domain.instruments import Instrument, InstrumentId, InstrumentKind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from bifrost_kernel.storage.database import Database

_WAY_OUT = "`%symbols` searches and adds."
_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS instruments (
        symbol TEXT NOT NULL,
        mic TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        currency TEXT NOT NULL,
        tick_size TEXT NOT NULL,
        lot_size TEXT NOT NULL,
        multiplier TEXT NOT NULL,
        provider TEXT NOT NULL,
        is_retired BOOLEAN NOT NULL,
        search_text TEXT NOT NULL,
        PRIMARY KEY (symbol, mic)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS aliases (
        key TEXT NOT NULL PRIMARY KEY,
        alias TEXT NOT NULL,
        position INTEGER NOT NULL,
        symbol TEXT NOT NULL,
        mic TEXT NOT NULL,
        FOREIGN KEY (symbol, mic) REFERENCES instruments (symbol, mic) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS universes (
        name TEXT NOT NULL,
        position INTEGER NOT NULL,
        symbol TEXT NOT NULL,
        mic TEXT NOT NULL,
        PRIMARY KEY (name, position),
        FOREIGN KEY (symbol, mic) REFERENCES instruments (symbol, mic) ON DELETE CASCADE
    )
    """,
)
# What a name means, the best meaning first: an id, a symbol, an alias.
_FIND = """
SELECT CASE WHEN symbol = :symbol AND mic = :mic THEN 0 WHEN symbol = :key THEN 1 ELSE 2 END
    AS rank, instruments.*, aliases.alias
FROM instruments LEFT JOIN aliases USING (symbol, mic)
WHERE (symbol = :symbol AND mic = :mic) OR symbol = :key
    OR (symbol, mic) IN (SELECT symbol, mic FROM aliases WHERE key = :key)
ORDER BY rank, symbol, mic, aliases.position
"""
_SEARCH = """
SELECT 0 AS rank, instruments.*, aliases.alias
FROM instruments LEFT JOIN aliases USING (symbol, mic)
WHERE instr(search_text, ?) > 0 AND (NOT is_retired OR ?)
ORDER BY symbol, mic, aliases.position
"""
# An upsert, not a replacement: that would take aliases and universes along.
_PUT = """
INSERT INTO instruments VALUES (
    :symbol, :mic, :name, :kind, :currency, :tick_size, :lot_size, :multiplier, :provider,
    :is_retired, :search_text
)
ON CONFLICT (symbol, mic) DO UPDATE SET
    name = :name, kind = :kind, currency = :currency, tick_size = :tick_size,
    lot_size = :lot_size, multiplier = :multiplier, provider = :provider,
    is_retired = :is_retired, search_text = :search_text
"""


class SqlInstrumentStore:
    """The `InstrumentStore` in a SQLite file; nothing is opened before the first use.

    Parameters
    ----------
    path
        The file.
    seeds
        Instruments that are there from the start; what a person changed since wins.
    """

    def __init__(self, path: Path, seeds: Iterable[Instrument] = ()) -> None:
        self._path = path
        self._seeds = seeds
        self._opened: Database | None = None

    def resolve(self, text: str) -> Instrument:
        """Return the instrument that a symbol, alias or SYMBOL.MIC names, retired ones too.

        Raises
        ------
        UnknownNameError
            Nothing answers to it; the message suggests the nearest symbol.
        InvalidInputError
            The symbol is listed on several venues; the message names them.
        """
        key = _storable(text).strip().upper()
        with self._database().read() as connection:
            found = _candidates(connection, key)
            names = [] if found else _known_names(connection)
        if not found:
            raise UnknownNameError.of("symbol", text, names, _WAY_OUT)
        active = [one for one in found if not one.is_retired] or found
        if len(active) > 1:
            choices = " or ".join(repr(str(one.id)) for one in active)
            raise InvalidInputError(
                f"symbol {text!r}: listed on {len(active)} venues. Say which: {choices}",
                code="ambiguous-name",
                context={"name": text, "choices": tuple(str(one.id) for one in active)},
            )
        return active[0]

    def search(self, text: str = "", *, with_retired: bool = False) -> tuple[Instrument, ...]:
        """Return instruments whose symbol, name or alias contains `text`, by symbol."""
        wanted = (_storable(text).strip().casefold(), with_retired)
        with self._database().read() as connection:
            return tuple(one for _, one in _select(connection, _SEARCH, wanted))

    def put(self, instrument: Instrument) -> None:
        """Add it, or replace the one of the same id.

        Raises
        ------
        InvalidInputError
            An alias of it already names another instrument, or its symbol is another's alias.
        """
        _require_distinct_aliases(instrument)
        name = instrument.name
        require(name == _storable(name), "instrument name", name, "text that UTF-8 can encode")
        with self._database().write() as connection:
            _require_free_names(connection, instrument)
            _write(connection, instrument)

    def universes(self) -> Mapping[str, tuple[InstrumentId, ...]]:
        """Return every named universe, members in the order given."""
        query = "SELECT name, symbol, mic FROM universes ORDER BY name, position"
        found: dict[str, list[InstrumentId]] = {}
        with self._database().read() as connection:
            for name, symbol, mic in connection.execute(query):
                found.setdefault(name, []).append(InstrumentId(symbol, mic))
        return {name: tuple(members) for name, members in found.items()}

    def put_universe(self, name: str, members: Sequence[InstrumentId]) -> None:
        """Name a universe, or replace it; no members removes it.

        Raises
        ------
        InvalidInputError
            The name is blank, longer than 64 characters or not printable.
        UnknownNameError
            A member is not in the store.
        """
        label = name.strip()
        require(
            0 < len(label) <= 64 and label.isprintable(),
            "universe name",
            name,
            "1 to 64 printable characters",
        )
        rows = [
            (label, position, one.symbol, one.mic)
            for position, one in enumerate(dict.fromkeys(members))
        ]
        with self._database().write() as connection:
            known = _known_ids(connection)
            for one in members:
                if one not in known:
                    raise UnknownNameError.of("instrument", str(one), map(str, known), _WAY_OUT)
            connection.execute("DELETE FROM universes WHERE name = ?", (label,))
            connection.executemany("INSERT INTO universes VALUES (?, ?, ?, ?)", rows)

    def _database(self) -> Database:
        # A home that was deleted meanwhile is as new: its seeds are sown again.
        if self._opened is None or not self._path.exists():
            from bifrost_kernel.storage.database import Database

            database = Database(self._path, _TABLES)
            _sow(database, tuple(self._seeds))
            self._opened = database
        return self._opened


def _known_ids(connection: sqlite3.Connection) -> set[InstrumentId]:
    rows = connection.execute("SELECT symbol, mic FROM instruments")
    return {InstrumentId(symbol, mic) for symbol, mic in rows}


def _sow(database: Database, seeds: tuple[Instrument, ...]) -> None:
    if not seeds:
        return
    with database.read() as connection:
        known = _known_ids(connection)
    if all(one.id in known for one in seeds):
        return
    with database.write() as connection:
        known = _known_ids(connection)
        for one in seeds:
            if one.id in known:
                continue
            try:
                _require_free_names(connection, one)
            except InvalidInputError:
                continue  # a person gave that name to something else
            _write(connection, one)


def _candidates(connection: sqlite3.Connection, key: str) -> list[Instrument]:
    symbol, _, mic = key.rpartition(".")
    found = _select(connection, _FIND, {"key": key, "symbol": symbol, "mic": mic})
    return [one for rank, one in found if rank == found[0][0]]


def _select(
    connection: sqlite3.Connection, query: str, values: tuple[object, ...] | dict[str, str]
) -> list[tuple[int, Instrument]]:
    rows: dict[tuple[str, str], sqlite3.Row] = {}
    names: dict[tuple[str, str], list[str]] = {}
    for row in connection.execute(query, values):
        key = (row["symbol"], row["mic"])
        rows.setdefault(key, row)
        names.setdefault(key, []).extend([row["alias"]] if row["alias"] is not None else [])
    return [(row["rank"], _to_instrument(row, tuple(names[key]))) for key, row in rows.items()]


def _to_instrument(row: sqlite3.Row, aliases: tuple[str, ...]) -> Instrument:
    return Instrument(
        id=InstrumentId(row["symbol"], row["mic"]),
        name=row["name"],
        kind=InstrumentKind(row["kind"]),
        currency=row["currency"],
        tick_size=Decimal(row["tick_size"]),
        lot_size=Decimal(row["lot_size"]),
        multiplier=Decimal(row["multiplier"]),
        aliases=aliases,
        provider=row["provider"],
        is_retired=bool(row["is_retired"]),
    )


def _storable(text: str) -> str:
    return text.encode(errors="replace").decode()


def _known_names(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT symbol FROM instruments UNION ALL SELECT alias FROM aliases")
    return [name for (name,) in rows]


def _require_distinct_aliases(instrument: Instrument) -> None:
    keys = [alias.strip().upper() for alias in instrument.aliases]
    for alias, key in zip(instrument.aliases, keys, strict=True):
        require(key and key.isprintable(), "alias", alias, "printable text")
        require(keys.count(key) == 1, "alias", alias, "to be listed once")


def _require_free_names(connection: sqlite3.Connection, instrument: Instrument) -> None:
    for alias in instrument.aliases:
        for other in _candidates(connection, alias.strip().upper()):
            _require_same(instrument, other, "alias", alias)
    taken = [
        one
        for one in _candidates(connection, instrument.id.symbol)
        if one.id.symbol != instrument.id.symbol
    ]
    for other in taken:
        _require_same(instrument, other, "symbol", instrument.id.symbol)


def _require_same(instrument: Instrument, other: Instrument, what: str, name: str) -> None:
    if other.id != instrument.id:
        raise InvalidInputError(
            f"{what} {name!r} of {instrument.id}: already names {other.id}. "
            f"Choose another, or take it away from {other.id} first",
            code="name-taken",
            context={"name": name, "owner": str(other.id)},
        )


def _write(connection: sqlite3.Connection, instrument: Instrument) -> None:
    symbol, mic = instrument.id.symbol, instrument.id.mic
    words = (symbol, instrument.name, *instrument.aliases)
    values = {
        "symbol": symbol,
        "mic": mic,
        "name": instrument.name,
        "kind": instrument.kind.value,
        "currency": instrument.currency,
        "tick_size": str(instrument.tick_size),
        "lot_size": str(instrument.lot_size),
        "multiplier": str(instrument.multiplier),
        "provider": instrument.provider,
        "is_retired": instrument.is_retired,
        "search_text": "\n".join(words).casefold(),
    }
    connection.execute(_PUT, values)
    connection.execute("DELETE FROM aliases WHERE symbol = ? AND mic = ?", (symbol, mic))
    rows = [
        (alias.strip().upper(), alias, position, symbol, mic)
        for position, alias in enumerate(instrument.aliases)
    ]
    connection.executemany("INSERT INTO aliases VALUES (?, ?, ?, ?, ?)", rows)
