"""What the parameters of each MIS interface mean, and which of them may be asked."""
