"""What outputs become on a page without scripts: safe, and with nothing true lost."""

from __future__ import annotations

import nbformat
import pytest
from bs4 import BeautifulSoup

from bifrost_kernel.reporting.sanitising import sanitise_html, sanitise_outputs

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
PNG = f"data:image/png;base64,{PIXEL}"


def shown(**data):
    """Return the sanitised outputs of a cell with this one output, and the style sheets."""
    bundle = {key.replace("_", "/", 1): value for key, value in data.items()}
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [nbformat.v4.new_output("display_data", data=bundle)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("text"), cell])
    styles = sanitise_outputs(notebook)
    return [dict(one.data) for one in cell.outputs], styles


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//x.y/z></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
        "<img src='data:text/html,<script>alert(1)</script>'>",
        "<img src='https://x.y/z.png'>",
        "<a href='javascript:alert(1)'>a</a>",
        "<a href=' jAvAsCrIpT:alert(1)'>a</a>",
        "<a href='data:text/html,alert(1)'>a</a>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<div style='background:url(https://x.y/z)'>a</div>",
        "<div style='background:\\75rl(https://x.y/z)'>a</div>",
        "<form action=https://x.y><button formaction=javascript:alert(1)>a</button></form>",
        "<meta http-equiv=refresh content='0;url=https://x.y'>",
        "<base href=https://x.y><link rel=stylesheet href=https://x.y/z.css>",
        "<p onclick=alert(1) onmouseover='alert(1)'>a</p>",
        "<!-- <script>alert(1)</script> -->",
        "<source srcset='https://x.y/z.png 1x'>",
    ],
)
def test_nothing_that_runs_loads_or_leaves_stays(hostile):
    """Whatever it is dressed in."""
    cleaned = sanitise_html(f"<p>before</p>{hostile}<p>after</p>")
    for element in BeautifulSoup(cleaned, "html.parser").find_all():
        assert element.name in {"p", "a", "div", "img", "source"}, cleaned
        for name, value in element.attrs.items():
            assert name in {"title", "style"}, cleaned
            assert "x.y" not in value, cleaned
    assert "before" in cleaned
    assert "after" in cleaned


def test_what_a_report_is_made_of_stays():
    """Tables, folds, pictures, classes, plain styles and labels."""
    kept = (
        '<div class="bf-chart" style="--bf-height:200px" role="group" aria-label="nav">'
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{PNG}">'
        f'<img alt="nav" class="bf-still" src="{PNG}"></picture></div>'
        '<details open=""><summary>All</summary><table><thead><tr><th scope="col">a</th></tr>'
        '</thead><tbody><tr><td class="bf-number">1</td></tr></tbody></table></details>'
        '<a href="https://x.y/z">source</a>'
    )
    cleaned = sanitise_html(kept)
    for piece in (
        PNG,
        'style="--bf-height:200px"',
        'aria-label="nav"',
        "<details",
        "<summary>",
        'class="bf-number"',
        'href="https://x.y/z"',
        'media="(prefers',
        "<picture>",
    ):
        assert piece in cleaned, piece  # fmt: skip


def test_style_sheets_move_to_the_head_once_unless_they_load():
    """Two views bring the same sheet; a third imports from outside."""
    sheet = "<style>.a > .b{color:red}</style>"
    html = f"<p>x</p>{sheet}{sheet}<style>@import 'https://x.y/z.css'</style>"
    outputs, styles = shown(text_html=html)
    assert styles == [".a > .b{color:red}"]
    assert outputs == [{"text/html": "<p>x</p>"}]


def test_a_chart_that_needs_a_script_is_replaced_by_its_picture():
    """Blank without the script: the PNG of the same output is shown instead."""
    outputs, _ = shown(text_html="<div id=a></div><script>draw()</script>", image_png=PIXEL)
    assert outputs == [{"image/png": PIXEL}]


def test_a_view_whose_chart_alone_needs_a_script_gets_the_picture_below_it():
    """The words stay, and the picture is not lost behind them."""
    (only,), _ = shown(text_html="<p>words</p><script>draw()</script>", image_png=PIXEL)
    assert only["text/html"].startswith("<p>words</p><img src=")
    assert PIXEL in only["text/html"]


def test_a_picture_that_the_view_carries_is_not_shown_twice():
    """The still picture inside the HTML is enough."""
    html = f'<p>words</p><img src="{PNG}"><script>draw()</script>'
    (only,), _ = shown(text_html=html, image_png=PIXEL)
    assert only["text/html"].count("<img") == 1


def test_what_only_a_script_can_draw_is_said_to_be_missing():
    """No blank place without a word; a mere loader leaves no trace."""
    outputs, _ = shown(text_html="<div id=a></div>", text_plain="Figure")
    assert "drawn by a script" in outputs[0]["text/html"]
    outputs, _ = shown(application_javascript="load()")
    assert outputs == []
    outputs, styles = shown(text_html="<style>p{margin:0}</style>", text_plain="<HTML object>")
    assert (outputs, styles) == ([], ["p{margin:0}"])


def test_streams_and_errors_are_left_as_they_are():
    """They are text, and escaped by the page."""
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [nbformat.v4.new_output("stream", text="<b>")]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    sanitise_outputs(notebook)
    assert cell.outputs[0].text == "<b>"


def test_progress_bars_leave_no_trace_but_warnings_do():
    """A finished bar tells a reader nothing; what was said beside it stays."""
    half = "bars:  50%|#####     | 1635/3270 [00:00<00:00, 9.1k/s]"
    bars = f"bars:   0%|          | 0/3270 [00:00<?, ?/s]\r{half}"
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stderr", text=f"{bars}\rbeware\n{bars}"),
        nbformat.v4.new_output("stream", name="stderr", text=half),
        nbformat.v4.new_output("stream", text="50% of it | 1/2\n"),
    ]
    sanitise_outputs(nbformat.v4.new_notebook(cells=[cell]))
    assert [one.text for one in cell.outputs] == ["beware\n", "50% of it | 1/2\n"]
