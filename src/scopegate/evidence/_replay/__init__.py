"""Each kind of event of a school, held to the rules by which the register writes it."""
