"""Functions called at each bar, as a person writes them in cells."""

import pytest

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import BifrostError, InterruptedRunError

RANGE = "--start 2005 --end 2006 --size 10"
IDEA = (
    "def idea(now, days=20):\n"
    '    """Buy a new high, leave after some days."""\n'
    "    if now.position:\n"
    "        if now.bar - now.state[0] >= days:\n"
    "            now.close_position()\n"
    "    elif now.index >= days and now.close >= now.closes[-days:].max():\n"
    "        now.buy()\n"
    "        now.state[0] = now.bar\n"
)


@pytest.fixture
def loaded(bare_shell, tmp_path, monkeypatch):
    """Return a real shell with the extension loaded on a home of its own."""
    monkeypatch.setenv("BIFROST_HOME", str(tmp_path / "home"))
    bf.load_ipython_extension(bare_shell)
    run(bare_shell, "import bifrost_kernel as bf")
    yield bare_shell
    bf.unload_ipython_extension(bare_shell)


def run(shell, source):
    """Run a cell and return its value, or raise what it raised."""
    outcome = shell.run_cell(source, store_history=True, cell_id="cell-7")
    outcome.raise_error()
    return outcome.result


def test_a_declared_function_runs_by_name_by_value_and_from_a_cell(loaded):
    """The same figures each way; the run keeps parameters and source."""
    view = run(loaded, f"%%backtest AAPL days=10 {RANGE} --out kept\n@bf.on_bar(state=1)\n{IDEA}")
    assert loaded.user_ns["kept"] is view
    assert len(view.fills) > 4
    assert dict(view.manifest.spec.parameters) == {"days": 10}
    assert "def idea(now, days=20):" in view.manifest.strategy_source
    assert "state = 1" in view.manifest.strategy_source
    by_name = run(loaded, f"%backtest idea AAPL days=10 {RANGE}")
    by_value = run(
        loaded,
        "desk.backtest(idea, 'AAPL', params={'days': 10}, start='2005', end='2006', size=10, "
        "engine='compiled')",
    )
    assert by_name.final_nav == by_value.final_nav == view.final_nav
    assert by_name.manifest.strategy_version == view.manifest.strategy_version


def test_a_plain_function_of_now_needs_no_decorator(loaded):
    """In a cell, beside a helper, and then by its name."""
    source = (
        "def small(close, by):\n    return close < by\n"
        "def cheap(now, by=40.0):\n    if small(now.close, by): now.target_size(1)\n"
    )
    view = run(loaded, f"%%backtest AAPL {RANGE}\n{source}")
    assert view.manifest.spec.strategy == "cheap"
    assert "def small" in view.manifest.strategy_source
    assert run(loaded, f"%backtest cheap AAPL by=50 {RANGE}").final_nav > 0


def test_studies_and_scope_together_run_over_several_symbols(loaded):
    """A panel is prepared once; the function is called once a bar."""
    source = (
        "import numpy as np\n"
        "def strength(panel, window):\n"
        "    columns = [bf.indicators.roc(one, window) for one in panel.close.T]\n"
        "    return [np.column_stack(columns)]\n"
        "@bf.on_bar(scope='together', prepare=strength)\n"
        "def strongest(now, window=60):\n"
        "    if now.bar % 21: return\n"
        "    best = max(range(now.count), key=lambda k: now.on(k).study(0))\n"
        "    for k in range(now.count):\n"
        "        now.on(k).target_weight(0.9 if k == best else 0.0)\n"
    )
    view = run(loaded, f"%%backtest AAPL MSFT IBM {RANGE}\n{source}")
    assert len(view.fills) > 5


def test_it_is_listed_explained_and_completed(loaded):
    """`%strategies`, the question mark's text, and parameters after its name."""
    run(loaded, f"@bf.on_bar(state=1)\n{IDEA}")
    assert "idea" in run(loaded, "%strategies").names
    assert "Buy a new high" in repr(run(loaded, "%strategies idea"))
    assert "an int, by default 20" in loaded.user_ns["idea"].getdoc().lower()
    line = "%backtest idea AAPL da"
    _, matches = loaded.complete(line, line, len(line))
    assert "days=" in matches


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("def f(now): now.bye()", r"failed at bar 0 .* now has no 'bye', did you mean now.buy\?"),
        ("def f(now): now.buy(limit=-1)", r"limit: expected a finite price above 0, was -1 \("),
        ("def f(now): return 1", "expected nothing back .* was int"),
        ("def f(now): raise SystemExit", "failed at bar 0 .* SystemExit"),
        ("def f(now): f(now)", "failed at bar 0 .* RecursionError"),
        ("def f(now, n): pass", "f: parameter 'n': expected a default, was none"),
        ("@bf.on_bar(state='2')\ndef f(now): pass", "f: state: expected a whole number"),
        ("@bf.on_bar\ndef f(bars): pass", "f: expected now as first parameter, was 'bars'"),
        ("def f(now): pass\ndef g(now): pass", "expected one strategy in the body, was 2"),
        (
            "@bf.on_bar(prepare=lambda bars: [1, 2])\ndef f(now): pass",
            r"f: prepare: study 0: expected an array of shape \(503,\), was \(\)",
        ),
        (
            "@bf.on_bar(warmup=lambda p: 5000)\ndef f(now): pass",
            "f needs at least 5001 bars, AAPL.XNAS has 503 in this range",
        ),
    ],
)  # fmt: skip
def test_mistakes_end_in_one_line(loaded, body, message):
    """What, which value, where; the shell goes on."""
    with pytest.raises(BifrostError, match=message) as caught:
        run(loaded, f"%%backtest AAPL {RANGE}\n{body}")
    assert "\n" not in str(caught.value)
    assert run(loaded, "1 + 1") == 2


def test_both_simulators_say_the_same(loaded):
    """The check finds no difference, and the compiled simulator is the one that auto takes."""
    view = run(
        loaded, f"%%backtest AAPL --check --start 2005 --size 10\n@bf.on_bar(state=1)\n{IDEA}"
    )
    assert view.manifest.simulator.startswith("compiled")
    assert view.manifest.check.other.startswith("backtrader")
    assert view.manifest.check.difference is None
    assert len(view.fills) > 20


def test_a_person_stops_it_and_goes_on(loaded):
    """Ctrl-C in mid-run: one line says that nothing is kept, and the next run works."""
    stopped = (
        "def f(now):\n    if now.bar == 50: signal.raise_signal(signal.SIGINT)\n    now.buy(1)"
    )
    run(loaded, "import signal")
    for engine in ("backtrader", "compiled"):
        with pytest.raises(InterruptedRunError, match="backtest of f was interrupted"):
            run(loaded, f"%%backtest AAPL --engine {engine} --start 2005\n{stopped}")
    view = run(loaded, "%%backtest AAPL --engine compiled --start 2005\ndef f(now): now.buy(1)")
    assert len(view.fills) > 100


def test_cheat_on_open_is_refused_by_name(loaded):
    """With the way out."""
    with pytest.raises(BifrostError, match="cheat-on-open cannot be; wishes in arrays"):
        run(loaded, f"%%backtest AAPL --cheat-on-open {RANGE}\ndef f(now): pass")
