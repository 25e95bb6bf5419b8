"""Reading a page never waits for whoever writes."""

from market.accounts.models import Person


def test_a_signed_in_person_reads_while_somebody_writes(session, buyer, sign_in):
    """With the person loaded before the request was known to read, this page waited for the lock."""
    client = sign_in(buyer)
    session.query(Person).update({"phone": "1"})  # Not committed: SQLite's write lock is taken.
    assert client.get("/notices").status_code == 200
