"""Where decisions are taken: publish, present, authorise, amend, revoke, connect.

A decision is checked by pure rules and appended with the positions it was taken at.
This wing never enforces anything: it knows no permit, no gate and no record.
"""
