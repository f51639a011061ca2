"""Two results of one job, compared to the last bit."""

from dataclasses import fields

import numpy as np

from bifrost_kernel.domain.errors import SimulationError
from tests.simulation_samples import Steps

TABLES = ("orders", "order_events", "fills", "round_trips")
ARRAYS = ("end", "session_date", "nav", "cash", "position", "close", "dividends")


def assert_identical(result, other):
    """Assert that two results are equal in every number (NaN equals NaN, 0.0 equals -0.0)."""
    assert result.instrument_ids == other.instrument_ids
    for table in TABLES:
        for field in fields(getattr(result, table)):
            found = getattr(getattr(result, table), field.name)
            expected = getattr(getattr(other, table), field.name)
            assert_equal_arrays(found, expected, f"{table}.{field.name}")
    for name in ARRAYS:
        assert_equal_arrays(getattr(result, name), getattr(other, name), name)


def assert_equal_arrays(found, expected, name):
    """Assert that two arrays have one shape, one type and the same numbers."""
    assert found.shape == expected.shape, f"{name}: {found.shape} for {expected.shape}"
    assert found.dtype == expected.dtype, f"{name}: {found.dtype} for {expected.dtype}"
    differs = found != expected
    if found.dtype.kind == "f":
        differs &= ~(np.isnan(found) & np.isnan(expected))
    places = np.argwhere(differs)
    assert not len(places), (
        f"{name} at {places[0].tolist()}: {found[tuple(places[0])]!r} for "
        f"{expected[tuple(places[0])]!r}, {len(places)} of {found.size} differ"
    )


def assert_same_end(job, simulator, reference):
    """Assert that two simulators give a job the same result, or fail alike at the same bar."""
    result, failure = _end_of(job, simulator)
    expected, expected_failure = _end_of(job, reference)
    assert failure == expected_failure, f"{failure} for {expected_failure}"
    if result is not None:
        assert_identical(result, expected)
    return result


def _end_of(job, simulator):
    try:
        return simulator.run(job, Steps()), None
    except SimulationError as error:
        return None, (error.context.get("bar"), error.context.get("exception"))
