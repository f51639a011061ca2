"""Run the first hour as a person would, save it as a page, and say what came out.

``make demo`` calls it with the folder to write to. Nothing is fetched from outside.
"""

import sys
from pathlib import Path

import nbformat
import papermill
import zmq
from nbconvert import HTMLExporter
from traitlets.config import Config

SOURCE = Path(__file__).resolve().parent.parent / "notebooks" / "first_hour.ipynb"
ENCRYPTION = "auto" if zmq.has("curve") else "disabled"
NOTHING = "data:text/javascript,"


def make_exporter() -> HTMLExporter:
    """Return an exporter whose pages ask nothing of the outside."""
    return HTMLExporter(
        theme="light",
        template_name="lab",
        require_js_url=NOTHING,
        mathjax_url=NOTHING,
        jquery_url=NOTHING,
        mermaid_js_url=NOTHING,
    )


def write_page(notebook: nbformat.NotebookNode, page: Path) -> None:
    """Write an executed notebook as a page; progress bars that have run are left out."""
    shown = nbformat.from_dict(notebook)
    shown.metadata.pop("widgets", None)
    html, _ = make_exporter().from_notebook_node(shown)
    page.write_text(html, encoding="utf-8")


def read_summary(notebook: nbformat.NotebookNode) -> str:
    """Return the text of the outputs of the cells that are tagged ``summary``."""
    outputs = [
        output
        for cell in notebook.cells
        if "summary" in cell.metadata.get("tags", ())
        for output in cell.outputs
    ]
    return "\n".join(one.data["text/plain"] for one in outputs if "data" in one)


def main(folder: Path) -> None:
    """Execute the notebook into `folder` and print its summary."""
    executed = folder / SOURCE.name
    page = executed.with_suffix(".html")
    print(f"running {SOURCE.name} on the prices that come with Bifrost ...", flush=True)
    papermill.execute_notebook(
        SOURCE,
        executed,
        kernel_name="bifrost",
        cwd=folder,
        progress_bar=False,
        config=Config(KernelManager={"transport_encryption": ENCRYPTION}),
    )
    notebook = nbformat.read(executed, as_version=4)
    write_page(notebook, page)
    print(f"\n{read_summary(notebook)}\n")
    print(f"executed notebook  {executed}")
    print(f"as a page          {page}")
    print("next               make lab")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
