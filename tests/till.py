"""Where money comes in during tests: the stand-in for Stripe, and the shop that uses it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from market.adapters.stripe import StripeCards
from market.adapters.stripe.standin import StandIn


@pytest.fixture(scope="session")
def _standin() -> Iterator[StandIn]:
    made = StandIn()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def standin(_standin: StandIn) -> StandIn:
    """The stand-in, which sends no notice by itself; they wait in its ``events``."""
    _standin.events.clear()
    _standin.calls.clear()
    _standin.troubles.clear()
    return _standin


@pytest.fixture
def cards(app: Flask, standin: StandIn) -> Iterator[StripeCards]:
    """The real client, talking to the stand-in; the shop takes online payments by it."""
    made = StripeCards(standin.key, standin.secret, base=standin.base)
    app.extensions["cards"] = made
    yield made
    app.extensions["cards"] = None
