"""What is measured: each is the main module of a process, and takes the orders of `bench.subject`."""
