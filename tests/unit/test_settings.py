"""The home folder and the configuration file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bifrost_kernel.domain.errors import InvalidInputError, StorageError, UnknownNameError
from bifrost_kernel.settings import load_settings, require_writable_home


def test_the_home_is_the_argument_then_the_variable_then_the_users_own(tmp_path, monkeypatch):
    """The nearer word wins."""
    monkeypatch.setenv("BIFROST_HOME", str(tmp_path / "by-variable"))
    assert load_settings(tmp_path / "given").home == tmp_path / "given"
    assert load_settings().home == tmp_path / "by-variable"
    monkeypatch.delenv("BIFROST_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings().home == tmp_path / ".bifrost"


def test_the_configuration_file_overrides_the_defaults(tmp_path):
    """What is not named keeps its default."""
    text = 'risk_free = 0.02\nbar_seconds = 3\nnotebooks = ["~/reports"]\n'
    (tmp_path / "config.toml").write_text(text)
    settings = load_settings(tmp_path)
    assert settings.bar_seconds == 3.0
    assert settings.risk_free == 0.02
    assert settings.notebooks == (Path("~/reports").expanduser(),)
    assert settings.report_kernel == "bifrost"


def test_a_misspelt_setting_is_answered_with_the_nearest_one(tmp_path):
    """A setting that nothing reads must not pass in silence."""
    (tmp_path / "config.toml").write_text("riskfree = 0.02\n")
    with pytest.raises(UnknownNameError, match="did you mean 'risk_free'"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["risk_free = ", 'risk_free = "much"', "\x00", "notebooks = 3", "bar_seconds = 0"],
)
def test_a_configuration_that_cannot_be_understood_names_its_file(tmp_path, text):
    """The way out begins with the file's path."""
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(InvalidInputError, match=r"config\.toml"):
        load_settings(tmp_path)


def test_a_home_that_cannot_be_made_is_refused_with_the_way_out(tmp_path):
    """A file where the folder should be; root may write anywhere, but not here."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Set BIFROST_HOME"):
        require_writable_home(load_settings(tmp_path / "file" / "home"))
    with pytest.raises(StorageError, match="Set BIFROST_HOME"):
        require_writable_home(load_settings(tmp_path / "file"))
