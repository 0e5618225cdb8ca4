#!/usr/bin/env bash
# kafka-server-start.sh FILE — the broker with these settings, in this process.
exec /opt/kafka/bin/kafka-run-class.sh kafka.Kafka "$@"
