"""The nouns of payments."""

from market.payments.models.bank import BankFile, BankFormat, Encoding, Standing
from market.payments.models.money import (
    Allocation,
    Dispute,
    DisputeState,
    Matter,
    Method,
    Payment,
    PaymentCode,
    PaymentState,
    Refund,
    RefundCause,
    RefundState,
)
from market.payments.models.online import Checkout, CheckoutState, StripeEvent
from market.payments.models.statements import (
    Invoice,
    InvoiceState,
    LineKind,
    Statement,
    StatementLine,
    StatementState,
)

__all__ = [
    "Allocation",
    "BankFile",
    "BankFormat",
    "Checkout",
    "CheckoutState",
    "Dispute",
    "DisputeState",
    "Encoding",
    "Invoice",
    "InvoiceState",
    "LineKind",
    "Matter",
    "Method",
    "Payment",
    "PaymentCode",
    "PaymentState",
    "Refund",
    "RefundCause",
    "RefundState",
    "Standing",
    "Statement",
    "StatementLine",
    "StatementState",
    "StripeEvent",
]
