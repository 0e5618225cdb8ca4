"""The contract: what organisations share. Schemas, generated record types, the codec, the topics; nothing else."""
