"""Read the plan as written, prove its sums, and load it."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from market.audit.services import record
from market.core import money
from market.core.errors import Refused
from market.plan.models import (
    Area,
    Clause,
    Indicator,
    Note,
    PlanText,
    Project,
    Safeguard,
    Shape,
    Split,
)

PLAN = Path(__file__).parents[2] / "data" / "plan_2020.toml"
PROJECTS = 17


def load_plan(session: Session, source: str | None = None) -> bool:
    """Load the plan if none is loaded yet, and say whether this call did.

    One that is loaded is only completed. Refuses a source whose figures do not add up,
    naming the one that does not.
    """
    plan = tomllib.loads(PLAN.read_text("utf-8") if source is None else source)
    loaded = session.scalar(sa.select(PlanText))
    if loaded is not None:
        complete_plan(session, loaded, plan)
        return False
    prove(plan)
    text = PlanText(
        title=plan["title"],
        annex_title=plan["annex_title"],
        preamble=plan["preamble"],
        general=plan["general"],
        tasks_intro=plan["tasks_intro"],
        total_fen=fen(plan["total_wan"]),
    )
    session.add(text)
    session.add_all(Safeguard(**safeguard) for safeguard in plan["safeguards"])
    clauses = _load_areas(session, plan["areas"])
    _load_projects(session, plan["projects"], clauses)
    for note in plan["notes"]:
        clause = clauses.get(note["about"].removeprefix("clause:"))
        session.add(
            Note(
                text=note["text"],
                projects=note["projects"],
                clause_id=clause.id if clause else None,
            )
        )
    session.flush()
    record(session, "plan.loaded", text, by=None, total_fen=text.total_fen, projects=PROJECTS)
    return True


def complete_plan(session: Session, text: PlanText, plan: dict[str, Any]) -> int:
    """Add to a plan loaded before what is ours and is new in its source; return how many changed.

    An indicator is found by its clause and name; what the plan says of it stays.
    """
    changed = 0
    for clause in session.scalars(sa.select(Clause).options(selectinload(Clause.indicators))):
        known = {indicator.our_name: indicator for indicator in clause.indicators}
        for given in _indicators_of(plan, clause.code):
            read = _read(given)
            indicator = known.get(given["our_name"])
            if indicator is None:
                session.add(Indicator(**read, clause_id=clause.id))
                changed += 1
                continue
            ours = {name: value for name, value in read.items() if name.startswith("our_")}
            if any(getattr(indicator, name) != value for name, value in ours.items()):
                for name, value in ours.items():
                    setattr(indicator, name, value)
                changed += 1
    if changed:
        session.flush()
        record(session, "plan.completed", text, by=None, count=changed)
    return changed


def prove(plan: dict[str, Any]) -> None:
    """Refuse a plan whose rows do not make the sums that the plan itself states.

    17 rows make 5487 万元; rows 1–5, 6, 7, 8–11, 12–15, 16 and 17 make what the text
    says of each; the departments of rows 5, 8 and 12 make their row.
    """
    aid = {project["number"]: aid_2020(project) for project in plan["projects"]}
    if sorted(aid) != list(range(1, PROJECTS + 1)):
        raise Refused(f"项目计划表应有序号 1—{PROJECTS} 各一行，现有 {sorted(aid)}。")
    for project in plan["projects"]:
        splits = project.get("splits", [])
        if splits:
            _prove_sum(
                f"第{project['number']}行的部门分项",
                (fen(split["aid_2020_wan"]) for split in splits),
                aid[project["number"]],
            )
            _prove_written(project)
    for part in plan["totals"]["parts"]:
        _prove_sum(
            f"“{part['text']}”（第{'、'.join(map(str, part['projects']))}行）",
            (aid[number] for number in part["projects"]),
            fen(part["aid_2020_wan"]),
        )
    _prove_sum("17行合计", aid.values(), fen(plan["totals"]["aid_2020_wan"]))
    _prove_sum("正文帮扶资金总额", [fen(plan["total_wan"])], fen(plan["totals"]["aid_2020_wan"]))


def fen(wan: str) -> int:
    """Return the fen of an amount written in 万元; a blank is zero."""
    return money.parse_yuan(wan) * 10_000 if wan else 0


def aid_2020(project: dict[str, Any]) -> int:
    """Return the fen of a row's 2020 aid, whose text may go on with departments in brackets."""
    return fen(project["aid_2020_wan"].partition("（")[0])


def _prove_sum(what: str, parts: Iterable[int], whole: int) -> None:
    total = sum(parts)
    if total != whole:
        raise Refused(
            f"方案数据不一致：{what}应为 {money.wan(whole)} 万元，"
            f"实为 {money.wan(total)} 万元；请对照原文更正后再载入。"
        )


def _prove_written(project: dict[str, Any]) -> None:
    """Refuse splits that differ from the words in brackets beside the amount."""
    written = project["aid_2020_wan"].partition("（")[2].removesuffix("）")
    told = "、".join(f"{s['department']}{s['aid_2020_wan']}万" for s in project["splits"])
    if written != told:
        raise Refused(
            f"方案数据不一致：第{project['number']}行原文为“{written}”，分项为“{told}”；"
            "请对照原文更正后再载入。"
        )


def _indicators_of(plan: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [
        indicator
        for area in plan["areas"]
        for clause in area["clauses"]
        if clause["code"] == code
        for indicator in clause["indicators"]
    ]


def _read(given: dict[str, Any]) -> dict[str, Any]:
    """Return an indicator's columns; what the source doesn't say of it is ours to leave blank."""
    blank = {"our_counts": "", "our_not": "", "our_evidence": "", "our_distinct": False}
    told: dict[str, Any] = blank | given
    wan = told.pop("our_money_wan", "")
    money_fen = fen(wan) if wan else None
    return told | {"shape": Shape(given["shape"]), "our_money_fen": money_fen}


def _load_areas(session: Session, areas: list[dict[str, Any]]) -> dict[str, Clause]:
    clauses: dict[str, Clause] = {}
    for given in areas:
        area = Area(number=given["number"], heading=given["heading"])
        for told in given["clauses"]:
            clause = Clause(
                code=told["code"],
                text=told["text"],
                lead_units=told["lead_units"],
                county_units=told["county_units"],
            )
            clause.indicators = [Indicator(**_read(given)) for given in told["indicators"]]
            area.clauses.append(clause)
            clauses[clause.code] = clause
        session.add(area)
    session.flush()
    return clauses


def _load_projects(
    session: Session, projects: list[dict[str, Any]], clauses: dict[str, Clause]
) -> None:
    for given in projects:
        project = Project(
            **{
                name: given[name]
                for name in ("number", "category", "name", "place", "content", "finish_year")
            },
            total_text=given["total_wan"],
            aid_2019_text=given["aid_2019_wan"],
            aid_2020_text=given["aid_2020_wan"],
            total_fen=fen(given["total_wan"]),
            aid_2019_fen=fen(given["aid_2019_wan"]),
            aid_2020_fen=aid_2020(given),
            responsible=given["responsible"],
            remark=given["remark"],
            our_responsible=given.get("our_responsible", ""),
            clause=clauses[given["our_clause"]],
        )
        project.splits = [
            Split(department=split["department"], aid_2020_fen=fen(split["aid_2020_wan"]))
            for split in given.get("splits", [])
        ]
        session.add(project)
