"""The nouns of fairs."""

from market.fairs.models.fairs import Fair, FairDay, FairPhoto, FairResult, FairState, ResultState
from market.fairs.models.intentions import FairFulfilment, FairIntention, FairIntentionOrder
from market.fairs.models.sales import LIVE, NET, BuyerKind, FairSale, SaleState
from market.fairs.models.stands import FairGood, FairProof, FairStand, StandState

__all__ = [
    "LIVE",
    "NET",
    "BuyerKind",
    "Fair",
    "FairDay",
    "FairFulfilment",
    "FairGood",
    "FairIntention",
    "FairIntentionOrder",
    "FairPhoto",
    "FairProof",
    "FairResult",
    "FairSale",
    "FairStand",
    "FairState",
    "ResultState",
    "SaleState",
    "StandState",
]
