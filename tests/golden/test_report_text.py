"""The text report of a known run, to the letter."""

from pathlib import Path

from bifrost_kernel.display.backtest import BacktestView
from tests.backtest_samples import sample_report, sample_series

EXPECTED = Path(__file__).with_name("report_of_ibm.txt")


def test_the_report_of_a_known_run():
    """Real IBM prices: every figure, the judgement, the months and the foot."""
    report = sample_report(sample_series("IBM", count=750))
    assert repr(BacktestView(report)) + "\n" == EXPECTED.read_text(encoding="utf-8")
