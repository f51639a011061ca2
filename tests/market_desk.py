"""A provider that tells what it was asked, and the market-data verbs over it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from bifrost_kernel.domain.bars import Adjustment, BarSpec
from bifrost_kernel.domain.errors import NoDataError
from bifrost_kernel.domain.instruments import Instrument
from bifrost_kernel.storage.instruments import SqlInstrumentStore
from bifrost_kernel.storage.memory import MemoryBarStore
from bifrost_kernel.workflows import marketdata
from tests.market_samples import raw

NOON = datetime(2012, 12, 31, 17, 0, tzinfo=UTC)  # an hour of trading is still to come


class Shop:
    """A provider that keeps a record of what it was asked."""

    name = "shop"

    def __init__(self, *series, actions=(), is_synthetic=False):
        self.series = {(one.instrument_id, one.spec): one for one in series}
        self.actions = actions
        self.is_synthetic = is_synthetic
        self.asked = []
        self.failure = None

    def instruments(self):
        """It lists what it has."""
        ids = sorted({key[0] for key in self.series})
        return tuple(Instrument(one, provider=self.name) for one in ids)

    def fetch(self, instrument, spec, start, end):
        """Answer from its series."""
        self.asked.append((str(spec), start and str(start), end and str(end)))
        if self.failure:
            raise self.failure
        whole = self.series.get((instrument.id, spec))
        if whole is None:
            raise NoDataError(f"shop has no {spec}")
        low = np.datetime64(start or "1900-01-01", "D")
        high = np.datetime64(end or "2100-01-01", "D")
        part = whole.take((whole.session_date >= low) & (whole.session_date <= high))
        if len(part) == 0:
            raise NoDataError("shop has none there")
        return raw(part, *self.actions, provider=self.name, asked=(start, end),
                   is_synthetic=self.is_synthetic)  # fmt: skip


class Desk:
    """The workflow with its ports bound."""

    def __init__(self, path, *providers, now=NOON, store=None):
        self.providers = {one.name: one for one in providers}
        seeds = [one for provider in providers for one in provider.instruments()]
        self.instruments = SqlInstrumentStore(path / "instruments.sqlite", seeds)
        self.store = store or MemoryBarStore()
        self.time = now

    def now(self):
        """Tell the time."""
        return self.time

    def elapsed_seconds(self):
        """Stand still."""
        return 0.0

    def fetch(self, *symbols, start=None, end=None, spec="1d", adjust="none", **options):
        """Fetch bars."""
        return marketdata.fetch_bars(
            instruments=self.instruments, store=self.store, providers=self.providers, clock=self,
            symbols=symbols, spec=BarSpec.parse(spec), adjustment=Adjustment(adjust),
            start=start and date.fromisoformat(start),
            end=end and date.fromisoformat(end), **options,
        )  # fmt: skip
