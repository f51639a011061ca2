"""A finished report's page in a browser: its pictures are there, and nothing in it runs."""

import base64
import io
import os
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from bifrost_kernel.reporting.runner import PapermillRunner

PROJECT = Path(__file__).resolve().parents[2]
CELLS = (
    'fast = 10\nhome = ""',
    (
        "import bifrost_kernel as bf\nfrom IPython.display import HTML, display\n"
        'attestation = bf.Attestation("it ran")\ndesk = bf.open_desk(home=home)'
    ),
    'desk.backtest("sma_cross", "AAPL", params={"fast": fast, "slow": 30}, start="2005")',
    (
        "from bokeh.io import output_notebook, show\nfrom bokeh.plotting import figure\n"
        "from bokeh.resources import INLINE\noutput_notebook(INLINE, hide_banner=True)\n"
        "plot = figure(height=200)\nplot.line([1, 2], [1, 2])\nshow(plot)"
    ),
    (
        "display({'text/html': '<div><script>draw()</script></div>', 'image/png': PNG_HERE,"
        " 'text/plain': 'x'}, raw=True)"
    ),
    (
        'display(HTML(\'<p id="left">stays</p><script>document.title = "owned"</script>'
        '<img src="x" onerror="document.title = 1"><a href="javascript:document.title=2">go</a>'
        '<iframe src="https://example.org"></iframe>'
        '<style>@import url("https://example.org/a.css");</style>'
        '<form action="https://example.org"><input></form>'
        '<p style="background:url(https://example.org/b.png)">styled</p>\'))'
    ),
    'attestation.check("it ran", fast == 7, f"fast = {fast}")\nattestation.close()',
)
# Of a picture: how many colours its pixels have.
COUNT_COLOURS = """
(image) => {
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  if (!canvas.width) return 0;
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  for (let i = 0; i < pixels.length && colours.size < 50; i += 4) {
    colours.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
  }
  return colours.size;
}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The page of an executed report: a backtest, charts of others, and hostile HTML."""
    base = tmp_path_factory.mktemp("report")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(one) for one in CELLS]
    notebook.cells[0].metadata["tags"] = ["parameters"]
    notebook.cells[4].source = CELLS[4].replace("PNG_HERE", repr(gradient()))
    notebook.cells.insert(
        1, nbformat.v4.new_markdown_cell("# Page <script>x()</script>\n\n**bold**")
    )
    (base / "notebooks").mkdir()
    nbformat.write(notebook, base / "notebooks" / "seen.ipynb")
    path = os.pathsep.join((str(PROJECT), os.environ.get("PYTHONPATH", "")))
    runner = PapermillRunner(
        base / "out",
        (base / "notebooks",),
        kernel_name="python3",
        environment={"PYTHONPATH": path},
    )
    return Path(runner.run("seen", {"fast": 7, "home": str(base / "home")})) / "seen.html"


def gradient():
    """Return a small PNG of many colours, in base64."""
    picture = Image.linear_gradient("L").convert("RGB")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def shot(page):
    """Return the whole page as an image."""
    return Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")


def test_charts_are_seen_as_pictures_and_nothing_runs(report, visit):
    """Every picture has many colours; no script, no request, no complaint."""
    visit.page.goto(report.as_uri())
    visit.picture("report-page")
    page = visit.page
    stills = page.locator("img.bf-still")
    assert stills.count() >= 2
    pictures = page.locator("img")
    for number in range(pictures.count()):
        image = pictures.nth(number)
        if image.is_visible():
            assert image.evaluate(COUNT_COLOURS) >= 10
    # the stylesheet of the view is in force: figures stand in a grid, text is not Times
    display = page.locator(".bf-headline").first.evaluate("one => getComputedStyle(one).display")
    assert display == "grid"
    assert "Times" not in page.locator("main").evaluate("one => getComputedStyle(one).fontFamily")
    assert page.locator("script, iframe, form, object, embed, link").count() == 0
    assert page.title() == "seen"
    visit.require_clean()


def test_texts_and_checks_are_there_and_code_is_not(report, visit):
    """A reader sees headings, tables, attestation and provenance, without the cells' code."""
    visit.page.goto(report.as_uri())
    text = visit.page.inner_text("body")
    for expected in ("Page", "bold", "stays", "styled", "1 of 1 checks passed", "fast = 7",
                     "attempt 1", "drawn by a script"):  # fmt: skip
        assert expected in text, expected
    assert "import bifrost_kernel" not in text
    assert "document.title" not in text
    assert "x()" not in text


def test_no_attribute_runs_loads_or_leaves(report):
    """What the hostile cell brought is not in the file at all."""
    html = report.read_text()
    for word in ("onerror", "javascript:", "example.org", "<script", "<iframe", "@import"):
        assert word not in html, word


def test_the_page_is_dark_where_the_reader_is(report, browser):
    """The ground follows the system's theme, and the pictures with it."""
    shades = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, viewport={"width": 1100, "height": 900})
        page = context.new_page()
        page.goto(report.as_uri())
        picture = shot(page)
        shades[scheme] = sum(picture.getpixel((3, 3))) / 3
        colours = picture.getcolors(maxcolors=1 << 24)
        assert len(colours) > 200
        context.close()
    assert shades["dark"] < 60
    assert shades["light"] > 200
