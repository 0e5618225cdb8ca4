#!/usr/bin/env bash
# kafka-run-class.sh CLASS [ARGUMENT…] — one class of Kafka, with KAFKA_HEAP_OPTS and KAFKA_OPTS.
# shellcheck disable=SC2086 — options are several words
exec java ${KAFKA_HEAP_OPTS--Xmx512m -Xms256m} -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError ${KAFKA_OPTS-} \
    -Dlog4j2.configurationFile="${LOG_CONFIG:-/opt/kafka/config/log4j2.yaml}" -cp '/opt/kafka/libs/*' "$@"
