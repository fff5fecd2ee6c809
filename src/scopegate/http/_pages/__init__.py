"""Pages: filled from as many of the MIS's as it takes, and where each began."""
