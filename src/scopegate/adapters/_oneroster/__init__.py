"""OneRoster 1.1 and 1.2: its words, filters, pages, and the rows of its CSV bundles."""
