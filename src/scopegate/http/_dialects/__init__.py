"""What the parameters of each MIS interface mean, and what of them may be asked."""
