"""What a record is: read without trust, compared by a condition, asked for by a query.

A record is anything with keys or attributes; nothing here changes one or keeps one.
This wing imports the catalogue's words and nothing that was decided.
"""
