"""Pages that say that something can't be done."""

from tests.browser.conftest import Visit


def test_a_page_that_is_not_there_says_the_next_step(visit: Visit) -> None:
    anyone = visit()
    anyone.open("/nowhere", status=404)
    anyone.says("没有找到这一页")
