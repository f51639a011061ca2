"""A visitor on the dashboard: sees a report, asks another question, needs nothing from outside."""

import pytest
from axe_playwright_python.sync_playwright import Axe

TOKEN = "a-token-for-tests"  # noqa: S105 - it guards a server that lives for one test


@pytest.fixture(scope="module")
def voila(serve):
    """Voila as ``make dashboards`` starts it."""
    return serve("voila", "voila", "dashboards", f"--Voila.token={TOKEN}")


@pytest.fixture
def explorer(visit, voila):
    """The explorer with its first report shown."""
    visit.page.goto(f"{voila}/voila/render/backtest_explorer.ipynb?token={TOKEN}")
    visit.page.get_by_role("button", name="Run").wait_for()
    visit.wait_for_charts(3)
    return visit


def test_the_dashboard_opens_on_a_report_and_answers_another_question(explorer):
    """The first report is there at once; another strategy on another symbol replaces it."""
    page = explorer.page
    assert "sma_cross · AAPL.XNAS" in page.inner_text("body")
    explorer.picture("voila-first")

    page.get_by_label("Strategy").select_option("rsi_reversion")
    page.get_by_label("Symbols").select_option("MSFT")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("rsi_reversion · MSFT.XNAS").wait_for()
    explorer.wait_for_charts(3)
    assert "sma_cross · AAPL.XNAS" not in page.inner_text("body")
    explorer.picture("voila-second")
    explorer.require_clean()


def test_the_dashboard_can_be_used_by_everybody(explorer):
    """The accessibility checker finds nothing serious, in neither theme."""
    found = Axe().run(explorer.page).response["violations"]
    serious = [one["id"] for one in found if one["impact"] in {"serious", "critical"}]
    assert serious == []
    explorer.require_clean()


def test_a_visitor_without_the_token_sees_nothing(visit, voila):
    """Without the token there is a login page and no kernel."""
    visit.page.goto(f"{voila}/voila/render/backtest_explorer.ipynb")
    assert "/login" in visit.page.url


def test_only_dashboards_are_served(visit, voila):
    """Neither notebooks of other rooms nor files beside the dashboards are handed out."""
    request = visit.page.request
    for path in (
        "voila/render/../notebooks/first_hour.ipynb",
        "voila/files/backtest_explorer.ipynb",
    ):
        assert request.get(f"{voila}/{path}?token={TOKEN}").status in {403, 404}
