"""What the development needs, and nothing that is deployed does."""
