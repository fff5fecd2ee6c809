"""Say in three sentences what is here, and what it never imports."""

from ...extras import needs

with needs("postgres"):
    import psycopg  # noqa: F401 - the modules of this room need it
