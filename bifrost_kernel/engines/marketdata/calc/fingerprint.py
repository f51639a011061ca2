"""The content hash that proves which bars a run has seen."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import PRICE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bifrost_kernel.domain.bars import Adjustment, BarSeries, BarSpec, CorporateAction

_LAYOUT = "bifrost bars 1"
_KINDS = ("<i8", "<i8", "<f8", "<f8", "<f8", "<f8", "<f8")


def compute_fingerprint(
    series: Sequence[BarSeries],
    spec: BarSpec,
    adjustment: Adjustment,
    actions: Sequence[CorporateAction],
) -> str:
    """Return the SHA-256 (hex) of everything in a bar set that a result can depend on.

    Parameters
    ----------
    series
        In order; ids and the bytes of every array count, little-endian.
    spec, adjustment, actions
        Bar length, how actions show, and the actions themselves, in order.

    Returns
    -------
    str
        64 hexadecimal digits. Where the bars lay, in how many pieces, and when they were
        fetched make no difference.

    Notes
    -----
    -0.0 counts as 0.0.
    """
    digest = hashlib.sha256()

    def add(text: str) -> None:
        encoded = text.encode()
        digest.update(len(encoded).to_bytes(8, "little") + encoded)

    for word in (_LAYOUT, str(spec), adjustment.value, str(len(series))):
        add(word)
    for one in series:
        add(str(one.instrument_id))
        digest.update(len(one).to_bytes(8, "little"))
        days = one.session_date.astype("datetime64[D]", copy=False).astype("<i8")
        columns = [one.end, days, *(getattr(one, name) + 0.0 for name in (*PRICE_FIELDS, "volume"))]
        for column, kind in zip(columns, _KINDS, strict=True):
            digest.update(np.ascontiguousarray(column, dtype=kind).data)
    for action in actions:
        add(f"{action.instrument_id} {action.ex_date} {action.kind.value} {action.value!r}")
    return digest.hexdigest()
