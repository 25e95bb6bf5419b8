"""What each kind of document does, who makes and who signs it, and what must prove it."""

from dataclasses import dataclass

from market.core.access import Role
from market.core.settings import settings
from market.funds.models.documents import Kind, Purpose
from market.funds.models.earmarks import Stage

CITY, COUNTY_TREASURY = "市财政局", "彭水县财政局"  # The first two hands of the chain.

_OFFICE = frozenset({Role.COORDINATOR, Role.FUND_OFFICER})
_TREASURY = frozenset({Role.FUND_OFFICER})
_COUNTY = frozenset({Role.COUNTY})
_LEAD_THEN_FUNDS = (Role.COORDINATOR, Role.FUND_OFFICER)


@dataclass(frozen=True)
class Rule:
    """How a kind of document moves money: from ``source`` to ``target``, held between.

    ``makers`` write it and ``steps`` sign it, each by another person. ``under_agreement``
    kinds take the earmark from an agreement; ``paid`` ones take effect when the bank's
    serial number is written down; ``has_lines`` ones are the sum of invoices.
    """

    source: Stage | None
    target: Stage | None
    makers: frozenset[Role]
    steps: tuple[Role, ...]
    evidence: tuple[Purpose, ...]
    under_agreement: bool = False
    numbered: bool = False
    paid: bool = False
    has_lines: bool = False


RULES: dict[Kind, Rule] = {
    Kind.FRAMEWORK: Rule(
        None, None, _OFFICE, (Role.FUND_OFFICER,), (Purpose.CONTRACT,), numbered=True
    ),
    Kind.APPROPRIATION: Rule(
        Stage.PLANNED,
        Stage.AVAILABLE,
        _OFFICE,
        (Role.FUND_OFFICER,),
        (Purpose.ORDER,),
        numbered=True,
    ),
    Kind.AGREEMENT: Rule(
        Stage.AVAILABLE,
        Stage.COMMITTED,
        _OFFICE | _COUNTY,
        _LEAD_THEN_FUNDS,
        (Purpose.CONTRACT,),
        numbered=True,
    ),
    Kind.AMENDMENT: Rule(
        Stage.AVAILABLE,
        Stage.COMMITTED,
        _OFFICE | _COUNTY,
        _LEAD_THEN_FUNDS,
        (Purpose.CONTRACT,),
        under_agreement=True,
        numbered=True,
    ),
    Kind.DECOMMITMENT: Rule(
        Stage.COMMITTED,
        Stage.AVAILABLE,
        _OFFICE | _COUNTY,
        _LEAD_THEN_FUNDS,
        (Purpose.CONTRACT,),
        under_agreement=True,
        numbered=True,
    ),
    Kind.DISBURSEMENT: Rule(
        Stage.COMMITTED,
        Stage.DISBURSED,
        _COUNTY,
        _LEAD_THEN_FUNDS,
        (Purpose.REQUEST,),
        under_agreement=True,
        paid=True,
    ),
    Kind.CLAIM: Rule(
        Stage.DISBURSED,
        Stage.SPENT,
        _COUNTY,
        _LEAD_THEN_FUNDS,
        (Purpose.INVOICE, Purpose.VOUCHER),
        under_agreement=True,
        has_lines=True,
    ),
    Kind.ACCEPTANCE: Rule(
        Stage.SPENT,
        Stage.ACCEPTED,
        _COUNTY | {Role.COORDINATOR},
        (Role.COORDINATOR,),
        (Purpose.RECEPTION,),
        under_agreement=True,
    ),
    Kind.RETURN: Rule(
        Stage.DISBURSED,
        Stage.COMMITTED,
        _COUNTY,
        (Role.FUND_OFFICER,),
        (Purpose.REPORT,),
        under_agreement=True,
        paid=True,
    ),
    Kind.REALLOCATION: Rule(
        Stage.AVAILABLE,
        Stage.AVAILABLE,
        _OFFICE,
        (Role.COORDINATOR, Role.FUND_OFFICER),
        (Purpose.ORDER,),
        numbered=True,
    ),
    Kind.CARRY_OVER: Rule(
        None, None, _TREASURY, (Role.FUND_OFFICER,), (Purpose.ORDER,), numbered=True
    ),
    Kind.SURRENDER: Rule(
        Stage.AVAILABLE,
        Stage.SURRENDERED,
        _TREASURY,
        (Role.FUND_OFFICER,),
        (Purpose.ORDER,),
        numbered=True,
        paid=True,
    ),
    Kind.SETTLEMENT: Rule(
        None, None, _TREASURY, (Role.FUND_OFFICER,), (Purpose.REPORT,), numbered=True
    ),
    Kind.REVERSAL: Rule(None, None, _OFFICE | _COUNTY, _LEAD_THEN_FUNDS, (Purpose.REPORT,)),
}

# What a carry-over takes along, and what keeps a year from being settled.
CARRIED = (Stage.PLANNED, Stage.AVAILABLE, Stage.COMMITTED, Stage.DISBURSED, Stage.SPENT)
# The stages whose accounts are kept agreement by agreement.
UNDER_AGREEMENT = (Stage.COMMITTED, Stage.DISBURSED, Stage.SPENT, Stage.ACCEPTED)
# A document whose effect stands on these can't be reversed by the mirror of its transfers.
IRREVERSIBLE = {Kind.FRAMEWORK, Kind.SETTLEMENT, Kind.REVERSAL}


def steps_of(kind: Kind, amount_fen: int) -> tuple[Role, ...]:
    """Return who signs a document of this kind and amount, in order.

    From ``fund_large_wan`` (a setting, 100 万元) on, a further fund officer signs last: one
    alone may approve no more than that.
    """
    steps = RULES[kind].steps
    if amount_fen >= settings().fund_large_wan * 1_000_000 and kind is not Kind.FRAMEWORK:
        steps = (*steps, Role.FUND_OFFICER)
    return steps
