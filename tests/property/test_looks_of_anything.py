"""Whatever the number or the name, what is shown is true and harmless."""

import json
import math
from html.parser import HTMLParser

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.display.chart import keep_rows
from bifrost_kernel.display.markup import script_json, table
from bifrost_kernel.display.text import plain, sparkline, text_table
from bifrost_kernel.display.ticks import tick_labels, value_ticks
from bifrost_kernel.look.numbers import MINUS, NOTHING, format_number, format_share

finite = st.floats(-1e12, 1e12, allow_nan=False)


@given(finite, st.integers(0, 6))
def test_a_formatted_number_reads_back_within_its_rounding(value, digits):
    """No digit shown is wrong, and the sign is that of the number."""
    text = format_number(value, digits)
    back = float(text.replace(",", "").replace(MINUS, "-"))
    assert math.isclose(back, value, rel_tol=1e-12, abs_tol=0.5000001 * 10**-digits)
    assert "-" not in text


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_only_all_of_them_are_a_hundred_percent(part, whole):
    """Completeness never flatters."""
    text = format_share(min(part, whole), whole)
    assert text != NOTHING
    assert text.startswith(("100\u202f", "100.")) == (part >= whole)


class Cells(HTMLParser):
    """Reads the cells of a table."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.cells = [], []

    def handle_starttag(self, tag, _attrs):
        """Note an element."""
        self.tags.append(tag)
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_data(self, data):
        """Collect a cell's text."""
        if self.cells:
            self.cells[-1] += data


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\r\x00"), max_size=30), min_size=2, max_size=2
    )
)
def test_any_text_in_a_table_comes_out_as_itself(texts):
    """No text becomes an element."""
    reader = Cells()
    reader.feed(table([texts[0]], [[texts[1]]]))
    reader.close()
    assert reader.cells == texts
    assert set(reader.tags) <= {"div", "table", "thead", "tbody", "tr", "th", "td"}


@given(st.recursive(st.text() | st.integers() | finite | st.none(), st.lists, max_leaves=10))
def test_json_for_a_script_reads_back(value):
    """Safe, and still the same."""
    text = script_json(value)
    assert json.loads(text) == value
    assert "<" not in text


@settings(max_examples=50)
@given(
    st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1, max_size=3000),
    st.integers(1, 60),
)
def test_thinning_keeps_both_ends_and_all_extremes(values, buckets):
    """Lowest, highest, first and last rows stay; order and uniqueness too."""
    array = np.array(values)
    rows = keep_rows([array], len(array), buckets)
    assert rows[0] == 0
    assert rows[-1] == len(array) - 1
    assert (np.diff(rows) > 0).all()
    if np.isfinite(array).any():
        assert np.nanmin(array[rows]) == np.nanmin(array)
        assert np.nanmax(array[rows]) == np.nanmax(array)


@given(finite, st.floats(1e-9, 1e9), st.integers(1, 12))
def test_ticks_are_inside_and_their_labels_differ(low, width, wanted):
    """Never outside the axis, never two alike."""
    high = low + width
    ticks = value_ticks(low, high, wanted)
    slack = 1e-6 * max(abs(low), abs(high), width)
    assert all(low - slack <= one <= high + slack for one in ticks)
    assert len(ticks) <= 2.6 * wanted + 2
    if width > 1e-4 * abs(low):
        labels = tick_labels(ticks)
        assert len(set(labels)) == len(labels)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=300), st.integers(1, 80))
def test_a_sparkline_has_one_character_a_stretch(values, width):
    """Whatever the values."""
    assert len(sparkline(np.array(values), width)) == min(width, len(values))


@given(st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=2), min_size=1, max_size=5))
def test_a_text_table_has_one_line_a_row(rows):
    """Line breaks and control characters inside cells cannot break it."""
    text = text_table(["a", "b"], rows)
    assert len(text.split("\n")) == len(rows) + 1
    assert all(ord(sign) >= 32 for sign in plain("\x1b[31m\n\x07"))
