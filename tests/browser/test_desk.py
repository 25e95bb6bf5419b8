"""The windows of the other tests see what is wrong: each fault is made here, and noted."""

import pytest
from playwright.sync_api import Browser

from tests.browser.desk import Visitor

BREAK = {
    "label": "document.querySelector('main input[name=login]').removeAttribute('id')",
    "color-contrast": "document.querySelector('h1').style.color = '#eee'",
    "wider than the phone": "document.querySelector('h1').className = 'position-absolute vw-100 ms-5'",
    "console: ": "document.body.append(Object.assign(document.createElement('script'), {text: '0'}))",
    "script failed": "setTimeout(() => { throw new Error('lost') })",
    "Content Security Policy": "fetch('http://127.0.0.2/').catch(() => 0)",
    "404 for ": "new Promise((done) => { document.querySelector('.brand img').onerror = done;"
    " document.querySelector('.brand img').src = '/static/nothing.svg'; })",
}


@pytest.mark.parametrize("sign", BREAK)
def test_a_fault_is_noted(browser: Browser, live: str, sign: str) -> None:
    visitor = Visitor(browser, live, phone=True, script=True)
    visitor.axe = True
    try:
        visitor.open("/account/sign-in")
        visitor.page.evaluate(f"async () => {{ await ({BREAK[sign]}); }}")
        visitor.look()
        assert [fault for fault in visitor.faults if sign in fault], visitor.faults
    finally:
        visitor.close()


def test_a_page_as_it_is_has_no_fault(browser: Browser, live: str) -> None:
    visitor = Visitor(browser, live, phone=True, script=True)
    visitor.open("/account/sign-in")
    visitor.close()
    assert not visitor.faults
