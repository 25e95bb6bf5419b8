"""From cart to received goods: carts, orders, approval, consignments, acceptance, claims."""
