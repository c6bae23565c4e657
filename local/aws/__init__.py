"""Local AWS services: a server, S3's notifications, and the pump, which replaces Lambda's poller."""
