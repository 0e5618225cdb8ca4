"""What only a real broker can show."""
