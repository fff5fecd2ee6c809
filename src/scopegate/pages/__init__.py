"""What a school and an app are shown, as values: every word of a page, and no markup.

A page of the web, the terminal or of paper draws these and decides nothing.
"""
