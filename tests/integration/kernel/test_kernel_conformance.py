"""The Bifrost kernel speaks Jupyter's protocol as the protocol's own suite demands."""

from __future__ import annotations

from jupyter_kernel_test import IopubWelcomeTests, KernelTests


class TestBifrostKernel(KernelTests):
    """Every part of the suite has its sample, so that none is left out."""

    kernel_name = "bifrost"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('oh', file=sys.stderr)"
    completion_samples = [{"text": "zi", "matches": {"zip"}}]  # noqa: RUF012 - the suite's own form
    complete_code_samples = ["1", "%bars AAPL", "def f(x):\n  return x\n\n"]  # noqa: RUF012 - as above
    incomplete_code_samples = ["def f(x):\n  x*2", "for i in 'a':"]  # noqa: RUF012 - as above
    invalid_code_samples = ["import = 7q"]  # noqa: RUF012 - as above
    code_page_something = "zip?"
    code_generate_error = "raise ValueError"
    code_execute_result = [  # noqa: RUF012 - as above
        {"code": "6 * 7", "result": "42"},
        {"code": "'a' * 3", "result": "'aaa'"},
    ]
    code_display_data = [  # noqa: RUF012 - as above
        {"code": "from IPython.display import HTML, display; display(HTML('<b>1</b>'))",
         "mime": "text/html"},
    ]  # fmt: skip
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6 *"
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"

    def history_helper(self, execute_first, timeout=30, **histargs):
        """Give the running session its number, where IPython answers 0 for it."""
        reply = super().history_helper(execute_first, timeout, **histargs)
        if histargs["hist_access_type"] == "range":
            for entry in reply["content"]["history"]:
                entry[0] = entry[0] or histargs["session"]
        return reply


class TestBifrostWelcome(IopubWelcomeTests):
    """The kernel greets a client that subscribes."""

    kernel_name = "bifrost"
    support_iopub_welcome = True


del IopubWelcomeTests, KernelTests  # their own runs would test another kernel
