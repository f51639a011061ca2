"""The tear sheet as a person asks for it: once for each question, never of old prices."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import NoDataError, ReportError, UnknownNameError

NOTEBOOK = str(Path(__file__).parents[2] / "notebooks" / "reports" / "tear_sheet.ipynb")
QUESTION = {"symbols": "MINE", "params": '{"fast": 5, "slow": 20}', "adjust": "none"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Open a desk that knows one imported file."""
    desk = bf.open_desk(tmp_path_factory.mktemp("tear_sheet"))
    _import(desk, seed=1)
    return desk


def _import(desk, seed):
    close = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, 300)))
    index = pd.bdate_range("2010-01-04", periods=300, name="date")
    frame = pd.DataFrame({"open": close, "high": close, "low": close, "close": close}, index=index)
    path = Path(desk.home) / "mine.csv"
    frame.assign(volume=1000).to_csv(path)
    desk.import_bars(path, "MINE.XNYS")


def test_the_same_question_is_answered_once_and_other_prices_are_another_question(desk):
    """The second answer is the first one's folder; changed prices never get an old report."""
    first = desk.report(NOTEBOOK, QUESTION)
    assert desk.report(NOTEBOOK, QUESTION).folder == first.folder
    assert "MINE" in Path(first.html).read_text(encoding="utf-8")
    _import(desk, seed=2)
    second = desk.report(NOTEBOOK, QUESTION)
    assert second.folder != first.folder
    asked = [
        json.loads((Path(one.folder) / "report.json").read_text())["parameters"]["data_fingerprint"]
        for one in (first, second)
    ]
    assert asked[0] != asked[1]


def test_a_report_of_prices_other_than_those_asked_for_fails(desk):
    """The notebook itself compares the fingerprint."""
    with pytest.raises(ReportError, match="prices are those that were asked for"):
        desk.report(NOTEBOOK, QUESTION | {"data_fingerprint": "0" * 64})


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"symbol": "MINE"}, UnknownNameError, "did you mean 'symbols'"),
        ({"symbols": "MNE"}, UnknownNameError, "did you mean 'MINE'"),
        ({"start": "2050"}, NoDataError, "MINE"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_before_a_kernel_starts(
    desk, change, error, words
):
    """One line, and no failed attempt is left behind."""
    with pytest.raises(error, match=words):
        desk.report(NOTEBOOK, QUESTION | change)
