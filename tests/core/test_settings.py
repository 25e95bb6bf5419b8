"""Business parameters from the environment."""

import pytest

from market.core.settings import StationedRule, settings


@pytest.fixture(autouse=True)
def _fresh():
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_what_the_environment_names_is_taken_and_the_rest_is_default(monkeypatch):
    monkeypatch.setenv("MARKET_TRANSFER_PAY_DAYS", "5")
    monkeypatch.setenv("MARKET_STATIONED_RULE", "always")
    assert settings().transfer_pay_days == 5
    assert settings().stationed_rule is StationedRule.ALWAYS
    assert settings().online_pay_minutes == 15


def test_a_value_that_can_not_be_read_stops_the_start(monkeypatch):
    monkeypatch.setenv("MARKET_CLAIM_DAYS", "a week")
    with pytest.raises(ValueError, match="a week"):
        settings()
