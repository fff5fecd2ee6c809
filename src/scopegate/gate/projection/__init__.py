"""A permit compiled for one resource into a function from a record to what may leave.

The generated code holds no outside data, and has its careful twin in `walk`.
"""
