"""A person in JupyterLab: types a line, reads the report, errs, and completes a word."""

import nbformat
import pytest

TOKEN = "a-token-for-tests"  # noqa: S105 - it guards a server that lives for one test
POPUP = ".jp-Completer:not(.lm-mod-hidden)"


@pytest.fixture(scope="module")
def lab(serve, tmp_path_factory):
    """JupyterLab as ``make lab`` starts it, on a folder with one empty notebook."""
    folder = tmp_path_factory.mktemp("notebooks")
    metadata = {"kernelspec": {"name": "bifrost", "display_name": "Bifrost"}}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")], metadata=metadata)
    nbformat.write(notebook, folder / "research.ipynb")
    address = serve(
        "jupyterlab",
        "jupyterlab",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",
    )
    return f"{address}/lab/tree/research.ipynb?token={TOKEN}&reset"


@pytest.fixture
def notebook(visit, lab):
    """The open notebook, its kernel ready and its first cell empty."""
    page = visit.page
    page.goto(lab)
    page.wait_for_function("window.jupyterapp && window.jupyterapp.shell.currentWidget?.content")
    page.wait_for_selector(".jp-Notebook .cm-content")
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === 'idle'"
    )
    page.keyboard.press("Escape")
    return visit


def write(visit, text):
    """Replace the first cell's source by typing, as a person would."""
    page = visit.page
    page.evaluate("window.jupyterapp.commands.execute('notebook:move-cursor-up')")
    editor = page.locator(".jp-Notebook .cm-content").first
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def run(visit):
    """Run the cell that the cursor is in and wait for its end."""
    visit.page.keyboard.press("Control+Enter")
    visit.page.wait_for_function(
        "() => { const cell = window.jupyterapp.shell.currentWidget.content.widgets[0];"
        " return cell.model.executionCount && cell.outputArea.model.length > 0"
        " && cell.promptNode.textContent.indexOf('*') < 0; }"
    )


def require_side_by_side(visit):
    """Fail unless the headline figures stand in one row: the page's own styles stay outside."""
    labels = [visit.page.get_by_text(one, exact=True).first for one in ("Annual return", "Sharpe")]
    first, second = (one.bounding_box() for one in labels)
    assert abs(first["y"] - second["y"]) < 2
    assert second["x"] > first["x"]


def test_a_typed_line_shows_the_report_with_its_charts_in_both_themes(notebook):
    """A backtest typed into a cell shows figures and drawn charts, light and dark, from here."""
    write(notebook, "%backtest sma_cross AAPL")
    run(notebook)
    notebook.wait_for_charts(3)
    output = notebook.page.locator(".jp-Cell-outputArea").first
    for word in ("sma_cross", "AAPL.XNAS", "Sharpe", "Max drawdown"):
        assert word in output.inner_text()
    require_side_by_side(notebook)
    notebook.picture("jupyterlab-light")

    # The configuration lets JupyterLab follow the system's theme.
    notebook.page.emulate_media(color_scheme="dark")
    notebook.page.wait_for_selector("body[data-jp-theme-light='false']", state="attached")
    notebook.wait_for_charts(3)
    notebook.picture("jupyterlab-dark")
    notebook.require_clean()


def test_a_wrong_name_is_answered_in_one_line(notebook):
    """A misspelt strategy is answered by one line that offers the right one."""
    write(notebook, "%backtest sma_cros AAPL")
    run(notebook)
    said = notebook.page.locator(".jp-Cell-outputArea").first.inner_text().strip()
    assert "did you mean 'sma_cross'?" in said
    assert len(said.splitlines()) == 1
    notebook.picture("jupyterlab-error")
    notebook.require_clean()


def test_a_strategy_is_completed_inside_the_line(notebook):
    """Tab after the beginning of a strategy's name completes it inside the magic's line."""
    write(notebook, "%backtest sma_cr")
    notebook.page.keyboard.press("Tab")
    source = "window.jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel.source"
    notebook.page.wait_for_function(
        f"{source}.includes('sma_cross') || document.querySelector('{POPUP}')"
    )
    if "sma_cross" not in notebook.page.evaluate(source):
        notebook.page.keyboard.press("Enter")
    notebook.page.wait_for_function(f"{source}.trim() === '%backtest sma_cross'")

    write(notebook, "%backtest sma_cross AAPL --s")
    notebook.page.keyboard.press("Tab")
    popup = notebook.page.locator(POPUP)
    popup.wait_for()
    offered = popup.inner_text()
    for option in ("--start", "--size", "--slippage"):
        assert option in offered
    notebook.picture("jupyterlab-completion")
    notebook.require_clean()
