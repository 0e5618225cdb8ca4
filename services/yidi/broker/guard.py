"""The broker's guard: a small process between us and the JVM, so that no JVM outlives us.

Run by path, never imported by the package: `python -I -S guard.py CONTROL_FD JAVA ARGUMENT…`. The guard is
the JVM's parent and reads from a pipe whose other end only our process holds. Whatever ends our process,
SIGKILL included, closes that end, and the guard kills the JVM. This works alike on Linux and macOS, and since
the guard also reaps the JVM, it can never hit a stranger that got the same process id. Two more nets: the
guard watches its parent's id (a forked copy of our process could hold the pipe open), and on Linux the kernel
kills the JVM when the guard itself is killed. That kernel feature cannot serve us directly: it fires when
the *thread* that started the child ends. macOS has no such net for a killed guard.

First line on stdout: the JVM's process id. Exit status: the JVM's, signals as 128 + number.
"""

import ctypes
import os
import select
import signal
import sys

PARENT_CHECK_S = 1.0
PR_SET_PDEATHSIG = 1


def main() -> int:
    control, command = int(sys.argv[1]), sys.argv[2:]
    parent = os.getppid()
    kernel = ctypes.CDLL(None) if sys.platform == "linux" else None
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for ours_alone in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ours_alone, signal.SIG_IGN)
    guard = os.getpid()
    jvm = os.fork()
    if jvm == 0:
        become_jvm(command, control, kernel, guard)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(jvm, signal.SIGTERM))
    os.write(1, f"{jvm}\n".encode())
    os.close(1)
    return watch(jvm, control, wake_read, parent)


def become_jvm(command: list[str], control: int, kernel: ctypes.CDLL | None, guard: int) -> None:
    """In the child: ask for death with the guard, then turn into the JVM."""
    os.close(control)
    for handled in (signal.SIGINT, signal.SIGHUP):
        signal.signal(handled, signal.SIG_DFL)
    if kernel is not None:
        kernel.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != guard:
        os._exit(1)  # the guard died before the kernel knew our wish
    os.dup2(2, 1)
    try:
        os.execv(command[0], command)  # noqa: S606 — no shell is wanted
    except OSError as error:
        os.write(2, f"cannot run {command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def watch(jvm: int, control: int, wake: int, parent: int) -> int:
    """Wait for the JVM's end, and hasten it when our process is gone."""
    orphaned = False
    while True:
        done, status = os.waitpid(jvm, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        watched = [wake] if orphaned else [wake, control]
        ready, _, _ = select.select(watched, [], [], PARENT_CHECK_S)
        if wake in ready:
            os.read(wake, 4096)
        if not orphaned and (control in ready or os.getppid() != parent):
            orphaned = True
            os.kill(jvm, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
