"""The report in a real browser: drawn, themed, read off, and true without scripts."""

import io

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image

from bifrost_kernel.display.backtest import BacktestView
from bifrost_kernel.look.tokens import DARK, LIGHT, read_rgb
from tests.backtest_samples import minute_series, sample_report

NOTICE = "prices are raw: splits look like crashes (AAPL 2000-06-21 2:1); adjust=all removes them"
SHOW_REPORT = """
from bifrost_kernel.display import formatters
from tests.backtest_samples import sample_bars, sample_report
formatters.register(get_ipython())
sample_report()
"""
SHOW_BARS = """
from bifrost_kernel.display.bars import BarsView
BarsView(sample_bars())
"""
LIVE = "() => [...document.querySelectorAll('.bf-charts')].every(e => e.dataset.bfState === 'live')"


@pytest.fixture(scope="module")
def page_path(tmp_path_factory):
    """A report saved as a page."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    return BacktestView(sample_report(notices=(NOTICE,))).to_html(path)


@pytest.fixture(scope="module")
def notebook():
    """A notebook with a report and bars, executed by a plain Python kernel."""
    cells = [nbformat.v4.new_code_cell(one) for one in (SHOW_REPORT, SHOW_BARS)]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python", "language": "python"}
    return NotebookClient(made, timeout=120).execute()


def colours_of(visit, selector):
    """Return the colours on an element of the page as an array of RGB rows."""
    png = visit.page.locator(selector).first.screenshot()
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)


def share_near(pixels, colour, within=24):
    """Return the share of pixels that are nearly of a colour."""
    return float((np.abs(pixels.astype(int) - read_rgb(colour)).max(axis=1) <= within).mean())


@pytest.mark.parametrize(
    ("tokens", "width"), [(LIGHT, 1280), (DARK, 1280), (LIGHT, 420)], ids=lambda one: str(one)[:12]
)
def test_the_page_draws_its_charts_in_the_readers_theme(visit, page_path, tokens, width):
    """Ground, strategy and fills have the theme's colours; nothing is asked of the outside."""
    visit.page.set_viewport_size({"width": width, "height": 1000})
    visit.page.emulate_media(color_scheme=tokens.name)
    visit.page.goto(f"file://{page_path}")
    visit.wait_for_charts(3)
    visit.page.wait_for_function(LIVE)
    visit.picture(f"report-{tokens.name}-{width}")
    nav = colours_of(visit, '[data-bf-panel="nav"] .bf-live')
    assert share_near(nav, tokens.panel) > 0.5
    assert share_near(nav, tokens.accent) > 0.001
    assert share_near(colours_of(visit, '[data-bf-panel="price"] .bf-live'), tokens.gain) > 0.0005
    wide = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    visit.require_clean()


def test_the_theme_can_change_under_an_open_page(visit, page_path):
    """The charts follow without a reload."""
    visit.page.emulate_media(color_scheme="light")
    visit.page.goto(f"file://{page_path}")
    visit.page.wait_for_function(LIVE)
    visit.page.emulate_media(color_scheme="dark")
    visit.page.wait_for_function(
        "() => document.querySelector('.bifrost').dataset.bfTheme === 'dark'"
    )
    visit.page.wait_for_timeout(1000)
    nav = colours_of(visit, '[data-bf-panel="nav"] .bf-live')
    assert share_near(nav, DARK.accent) > 0.001
    assert share_near(nav, LIGHT.panel) < 0.01


def test_the_pointer_reads_off_and_a_drag_zooms(visit, page_path):
    """Hovering shows date and values; dragging zooms all panels; a double click goes back."""
    page = visit.page
    page.goto(f"file://{page_path}")
    page.wait_for_function(LIVE)
    box = page.locator('[data-bf-panel="nav"] .bf-chart').bounding_box()
    strategy = page.locator('[data-bf-panel="nav"] [data-bf-column="c0"]')
    at_rest = strategy.text_content()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 100)
    when = page.locator('[data-bf-panel="nav"] [data-bf-when]')
    page.wait_for_function(
        "() => /^\\d{4}-\\d\\d-\\d\\d/.test(document.querySelector('[data-bf-when]').textContent)"
    )
    assert strategy.text_content() != at_rest
    # the plot leaves 56 px of the width to its labels
    assert when.text_content()[:4] in {"2004", "2003"}
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 120, steps=6)
    page.mouse.up()
    page.wait_for_timeout(600)
    ranges = "() => Bokeh.documents[0].roots().map(one => [one.x_range.start, one.x_range.end])"
    zoomed = page.evaluate(ranges)
    assert zoomed[0] == zoomed[1] == zoomed[2]
    years = (zoomed[0][1] - zoomed[0][0]) / (365.25 * 86_400_000)
    assert years == pytest.approx(0.3 * 13 * box["width"] / (box["width"] - 56), rel=0.05)
    visit.picture("report-zoomed")
    page.mouse.dblclick(box["x"] + 200, box["y"] + 100)
    page.wait_for_timeout(600)
    back = page.evaluate(ranges)[0]
    assert (back[1] - back[0]) / (365.25 * 86_400_000) == pytest.approx(13, rel=0.01)
    page.mouse.move(2, 2)
    page.wait_for_function(
        "value => document.querySelector('[data-bf-column]').textContent === value", arg=at_rest
    )
    visit.require_clean()


def test_the_keyboard_reads_off_too(visit, page_path):
    """Arrows walk from bar to bar."""
    page = visit.page
    page.goto(f"file://{page_path}")
    page.wait_for_function(LIVE)
    page.locator('[data-bf-panel="nav"] .bf-chart').focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.locator("[data-bf-when]").first.text_content() == "2013-02-27"
    page.keyboard.press("Escape")
    assert "drag to zoom" in page.locator("[data-bf-when]").first.text_content()


def test_intraday_charts_read_off_the_minute(visit, tmp_path):
    """Nights take no room, and the read-out knows the hour."""
    report = sample_report(minute_series(3900), is_synthetic=True)
    visit.page.goto(f"file://{BacktestView(report).to_html(tmp_path / 'minutes.html')}")
    visit.page.wait_for_function(LIVE)
    visit.wait_for_charts(3)
    visit.page.locator('[data-bf-panel="nav"] .bf-chart').focus()
    visit.page.keyboard.press("ArrowLeft")
    assert visit.page.locator("[data-bf-when]").first.text_content() == "2010-01-13 20:59"
    visit.picture("report-intraday")
    visit.require_clean()


def test_without_scripts_the_pictures_stand(browser, page_path):
    """Three of them, loaded, in the reader's theme."""
    context = browser.new_context(
        java_script_enabled=False,
        color_scheme="dark",
        viewport={"width": 1280, "height": 1000},
    )
    page = context.new_page()
    page.goto(f"file://{page_path}")
    images = page.locator("img.bf-still")
    assert images.count() == 3
    png = images.first.screenshot()
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)
    assert share_near(pixels, DARK.panel) > 0.5
    assert share_near(pixels, DARK.accent) > 0.001
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_saved_notebook_draws_in_its_own_theme(visit, notebook, tmp_path, theme):
    """Nbconvert's page: the library travels once, both outputs are drawn."""
    body, _ = HTMLExporter(theme=theme).from_notebook_node(notebook)
    assert body.count("data-bf-library=") == 1
    (tmp_path / "saved.html").write_text(body, encoding="utf-8")
    visit.page.goto(f"file://{tmp_path / 'saved.html'}", wait_until="domcontentloaded")
    visit.wait_for_charts(5)
    visit.page.wait_for_function(LIVE)
    visit.picture(f"saved-notebook-{theme}")
    tokens = DARK if theme == "dark" else LIGHT
    nav = colours_of(visit, '[data-bf-panel="nav"] .bf-live')
    assert share_near(nav, tokens.accent) > 0.001
    is_dark_ground = nav.mean() < 100
    assert is_dark_ground == (theme == "dark")
    # nbconvert's own template asks for MathJax and RequireJS; the outputs ask for nothing
    assert not [one for one in visit.outside if "cdnjs" not in one]
