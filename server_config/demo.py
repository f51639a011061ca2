"""Run the first hour as a person would, save it as a page, and say what came out.

``make demo`` calls it with the folder to write to. Nothing is fetched from outside.
"""

import sys
from pathlib import Path

import nbformat
import papermill
from nbconvert import HTMLExporter

SOURCE = Path(__file__).resolve().parent.parent / "notebooks" / "first_hour.ipynb"
NOTHING = "data:text/javascript,"


def make_exporter() -> HTMLExporter:
    """Return an exporter whose pages ask nothing of the outside."""
    return HTMLExporter(
        template_name="lab",
        require_js_url=NOTHING,
        mathjax_url=NOTHING,
        jquery_url=NOTHING,
        mermaid_js_url=NOTHING,
    )


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
        SOURCE, executed, kernel_name="bifrost", cwd=folder, progress_bar=False
    )
    html, _ = make_exporter().from_filename(str(executed))
    page.write_text(html, encoding="utf-8")
    print(f"\n{read_summary(nbformat.read(executed, as_version=4))}\n")
    print(f"executed notebook  {executed}")
    print(f"as a page          {page}")
    print("next               make lab")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
