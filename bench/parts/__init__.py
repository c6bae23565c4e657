"""The parts of `make bench`: each has a function `measure`, which yields samples, and runs in a process of its own."""
