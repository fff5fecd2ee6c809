"""A made-up year of three schools and six apps, played through the register."""
