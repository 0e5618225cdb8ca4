"""The secrets of a secured embedded Kafka."""

import ssl
import stat
from pathlib import Path

import pytest

from yidi.broker.vault import BROKER, SUPERVISOR, Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(tmp_path / "security")
    made.fill()
    return made


def contents(vault: Vault) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in vault.root.iterdir()}


def test_nobody_else_may_read_a_secret(vault: Vault):
    """The directory is 0700 and every file in it 0600."""
    vault.client("hospital")
    assert stat.S_IMODE(vault.root.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in vault.root.iterdir()} == {0o600}


def test_filling_again_changes_nothing(vault: Vault):
    """A second start finds the certificates and passwords of the first."""
    vault.client("hospital")
    before = contents(vault)
    Vault(vault.root).fill()
    Vault(vault.root).client("hospital")
    assert contents(vault) == before


def test_wiping_makes_new_secrets(vault: Vault):
    """After a wipe nothing of the old secrets is valid."""
    vault.client("hospital")
    before = contents(vault)
    vault.wipe()
    assert not vault.root.exists()
    vault.fill()
    vault.client("hospital")
    assert all(content != before[name] for name, content in contents(vault).items())


def test_each_user_has_a_password_of_its_own(vault: Vault):
    """No two users share a password, and it is long enough not to be guessed."""
    hospital, agency = (vault.client(name).secret() for name in ("hospital", "agency"))
    assert hospital != agency
    assert len(hospital) >= 32


def test_the_authoritys_key_is_kept_nowhere(vault: Vault):
    """Who reads the whole directory still cannot sign another certificate."""
    keys = [name for name, content in contents(vault).items() if b"PRIVATE KEY" in content]
    assert sorted(keys) == ["broker.pem", "supervisor.pem"]


@pytest.mark.parametrize("user", ["", "../x", "a/b", ".hidden", BROKER, SUPERVISOR])
def test_a_name_that_leads_elsewhere_is_refused(vault: Vault, user: str):
    """A user's name is a file's name here, and never one of those who may do everything."""
    with pytest.raises(ValueError, match="no name for a user"):
        vault.client(user)


def test_a_half_made_set_of_certificates_is_made_anew(vault: Vault):
    """Certificates that do not fit together would only be seen when nobody can connect."""
    vault.ca_file.unlink()
    vault.fill()
    assert isinstance(vault.supervisor().tls_context(), ssl.SSLContext)


def test_settings_name_files_and_show_no_secret(vault: Vault):
    """The broker's settings and a client's hold paths; keys and passwords stay in their files."""
    client = vault.client("hospital")
    text = f"{vault.properties(1, 2, 3)}{client!r}{client.model_dump_json()}"
    assert client.secret() not in text
    assert "PRIVATE KEY" not in text
