"""Assembly: how it is asked, what its pages hold, and what its fields are called."""
