"""Exactly-once effects on an at-least-once log. Knows Kafka and stores, knows no medicine."""
