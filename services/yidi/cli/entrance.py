"""`yidi` as it is started: health by the short way, everything else by `main`."""

import sys


def run() -> None:
    """Entry point. The imports wait until it is clear what is wanted: a container asks for health all the time."""
    if sys.argv[1:2] == ["health"]:
        from yidi.cli import pulse  # noqa: PLC0415 — see above

        code = pulse.quick(sys.argv[2:])
        if code is not None:
            sys.exit(code)
    from yidi.cli import main  # noqa: PLC0415 — see above

    main.run()


if __name__ == "__main__":
    run()
