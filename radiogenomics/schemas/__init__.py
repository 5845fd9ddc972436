"""pydantic models of every table and configuration that users write."""
