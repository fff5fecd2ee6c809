"""Finding a secret in an output, however deep it is and in whatever form."""
