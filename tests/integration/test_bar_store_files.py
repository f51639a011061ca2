"""The Parquet store among other processes, on full disks and damaged files."""

import json
import os
import subprocess
import sys
import textwrap
from contextlib import suppress
from datetime import date

import numpy as np
import pytest

from bifrost_kernel.domain.errors import CorruptDataError, InvalidInputError, StorageError
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.storage.bars import ParquetBarStore
from tests.market_samples import (
    AAPL,
    DAY,
    MINUTE,
    daily,
    equal,
    lineage,
    minutes,
    raw,
    with_columns,
)

WRITER = """
    import sys
    from datetime import date
    from pathlib import Path
    from bifrost_kernel.storage.bars import ParquetBarStore
    from tests.market_samples import dividend, minutes, raw
    root, month = Path(sys.argv[1]), int(sys.argv[2])
    store = ParquetBarStore(root)
    sys.stdin.readline()
    for year in (2011, 2012):
        for day in (1, 8):
            series = minutes(f"{year}-{month:02d}-{day:02d}", f"{year}-{month:02d}-{day + 6:02d}")
            action = dividend(f"{year}-{month:02d}-{day:02d}", 0.25)
            asked = (date(year, month, day), date(year, month, day + 6))
            store.save(raw(series, action, asked=asked))
"""


def start(source, *arguments, **options):
    """Start a Python process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    return ParquetBarStore(tmp_path)


@pytest.fixture
def folder(tmp_path):
    """The folder of AAPL's days."""
    return tmp_path / "sample" / "1d" / "XNAS" / "AAPL"


def load(store, spec=DAY, start=None, end=None):
    """Load AAPL."""
    return store.load("sample", AAPL, spec, start, end)


def test_processes_that_write_at_once_lose_nothing(store, tmp_path):
    """Three processes save twelve overlapping weeks into the same years; all of it is there."""
    writers = [start(WRITER, tmp_path, month) for month in (3, 4, 5)]
    for one in writers:
        one.stdin.write("go\n")
        one.stdin.flush()
    weeks = {
        f"{y}-{m:02d}-{d:02d}": len(minutes(f"{y}-{m:02d}-{d:02d}", f"{y}-{m:02d}-{d + 6:02d}"))
        for y in (2011, 2012) for m in (3, 4, 5) for d in (1, 8)
    }  # fmt: skip
    for one in writers:
        while one.poll() is None:  # a reader meanwhile sees whole commits only
            found = load(store, MINUTE)
            if found is not None:
                assert len(found.series) == sum(weeks[act.ex_date] for act in found.actions)
            with suppress(subprocess.TimeoutExpired):
                one.wait(timeout=0.02)
    for one in writers:
        _, errors = one.communicate()
        assert one.returncode == 0, errors
    found = load(store, MINUTE)
    assert len(found.series) == sum(weeks.values())
    assert len(found.actions) == 12
    assert (np.diff(found.series.end) > 0).all()
    left = sorted(one.name for one in (tmp_path / "sample/1m/XNAS/AAPL").iterdir())
    assert len([one for one in left if one.endswith(".parquet")]) == 2
    assert not [one for one in left if one.endswith(".tmp")]


def test_a_writer_that_dies_before_its_commit_changes_nothing(store, folder, tmp_path):
    """Killed after its pieces were written: the old bars count, the next save sweeps up."""
    store.save(raw(daily("2011-01-03", "2011-12-30")))
    died = start(
        """
        import os, signal, sys
        from pathlib import Path
        from bifrost_kernel.storage import bars
        from tests.market_samples import daily, raw
        bars.write_manifest = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        bars.ParquetBarStore(Path(sys.argv[1])).save(raw(daily()))
        """,
        tmp_path,
    )
    died.communicate()
    assert died.returncode != 0
    (folder / ".series.json.999.tmp").write_bytes(b"half")
    assert (folder / "all.2.parquet").exists()
    assert equal(load(store).series, daily("2011-01-03", "2011-12-30"))
    store.save(raw(daily()))
    assert len(load(store).series) == 252 + 250
    assert sorted(one.name for one in folder.iterdir()) == [".lock", "all.3.parquet", "series.json"]


def test_a_full_disk_is_one_line_and_leaves_the_old_bars(store, tmp_path):
    """A process that may write no more than 60 kB fails at the second of two years, cleanly."""
    before = minutes("2012-07-02", "2012-07-02")
    store.save(raw(before))
    full = start(
        """
        import resource, signal, sys
        from pathlib import Path
        from bifrost_kernel.domain.errors import StorageError
        from bifrost_kernel.storage.bars import ParquetBarStore
        from tests.market_samples import minutes, raw
        answer = raw(minutes("2012-12-31", "2013-03-28"))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        try:
            ParquetBarStore(Path(sys.argv[1])).save(answer)
        except StorageError as error:
            print(error)
        """,
        tmp_path,
    )
    out, errors = full.communicate()
    assert "the disk refused: File too large" in out, errors
    assert len(out.splitlines()) == 1
    assert equal(load(store, MINUTE).series, before)
    left = sorted(one.name for one in (tmp_path / "sample/1m/XNAS/AAPL").iterdir())
    assert left == [".lock", "2012.1.parquet", "series.json"]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "bars").write_text("in the way")
    store = ParquetBarStore(tmp_path / "bars")
    with pytest.raises(StorageError, match=r"the disk refused: .* BIFROST_HOME") as caught:
        store.save(raw(daily()))
    assert "\n" not in str(caught.value)


def damage_middle(path):
    """Flip a byte in the middle of the data."""
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.write_bytes(b"PAR1" + b"x" * 500 + b"PAR1"),
        damage_middle,
        lambda path: path.unlink(),
    ],
    ids=["empty", "cut", "rubbish", "one byte", "gone"],
)
def test_a_damaged_piece_is_named_with_the_way_out(store, folder, damage):
    """One line: which file, and that --refresh fetches it again; replacing does mend it."""
    store.save(raw(daily()))
    damage(folder / "all.1.parquet")
    with pytest.raises(CorruptDataError, match=r"all\.1\.parquet.*--refresh") as caught:
        load(store)
    assert "\n" not in str(caught.value)
    with pytest.raises(CorruptDataError, match=r"all\.1\.parquet"):
        store.save(raw(daily("2011-01-03", "2011-12-30")))
    store.save(raw(daily()), replaces=True)
    assert equal(load(store).series, daily())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "no json",
        '{"version": 1, "instrument_id": "AAPL.XNAS"}',
        '{"version": 99, "instrument_id": "AAPL.XNAS"}',
        '{"version": 1, "instrument_id": "IBM.XNYS"}',
    ],
)
def test_a_damaged_manifest_is_named_with_the_way_out(store, folder, content):
    """Empty, of another shape, of another instrument, or of a newer Bifrost."""
    store.save(raw(daily()))
    (folder / "series.json").write_text(content)
    with pytest.raises(CorruptDataError, match=r"series\.json.*--refresh"):
        load(store)
    store.save(raw(daily()), replaces=True)
    assert equal(load(store).series, daily())


def test_a_manifest_cannot_name_a_file_elsewhere(store, folder, tmp_path):
    """A piece is a name in the series' own folder."""
    store.save(raw(daily()))
    os.link(folder / "all.1.parquet", tmp_path / "all.1.parquet")
    told = json.loads((folder / "series.json").read_text())
    told["pieces"]["all"] = "../../../../all.1.parquet"
    (folder / "series.json").write_text(json.dumps(told))
    with pytest.raises(CorruptDataError, match=r"series\.json"):
        load(store)


@pytest.mark.parametrize("symbol", ["A/B", "A..B", "CON", "X/../../Y", "A.", "NUL.X"])
def test_symbols_stay_inside_the_folder_and_apart(store, tmp_path, symbol):
    """Slashes, dots and reserved names become plain folder names."""
    series = daily("2012-07-02", "2012-07-06", instrument_id=InstrumentId(symbol, "XNAS"))
    store.save(raw(series))
    folders = {one.parent for one in tmp_path.rglob("series.json")}
    assert {one.parent for one in folders} == {tmp_path / "sample" / "1d" / "XNAS"}
    assert next(iter(folders)).name.upper() not in {"CON", "NUL.X", ".", ".."}
    assert equal(store.load("sample", series.instrument_id, DAY, None, None).series, series)


@pytest.mark.parametrize("provider", ["../up", "a/b", "", ".", "UP"])
def test_a_provider_cannot_leave_the_folder(store, provider):
    """Its name is a plain word."""
    with pytest.raises(InvalidInputError, match="provider"):
        store.save(raw(daily(), provider=provider))
    assert lineage(provider).provider == provider


def test_only_the_years_asked_for_are_read(store, tmp_path):
    """A damaged year elsewhere does not stand in the way."""
    store.save(raw(minutes("2011-12-28", "2013-01-03")))
    folder = tmp_path / "sample/1m/XNAS/AAPL"
    assert sorted(one.name for one in folder.glob("*.parquet")) == [
        "2011.1.parquet", "2012.1.parquet", "2013.1.parquet"
    ]  # fmt: skip
    damage_middle(folder / "2011.1.parquet")
    found = load(store, MINUTE, date(2012, 1, 1), date(2012, 12, 31))
    assert len(found.series) == 250 * 390 - 3 * 180


def test_foreign_files_in_the_folder_are_left_alone(store, folder):
    """Sweeping touches names of its own only."""
    store.save(raw(daily()))
    (folder / "notes.parquet").write_text("mine")
    store.save(raw(with_columns(daily(), volume=daily().volume + 1)))
    store.forget("sample", AAPL, DAY)
    assert sorted(one.name for one in folder.iterdir()) == [".lock", "notes.parquet"]
