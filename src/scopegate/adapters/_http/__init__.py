"""What every interface over HTTP needs: tokens, and a log without queries."""
