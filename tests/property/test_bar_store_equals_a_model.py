"""Whatever is saved in whatever order, the store equals a dictionary by bar end."""

import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.storage.bars import ParquetBarStore
from tests.market_samples import AAPL, daily, minutes, raw, walk

FIELDS = ("session_date", "open", "high", "low", "close", "volume")
HALF_HOURS = minutes("2012-12-20", "2013-01-11", spec=BarSpec(30, "m"))
DAYS = daily("2012-12-03", "2013-01-31")

steps_of_one = st.tuples(
    st.integers(0, 60), st.integers(0, 40), st.integers(1, 3), st.integers(0, 99), st.booleans()
)
saves = st.lists(steps_of_one, min_size=1, max_size=5)


def rows_of(series):
    """Return the bars by their end."""
    return {
        int(end): tuple(getattr(series, name)[row] for name in FIELDS)
        for row, end in enumerate(series.end)
    }


@settings(max_examples=25)
@given(saves, st.booleans(), st.dates(date(2012, 12, 20), date(2013, 1, 11)), st.integers(0, 20))
def test_saves_in_any_order_equal_a_dictionary(steps, is_intraday, start, length):
    """Later saves win bar by bar; replacing starts anew; a range is a filter by session."""
    whole = HALF_HOURS if is_intraday else DAYS
    model = {}
    with tempfile.TemporaryDirectory() as folder:
        store = ParquetBarStore(Path(folder))
        for first, count, stride, seed, replaces in steps:
            part = whole.take(slice(first, first + count, stride))
            columns = walk(len(part), seed)
            stamps = (
                {"timestamps": part.end} if is_intraday else {"session_date": part.session_date}
            )
            series = engine.series_from_columns(AAPL, whole.spec, **stamps, **columns)
            store.save(raw(series), replaces=replaces)
            model = rows_of(series) if replaces else model | rows_of(series)
        end = start + timedelta(days=length)
        found = store.load("sample", AAPL, whole.spec, None, None)
        part = store.load("sample", AAPL, whole.spec, start, end)
    assert list(rows_of(found.series).items()) == sorted(model.items())
    low, high = np.datetime64(start), np.datetime64(end)
    wanted = {key: row for key, row in model.items() if low <= row[0] <= high}
    assert rows_of(part.series) == wanted
