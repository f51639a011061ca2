"""The kernel: which cell is running, and the Jupyter kernel named Bifrost."""
