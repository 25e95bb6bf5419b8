"""A page of long work shows how far it is while it is still being sent."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from market.core.db import db
from market.core.steps import Step, Steps
from market.core.streaming import streamed


@pytest.fixture
def held(app: Flask, live: str) -> Iterator[tuple[str, threading.Event]]:
    """The address of a page that is half sent, and what lets the rest go."""
    go_on = threading.Event()

    def work() -> Steps[str]:
        yield Step("已读取 2000 / 4000 行", 2000, 8000)
        yield Step("已读取 4000 / 4000 行", 4000, 8000)
        assert go_on.wait(30)
        return '<p class="working-done">已生成</p>'

    class Sending(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            with app.test_request_context("/", base_url=live):
                page = streamed(
                    work, lambda: db.session, heading="正在生成", back="/", back_label="报表"
                )
                for piece in page.iter_encoded():
                    # The page's style comes from the shop itself.
                    self.wfile.write(piece.replace(b'"/static', f'"{live}/static'.encode()))
                    self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Sending) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", go_on
        go_on.set()
        thread.join()


def test_the_newest_step_is_seen_before_the_page_is_whole(
    browser: Browser, held: tuple[str, threading.Event]
) -> None:
    address, go_on = held
    page = browser.new_page()
    page.goto(address, wait_until="commit")
    expect(page.get_by_text("已读取 4000 / 4000 行")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(1)
    expect(page.get_by_text("已读取 2000 / 4000 行")).to_be_hidden()
    go_on.set()
    expect(page.get_by_text("已生成")).to_be_visible()
    expect(page.get_by_text("已读取 4000 / 4000 行")).to_be_hidden()
    page.close()
