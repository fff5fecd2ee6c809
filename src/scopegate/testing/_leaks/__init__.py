"""Finding a secret in an output, however deep and in whatever form it stands."""
