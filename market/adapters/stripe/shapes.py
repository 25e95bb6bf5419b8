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
