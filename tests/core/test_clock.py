"""The clock and China's calendar."""

import datetime as dt

from market.core import clock, formats


def test_the_year_turns_with_china():
    with clock.set_to(dt.datetime(2020, 12, 31, 15, 59, tzinfo=dt.UTC)):
        assert clock.today() == dt.date(2020, 12, 31)
    with clock.set_to(dt.datetime(2020, 12, 31, 16, 0, tzinfo=dt.UTC)):
        assert clock.today() == dt.date(2021, 1, 1)
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


def test_a_day_starts_at_midnight_in_china():
    assert clock.start_of(dt.date(2021, 1, 1)) == dt.datetime(2020, 12, 31, 16, tzinfo=dt.UTC)


def test_times_are_written_by_chinas_clock():
    assert formats.instant(dt.datetime(2020, 12, 31, 16, 5, tzinfo=dt.UTC)) == "2021-01-01 00:05"
    assert formats.day(dt.date(2021, 1, 1)) == "2021-01-01"
    assert formats.instant(None) == formats.day(None) == "—"
