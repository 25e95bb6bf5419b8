"""Do what a form says, the same way on every page of the plan."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect

from market.core.db import db
from market.core.errors import Refused
from market.core.forms import Form


def done(form: Form, deed: Callable[[], tuple[str, str]]) -> Any:
    """Do a deed if the form was sent well, and go on; or show beside its fields why it wasn't done.

    The deed returns what is said of it and where to go. Nothing is returned where the form
    is to be shown: what was typed is still in it.
    """
    if not form.validate_on_submit():
        return None
    try:
        said, where = deed()
    except Refused as refusal:
        db.session.rollback()
        # Where several figures are odd, each beside the field of its reason.
        for one in getattr(refusal, "each", [refusal]):
            form.refuse(one)
        return None
    db.session.commit()
    flash(said, "success")
    return redirect(where)
