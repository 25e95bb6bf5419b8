"""Who is who: accounts, passwords, invitations."""

from market.accounts.services.importing import (
    COLUMNS,
    EXAMPLES,
    Change,
    Preview,
    import_people,
    preview_people,
    read_people,
)
from market.accounts.services.invitations import (
    join,
    make_invitation,
    revoke_invitation,
)
from market.accounts.services.passwords import DEMO_PASSWORD, one_time_password
from market.accounts.services.people import (
    MAY_MAKE,
    change_own,
    change_person,
    make_admin,
    make_person,
    reset_password,
    set_enabled,
)
from market.accounts.services.signing import change_password, end_sessions, register, sign_in

__all__ = [
    "COLUMNS",
    "DEMO_PASSWORD",
    "EXAMPLES",
    "MAY_MAKE",
    "Change",
    "Preview",
    "change_own",
    "change_password",
    "change_person",
    "end_sessions",
    "import_people",
    "join",
    "make_admin",
    "make_invitation",
    "make_person",
    "one_time_password",
    "preview_people",
    "read_people",
    "register",
    "reset_password",
    "revoke_invitation",
    "set_enabled",
    "sign_in",
]
