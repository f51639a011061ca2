"""A running Bifrost kernel: the desk is there, cells know themselves, magics complete."""

from __future__ import annotations

import ast

import pytest
from jupyter_client.manager import start_new_kernel

from bifrost_kernel.desk import open_desk

HEAVY = {"backtrader", "bokeh", "exchange_calendars", "pandas", "pyarrow", "scipy", "sqlalchemy"}

WITH_ID = (
    "from bifrost_kernel.kernel.context import CellWatch\n"
    "seen = get_ipython()._bifrost_cells()\nseen.cell_id, seen.source_hash is not None"
)


def run(client, code, **metadata):
    """Execute code and return (reply, outputs)."""
    outputs = []
    message = client.session.msg(
        "execute_request",
        {"code": code, "silent": False, "store_history": True, "user_expressions": {},
         "allow_stdin": False, "stop_on_error": True},
        metadata=metadata,
    )  # fmt: skip
    client.shell_channel.send(message)
    wanted = message["header"]["msg_id"]
    while True:
        told = client.get_iopub_msg(timeout=120)
        if told["parent_header"].get("msg_id") != wanted:
            continue
        if told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
            break
        outputs.append(told)
    while True:
        reply = client.get_shell_msg(timeout=120)
        if reply["parent_header"].get("msg_id") == wanted:
            return reply["content"], outputs


def value(client, code, **metadata):
    """Execute code and return the value that its last line shows."""
    reply, outputs = run(client, code, **metadata)
    assert reply["status"] == "ok", reply
    shown = [one["content"]["data"]["text/plain"] for one in outputs if "data" in one["content"]]
    return ast.literal_eval(shown[-1])


def complete(client, code):
    """Return what the kernel offers at the end of `code`."""
    return client.complete(code, len(code), reply=True, timeout=60)["content"]


def test_the_desk_is_ready(client):
    """Nothing needs to be loaded."""
    assert value(client, "type(desk).__name__") == "Desk"
    assert value(client, "bool(get_ipython().find_line_magic('backtest'))") is True


def test_a_cell_knows_its_id_where_the_client_sends_one(client):
    """As JupyterLab does, in the request's metadata."""
    assert value(client, WITH_ID, cellId="abc-1") == ("abc-1", True)
    assert value(client, WITH_ID) == (None, True)


def test_completion_through_the_kernel_offers_our_names_and_nothing_else(client):
    """Strategies, symbols, parameters, options and values, in code cells as they are typed."""
    run(client, "desk.known('symbols')")
    for code, expected in (
        ("%backtest sma_c", ["sma_cross"]),
        ("r = %backtest sma_cross AAP", ["AAPL"]),
        ("import math\n%backtest sma_cross AAPL fas", ["fast="]),
        ("%backtest sma_cross AAPL --commission-k", ["--commission-kind"]),
        ("%bars AAPL --adjust sp", ["splits"]),
    ):
        reply = complete(client, code)
        assert reply["matches"] == expected
        word = code.split()[-1]
        assert (reply["cursor_start"], reply["cursor_end"]) == (len(code) - len(word), len(code))


def test_the_first_key_in_a_fresh_kernel_opens_nothing(tmp_path, monkeypatch):
    """Names come from the file that an earlier desk left: no database, no heavy library."""
    open_desk(tmp_path)
    monkeypatch.setenv("BIFROST_HOME", str(tmp_path))
    manager, fresh = start_new_kernel(kernel_name="bifrost", startup_timeout=120)
    try:
        assert complete(fresh, "%backtest sma_c")["matches"] == ["sma_cross"]
        assert complete(fresh, "%bars AAP")["matches"] == ["AAPL"]
        assert complete(fresh, "%backtest --load ")["status"] == "ok"
        assert value(fresh, "'_backend' in vars(desk)") is False
        assert value(fresh, f"import sys\nsorted(set(sys.modules) & {HEAVY!r})") == []
        assert value(fresh, f"_ = desk.bars('AAPL')\nsorted(set(sys.modules) & {HEAVY!r})") != []
    finally:
        fresh.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_strategy_of_the_notebook_completes_with_its_parameters(client):
    """As soon as its cell has run."""
    source = (
        "import bifrost_kernel as bf\n@bf.strategy\n"
        "def my_idea(bars, reach=5):\n    return bf.Signals(entries=bars.close > reach)"
    )
    assert run(client, source)[0]["status"] == "ok"
    assert complete(client, "%backtest my_")["matches"] == ["my_idea"]
    assert complete(client, "%backtest my_idea AAPL re")["matches"] == ["reach="]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("%backtest sma_cros AAPL", "did you mean 'sma_cross'"),
        ("%backtest sma_cross AAPL fst=3", "did you mean 'fast'"),
        ("%backtest sma_cross AAPL --csh 3", "did you mean '--cash'"),
        ("%bars APPL", "did you mean 'AAPL'"),
        ("%%bars AAPL\nx", "no cell form"),
    ],
)
def test_an_error_is_one_line_and_still_an_error(client, code, said):
    """A client sees a real error output whose traceback is the one line."""
    reply, outputs = run(client, code)
    assert reply["status"] == "error"
    (error,) = [one["content"] for one in outputs if one["msg_type"] == "error"]
    assert said in error["evalue"]
    lines = [line for part in error["traceback"] for line in part.splitlines() if line.strip()]
    assert len(lines) == 1
    assert said in lines[0]


def test_question_mark_shows_the_help(client):
    """Through the pager, as for any other magic."""
    reply, _ = run(client, "%backtest?")
    (page,) = reply["payload"]
    assert "--commission-kind KIND" in page["data"]["text/plain"]


def test_loading_again_does_no_harm_and_unloading_leaves_nothing(client):
    """`%load_ext` in the Bifrost kernel, then `%unload_ext` and back."""
    assert run(client, "%load_ext bifrost_kernel")[0]["status"] == "ok"
    assert run(client, "%unload_ext bifrost_kernel")[0]["status"] == "ok"
    assert value(client, "get_ipython().find_line_magic('backtest') is None") is True
    assert value(client, "hasattr(get_ipython(), '_bifrost_cells')") is False
    assert run(client, "%load_ext bifrost_kernel")[0]["status"] == "ok"
    assert value(client, "bool(get_ipython().find_cell_magic('backtest'))") is True
