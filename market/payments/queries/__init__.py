"""Questions about money: what is owed, what came, and what waits."""

from market.payments.queries.account import (
    AccountFilter,
    AccountSums,
    Standing,
    account_orders,
    account_sums,
)
from market.payments.queries.checks import (
    verify_payments,
)
from market.payments.queries.codes import (
    codes_in,
    is_sound_statement,
    statement_number,
)
from market.payments.queries.credit import (
    acts_for,
    credit_of,
    credit_payments,
    held_payments,
    made_by_click,
    standing_parts,
    statement_to_pay,
)
from market.payments.queries.desk import (
    DeskRow,
    DeskSums,
    desk_for,
    desk_row,
    desk_sums,
)
from market.payments.queries.export import (
    export_rows,
)
from market.payments.queries.ledger import (
    CLOSED,
    NOT_COMING,
    Balance,
    Ledger,
    Paid,
    balance_of,
    fate_of,
    figures,
    ledger_of,
    payable_fen,
    payable_of,
)
from market.payments.queries.online import (
    attempts,
    attempts_fen,
    checkout_of,
    is_heard,
    last_checkout,
    left_open,
    running_checkout,
)
from market.payments.queries.receipts import (
    free_payments,
    payment_of_serial,
)
from market.payments.queries.rows import (
    Details,
    LedgerRow,
    details_of,
)
from market.payments.queries.statement_checks import (
    verify_statements,
)
from market.payments.queries.statements import (
    outstanding_fen,
    outstanding_of,
    outstandings,
    places_on,
    unbilled_fen,
)
from market.payments.queries.sum_checks import (
    verify_ledgers,
    verify_sums,
)

__all__ = [
    "CLOSED",
    "NOT_COMING",
    "AccountFilter",
    "AccountSums",
    "Balance",
    "DeskRow",
    "DeskSums",
    "Details",
    "Ledger",
    "LedgerRow",
    "Paid",
    "Standing",
    "account_orders",
    "account_sums",
    "acts_for",
    "attempts",
    "attempts_fen",
    "balance_of",
    "checkout_of",
    "codes_in",
    "credit_of",
    "credit_payments",
    "desk_for",
    "desk_row",
    "desk_sums",
    "details_of",
    "export_rows",
    "fate_of",
    "figures",
    "free_payments",
    "held_payments",
    "is_heard",
    "is_sound_statement",
    "last_checkout",
    "ledger_of",
    "left_open",
    "made_by_click",
    "outstanding_fen",
    "outstanding_of",
    "outstandings",
    "payable_fen",
    "payable_of",
    "payment_of_serial",
    "places_on",
    "running_checkout",
    "standing_parts",
    "statement_number",
    "statement_to_pay",
    "unbilled_fen",
    "verify_ledgers",
    "verify_payments",
    "verify_statements",
    "verify_sums",
]
