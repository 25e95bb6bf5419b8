"""How the stand-in tells the shop: signed notices, in order or in none, once or several times."""

import copy
import hashlib
import hmac
import json
import queue
import random
import secrets
import threading
import urllib.request

import stripe

from market.adapters.stripe.standin import shapes
from market.adapters.stripe.standin.wire import Thing, checked
from market.core import clock

SECONDS_BETWEEN = (0.0, 0.5, 2.0, 8.0, 30.0)


class Post:
    """Notices go to ``notify``, or wait in ``events``.

    With a chance in ``unruly`` they come as Stripe's may: some twice, some late, in
    no order.
    """

    def __init__(self, secret: str = "", *, notify: str = "") -> None:
        self.secret = secret or f"whsec_{secrets.token_hex(16)}"
        self.notify = notify
        self.unruly: random.Random | None = None
        self.events: list[Thing] = []
        self._letters: queue.Queue[Thing | None] = queue.Queue()

    def signed(self, event: Thing, *, at: int | None = None) -> tuple[bytes, str]:
        """Return a notice's body and its signature."""
        body, at = json.dumps(event), at or now()
        digest = hmac.new(self.secret.encode(), f"{at}.{body}".encode(), hashlib.sha256)
        return body.encode(), f"t={at},v1={digest.hexdigest()}"

    def _tell(self, kind: str, thing: Thing) -> None:
        id_ = f"evt_{secrets.token_hex(12)}"
        event = shapes.event(id_, now(), stripe.api_version, kind, copy.deepcopy(thing))
        self.events.append(checked(stripe.Event, event))
        if self.notify:
            self._letters.put(event)

    def _send_letters(self) -> None:
        """Send notices one after another; each is tried a few times, as Stripe does for days."""
        while event := self._letters.get():
            for letter in self._muddled(event):
                for seconds in SECONDS_BETWEEN:
                    threading.Event().wait(seconds)
                    if self._send(letter):
                        break

    def _muddled(self, event: Thing) -> list[Thing]:
        """Return what is sent now: the notice, or it and all that wait, doubled and shuffled."""
        if self.unruly is None:
            return [event]
        batch = [event]
        threading.Event().wait(0.05)
        while not self._letters.empty():
            following = self._letters.get()
            if following is None:
                self._letters.put(None)  # It ends after this batch.
                break
            batch.append(following)
        batch += self.unruly.sample(batch, k=(len(batch) + 1) // 2)
        self.unruly.shuffle(batch)
        return batch

    def _send(self, event: Thing) -> bool:
        body, signature = self.signed(event)
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        letter = urllib.request.Request(self.notify, body, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(letter, timeout=10) as reply:  # noqa: S310
                return 200 <= reply.status < 300
        except OSError:
            return False


def now() -> int:
    """Return the present second."""
    return int(clock.now().timestamp())


def new_id(what: str) -> str:
    """Return an id that nothing has, as Stripe's look: ``re_…``."""
    return f"{what}_{secrets.token_hex(12)}"
