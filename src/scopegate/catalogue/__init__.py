"""What there is: the resources, fields and scopes of an MIS, and the rules for rows.

A catalogue is read from TOML, checked whole, and never changes afterwards. It
imports neither records nor anything that was decided on them.
"""
