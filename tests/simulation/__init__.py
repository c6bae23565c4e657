"""A world that is run by one seed, in which the real connector works, and in which every promise is watched."""
