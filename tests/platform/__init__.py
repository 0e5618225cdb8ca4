# noqa: A005 — a package of tests, named after what it tests
