"""The HTTP interface: paths, parameters, API key, and the form of errors."""
