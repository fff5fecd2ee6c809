"""SQL: statements, the levels of nested lists, kinds of columns, errors of drivers."""
