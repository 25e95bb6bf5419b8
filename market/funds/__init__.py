"""The plan's money: earmarks, a ledger that is only added to, and documents that two people sign."""
