"""`scopegate page`: what a school is shown, in a terminal, as JSON, or in a file."""
