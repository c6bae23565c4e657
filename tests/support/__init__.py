"""What tests share: a clock, a world in memory behind the ports of the connector, and notifications."""
