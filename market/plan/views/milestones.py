"""Enter the days and milestones of a project."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user

from market.core.access import Role, allow
from market.core.db import db
from market.core.forms import Form
from market.plan import queries, services
from market.plan.forms import CloseForm, DateForm, MilestoneForm
from market.plan.models import DateKind, MilestoneState, Project
from market.plan.views.bp import bp
from market.plan.views.deeds import done
from market.plan.views.project import project_or_404

STEERERS = (Role.COUNTY, Role.COORDINATOR)


@bp.route("/projects/<int(max=99):number>/dates", methods=["GET", "POST"])
@allow(*STEERERS)
def dates(number: int) -> Any:
    """Enter when a project started, should finish, or finished."""
    project, form = _steered(number), DateForm()
    return _filled(
        project,
        form,
        "plan/date_form.html",
        "日期已登记。",
        lambda: services.set_date(
            db.session,
            project,
            DateKind(form.kind.data),
            form.day.data,
            reason=form.reason.data or "",
            once_key=form.once.data or "",
            by=current_user,
        ),
    )


@bp.route("/projects/<int(max=99):number>/milestones/new", methods=["GET", "POST"])
@allow(*STEERERS)
def new_milestone(number: int) -> Any:
    """Say what a project must have reached by a day."""
    project, form = _steered(number), MilestoneForm()

    def add() -> None:
        planned_on = form.planned_on.data
        assert planned_on is not None  # The form requires it.
        services.add_milestone(
            db.session,
            project,
            name=form.name.data or "",
            planned_on=planned_on,
            once_key=form.once.data or "",
            by=current_user,
        )

    return _filled(project, form, "plan/milestone_form.html", "里程碑已添加。", add)


@bp.route("/projects/<int(max=99):number>/milestones/<int(max=999):place>", methods=["GET", "POST"])
@allow(*STEERERS)
def milestone(number: int, place: int) -> Any:
    """Say whether a milestone was reached; ``place`` is in the order they were added."""
    project, form = _steered(number), CloseForm()
    held = (queries.milestone_of(db.session, number, place) if place else None) or abort(404)
    if held.state is MilestoneState.MET:
        flash("这个里程碑已经达成，不再修改。", "warning")
        return redirect(url_for(".project", number=number, _anchor="milestones"))
    return _filled(
        project,
        form,
        "plan/milestone_form.html",
        "里程碑结果已登记。",
        lambda: services.close_milestone(
            db.session,
            held,
            MilestoneState(form.state.data),
            met_on=form.met_on.data,
            note=form.note.data or "",
            by=current_user,
        ),
        held=held,
    )


def _steered(number: int) -> Project:
    project = project_or_404(number)
    if not queries.may_steer(project, current_user):
        abort(403)
    return project


def _filled(
    project: Project,
    form: Form,
    template: str,
    said: str,
    deed: Callable[[], object],
    **shown: Any,
) -> Any:
    """Show a form, or do what it says and go back to its project."""
    where = url_for(".project", number=project.number, _anchor="milestones")

    def act() -> tuple[str, str]:
        deed()
        return said, where

    gone_on = done(form, act)
    if gone_on:
        return gone_on
    page = render_template(
        template,
        row=project,
        form=form,
        now=queries.dates_of(db.session, project).get(project.id),
        **shown,
    )
    return page, 422 if form.is_submitted() else 200
