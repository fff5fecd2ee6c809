"""`scopegate demo` and `scopegate serve --demo`: the story, and the pages of a year."""
