"""Where a desk is and the key to it: by variables YIDI_DESK_…, else as the desk here wrote it down."""

import json
import secrets
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from yidi.desk.settings import ADDRESS_FILE

KEY_BYTES: Final = 24


class DeskMissing(Exception):
    """No desk runs there."""

    def __init__(
        self,
        what: str = "No error desk is running here.",
        todo: str = "Start the chain with `yidi up`, or name its place with --data-dir or YIDI_DATA_DIR; "
        "a desk elsewhere by YIDI_DESK_URL and YIDI_DESK_KEY.",
    ) -> None:
        self.what, self.todo = what, todo
        super().__init__(what)


class Address(NamedTuple):
    """An HTTP address without a slash at its end, and the key."""

    url: str
    key: str


class DeskAccess(BaseSettings):
    """A desk on another machine, or in another container."""

    model_config = SettingsConfigDict(
        env_prefix="YIDI_DESK_", frozen=True, extra="ignore", env_ignore_empty=True, use_attribute_docstrings=True
    )

    url: str | None = None
    """http://HOST:PORT of a desk elsewhere; that of the data directory if left out"""
    key: SecretStr | None = None
    """The key that the desk was started with"""
    key_file: Path | None = None
    """A file that holds the key"""


def address_in(data_dir: Path) -> Address:
    """The desk that commands and pages of this data directory speak to. DeskMissing in words."""
    access = DeskAccess()
    if access.url is not None:
        key = key_of(access.key, access.key_file)
        if key is None:
            raise DeskMissing(
                f"There is no key for the desk at {access.url}.", "Set YIDI_DESK_KEY or YIDI_DESK_KEY_FILE."
            )
        return Address(access.url.rstrip("/"), key)
    return _written_down(data_dir / ADDRESS_FILE)


def key_of(key: SecretStr | None, file: Path | None) -> str | None:
    """The key that was set, by itself or in a file; None when none was. DeskMissing when the file cannot be read."""
    if file is None:
        return None if key is None else key.get_secret_value()
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise DeskMissing(f"YIDI_DESK_KEY_FILE={file}: {error.strerror}.", "Name a file that can be read.") from error


def fresh_key() -> str:
    """For one start of a desk."""
    return secrets.token_urlsafe(KEY_BYTES)


def _written_down(file: Path) -> Address:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return Address(found["url"].rstrip("/"), found["key"])
    except FileNotFoundError:
        raise DeskMissing from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DeskMissing(f"{file} is no address of a desk.") from error
