"""Where records come from; one file per MIS interface, over `base`."""
