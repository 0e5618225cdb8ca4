"""Random policies, bills, persons and years: broad on purpose, and always files that an analyst could have written."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from yidi.agency.claim import AIDED_CLASSES, LEVELS, Category, Claim, Insured, SplitLine

FILING_CLASSES = ["LONG_TERM", "REFERRAL", "EMERGENCY", "OTHER_TEMPORARY", "UNFILED", "IN_PROVINCE"]
PSN_TYPES = {"310": ["1101", "1201", "1301"], "390": ["1401", "1501", "1601"]}
TYPE_NAMES = {"310": ["employed", "retired", "veteran"], "390": ["minor", "adult", "elderly"]}

percents = st.one_of(
    st.integers(0, 100).map(str),
    st.builds(lambda whole, part: f"{whole}.{part:02d}", st.integers(0, 99), st.integers(0, 99)),
)
yuan = st.one_of(
    st.integers(0, 3000).map(str), st.builds(lambda y, f: f"{y}.{f:02d}", st.integers(0, 3000), st.integers(0, 99))
)
caps = st.integers(0, 60000).map(str)


def by_level(figures: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    table = st.fixed_dictionaries({"3": figures, "other": figures})
    return st.one_of(figures, table)


def optionally(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def bands(draw: st.DrawFn, ratios: st.SearchStrategy[Any]) -> list[dict[str, Any]]:
    ends = sorted(draw(st.sets(st.integers(1, 40000), max_size=4)))
    closed = [{"up_to": str(end), "ratio": draw(ratios)} for end in ends]
    return [*closed, {"ratio": draw(ratios)}]


segments = st.fixed_dictionaries(
    {"table": bands(by_level(percents))},
    optional={"measured": st.sampled_from(["per_stay", "from_deductible", "over_year"])},
)
visit_deductibles = st.fixed_dictionaries(
    {"amounts": by_level(yuan)}, optional={"period": st.sampled_from(["stay", "year"])}
)
stay_deductibles = st.one_of(
    visit_deductibles,
    st.fixed_dictionaries({"amounts": by_level(st.lists(yuan, min_size=1, max_size=3))}),
    st.fixed_dictionaries(
        {"amounts": by_level(yuan), "factors": st.lists(st.integers(0, 150), min_size=1, max_size=3)}
    ),
)


def person_rules(names: list[str], deductibles: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    rule = st.one_of(
        st.fixed_dictionaries({"pays_share": percents}),
        st.fixed_dictionaries({"points_up": percents}),
        st.fixed_dictionaries({"deductible": deductibles, "segments": segments}),
    )
    return st.dictionaries(st.sampled_from(names), rule, max_size=2)


def cuts(deductibles: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.just({"form": "none"}),
        st.fixed_dictionaries({"form": st.just("points_off"), "points": percents}),
        st.fixed_dictionaries({"form": st.just("first_bear"), "percent": percents}, optional={"points": percents}),
        st.fixed_dictionaries(
            {"form": st.just("deductible_uplift"), "percent": st.integers(0, 200)}, optional={"points": percents}
        ),
        st.fixed_dictionaries({"form": st.just("own_table"), "deductible": deductibles, "segments": segments}),
    )


def remotes(deductibles: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    rows = {name.lower(): cuts(deductibles) for name in FILING_CLASSES if name != "UNFILED"}
    return st.fixed_dictionaries({"unfiled": cuts(deductibles)}, optional=rows)


def plans(names: list[str], deductibles: st.SearchStrategy[Any], **more: object) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"segments": segments, "remote": remotes(deductibles)},
        optional={
            "deductible": deductibles,
            "person_types": person_rules(names, deductibles),
            "visit_cap": caps,
            "monthly_cap": caps,
            "annual_cap": caps,
            "counts_to_pool_cap": st.booleans(),
            **more,
        },
    )


item_ratios = st.lists(st.fixed_dictionaries({"ratio": percents, "grade": st.sampled_from(["01", "02"])}), max_size=2)
diseases = st.fixed_dictionaries(
    {"M01600": optionally(items=st.just(["XA"]), segments=segments, monthly_cap=caps, annual_cap=caps)}
)
chronics = st.one_of(
    st.fixed_dictionaries({"settle_as": st.just("inpatient"), "diseases": diseases}, optional={"annual_cap": caps}),
    st.fixed_dictionaries(
        {"diseases": diseases, "segments": segments, "remote": remotes(visit_deductibles)},
        optional={"deductible": visit_deductibles, "approved_institution_only": st.booleans()},
    ),
)
cares = st.lists(
    st.sampled_from(["inpatient", "outpatient", "chronic", "pharmacy"]), min_size=1, max_size=4, unique=True
)
functions = st.one_of(
    st.fixed_dictionaries({"ratio": percents}, optional={"deductible": yuan, "annual_cap": caps}),
    st.fixed_dictionaries({"segments": bands(percents)}, optional={"deductible": yuan, "annual_cap": caps}),
)
supplements = st.fixed_dictionaries(
    {"ratio": percents, "care": cares},
    optional={"annual_cap": caps, "include_preself": st.booleans(), "covers_deductible": st.booleans()},
)
assistances = st.fixed_dictionaries(
    {
        "care": cares,
        "classes": st.dictionaries(
            st.sampled_from(AIDED_CLASSES),
            st.fixed_dictionaries({"basic": functions}, optional={"additional": functions}),
            min_size=1,
        ),
    },
    optional={"include_preself": st.booleans()},
)
larges = st.fixed_dictionaries({"ratio": percents, "care": cares}, optional={"annual_cap": caps})


@st.composite
def seriouses(draw: st.DrawFn) -> dict[str, Any]:
    more = st.fixed_dictionaries(
        {"care": cares},
        optional={
            "include_preself": st.booleans(),
            "aided": st.dictionaries(st.sampled_from(AIDED_CLASSES), functions, max_size=2),
        },
    )
    return {**draw(functions), **draw(more)}


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """The content of a policy file, valid from 2020 on."""
    scheme = draw(st.sampled_from(["310", "390"]))
    names = TYPE_NAMES[scheme]
    own = {"large_amount": larges} if scheme == "310" else {"serious_illness": seriouses()}
    written = draw(
        st.fixed_dictionaries(
            {"inpatient": plans(names, stay_deductibles), "pool_annual_cap": caps},
            optional={
                "outpatient": plans(names, visit_deductibles, item_ratios=item_ratios),
                "pharmacy": plans(names, visit_deductibles, account_first=st.booleans(), item_ratios=item_ratios),
                "chronic": chronics,
                "civil_servant": supplements,
                "enterprise": supplements,
                "assistance": assistances,
                "account": optionally(fully_selfpaid=st.booleans(), care=cares),
                "year_split": st.sampled_from(["whole", "by_days"]),
                **own,
            },
        )
    )
    head = {"id": "random-policy", "version": 1, "title": "random", "status": "example", "source": "a generator"}
    return {**head, "admdvs": ["990001"], "insutype": scheme, "valid_from": "2020-01-01", **written}


fen = st.one_of(st.integers(0, 500), st.integers(0, 9_000_000))
categories = st.lists(
    st.builds(
        lambda code, scope, preself, fulamt, over: Category(
            code, scope + preself + fulamt + over, fulamt, over, preself, scope
        ),
        st.integers(1, 14).map("{:02d}".format),
        fen,
        fen,
        fen,
        fen,
    ),
    min_size=1,
    max_size=4,
).map(tuple)


def _lines_of(bill: tuple[Category, ...], codes: list[tuple[str, str]]) -> tuple[SplitLine, ...]:
    """One line for each category: the same components, with an item code and a grade."""
    return tuple(
        SplitLine(
            code,
            grade,
            category.med_chrgitm_type,
            category.medfee_sumamt,
            category.fulamt_ownpay_amt,
            category.overlmt_selfpay,
            category.preselfpay_amt,
            category.inscp_scp_amt,
        )
        for category, (code, grade) in zip(bill, codes, strict=False)
    )


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """A bill of any kind of care between 2024 and 2026; stays may cross a year's end."""
    med_type = draw(st.sampled_from(["21", "24", "11", "13", "14", "41"]))
    begins = draw(st.dates(date(2024, 1, 1), date(2026, 6, 30)))
    stay = med_type in {"21", "24"}
    days = draw(st.integers(0, 400)) if stay else 0
    bill = draw(categories)
    codes = st.lists(
        st.tuples(st.sampled_from(["XA10", "XC07"]), st.sampled_from(["01", "02", "03"])), min_size=4, max_size=4
    )
    return Claim(
        med_type=med_type,
        filing_class=draw(st.sampled_from(FILING_CLASSES)),
        level=draw(st.sampled_from(LEVELS)),
        begndate=begins,
        enddate=begins + timedelta(days=days),
        categories=bill,
        lines=() if stay else _lines_of(bill, draw(codes)),
        dise_codg="M01600" if med_type == "14" else "",
        referral=draw(st.booleans()),
        selected=draw(st.booleans()),
        primary=draw(st.booleans()),
        acct_used_flag=draw(st.booleans()),
    )


def persons(scheme: str) -> st.SearchStrategy[Insured]:
    return st.builds(
        Insured,
        insutype=st.just(scheme),
        psn_type=st.sampled_from(PSN_TYPES[scheme]),
        cvlserv_flag=st.booleans(),
        enterprise_flag=st.booleans(),
        aided_class=st.sampled_from(["none", *AIDED_CLASSES]),
        chronic=st.sampled_from([frozenset(), frozenset({"M01600"})]),
        balance=fen,
    )
