"""Objects of Stripe's as the stand-in answers with them: the least that its types demand."""

from typing import Any

Thing = dict[str, Any]


def session(id_: str, made: int, params: Thing, address: str) -> Thing:
    """Make a Checkout Session that waits to be paid."""
    items = params["line_items"]
    total = sum(item["price_data"]["unit_amount"] * item.get("quantity", 1) for item in items)
    return {
        "id": id_,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": made,
        "currency": items[0]["price_data"]["currency"],
        "custom_fields": [],
        "custom_text": {"shipping_address": None, "submit": None},
        "expires_at": params["expires_at"],
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": params["mode"],
        "payment_intent": None,
        "payment_method_options": params.get("payment_method_options", {}),
        "payment_method_types": params.get("allowed_payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "success_url": params.get("success_url"),
        "url": address,
    }


def intent(id_: str, made: int, session: Thing, params: Thing, status: str) -> Thing:
    """Make the payment behind a session that was completed."""
    paid = status == "succeeded"
    return {
        "id": id_,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": session["amount_total"] if paid else 0,
        "capture_method": "automatic",
        "client_secret": None,
        "confirmation_method": "automatic",
        "created": made,
        "currency": session["currency"],
        "livemode": False,
        "metadata": params.get("payment_intent_data", {}).get("metadata", {}),
        "payment_method": None,
        "payment_method_types": session["payment_method_types"],
        "status": status,
    }


def method(id_: str, made: int, kind: str) -> Thing:
    """Make the way somebody paid."""
    return {
        "id": id_,
        "object": "payment_method",
        "billing_details": {
            "address": None,
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "created": made,
        "livemode": False,
        "type": kind,
    }


def event(id_: str, made: int, version: str, kind: str, about: Thing) -> Thing:
    """Make the event that something happened to an object."""
    return {
        "id": id_,
        "object": "event",
        "api_version": version,
        "created": made,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def charge(id_: str, intent: Thing, refunded: int, *, disputed: bool) -> Thing:
    """Make the charge behind a payment, as it is told of when money of it went back."""
    return {
        "id": id_,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount_received"],
        "amount_refunded": refunded,
        "billing_details": {
            "address": None,
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "captured": True,
        "created": intent["created"],
        "currency": intent["currency"],
        "disputed": disputed,
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": True,
        "payment_intent": intent["id"],
        "refunded": refunded == intent["amount"],
        "status": "succeeded",
    }


def refund(id_: str, made: int, intent: Thing, amount: int, metadata: Thing, status: str) -> Thing:
    """Make a refund of a part of a payment."""
    return {
        "id": id_,
        "object": "refund",
        "amount": amount,
        "charge": intent["latest_charge"],
        "created": made,
        "currency": intent["currency"],
        "failure_reason": None,
        "metadata": metadata,
        "payment_intent": intent["id"],
        "pending_reason": "processing" if status == "pending" else None,
        "reason": None,
        "status": status,
    }


def dispute(id_: str, made: int, intent: Thing, amount: int, reason: str) -> Thing:
    """Make a dispute that waits for an answer for a week."""
    return {
        "id": id_,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": intent["latest_charge"],
        "created": made,
        "currency": intent["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": made + 7 * 24 * 3600,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": intent["id"],
        "reason": reason,
        "status": "needs_response",
    }


def listed(things: list[Thing], url: str) -> Thing:
    """Make the page of a list that holds all there is; the SDK's type leaves its name out."""
    return {"data": things, "has_more": False, "url": url}
