"""The finite abstraction: which values of a field are the same to some flows."""
