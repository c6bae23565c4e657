"""AWS on this machine: a server, S3's notifications, and the pump that stands for Lambda's polling of a queue."""
