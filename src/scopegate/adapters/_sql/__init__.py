"""SQL: statements, the levels of nested lists, kinds of columns, errors of drivers."""

from ...extras import needs

with needs("sql"):
    import sqlalchemy  # noqa: F401 - the modules of this room need it
