"""Business parameters that the operator of a site may set, read once from the environment."""

import dataclasses
import functools
import os
from typing import Any

from market.core.labels import Label


class StationedRule(Label):
    """How the clause on who must buy reads for 驻区机构; the wording allows both."""

    SAME_CONDITION = "same_condition", "同样须有独立食堂且日常用餐人数达到50人"
    ALWAYS = "always", "不论食堂规模均须采购"


@dataclasses.dataclass(frozen=True)
class Settings:
    """Each field is set by an environment variable ``MARKET_<NAME>``."""

    online_pay_minutes: int = 15
    transfer_pay_days: int = 3
    stationed_rule: StationedRule = StationedRule.SAME_CONDITION
    weight_tolerance_percent: int = 10
    claim_days: int = 7
    statement_days: int = 30
    extension_days: int = 15
    fund_large_wan: int = 100
    not_started_days: int = 60
    disbursement_rate_percent: int = 92
    report_days: int = 40
    marketing_lines: str = "线上活动、展销、推广、物流补贴、其他"
    payee_name: str = "彭水消费帮扶商城（演示收款户）"
    payee_bank: str = "演示银行两江支行"
    payee_account: str = "6200 0000 0000 0000（演示）"


@functools.cache
def settings() -> Settings:
    """Return the parameters of this process; a value that can't be read stops the start."""
    given: dict[str, Any] = {}
    for name, default in dataclasses.asdict(Settings()).items():
        text = os.environ.get(f"MARKET_{name.upper()}")
        if text is not None:
            given[name] = type(default)(text)
    return Settings(**given)
