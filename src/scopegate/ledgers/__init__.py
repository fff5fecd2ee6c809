"""Where events are kept; one file per kind of store, over `base`."""
