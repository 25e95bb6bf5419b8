"""Suppliers of 彭水 and what they sell: products, SKUs, prices, stock."""
