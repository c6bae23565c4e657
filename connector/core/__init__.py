"""The rules, as pure functions over frozen values: no boto3, pyatlan, environment, clock or logging."""
