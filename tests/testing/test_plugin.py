"""The plugin in projects of others: harmless where it is not used, parallel, and clear when a test fails."""

import sys

import pytest

ASYNC = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
FAILING = """
    from yidi.testing import Bill, Person

    async def test_settles(yidi_chain):
        await yidi_chain.settle(Bill(person=Person(filings=())))
"""
PLAIN = """
    from yidi.testing import Bill

    async def test_pays(yidi_chain):
        outcome = await yidi_chain.settle(Bill())
        assert outcome.funds == 1
"""
MANY = """
    import pytest
    from yidi.testing import Bill, Person

    @pytest.mark.parametrize("n", range(6))
    async def test_settles(yidi_chain, n):
        done = await yidi_chain.settle(Bill())
        assert (done.deductible, yidi_chain.psn_no(Person())[-6:]) == (50_000, "000002")
"""
OPEN = """
    from yidi.testing import Bill

    async def test_leaves_poison_unreported(yidi_chain):
        done = await yidi_chain.settle(Bill())
        journal = (await yidi_chain.logs())["settlement.journal"][0]
        await yidi_chain.send("settlement.journal", journal.key, journal.value[:-1] + b"?")
"""


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    pytester.makeini(ASYNC)
    pytester.makepyfile(source)
    return pytester.runpytest_subprocess("-p", "yidi.testing.plugin", *options)


def test_harmless_where_it_is_not_used(pytester: pytest.Pytester) -> None:
    """A project without our fixtures loads the plugin, and nothing else of us."""
    result = run(
        pytester,
        """
        import sys

        def test_light():
            loaded = {name for name in sys.modules if name.startswith("yidi")}
            light = {f"yidi.testing.{name}" for name in ("held", "plugin", "wishes")}
            assert loaded <= {"yidi", "yidi.testing", *light}, loaded
            assert not {"aiokafka", "pydantic", "docker", "testcontainers"} & set(sys.modules)
        """,
        "-p",
        "no:pytester",
    )
    result.assert_outcomes(passed=1)


def test_a_coroutine_needs_no_setting(pytester: pytest.Pytester) -> None:
    """In a project that has set nothing, tests that ask for a chain run, of classes too, and plain ones."""
    pytester.makepyfile(
        """
        from yidi.testing import Bill

        async def test_settles(yidi_chain):
            assert (await yidi_chain.settle(Bill())).done

        class TestInAClass:
            async def test_settles(self, yidi_chain):
                assert (await yidi_chain.settle(Bill())).done

        def test_of_no_coroutine(yidi_chain):
            assert yidi_chain.wait(yidi_chain.settle(Bill())).done
        """
    )
    result = pytester.runpytest_subprocess("-p", "yidi.testing.plugin")
    result.assert_outcomes(passed=3)


def test_in_parallel(pytester: pytest.Pytester) -> None:
    """Several workers at once: each test has its own chain, and the same people in it wherever it runs."""
    run(pytester, MANY, "-n", "2").assert_outcomes(passed=6)


def test_a_failure_tells_and_keeps(pytester: pytest.Pytester) -> None:
    """A failed test shows the fault and every leg, and names the folder with all topics as JSON lines."""
    result = run(pytester, FAILING, "--yidi-keep", "kept")
    result.stdout.fnmatch_lines(
        ["*REFUSED: NOT_FILED*", "*what to do:*", "*errors.platform*", "*topics and logs: *kept*"]
    )
    (report,) = pytester.path.glob("kept/*/yidi_chain/topics/errors.platform.jsonl")
    assert '"code": "NOT_FILED"' in report.read_text(encoding="utf-8")


def test_what_is_left_is_audited(pytester: pytest.Pytester) -> None:
    """A test that passes and leaves a broken promise fails at its end, unless it says that it means to."""
    result = run(pytester, OPEN)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the audit of this chain says fail*"])
    marked = OPEN.replace("    async def", "    import pytest\n\n    @pytest.mark.yidi(audit=False)\n    async def")
    run(pytester, marked).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("wish", "words"),
    [("adit=False", "*does not know adit; it takes*audit*"), ("without='nobody'", "*seats are registry, hospital*")],
)
def test_a_wish_that_there_is_not(pytester: pytest.Pytester, wish: str, words: str) -> None:
    """A marker that asks for what there is not is refused with what there is."""
    source = f"import pytest\n\n@pytest.mark.yidi({wish})\ndef test_it(yidi_chain):\n    pass\n"
    run(pytester, source).stdout.fnmatch_lines([words])


def test_without_docker(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no Docker answers, a laptop skips in words; where it is required, the test fails."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    source = "def test_it(yidi_containers):\n    pass\n"
    monkeypatch.delenv("YIDI_REQUIRE", raising=False)
    skipped = run(pytester, source, "-rs")
    skipped.assert_outcomes(skipped=1)
    skipped.stdout.fnmatch_lines(["*Docker does not answer*yidi_kafka*"])
    monkeypatch.setenv("YIDI_REQUIRE", "docker")
    run(pytester, source).assert_outcomes(errors=1)


def test_names() -> None:
    """What the package offers is what it says, and every name is found."""
    testing = sys.modules["yidi.testing"]
    assert all(getattr(testing, name) for name in testing.__all__)
    with pytest.raises(AttributeError, match="Nobody"):
        testing.Nobody  # noqa: B018 — asking is the point


def test_a_plain_assert_tells_the_way(pytester: pytest.Pytester) -> None:
    """What a test asserts by itself is explained, too: the report has the bill's amounts and every leg of its way."""
    result = run(pytester, PLAIN)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*<Outcome DONE of *funds 86.57*", "*: the last bills*", "*settlement.journal*"])


def test_a_way_is_told_once(pytester: pytest.Pytester) -> None:
    """A failure that tells it itself is not followed by the same again."""
    result = run(pytester, FAILING)
    result.stdout.no_fnmatch_line("*the last bills*")


def test_a_secured_chain_needs_a_kafka(pytester: pytest.Pytester) -> None:
    """The simulated chain has none to secure: such a test is skipped, and says where it runs."""
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.yidi(secure=True)
        async def test_secured(yidi_chain):
            raise AssertionError
        """,
        "-rs",
    )
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no Kafka to secure: that is for yidi_kafka*"])
