"""展销活动: fairs, who stands there, what is sold on the spot and signed, and what came of it."""
