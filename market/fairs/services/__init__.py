"""The verbs of fairs."""

from market.fairs.services.fairs import (
    Planned,
    add_photo,
    announce,
    call_off,
    change_fair,
    close_fair,
    count_day,
    name_activity,
    open_fair,
    plan_fair,
    propose_activity,
    remove_photo,
)
from market.fairs.services.intentions import (
    Signed,
    fulfil,
    keep_by_order,
    link_off,
    sign_intention,
    take_back_fulfilment,
    withdraw_intention,
)
from market.fairs.services.results import check_result, correct_result, return_result, submit_result
from market.fairs.services.sales import SaleTyped, enter_sale, mend_sale, withdraw_sale
from market.fairs.services.stands import Good, add_good, add_proof, answer, invite, remove_good
from market.fairs.services.turns import SELLING, take_fair
from market.fairs.services.verifying import confirm_sale, return_sale, reverse_sale, verify_sales

__all__ = [
    "SELLING",
    "Good",
    "Planned",
    "SaleTyped",
    "Signed",
    "add_good",
    "add_photo",
    "add_proof",
    "announce",
    "answer",
    "call_off",
    "change_fair",
    "check_result",
    "close_fair",
    "confirm_sale",
    "correct_result",
    "count_day",
    "enter_sale",
    "fulfil",
    "invite",
    "keep_by_order",
    "link_off",
    "mend_sale",
    "name_activity",
    "open_fair",
    "plan_fair",
    "propose_activity",
    "remove_good",
    "remove_photo",
    "return_result",
    "return_sale",
    "reverse_sale",
    "sign_intention",
    "submit_result",
    "take_back_fulfilment",
    "take_fair",
    "verify_sales",
    "withdraw_intention",
    "withdraw_sale",
]
