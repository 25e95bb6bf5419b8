"""The application as a server runs it: ``gunicorn wsgi:app``."""

from market.app import create_app

app = create_app()
