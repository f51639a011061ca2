"""The rules of `Signals` written a second time, as a person would in a ``bt.Strategy``."""

import math

import backtrader as bt

from bifrost_kernel.domain.trading import SizingKind


class ByTheRules(bt.Strategy):
    """The rules of `Signals`, written a second time in Backtrader's own calls."""

    params = (("signals", None),)

    def __init__(self):
        self.row = -1
        self.column = {id(data): number for number, data in enumerate(self.datas)}
        self.mine = {data: [] for data in self.datas}
        self.entry = {}

    def next(self):
        """Walk through the instruments."""
        self.row += 1
        held = {data: self.getposition(data).size for data in self.datas}
        here = [d for d in self.datas if len(d) and d.datetime[0] == self.datetime[0]]
        targets = []
        for data in here:
            if self.at("target_size", data) is None and self.at("target_weight", data) is None:
                self.flags(data, held[data])
            else:
                targets.append(data)
        for data in targets:
            self.cancel_all(data)
        for data in sorted(targets, key=lambda one: not self.goes_against(one, held[one])):
            size, weight = self.at("target_size", data), self.at("target_weight", data)
            if size is not None:
                order = self.order_target_size(data, size)
            else:
                order = self.weigh(data, weight)
            self.mine[data].append(order)

    def prenext(self):
        """Walk likewise while an instrument has no bar yet."""
        self.next()

    def nextstart(self):
        """Walk likewise on the first bar that all have."""
        self.next()

    def at(self, name, data):
        """Return the wish, None for nothing."""
        array = getattr(self.p.signals, name)
        if array is None:
            return None
        value = array[self.row, self.column[id(data)]]
        return None if isinstance(value, float) and math.isnan(value) else value

    def goes_against(self, data, held):
        """Tell whether the order for this target runs against what is held."""
        size = self.at("target_size", data)
        if size is not None:
            missing = size - held
        else:
            worth = self.worth(data)
            wanted = self.at("target_weight", data) * self.broker.getvalue()
            missing = -held if wanted == 0 else wanted - worth
        return held * missing < 0

    def units(self, data, isbuy):
        """Ask the run's sizer."""
        return self.getsizing(data, isbuy=isbuy)

    def price(self, data):
        """Return the price that the rules go by."""
        return data.close[0]

    def worth(self, data):
        """Return the value of what is held."""
        return self.broker.getvalue(datas=[data])

    def weigh(self, data, weight):
        """Order what is missing to a share of nav."""
        return self.order_target_percent(data, weight)

    def flags(self, data, held):
        """Follow entries and exits."""
        closed = False
        if (held > 0 and self.at("exits", data)) or (held < 0 and self.at("short_exits", data)):
            self.cancel_all(data)
            self.mine[data].append(self.close(data))
            closed = True
        long, short = self.at("entries", data), self.at("short_entries", data)
        if bool(long) == bool(short) or (long and held > 0) or (short and held < 0):
            return
        side, entry = self.entry.get(data, (None, None))
        if entry is not None and side == bool(long) and entry.alive():
            return
        if not closed:
            self.cancel_all(data)
            if held:
                self.mine[data].append(self.close(data))
        self.enter(data, bool(long))

    def enter(self, data, long):
        """Order an entry with what protects it."""
        size = self.units(data, isbuy=long)
        if not size:
            return
        limit, stop = self.at("limit_price", data), self.at("stop_price", data)
        kind = bt.Order.Market
        if limit is not None:
            kind = bt.Order.StopLimit if stop is not None else bt.Order.Limit
        elif stop is not None:
            kind = bt.Order.Stop
        price = stop if stop is not None else limit
        reference = limit or stop or self.price(data)
        sign = 1 if long else -1
        guards = []
        if self.at("stop_distance", data) is not None:
            guards.append((bt.Order.Stop, reference - sign * self.at("stop_distance", data), None))
        if self.at("trail_distance", data) is not None:
            guards.append((bt.Order.StopTrail, reference, self.at("trail_distance", data)))
        if self.at("profit_distance", data) is not None:
            goal = reference + sign * self.at("profit_distance", data)
            guards.append((bt.Order.Limit, goal, None))
        guards = [one for one in guards if one[1] > 0]
        into, out = (self.buy, self.sell) if long else (self.sell, self.buy)
        parent = into(
            data, size=size, exectype=kind, price=price,
            plimit=limit if stop is not None else None, transmit=not guards,
        )  # fmt: skip
        self.entry[data] = (long, parent)
        self.mine[data].append(parent)
        while guards:
            kind, price, trail = guards.pop(0)
            order = out(
                data, size=size, exectype=kind, price=price, trailamount=trail,
                parent=parent, transmit=not guards,
            )  # fmt: skip
            self.mine[data].append(order)

    def cancel_all(self, data):
        """Cancel what is still open."""
        for order in self.mine[data]:
            if order is not None and order.alive():
                self.cancel(order)
        self.mine[data] = []


class ByTheRulesAtOpen(ByTheRules):
    """The same, decided before the open of the instrument's next bar."""

    params = (("sizing", None),)

    def __init__(self):
        super().__init__()
        self.latest = {}

    def next(self):
        """Leave the close alone."""

    def next_open(self):
        """Walk through the instruments that are about to trade."""
        self.row += 1
        started = [data for data in self.datas if len(data)]
        now = max(data.datetime[0] for data in started)
        here = [data for data in started if data.datetime[0] == now]
        known = [data for data in here if data in self.latest]
        targets = []
        for data in known:
            if self.at("target_size", data) is None and self.at("target_weight", data) is None:
                self.flags(data, self.getposition(data).size)
            else:
                targets.append(data)
        held = {data: self.getposition(data).size for data in self.datas}
        for data in targets:
            self.cancel_all(data)
        for data in sorted(targets, key=lambda one: not self.goes_against(one, held[one])):
            size, weight = self.at("target_size", data), self.at("target_weight", data)
            order = self.weigh(data, weight) if size is None else self.order_target_size(data, size)
            self.mine[data].append(order)
        for data in here:
            self.latest[data] = self.row

    prenext_open = nextstart_open = next_open

    def at(self, name, data):
        """Return the wish of the instrument's bar before."""
        row, self.row = self.row, self.latest[data]
        value = super().at(name, data)
        self.row = row
        return value

    def units(self, data, isbuy):  # noqa: ARG002  # overrides
        """Size by the open, which is the price it will trade at."""
        if self.p.sizing.kind is SizingKind.UNITS:
            return self.p.sizing.value
        size = self.getposition(data).size
        if not size:
            size = self.broker.getcash() / data.open[0] * (self.p.sizing.value / 100)
        return abs(int(size) if self.p.sizing.kind is SizingKind.PERCENT_WHOLE else size)

    def price(self, data):
        """Return the open."""
        return data.open[0]

    def worth(self, data):
        """Value what is held at the open."""
        return self.getposition(data).size * data.open[0]

    def weigh(self, data, weight):
        """Order what is missing, by the open."""
        if weight == 0:
            return self.close(data)
        missing = weight * self.broker.getvalue() - self.worth(data)
        leverage = self.broker.getcommissioninfo(data).p.leverage
        size = int(leverage * (abs(missing) // data.open[0]))
        return self.buy(data, size=size) if missing > 0 else self.sell(data, size=size)
