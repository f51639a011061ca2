"""The progress bar in a real kernel: it moves, and leaves nothing in the saved notebook."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

LONG = """
from bifrost_kernel.display.progress import NotebookProgress
import threading
bar = NotebookProgress(patience_seconds=0.1)
bar.start(30, "bars <b>")
try:
    for step in range(30):
        threading.Event().wait(0.05)
        bar.step()
{failure}
finally:
    bar.close()
"""


class _Listener(NotebookClient):
    """A client that notes every output as it comes."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.noted = []

    def process_message(self, msg, cell, cell_index):
        """Note what is shown, then do as nbclient does."""
        if msg["msg_type"] in {"display_data", "update_display_data", "stream"}:
            self.noted.append(msg["content"].get("data", msg["content"]))
        return super().process_message(msg, cell, cell_index)


@pytest.mark.parametrize("failure", ["", "        if step == 15: raise KeyError(step)"])
def test_the_bar_moves_and_its_output_is_empty_at_the_end(failure):
    """However the work ends; hostile words in it are text."""
    cell = nbformat.v4.new_code_cell(LONG.format(failure=failure))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    client = _Listener(notebook, kernel_name="python3", allow_errors=True)
    client.execute()
    shown = [one["text/html"] for one in client.noted]
    assert len(shown) > 3
    assert "&lt;b&gt;" in shown[0]
    assert "<b>" not in "".join(shown)
    kept = [one for one in cell.outputs if one.output_type == "display_data"]
    assert [dict(one.data) for one in kept] == [{"text/plain": "", "text/html": ""}]


def test_short_work_shows_nothing():
    """A bar that would only flash is not drawn."""
    code = LONG.format(failure="").replace("0.05", "0.0").replace("0.1", "5")
    cell = nbformat.v4.new_code_cell(code)
    NotebookClient(nbformat.v4.new_notebook(cells=[cell]), kernel_name="python3").execute()
    assert cell.outputs == []
