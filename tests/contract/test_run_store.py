"""What every run store promises, over the SQLite store and an in-memory one."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import sys
import zlib
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bifrost_kernel.domain.backtest import (
    BacktestResult,
    BacktestSpec,
    Fills,
    OrderEvents,
    Orders,
    RoundTrips,
)
from bifrost_kernel.domain.bars import BarSpec, Lineage
from bifrost_kernel.domain.context import CellContext
from bifrost_kernel.domain.errors import CorruptDataError, StorageError, UnknownNameError
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.domain.reading import read_trading
from bifrost_kernel.engines.analytics.model import Drawdown, Performance
from bifrost_kernel.engines.strategy.model import (
    BacktestReport,
    Difference,
    RunManifest,
    SimulatorCheck,
)
from bifrost_kernel.storage import run_codec
from bifrost_kernel.storage import runs as run_store
from bifrost_kernel.storage.run_codec import manifest_from_json, manifest_to_json
from bifrost_kernel.storage.runs import SqlRunStore

AAPL = InstrumentId("AAPL", "XNAS")
FIRST_KEPT = Path(__file__).parents[1] / "golden" / "run_as_first_kept.json"


class MemoryRunStore:
    """The port's smallest implementation."""

    def __init__(self):
        self._reports = []

    def save(self, report):
        """Keep it."""
        self._reports.append(report)

    def load(self, run_id):
        """Find by beginning."""
        if run_id == "last" and self._reports:
            return self._reports[-1]
        found = [one for one in self._reports if one.manifest.run_id.startswith(run_id)]
        exact = [one for one in found if one.manifest.run_id == run_id]
        if len(exact or found) != 1:
            raise UnknownNameError(f"run {run_id!r}")
        return (exact or found)[0]

    def list(self, limit=50):
        """Newest first."""
        newest = self._reports[::-1][:limit]
        return tuple((one.manifest, one.performance.metrics) for one in newest)


@pytest.fixture(params=["sqlite", "memory"])
def store(request, tmp_path):
    """Give each implementation in turn."""
    return SqlRunStore(tmp_path / "runs.sqlite") if request.param == "sqlite" else MemoryRunStore()


def _table(kind, rows):
    whole = {"order_ref", "bar", "instrument", "ref", "parent_ref", "type", "status"}
    whole |= {"final_bar", "entry_bar", "exit_bar"}
    rng = np.random.default_rng(rows)
    return kind(
        **{
            one.name: rng.integers(0, 9, rows) if one.name in whole else rng.normal(size=rows)
            for one in fields(kind)
        }
    )


def make_report(run_id="a1", bars=5, strategy="sma_cross"):
    """Make a record whose every field holds something."""
    rng = np.random.default_rng(bars)
    days = np.datetime64("2005-01-03") + np.arange(bars)
    result = BacktestResult(
        simulator="backtrader 1.9",
        instrument_ids=(AAPL, InstrumentId("IBM", "XNYS")),
        end=np.arange(bars, dtype=np.int64) * 86_400_000_000_000,
        session_date=days,
        nav=rng.normal(size=bars),
        cash=rng.normal(size=bars),
        position=rng.normal(size=(bars, 2)),
        close=np.full((bars, 2), np.nan),
        fills=_table(Fills, 3),
        orders=_table(Orders, 4),
        order_events=_table(OrderEvents, 0),
        round_trips=_table(RoundTrips, 2),
        dividends=np.zeros(bars),
    )
    performance = Performance(
        metrics={"sharpe": 0.7, "alpha": float("nan")},
        standard_errors={"sharpe": 0.28},
        session_date=days,
        nav=result.nav,
        benchmark_nav=result.cash,
        daily_return=result.nav,
        benchmark_return=result.nav,
        drawdown=-np.abs(result.nav),
        drawdowns=(Drawdown("2005-01-03", "2005-01-04", None, -0.5, 3),),
        years=np.array([2005]),
        yearly=np.array([0.1]),
        benchmark_yearly=np.array([0.2]),
        monthly=np.full((1, 12), np.nan),
    )
    manifest = RunManifest(
        run_id=run_id,
        created_at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        spec=BacktestSpec(
            strategy=strategy,
            parameters=(("fast", 10), ("ratio", 0.1), ("how", "a"), ("on", True)),
            instrument_ids=result.instrument_ids,
            start=date(2005, 1, 3),
            spec=BarSpec(5, "m"),
            trading=read_trading(size="50%", slippage=0.001, commission_kind="per_share"),
            benchmark=AAPL,
        ),
        strategy_version="ab" * 32,
        strategy_source="def f(): return '<script>'",
        data_fingerprint="cd" * 32,
        lineage=(Lineage("sample", "s", datetime(2026, 1, 1, tzinfo=UTC), ("adjusted: all",)),),
        simulator="backtrader 1.9",
        libraries=(("numpy", "2"),),
        context=CellContext("cell", "ef" * 32, "a.ipynb"),
        elapsed_seconds=0.25,
        notices=("one", "two"),
        benchmark_fingerprint="01" * 32,
        fallback="its wishes cannot be compiled",
        check=SimulatorCheck(
            simulator="compiled 0.1", other="backtrader 1.9", elapsed_seconds=0.1 + 0.2,
            other_seconds=2.5, bars=bars, orders=4, fills=3,
            difference=Difference(2, date(2005, 1, 5), 3, "fill price", "0.1", "0.3", "AAPL.XNAS"),
        ),
    )  # fmt: skip
    return BacktestReport(manifest, result, performance, "buy and hold", rng.normal(size=bars))


def assert_same_report(left, right):
    """Compare every word and every bit."""
    assert left.manifest == right.manifest
    for part in ("result", "performance"):
        _assert_same(getattr(left, part), getattr(right, part))
    np.testing.assert_array_equal(left.benchmark_nav, right.benchmark_nav)
    assert left.benchmark_name == right.benchmark_name


def _assert_same(left, right):
    for one in fields(left):
        first, second = getattr(left, one.name), getattr(right, one.name)
        if isinstance(first, np.ndarray):
            assert first.dtype == second.dtype
            np.testing.assert_array_equal(first, second)
        elif hasattr(first, "__dataclass_fields__"):
            _assert_same(first, second)
        else:
            np.testing.assert_equal(first, second)


def test_a_run_comes_back_as_it_was_kept(store):
    """Every field, NaN and empty tables included."""
    report = make_report()
    store.save(report)
    assert_same_report(store.load("a1"), report)


def test_a_check_that_agreed_or_was_not_possible_comes_back(store):
    """An outcome without a difference, and a reason without an outcome."""
    for name, check in (
        ("a1", SimulatorCheck("compiled 0.1", "backtrader 1.9", 0.001, 0.25, 5, 4, 3)),
        ("b2", SimulatorCheck("backtrader 1.9", "", reason="it is the only simulator here")),
        ("c3", None),
    ):
        report = make_report(name)
        store.save(replace(report, manifest=replace(report.manifest, check=check)))
        assert store.load(name).manifest.check == check


def test_a_manifest_of_before_there_were_checks_is_read():
    """What an older record does not say takes its default."""
    manifest = make_report().manifest
    older = json.loads(manifest_to_json(manifest))
    for name in ("fallback", "check", "benchmark_fingerprint"):
        del older[name]
    read = manifest_from_json(json.dumps(older))
    assert read == replace(manifest, fallback="", check=None, benchmark_fingerprint=None)


def test_last_is_the_newest_and_the_list_begins_with_it(store):
    """Order is the order of keeping, whatever the ids."""
    for name in ("b2", "a1", "c3"):
        store.save(make_report(name))
    assert store.load("last").manifest.run_id == "c3"
    assert [one.run_id for one, _ in store.list(2)] == ["c3", "a1"]


def test_the_beginning_of_an_id_is_enough_when_it_names_one_run(store):
    """Two runs that begin alike must be told apart; an exact id always wins."""
    for name in ("abc1", "abd2", "abd"):
        store.save(make_report(name))
    assert store.load("abc").manifest.run_id == "abc1"
    assert store.load("abd").manifest.run_id == "abd"
    with pytest.raises(UnknownNameError):
        store.load("ab")


@pytest.mark.parametrize("run_id", ["zz", "%", "_", "' or 1=1 --"])
def test_a_run_that_is_not_there_is_an_error_and_wildcards_are_only_text(store, run_id):
    """Neither a pattern nor a quote may find a run."""
    store.save(make_report())
    with pytest.raises(UnknownNameError):
        store.load(run_id)


def test_the_newest_of_no_runs_is_answered_with_how_to_make_one(tmp_path):
    """A first-time user asks for the last run before any was made."""
    with pytest.raises(UnknownNameError, match="there is no run yet"):
        SqlRunStore(tmp_path / "runs.sqlite").load("last")


def test_metrics_in_the_list_are_those_of_the_run(store):
    """The list shows figures without loading the arrays."""
    store.save(make_report())
    ((_, metrics),) = store.list()
    np.testing.assert_equal(dict(metrics), {"sharpe": 0.7, "alpha": float("nan")})


@pytest.mark.parametrize("verb", ["UPDATE run SET strategy = 'x'", "DELETE FROM run"])
def test_the_database_itself_refuses_to_change_a_run(tmp_path, verb):
    """Not even another program's connection may rewrite the record."""
    path = tmp_path / "runs.sqlite"
    SqlRunStore(path).save(make_report())
    with sqlite3.connect(path) as raw, pytest.raises(sqlite3.IntegrityError, match="never changed"):
        raw.execute(verb)


def test_a_record_that_was_tampered_with_is_not_shown(tmp_path):
    """A changed figure no longer matches the checksum; the other runs stay readable."""
    path = tmp_path / "runs.sqlite"
    store = SqlRunStore(path)
    for name in ("a1", "b2"):
        store.save(make_report(name))
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TRIGGER run_no_update")
        raw.execute("UPDATE run SET manifest = replace(manifest, '0.25', '0.24') WHERE number = 1")
    with pytest.raises(CorruptDataError, match="checksum"):
        store.load("a1")
    assert store.load("b2").manifest.run_id == "b2"


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path):
    """The message says which file and what to do; nothing is overwritten."""
    path = tmp_path / "runs.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError, match=r"runs\.sqlite.*Move the file away"):
        SqlRunStore(path).save(make_report())
    assert path.read_bytes().startswith(b"not a database")


def test_the_same_id_twice_is_refused_and_the_first_run_stays(tmp_path):
    """A run is never replaced."""
    store = SqlRunStore(tmp_path / "runs.sqlite")
    store.save(make_report())
    with pytest.raises(StorageError):
        store.save(replace(make_report(bars=7)))
    assert len(store.load("a1").result.nav) == 5


def test_two_processes_keep_their_runs_in_one_file(tmp_path):
    """Writers wait for one another; no run is lost."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[3]); from test_run_store import *; "
        "from pathlib import Path; store = SqlRunStore(Path(sys.argv[1]))\n"
        "for n in range(20): store.save(make_report(f'{sys.argv[2]}{n:02d}'))"
    )
    here = __file__.rpartition("/")[0]
    path = tmp_path / "runs.sqlite"
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name, here])
        for name in ("left", "right")
    ]
    assert [one.wait(timeout=120) for one in children] == [0, 0]
    kept = [one.run_id for one, _ in SqlRunStore(path).list(100)]
    assert sorted(kept) == sorted(f"{s}{n:02d}" for s in ("left", "right") for n in range(20))


_FIRST_INSERT = """
INSERT INTO run (run_id, created_at, strategy, manifest, metrics, checksum, block)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def keep_as_at_first(path):
    """Make the file that the first version of the store left behind, with one run in it."""
    told = json.loads(FIRST_KEPT.read_text(encoding="utf-8"))
    names = ("run_id", "created_at", "strategy", "manifest", "metrics", "checksum")
    row = [told[name] for name in names] + [base64.b64decode(told["block"])]
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        for statement in told["tables"]:
            raw.execute(statement)
        raw.execute(_FIRST_INSERT, row)
        raw.execute("PRAGMA user_version=1")
    raw.close()


def test_runs_that_the_first_version_kept_are_read_and_joined_by_new_ones(tmp_path):
    """An old file's run comes back whole, in the list too, and the file goes on."""
    path = tmp_path / "runs.sqlite"
    keep_as_at_first(path)
    store = SqlRunStore(path)
    first = make_report("01a1", bars=3)
    as_it_was = replace(first, manifest=replace(first.manifest, fallback="", check=None))
    assert_same_report(store.load("01a1"), as_it_was)
    store.save(make_report("02b2"))
    assert [one.run_id for one, _ in store.list()] == ["02b2", "01a1"]
    assert_same_report(store.load("02b2"), make_report("02b2"))
    with sqlite3.connect(path) as raw, pytest.raises(sqlite3.IntegrityError, match="never changed"):
        raw.execute("DELETE FROM run")


def test_a_block_of_a_later_kind_is_refused_and_not_guessed_at(tmp_path):
    """A packing that is not known is named as such."""
    path = tmp_path / "runs.sqlite"
    store = SqlRunStore(path)
    store.save(make_report())
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TRIGGER run_no_update")
        (told,) = raw.execute("SELECT manifest FROM run").fetchone()
        block = b"BFR9 and so on"
        row = (block, run_store._checksum(told, block))
        raw.execute("UPDATE run SET block = ?, checksum = ?", row)
    with pytest.raises(CorruptDataError, match="does not know"):
        store.load("a1")


@pytest.mark.parametrize("spoil", [lambda block: block[:-9], lambda block: block[:12] + block[20:]])
def test_a_block_that_is_cut_short_is_an_error_of_one_line(spoil):
    """Both packings, whatever the checksum says."""
    block = run_codec.report_to_bytes(make_report())
    old = zlib.compress(run_codec._decompress(block), level=1)
    for one in (block, old):
        with pytest.raises(ValueError, match=r"\S"):
            run_codec.report_from_bytes(make_report().manifest, spoil(one))


@pytest.mark.parametrize(
    "array",
    [
        np.array([True, False, True]),
        np.array([], dtype=np.float64),
        np.arange(7, dtype=np.int32)[::-2],
        np.arange(6, dtype=">f8").reshape(2, 3).T,
        np.array(["2005-01-03", "NaT"], dtype="datetime64[D]"),
        np.array([-0.0, np.nan, np.inf, 5e-324]),
    ],
)
def test_arrays_of_any_kind_and_length_come_back_bit_for_bit(array):
    """Also those whose bytes do not fill a number, that lie backwards or big end first."""
    words, arrays = run_codec._unpack(run_codec._pack({"a": 1}, {"one": array, "two": array}))
    assert words == {"a": 1}
    for found in arrays.values():
        assert found.shape == array.shape
        assert found.tobytes() == array.astype(array.dtype.newbyteorder("<")).tobytes()


def test_the_beginning_of_an_id_is_text_of_one_case(store):
    """An upper-case letter is another id."""
    store.save(make_report("abc"))
    with pytest.raises(UnknownNameError):
        store.load("AB")
