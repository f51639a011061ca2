"""The InstrumentStore port, over the SQLite store and an in-memory fake."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.errors import InvalidInputError, StorageError, UnknownNameError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId, InstrumentKind
from bifrost_kernel.storage.instruments import SqlInstrumentStore
from tests.storage_samples import wait_until_closed

AAPL = Instrument(InstrumentId("AAPL", "XNAS"), "Apple Inc.", aliases=("apple",))
IBM = Instrument(InstrumentId("IBM", "XNYS"), "International Business Machines")
BRK = Instrument(InstrumentId("BRK.B", "XNYS"), "Berkshire Hathaway B")
IBM_LONDON = Instrument(InstrumentId("IBM", "XLON"), "IBM in London", currency="GBP")
SEEDS = (AAPL, IBM, BRK)


class FakeInstrumentStore:
    """The port in a dictionary, as plain as can be."""

    def __init__(self, seeds=()):
        self._known = {one.id: one for one in seeds}
        self._universes = {}

    def resolve(self, text):
        """Look for an id, then a symbol, then an alias."""
        key = text.strip().upper()
        found = self._named(key)
        if not found:
            raise UnknownNameError.of("symbol", text, [one.symbol for one in self._known])
        active = [one for one in found if not one.is_retired] or found
        if len(active) > 1:
            raise InvalidInputError(f"symbol {text!r}: {sorted(str(one.id) for one in active)}")
        return active[0]

    def search(self, text="", *, with_retired=False):
        """Look into every word."""
        wanted = text.strip().casefold()
        return tuple(
            one
            for _, one in sorted(self._known.items())
            if any(wanted in word.casefold() for word in (one.id.symbol, one.name, *one.aliases))
            and (with_retired or not one.is_retired)
        )

    def put(self, instrument):
        """Keep it when its names are free."""
        names = [alias.strip().upper() for alias in instrument.aliases]
        if len(set(names)) < len(names):
            raise InvalidInputError("alias listed twice")
        for key in names:
            if any(one.id != instrument.id for one in self._named(key)):
                raise InvalidInputError(f"alias {key!r} is taken")
        symbol = instrument.id.symbol
        if any(one.id.symbol != symbol for one in self._named(symbol)):
            raise InvalidInputError(f"symbol {symbol!r} is taken")
        self._known[instrument.id] = instrument

    def universes(self):
        """Return them by name."""
        return dict(sorted(self._universes.items()))

    def put_universe(self, name, members):
        """Keep the order, drop repetitions."""
        if not name.strip():
            raise InvalidInputError("universe name: expected text")
        for one in members:
            if one not in self._known:
                raise UnknownNameError.of("instrument", str(one), map(str, self._known))
        self._universes[name.strip()] = tuple(dict.fromkeys(members))
        if not members:
            del self._universes[name.strip()]

    def _named(self, key):
        known = self._known.values()
        return (
            [one for one in known if str(one.id) == key]
            or [one for one in known if one.id.symbol == key]
            or [one for one in known if key in [a.strip().upper() for a in one.aliases]]
        )


@pytest.fixture(params=["sql", "fake"])
def store(request, tmp_path):
    """One of the stores, with three instruments in it."""
    if request.param == "fake":
        return FakeInstrumentStore(SEEDS)
    return SqlInstrumentStore(tmp_path / "home" / "instruments.db", SEEDS)


@pytest.mark.parametrize("text", ["AAPL", "aapl", " Aapl ", "AAPL.XNAS", "aapl.xnas", "Apple"])
def test_every_name_of_an_instrument_resolves_to_it(store, text):
    """Symbol, alias and SYMBOL.MIC mean the same, in any case."""
    assert store.resolve(text) == AAPL


def test_a_symbol_with_a_dot_resolves(store):
    """A class share is not mistaken for a symbol on a venue."""
    assert store.resolve("brk.b") == BRK
    assert store.resolve("BRK.B.XNYS") == BRK


@pytest.mark.parametrize("text", ["", "APPL", "AAPL.XLON", "Robert'); DROP TABLE instruments;--"])
def test_an_unknown_symbol_is_one_line_that_names_it(store, text):
    """What nothing answers to is said, and nothing else happens."""
    with pytest.raises(UnknownNameError) as caught:
        store.resolve(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(store.search()) == 3


def test_a_symbol_on_two_venues_names_both_and_the_full_id_settles_it(store):
    """An ambiguous symbol is refused; SYMBOL.MIC still works."""
    store.put(IBM_LONDON)
    with pytest.raises(InvalidInputError, match=r"IBM\.XLON.*IBM\.XNYS"):
        store.resolve("IBM")
    assert store.resolve("IBM.XLON") == IBM_LONDON


def test_a_retired_listing_leaves_the_symbol_to_the_active_one(store):
    """Retiring one of two venues settles an ambiguous symbol."""
    store.put(replace(IBM_LONDON, is_retired=True))
    assert store.resolve("IBM") == IBM
    assert store.resolve("IBM.XLON").is_retired


def test_a_retired_instrument_resolves_but_is_not_found_by_search(store):
    """Old runs can still name it; new ones do not stumble over it."""
    store.put(replace(AAPL, is_retired=True))
    assert store.resolve("apple").is_retired
    assert AAPL.id not in [one.id for one in store.search("a")]
    assert AAPL.id in [one.id for one in store.search("a", with_retired=True)]


@pytest.mark.parametrize(
    ("text", "symbols"),
    [("", ["AAPL", "BRK.B", "IBM"]), ("APP", ["AAPL"]), ("machines", ["IBM"]), ("%", [])],
)
def test_search_looks_into_symbols_names_and_aliases(store, text, symbols):
    """The text is found in any case, and a wildcard is only text."""
    assert [one.id.symbol for one in store.search(text)] == symbols


def test_put_replaces_every_field(store):
    """What was put last is what is read."""
    changed = Instrument(
        AAPL.id,
        name="<script>alert(1)</script> ' \" ; -- ünïcode 苹果",
        kind=InstrumentKind.ETF,
        currency="EUR",
        tick_size=Decimal("0.00001"),
        lot_size=Decimal(100),
        multiplier=Decimal("1E+1"),
        aliases=("pomme", "苹果"),
        provider="yahoo",
    )
    store.put(changed)
    assert store.resolve("苹果") == changed
    assert store.search("ÜNÏ") == (changed,)
    with pytest.raises(UnknownNameError):
        store.resolve("apple")


@pytest.mark.parametrize("alias", ["apple", "APPLE ", "aapl", "AAPL.XNAS"])
def test_an_alias_that_names_another_instrument_is_refused_and_nothing_changes(store, alias):
    """A name means one thing; a refused change leaves all as it was."""
    with pytest.raises(InvalidInputError):
        store.put(replace(IBM, name="changed", aliases=("big blue", alias)))
    assert store.resolve("IBM") == IBM
    with pytest.raises(UnknownNameError):
        store.resolve("big blue")


def test_a_new_symbol_cannot_take_over_an_alias(store):
    """Adding an instrument never changes what a known name means."""
    with pytest.raises(InvalidInputError):
        store.put(Instrument(InstrumentId("APPLE", "XLON")))
    assert store.resolve("apple") == AAPL


def test_an_alias_is_listed_once(store):
    """Two spellings of one alias are refused."""
    with pytest.raises(InvalidInputError):
        store.put(replace(IBM, aliases=("blue", "BLUE")))


def test_universes_keep_their_order_and_are_replaced_whole(store):
    """The last members given are the members; none removes the name."""
    store.put_universe("tech", [IBM.id, AAPL.id, IBM.id])
    assert store.universes() == {"tech": (IBM.id, AAPL.id)}
    store.put_universe("tech", [AAPL.id])
    store.put_universe("all of them", [AAPL.id, BRK.id])
    assert store.universes() == {"all of them": (AAPL.id, BRK.id), "tech": (AAPL.id,)}
    store.put_universe("tech", [])
    assert list(store.universes()) == ["all of them"]


def test_a_universe_of_unknown_instruments_is_refused_and_the_old_one_stays(store):
    """A universe names what is there."""
    store.put_universe("tech", [AAPL.id])
    with pytest.raises(UnknownNameError, match=r"APPL\.XNAS.*AAPL\.XNAS"):
        store.put_universe("tech", [IBM.id, InstrumentId("APPL", "XNAS")])
    assert store.universes() == {"tech": (AAPL.id,)}


def test_a_universe_needs_a_name(store):
    """Blank is not a name."""
    with pytest.raises(InvalidInputError, match="universe name"):
        store.put_universe("  ", [AAPL.id])


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_in_a_name_stays_text(store, name):
    """Names are data: quotes, markup and control characters come back as they were."""
    store.put(replace(AAPL, name=name))
    assert store.resolve("AAPL").name == name
    assert len(store.search()) == 3


def test_seeds_are_inserted_once_and_what_a_person_changed_wins(tmp_path):
    """Opening the store again restores nothing that was changed, and adds new seeds."""
    path = tmp_path / "instruments.db"
    mine = replace(AAPL, name="mine", aliases=("fruit",), is_retired=True)
    SqlInstrumentStore(path, SEEDS).put(mine)
    taken = Instrument(InstrumentId("FRUIT", "XLON"))
    new = Instrument(InstrumentId("FB", "XNAS"))
    again = SqlInstrumentStore(path, (*SEEDS, new, taken))
    assert again.resolve("AAPL") == mine
    assert again.resolve("FB") == new
    assert again.resolve("fruit") == mine


def _put_many(path, offset, count):
    store = SqlInstrumentStore(path, SEEDS)
    for number in range(offset, offset + count):
        store.put(Instrument(InstrumentId(f"S{number}", "XNYS"), aliases=(f"alias {number}",)))
        store.put_universe("shared", [one.id for one in store.search("S")])


def test_two_processes_that_write_at_once_lose_nothing(tmp_path):
    """Both make the file, both write; all of it is there."""
    path = tmp_path / "new" / "instruments.db"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_put_many, args=(path, n * 100, 20)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    store = SqlInstrumentStore(path, SEEDS)
    assert len(store.search("alias")) == 40
    assert store.resolve("alias 119").id.symbol == "S119"
    assert "shared" in store.universes()


def _one_line(caught, path):
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize("content", [b"this is not a database" * 100, b"SQLite format 3\0" * 300])
def test_a_corrupt_file_is_one_line_with_the_way_out(tmp_path, content):
    """The file is named and left as it is."""
    path = tmp_path / "instruments.db"
    path.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        SqlInstrumentStore(path, SEEDS).resolve("AAPL")
    assert "Move the file away" in _one_line(caught, path)
    assert path.read_bytes() == content


def test_a_damaged_page_is_one_line_with_the_way_out(tmp_path, monkeypatch):
    """Damage behind a sound header is found on reading, not taken for data."""
    monkeypatch.setattr("bifrost_kernel.storage.connections.KEPT_SECONDS", 0.0)
    path = tmp_path / "instruments.db"
    store = SqlInstrumentStore(path, SEEDS)
    for number in range(200):
        store.put(Instrument(InstrumentId(f"S{number}", "XNYS"), name="n" * 100))
    wait_until_closed(path)
    assert list(tmp_path.glob("*-*")) == []
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xab" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(StorageError) as caught:
        SqlInstrumentStore(path, SEEDS).search()
    assert "is damaged" in _one_line(caught, path)


def test_a_file_in_place_of_the_folder_is_one_line(tmp_path):
    """A home that cannot be made says so."""
    (tmp_path / "home").write_text("a file")
    path = tmp_path / "home" / "instruments.db"
    with pytest.raises(StorageError) as caught:
        SqlInstrumentStore(path, SEEDS).search()
    assert "BIFROST_HOME" in _one_line(caught, path)


def test_a_folder_in_place_of_the_file_is_one_line(tmp_path):
    """A path that is a folder is named."""
    path = tmp_path / "instruments.db"
    path.mkdir()
    with pytest.raises(StorageError) as caught:
        SqlInstrumentStore(path, SEEDS).search()
    assert "cannot be opened" in _one_line(caught, path)


def test_a_locked_file_is_waited_for_and_then_named(tmp_path, monkeypatch):
    """Another process that never lets go is not waited for without end."""
    import sqlite3

    from bifrost_kernel.storage import database

    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    path = tmp_path / "instruments.db"
    SqlInstrumentStore(path, SEEDS).search()
    store = SqlInstrumentStore(path, SEEDS)
    store.search()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StorageError) as caught:
            store.put(IBM_LONDON)
    finally:
        holder.close()
    assert "locked by another process" in _one_line(caught, path)
    store.put(IBM_LONDON)


def test_a_full_disk_is_one_line_and_keeps_what_was_there(tmp_path):
    """A file that may not grow refuses the write whole."""
    from bifrost_kernel.storage.database import Database

    path = tmp_path / "instruments.db"
    store = SqlInstrumentStore(path, SEEDS)
    store.search()
    with (  # noqa: PT012  the limit belongs to the connection
        pytest.raises(StorageError) as caught,
        Database(path, ()).write() as connection,
    ):
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")
        connection.execute("UPDATE instruments SET name='lost'")
        connection.execute("CREATE TABLE big AS SELECT zeroblob(1000000) AS bytes")
    assert "disk is full" in _one_line(caught, path)
    assert store.resolve("AAPL") == AAPL


def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    """An older Bifrost does not write into what it does not know."""
    import sqlite3

    path = tmp_path / "instruments.db"
    SqlInstrumentStore(path, SEEDS).search()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version=99")
    raw.close()
    with pytest.raises(StorageError, match="was 99") as caught:
        SqlInstrumentStore(path, SEEDS).search()
    assert caught.value.code == "newer-version"


def test_a_store_whose_file_was_moved_away_starts_again(tmp_path):
    """The way out that a corrupt file names really works, in the same process too."""
    path = tmp_path / "instruments.db"
    store = SqlInstrumentStore(path, SEEDS)
    store.put(IBM_LONDON)
    for one in tmp_path.glob("instruments.db*"):
        one.unlink()
    assert SqlInstrumentStore(path, SEEDS).resolve("IBM") == IBM
    assert store.search("london") == ()


def test_making_a_store_touches_nothing(tmp_path):
    """The constructor opens no file and asks for no seeds."""

    def seeds():
        pytest.fail("asked for seeds")
        yield

    SqlInstrumentStore(tmp_path / "home" / "instruments.db", seeds())
    assert list(tmp_path.iterdir()) == []
