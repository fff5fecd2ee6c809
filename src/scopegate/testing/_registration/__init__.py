"""Which strategy makes each public value, for `st.from_type`."""
