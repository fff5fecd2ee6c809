"""The kit for tests: strategies and the reference interpreter (extra `testing`)."""
