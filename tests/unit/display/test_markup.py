"""HTML cannot be broken out of."""

import json

from bifrost_kernel.display.markup import (
    Markup,
    escape,
    fold,
    join,
    pairs_table,
    safe_script,
    script_json,
    table,
    tag,
)

HOSTILE = "</td><script>alert(1)</script>\"'&"


def test_text_is_escaped_wherever_it_stands():
    """Children, attributes, cells, headings, names and values."""
    built = (
        tag("b", HOSTILE, title=HOSTILE),
        table([HOSTILE], [[HOSTILE]], caption=HOSTILE, class_=HOSTILE),
        fold(HOSTILE, HOSTILE),
        pairs_table({HOSTILE: HOSTILE}),
        join([HOSTILE], HOSTILE),
    )
    for one in built:
        assert "<script" not in one
        assert "&lt;script&gt;alert(1)" in one
        assert isinstance(one, Markup)


def test_finished_markup_passes_and_everything_else_is_text():
    """Only what was built here is trusted."""
    assert escape(Markup("<b>1</b>")) == "<b>1</b>"
    assert escape("<b>1</b>") == "&lt;b&gt;1&lt;/b&gt;"
    assert escape(3.5) == "3.5"


def test_attributes_left_out_and_bare():
    """None leaves out, True writes the name alone, underscores become hyphens."""
    assert tag("i", data_bf_x=1, hidden=True, title=None, class_="a") == (
        '<i data-bf-x="1" hidden class="a"></i>'
    )


def test_json_in_a_script_cannot_end_it_and_reads_back():
    """No angle bracket and no ampersand survives, and the value does."""
    value = {"name": "</script><!--<script>&\u2028", "at": [1, 2.5, None]}
    text = script_json(value)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == value


def test_a_script_cannot_close_its_element():
    """Not even from within a string of its own."""
    assert "</" not in safe_script('let x = "</script>";')


def test_numeric_columns_align_to_the_right():
    """Headings follow their columns."""
    built = table(["a", "b"], [["x", "1"]], numeric=[1])
    assert '<th class="bf-text" scope="col">a</th><th class="bf-number" scope="col">b</th>' in built
    assert '<td class="bf-number">1</td>' in built
