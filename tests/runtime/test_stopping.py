"""A process that is asked to end: its event is set, and where it may be cut off, it leaves in bounded time."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

STUCK = textwrap.dedent("""
    import asyncio, threading
    from yidi.runtime.stopping import Stopping, say_ready

    async def main():
        stopping = Stopping(0.2)
        threading.Thread(target=threading.Event().wait, name="never ends").start()
        say_ready()
        await stopping.event.wait()

    asyncio.run(main())
""")
PATIENCE_S = 60


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_stuck_process_leaves(number: signal.Signals, code: int) -> None:
    """A process whose thread never ends leaves all the same, with its proper exit code, and says what held it up."""
    with subprocess.Popen(  # noqa: S603 — our own program
        [sys.executable, "-c", STUCK], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "ready\n"

        process.send_signal(number)

        try:
            assert process.wait(PATIENCE_S) == code
            assert "left at once" in process.stderr.read()
        finally:
            process.kill()
