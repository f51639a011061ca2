"""The compiled simulator: Backtrader's broker as loops over arrays, to the last bit.

    books.py        all that a run keeps, as arrays; makes, grows and trims them     (no numba)
    settings.py     an account's settings as one record                              (no numba)
    clock.py        which bar each instrument is at, and what time that is
    money.py        commission, value, margin and interest: Backtrader's formulas
    matching.py     the price at which a bar fills an order, slippage included
    orders.py       an order's life: creation, brackets, one-cancels-others, notification
    execution.py    a fill: cash, holding, the two checks for want of cash
    broker.py       one bar of the broker, step by step
    sending.py      what a strategy calls: orders, targets, cancel
    reading.py      what a strategy may look at
    stretches.py    runs of bars on which nothing can happen
    acting.py       wishes turned into orders
    driver.py       the loops over bars

A run is its `Books`: every function works on them, none keeps anything of its own, so a run can
be left at any bar and gone on with later.
"""
