"""Certificates for a Kafka on this machine, by an authority whose key is forgotten as soon as they are signed."""

import trustme
from cryptography.hazmat.primitives import serialization

from yidi.broker.ports import LOOPBACK


def issue(broker: str, supervisor: str) -> tuple[bytes, bytes, bytes]:
    """The authority's certificate; then, for each of the two names, its key and certificate in one text. All PEM.

    The broker's is good for loopback, the supervisor's for no address: it can serve nobody.
    """
    authority = trustme.CA(organization_name="Yidi, synthetic")
    served = authority.issue_cert(LOOPBACK, "localhost", common_name=broker)
    asking = authority.issue_cert(supervisor, common_name=supervisor)
    return authority.cert_pem.bytes(), _pem(served), _pem(asking)


def _pem(issued: trustme.LeafCert) -> bytes:
    """Java reads a key in PKCS #8 only."""
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), password=None)
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return plain + b"".join(blob.bytes() for blob in issued.cert_chain_pems)
