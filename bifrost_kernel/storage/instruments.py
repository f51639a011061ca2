"""Instruments, their aliases and named universes in one SQLite file."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError, require
from bifrost_kernel.domain.instruments import Instrument, InstrumentId, InstrumentKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import sqlalchemy as sa

    from bifrost_kernel.storage.database import Database

_WAY_OUT = "`%symbols` searches and adds."


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
        with self._read() as connection:
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
        import sqlalchemy as sa

        table = _schema().instruments
        wanted = sa.func.instr(table.c.search_text, _storable(text).strip().casefold()) > 0
        if not with_retired:
            wanted &= table.c.is_retired.is_(False)
        with self._read() as connection:
            return tuple(_select(connection, wanted))

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
        import sqlalchemy as sa

        table = _schema().universes
        query = sa.select(table).order_by(table.c.name, table.c.position)
        found: dict[str, list[InstrumentId]] = {}
        with self._read() as connection:
            for row in connection.execute(query):
                found.setdefault(row.name, []).append(InstrumentId(row.symbol, row.mic))
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
        import sqlalchemy as sa

        label = name.strip()
        require(
            0 < len(label) <= 64 and label.isprintable(),
            "universe name",
            name,
            "1 to 64 printable characters",
        )
        tables = _schema()
        rows = [
            {"name": label, "position": position, "symbol": one.symbol, "mic": one.mic}
            for position, one in enumerate(dict.fromkeys(members))
        ]
        with self._database().write() as connection:
            known = {InstrumentId(*row) for row in connection.execute(_ids())}
            for one in members:
                if one not in known:
                    raise UnknownNameError.of("instrument", str(one), map(str, known), _WAY_OUT)
            connection.execute(sa.delete(tables.universes).where(tables.universes.c.name == label))
            if rows:
                connection.execute(sa.insert(tables.universes), rows)

    def _read(self) -> AbstractContextManager[sa.Connection]:
        return self._database().read()

    def _database(self) -> Database:
        # A home that was deleted meanwhile is as new: its seeds are sown again.
        if self._opened is None or not self._path.exists():
            from bifrost_kernel.storage.database import Database

            database = Database(self._path, _schema().metadata)
            _sow(database, tuple(self._seeds))
            self._opened = database
        return self._opened


@dataclass(frozen=True, slots=True)
class _Schema:
    metadata: sa.MetaData
    instruments: sa.Table
    aliases: sa.Table
    universes: sa.Table


@cache
def _schema() -> _Schema:
    import sqlalchemy as sa

    metadata = sa.MetaData()
    instruments = sa.Table(
        "instruments",
        metadata,
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("mic", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("tick_size", sa.Text, nullable=False),
        sa.Column("lot_size", sa.Text, nullable=False),
        sa.Column("multiplier", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("is_retired", sa.Boolean, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
    )

    def owner() -> tuple[Any, ...]:
        return (
            sa.Column("symbol", sa.Text, nullable=False),
            sa.Column("mic", sa.Text, nullable=False),
            sa.ForeignKeyConstraint(
                ["symbol", "mic"], ["instruments.symbol", "instruments.mic"], ondelete="CASCADE"
            ),
        )

    aliases = sa.Table(
        "aliases",
        metadata,
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        *owner(),
    )
    universes = sa.Table(
        "universes",
        metadata,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        *owner(),
    )
    return _Schema(metadata, instruments, aliases, universes)


def _ids() -> sa.Select[Any]:
    import sqlalchemy as sa

    table = _schema().instruments
    return sa.select(table.c.symbol, table.c.mic)


def _sow(database: Database, seeds: tuple[Instrument, ...]) -> None:
    if not seeds:
        return
    with database.read() as connection:
        known = {InstrumentId(*row) for row in connection.execute(_ids())}
    if all(one.id in known for one in seeds):
        return
    with database.write() as connection:
        known = {InstrumentId(*row) for row in connection.execute(_ids())}
        for one in seeds:
            if one.id in known:
                continue
            try:
                _require_free_names(connection, one)
            except InvalidInputError:
                continue  # a person gave that name to something else
            _write(connection, one)


def _candidates(connection: sa.Connection, key: str) -> list[Instrument]:
    import sqlalchemy as sa

    tables = _schema()
    table, aliases = tables.instruments, tables.aliases
    symbol, _, mic = key.rpartition(".")
    owners = sa.select(aliases.c.symbol, aliases.c.mic).where(aliases.c.key == key)
    for wanted in (
        sa.and_(table.c.symbol == symbol, table.c.mic == mic),
        table.c.symbol == key,
        sa.tuple_(table.c.symbol, table.c.mic).in_(owners),
    ):
        found = _select(connection, wanted)
        if found:
            return found
    return []


def _select(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> list[Instrument]:
    import sqlalchemy as sa

    tables = _schema()
    table, aliases = tables.instruments, tables.aliases
    both = sa.and_(aliases.c.symbol == table.c.symbol, aliases.c.mic == table.c.mic)
    query = (
        sa.select(table, aliases.c.alias)
        .select_from(table.outerjoin(aliases, both))
        .where(wanted)
        .order_by(table.c.symbol, table.c.mic, aliases.c.position)
    )
    rows: dict[InstrumentId, sa.Row[Any]] = {}
    names: dict[InstrumentId, list[str]] = {}
    for row in connection.execute(query):
        key = InstrumentId(row.symbol, row.mic)
        rows.setdefault(key, row)
        names.setdefault(key, []).extend([row.alias] if row.alias is not None else [])
    return [_to_instrument(key, row, tuple(names[key])) for key, row in rows.items()]


def _to_instrument(key: InstrumentId, row: sa.Row[Any], aliases: tuple[str, ...]) -> Instrument:
    return Instrument(
        id=key,
        name=row.name,
        kind=InstrumentKind(row.kind),
        currency=row.currency,
        tick_size=Decimal(row.tick_size),
        lot_size=Decimal(row.lot_size),
        multiplier=Decimal(row.multiplier),
        aliases=aliases,
        provider=row.provider,
        is_retired=row.is_retired,
    )


def _storable(text: str) -> str:
    return text.encode(errors="replace").decode()


def _known_names(connection: sa.Connection) -> list[str]:
    import sqlalchemy as sa

    tables = _schema()
    symbols = connection.execute(sa.select(tables.instruments.c.symbol)).scalars()
    return [*symbols, *connection.execute(sa.select(tables.aliases.c.alias)).scalars()]


def _require_distinct_aliases(instrument: Instrument) -> None:
    keys = [alias.strip().upper() for alias in instrument.aliases]
    for alias, key in zip(instrument.aliases, keys, strict=True):
        require(key and key.isprintable(), "alias", alias, "printable text")
        require(keys.count(key) == 1, "alias", alias, "to be listed once")


def _require_free_names(connection: sa.Connection, instrument: Instrument) -> None:
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


def _write(connection: sa.Connection, instrument: Instrument) -> None:
    import sqlalchemy as sa
    from sqlalchemy.dialects.sqlite import insert

    tables = _schema()
    key = {"symbol": instrument.id.symbol, "mic": instrument.id.mic}
    words = (instrument.id.symbol, instrument.name, *instrument.aliases)
    values = {
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
    upsert = insert(tables.instruments).values(**key, **values)
    connection.execute(upsert.on_conflict_do_update(index_elements=list(key), set_=values))
    table = tables.aliases
    connection.execute(
        sa.delete(table).where(table.c.symbol == key["symbol"], table.c.mic == key["mic"])
    )
    rows = [
        {**key, "key": alias.strip().upper(), "alias": alias, "position": position}
        for position, alias in enumerate(instrument.aliases)
    ]
    if rows:
        connection.execute(sa.insert(table), rows)
