"""A page that shows long work as it goes on: its answer is sent piece by piece, without a script.

The head of the page goes out first, then a line for each step (the last is the one to be seen),
and at the end what came of it. One that stops before says what to do: whether the work was
committed in its last moment is known to the list of what it makes, and doing it again is safe.
"""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from flask import Response, current_app, g, render_template, stream_with_context
from markupsafe import escape
from sqlalchemy.orm import Session

from market.core.errors import Refused
from market.core.steps import Step, Steps

PLACE = "<!-- what is done -->"
BUSY = "现在使用的人太多，没有完成，什么也没有改变；请过一分钟再试。"


def streamed(
    work: Callable[[], Steps[str]],
    session: Callable[[], Session],
    *,
    heading: str,
    back: str,
    back_label: str,
) -> Response:
    """Answer with a page that shows the steps of a work, and at the end what the work returns.

    When the work begins the view has ended, and with it the session and the person it knew:
    ``work`` asks for both anew, as ``session`` does. It commits by itself, last, when what it
    returns is drawn already: whatever ends it before (a refusal, which is shown, a busy database,
    a reader who goes away) rolls back, and nothing after it asks the database again. A flashed
    message would come too late for the page's cookie; what is to be said stands in what the work
    returns.
    """
    page = render_template("working.html", heading=heading, back=back, back_label=back_label)
    head, _, tail = page.partition(PLACE)
    pieces = stream_with_context(_pieces(work, session, head, tail, (back, back_label)))
    # A proxy that collects the whole answer would show nothing until the end.
    return Response(pieces, mimetype="text/html", headers={"X-Accel-Buffering": "no"})


def onward(address: str, label: str, words: str) -> str:
    """Return the end of a work that goes on to another page: by itself where there is a script.

    It is to be drawn before the work commits: a page may ask the database who reads it.
    """
    return render_template("_onward.html", address=address, label=label, words=words)


def _pieces(
    work: Callable[[], Steps[str]],
    session: Callable[[], Session],
    head: str,
    tail: str,
    back: tuple[str, str],
) -> Iterator[str]:
    yield head
    g.pop("_login_user", None)  # Flask-Login keeps the person of the session that was closed.
    steps, sentence = work(), ""
    try:
        outcome = yield from _told(steps)
    except Refused as refusal:
        sentence = str(refusal)
    except sa.exc.OperationalError as error:
        current_app.logger.warning("database busy: %s", error.orig)
        sentence = BUSY
    finally:
        steps.close()
        # What the work made is committed; a transaction that failed answers nothing any more.
        session().rollback()
    yield f"</ol>{_failed(sentence, back) if sentence else outcome}{tail}"


def _told(steps: Steps[str]) -> Any:
    """Give each step as a line; return what the work returns."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        yield _line(step)


def _line(step: Step) -> str:
    return (
        f'<li>{escape(step.words)}<progress max="{max(step.of, 1)}" value="{step.done}"'
        f' aria-label="进度">{step.done} / {step.of}</progress></li>\n'
    )


def _failed(sentence: str, back: tuple[str, str]) -> str:
    """Write why it failed, without what surrounds a page: the database may not answer."""
    address, label = back
    template = current_app.jinja_env.get_template("_failed.html")
    return template.render(sentence=sentence, address=address, label=label)
