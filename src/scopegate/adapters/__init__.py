"""How records come: one adapter an MIS interface, told what to fetch and never why.

An adapter gives records in the catalogue's shape, and the gate releases what may
flow whatever it gives. No adapter knows a request, a grant or a permit, and none
knows another.
"""
