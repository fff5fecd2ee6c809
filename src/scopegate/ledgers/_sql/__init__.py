"""Say in three sentences what is here, and what it never imports."""
