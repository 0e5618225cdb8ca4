import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from yidi.contract.partitioner import murmur2, partition_of

# Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2 (signed there).
JAVA_VECTORS = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("key", JAVA_VECTORS)
def test_hashes_are_javas(key: bytes):
    """The hash of a key is the one that Kafka's own test of its Java client states."""
    assert murmur2(key) == JAVA_VECTORS[key] & 0xFFFFFFFF


@given(key=st.binary(max_size=40), partitions=st.integers(1, 64))
def test_partitions_are_aiokafkas(key: bytes, partitions: int):
    """Any key goes to the partition that aiokafka's default partitioner chooses."""
    numbers = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, numbers, numbers)
