"""The commands of the shop: ``python -m market``."""

from market.app import create_app
from market.cli import commands


def main() -> None:
    """Run one command within the application."""
    with create_app().app_context():
        commands(prog_name="python -m market")


if __name__ == "__main__":
    main()
