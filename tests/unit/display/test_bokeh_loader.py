"""BokehJS travels once, and again with the cell that carried it."""

import base64
import gzip
import re

import pytest

from bifrost_kernel.display import bokeh_loader as loader


@pytest.fixture(autouse=True)
def _afresh():
    """Each test begins with a kernel that has shown nothing."""
    loader.forget()
    yield
    loader.forget()


def test_without_a_known_cell_only_the_first_output_carries_it():
    """A client that sends no cell id."""
    assert loader.needs_loader(None)
    assert not loader.needs_loader(None)
    loader.set_cell(None)
    assert not loader.needs_loader(None)


def test_the_cell_that_carried_it_carries_it_again_when_it_runs_again():
    """Otherwise the saved notebook would lose the library."""
    loader.set_cell("a")
    assert loader.needs_loader("a")
    loader.set_cell("b")
    assert not loader.needs_loader("b")
    loader.set_cell("a")
    assert loader.current_cell() == "a"
    assert loader.needs_loader("a")


def test_one_run_of_a_cell_carries_it_once():
    """Three reports in one cell."""
    loader.set_cell("a")
    assert [loader.needs_loader("a") for _ in range(3)] == [True, False, False]


def test_another_cell_that_runs_again_does_not_carry_it():
    """Only the first one does."""
    for _ in range(2):
        loader.set_cell("a")
        first = loader.needs_loader("a")
        loader.set_cell("b")
        assert (first, loader.needs_loader("b")) == (True, False)


def test_the_packed_library_is_bokehjs_and_a_third_of_its_size():
    """What the page unpacks is what Bokeh ships."""
    packed = re.search(r'data-bf-library="([^"]+)"', loader.packed_library())[1]
    source = gzip.decompress(base64.b64decode(packed)).decode()
    assert source == loader.library_source()
    assert "Bokeh" in source
    assert len(packed) < 0.4 * len(source)
