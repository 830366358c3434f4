"""The verdict on combinations: the golden table of the reference, line by line, and what must hold of any."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.datasets_manifest.cards.card import load, names
from medcurate.datasets_manifest.licenses.decision import decide
from medcurate.datasets_manifest.licenses.license_source import ParentLicense, SameContent, Source, source_of, what_if
from medcurate.datasets_manifest.licenses.overrides import Override
from medcurate.datasets_manifest.licenses.verdict import MEANINGS, OUTCOMES
from medcurate.errors import UsageError

TODAY = dt.date(2026, 11, 21)


def source(name: str) -> Source:
    return what_if(name.removeprefix("spdx:")) if name.startswith("spdx:") else source_of(load(name))


def judge(*sources: str | Source, **given):
    return decide([source(one) if isinstance(one, str) else one for one in sources], today=TODAY, **given)


def own(name: str, license_: str | None, **given) -> Source:
    return Source(name, license_, title="A title", creator="Somebody", url="https://example.org", **given)


def rules(verdict, effect=None):
    return {step.rule for step in verdict.trace if effect in (None, step.effect)}


GOLDEN = [
    (("figshare-1512427", "ucsf-pdgm"), "share", "CC-BY-4.0", "NO_REIDENTIFICATION"),
    (("figshare-1512427", "kaggle-3m"), "share", "CC-BY-NC-SA-4.0", "NON_COMMERCIAL"),
    (("ixi", "msd-task01"), "share", "CC-BY-SA-4.0", "LAUNDERING_SUSPECT"),
    (("ixi", "kaggle-3m"), "collection", "CC-BY-NC-SA-4.0 AND CC-BY-SA-3.0", "INCOMPATIBLE"),
    (("figshare-1512427", "oasis"), "recipe", None, "NO_REDISTRIBUTION"),
    (("figshare-1512427", "navoneel"), "local", None, "UNKNOWN_LICENSE"),
    (("nickparvar", "figshare-1512427"), "review", "CC-BY-4.0", "LAUNDERING_SUSPECT"),
    (("spdx:CC0-1.0", "spdx:CC-BY-NC-4.0"), "share", "CC-BY-NC-4.0", "NON_COMMERCIAL"),
    (("spdx:CC-BY-ND-4.0", "spdx:CC0-1.0"), "block", None, "NO_DERIVATIVES"),
    (("spdx:CC-BY-NC-ND-4.0", "figshare-1512427"), "block", None, "NO_DERIVATIVES"),
    (("brats-2015", "kaggle-3m"), "review", "CC-BY-NC-SA-4.0", "DOUBTFUL_MERGE"),
    (("sartaj", "figshare-1512427"), "share", "CC-BY-4.0", "SOFTWARE_LICENSE"),
    (("spdx:MIT", "spdx:CC-BY-4.0"), "share", "CC-BY-4.0", "SOFTWARE_LICENSE"),
    (("spdx:ODbL-1.0", "spdx:CC-BY-SA-4.0"), "review", "CC-BY-SA-4.0 AND ODbL-1.0", "DOUBTFUL_MERGE"),
    (("spdx:",), "error", None, "BROKEN_LICENSE"),
    (("spdx:cc",), "local", None, "UNKNOWN_LICENSE"),
    (("msd-task01",), "share", "CC-BY-SA-4.0", "LAUNDERING_SUSPECT"),
]


@pytest.mark.parametrize(("sources", "outcome", "license_", "flag"), GOLDEN, ids=str)
def test_golden_table(sources, outcome, license_, flag):
    verdict = judge(*sources)
    assert (verdict.outcome, verdict.license) == (outcome, license_)
    assert flag in verdict.flags
    assert judge(*sources[::-1], *sources) == verdict


def test_golden_tcia_notice_goes_downstream():
    verdict = judge("figshare-1512427", "ucsf-pdgm")
    (notice,) = verdict.notices
    assert notice.id == "LicenseRef-TCIA-Data-Usage-Policy"
    assert "identify" in notice.text
    assert verdict.expression == "CC-BY-4.0 AND LicenseRef-TCIA-Data-Usage-Policy"
    assert "L11" in rules(verdict, "notice")


def test_golden_mit_notice_is_kept():
    verdict = judge("sartaj", "figshare-1512427")
    assert [notice.id for notice in verdict.notices] == ["MIT"]
    assert verdict.expression == "CC-BY-4.0 AND MIT"
    assert "L10" in rules(verdict, "flag")


def test_golden_the_blocked_adaptation_is_a_non_commercial_collection():
    verdict = judge("ixi", "kaggle-3m", purpose="collection")
    assert verdict.outcome == "collection"
    assert verdict.granted
    assert verdict.permissions["commercial_ok"].answer == "no"
    assert not judge("ixi", "kaggle-3m").granted


def test_golden_msd_beside_its_parent_is_flagged():
    verdict = judge("msd-task01", "brats-2015")
    assert "LAUNDERING_SUSPECT" in verdict.flags
    assert verdict.outcome != "share"


def test_golden_nickparvar_names_each_parent_that_it_is_freer_than():
    texts = [step.text for step in judge("nickparvar").trace if step.rule == "L8"]
    assert [parent for parent in ("br35h", "figshare-1512427", "sartaj") if any(parent in text for text in texts)] == [
        "br35h",
        "figshare-1512427",
        "sartaj",
    ]


@pytest.mark.parametrize("license_", [None, "NOASSERTION", "NONE", "unknown", "cc", "Not-A-License-9"])
def test_l1_what_is_not_known_stays_at_home(license_):
    verdict = judge(own("mine", license_))
    assert (verdict.outcome, verdict.license) == ("local", None)


@pytest.mark.parametrize("license_", ["", "  ", "X OR", "CC-BY-4.0 AND"])
def test_l1_a_broken_text_is_an_error(license_):
    assert judge(own("mine", license_)).outcome == "error"


def test_l2_a_card_that_forbids_changes_blocks_whatever_its_license_says():
    assert judge(own("mine", "CC-BY-4.0", derivatives_ok="no")).outcome == "block"


@pytest.mark.parametrize(
    ("answer", "outcome"), [("yes", "share"), ("unknown", "recipe"), ("no", "recipe"), (None, "recipe")]
)
def test_l3_terms_of_their_own_are_shared_only_with_leave(answer, outcome):
    assert judge(own("mine", "LicenseRef-Mine", redistribute_ok=answer)).outcome == outcome


def test_l3_no_is_no_also_for_an_open_license():
    assert judge(own("mine", "CC-BY-4.0", redistribute_ok="no")).outcome == "recipe"


@pytest.mark.parametrize("licenses", [("CC-BY-SA-4.0", "CC-BY-NC-4.0"), ("CC-BY-SA-3.0", "CC-BY-NC-SA-3.0")])
def test_l4_share_alike_and_non_commercial_do_not_merge(licenses):
    assert judge(*(f"spdx:{license_}" for license_ in licenses)).outcome == "collection"


@pytest.mark.parametrize(
    ("licenses", "outcome"),
    [
        (("CC-BY-SA-3.0-DE", "CC-BY-SA-4.0"), "review"),
        (("CC-BY-SA-3.0-DE",), "share"),
        (("CC-BY-SA-3.0-DE", "CC0-1.0"), "share"),
        (("CC-BY-SA-1.0", "CC-BY-4.0"), "review"),
        (("GPL-3.0-only",), "review"),
        (("ODbL-1.0",), "share"),
        (("ODbL-1.0", "CC0-1.0"), "share"),
        (("ODbL-1.0", "CC-BY-4.0"), "review"),
    ],
)
def test_l4_what_a_person_must_look_at(licenses, outcome):
    assert judge(*(f"spdx:{license_}" for license_ in licenses)).outcome == outcome


def test_l4_own_terms_meet_share_alike():
    mine = own("mine", "LicenseRef-Mine", redistribute_ok="yes")
    assert judge(mine, "spdx:CC-BY-SA-4.0").outcome == "review"
    assert judge(mine, "spdx:CC-BY-4.0").license == "CC-BY-4.0 AND LicenseRef-Mine"


def test_l5_a_contradiction_is_looked_at():
    verdict = judge(own("mine", "CC-BY-4.0", commercial_ok="no"))
    assert verdict.outcome == "review"
    assert verdict.permissions["commercial_ok"].answer == "no"


@pytest.mark.parametrize("field", ["creator", "title", "url"])
def test_l6_attribution_must_be_complete(field):
    verdict = judge(replace(own("mine", "CC-BY-4.0"), **{field: ""}))
    assert verdict.outcome == "error"
    assert f"attribution needs {field}" in next(step.text for step in verdict.trace if step.rule == "L6")


def test_l6_what_asks_for_no_attribution_needs_none():
    assert judge(Source("mine", "CC0-1.0")).outcome == "share"


def test_l7_the_citation_is_kept():
    assert "citation" in judge("spdx:CC0-1.0").duties[0].text


@pytest.mark.parametrize(
    ("seen", "certainty", "parent", "outcome"),
    [
        ("page", "high", "CC-BY-NC-4.0", "share"),
        ("readme", "high", "CC-BY-NC-4.0", "review"),
        ("page", "medium", "CC-BY-NC-4.0", "review"),
        ("page", "high", None, "review"),
        ("mirror", "low", "CC0-1.0", "share"),
    ],
)
def test_l8_a_freer_child_is_always_flagged_and_passes_only_on_its_publishers_word(seen, certainty, parent, outcome):
    child = own("mine", "CC-BY-4.0", seen=seen, certainty=certainty, parents=(ParentLicense("parent", parent),))
    verdict = judge(child)
    assert verdict.outcome == outcome
    assert ("LAUNDERING_SUSPECT" in verdict.flags) == (parent != "CC0-1.0")


def test_l9_the_same_content_stands_under_the_strictest_license():
    free, strict = own("free", "CC0-1.0"), own("strict", "CC-BY-NC-4.0")
    verdict = judge(free, same_content=[SameContent((free, strict), images=12)])
    assert "CONFLICT" in verdict.flags
    assert verdict.license == "CC-BY-NC-4.0"
    assert verdict.outcome == "share"
    assert "12 images" in next(step.text for step in verdict.trace if step.rule == "L9")


def test_l9_the_same_license_is_no_conflict():
    one, other = own("one", "CC-BY-4.0"), own("other", "CC-BY-4.0")
    assert "CONFLICT" not in judge(one, same_content=[SameContent((one, other))]).flags


def test_l9_an_unknown_twin_keeps_all_at_home():
    free, dark = own("free", "CC0-1.0"), own("dark", None)
    assert judge(free, same_content=[SameContent((free, dark))]).outcome == "local"


@pytest.mark.parametrize(("day", "outcome"), [(20, "block"), (21, "share"), (22, "share")])
def test_l12_the_last_day_still_counts(day, outcome):
    verdict = judge(own("mine", "CC-BY-4.0", access_expires=dt.date(2026, 11, day)))
    assert verdict.outcome == outcome
    assert ("EXPIRED" in verdict.flags) == (outcome == "block")


def test_l12_an_agreement_without_its_date_is_flagged():
    assert "EXPIRY_UNKNOWN" in judge("brains-imagebank").flags
    known = replace(source("brains-imagebank"), access_expires=dt.date(2030, 1, 1))
    assert "EXPIRY_UNKNOWN" not in judge(known).flags


def test_l12_expired_data_may_not_be_used_at_home_either():
    mine = own("mine", "CC-BY-4.0", access_expires=dt.date(2020, 1, 1))
    verdict = judge(mine, purpose="internal")
    assert verdict.outcome == "block"
    assert not verdict.granted


def allow(rule: str, name: str) -> Override:
    return Override(rule, name, "Ada Lovelace", "asked the author", TODAY)


@pytest.mark.parametrize(
    ("sources", "rule", "name", "license_"),
    [
        (("figshare-1512427", "navoneel"), "L1", "navoneel", "CC-BY-4.0 AND LicenseRef-permission-navoneel"),
        (("figshare-1512427", "oasis"), "L3", "oasis", "CC-BY-4.0 AND LicenseRef-permission-oasis"),
        (("nickparvar", "figshare-1512427"), "L8", "nickparvar", "CC-BY-4.0"),
        (("brats-2015", "kaggle-3m"), "L4", "brats-2015", "CC-BY-NC-SA-4.0"),
        (("spdx:CC-BY-ND-4.0", "spdx:CC0-1.0"), "L2", "spdx:CC-BY-ND-4.0", None),
    ],
)
def test_l13_a_person_may_decide_and_is_recorded(sources, rule, name, license_):
    verdict = judge(*sources, overrides=[allow(rule, name)])
    assert verdict.outcome == "share"
    assert verdict.license == license_ or "LicenseRef-permission-spdx-CC-BY-ND-4.0" in verdict.license
    assert "OVERRIDDEN" in verdict.flags
    (record,) = {step.text.partition(" (")[0] for step in verdict.trace if step.rule == "L13"}
    assert record == "Ada Lovelace decided on 2026-11-21: asked the author"
    assert rule in rules(verdict), "what was decided against stays in the trace"


def test_l13_the_unknown_is_never_silently_permissive():
    verdict = judge("navoneel", overrides=[allow("L1", "navoneel")])
    assert verdict.license == "LicenseRef-permission-navoneel"
    assert "UNKNOWN_LICENSE" in verdict.flags
    assert verdict.permissions["commercial_ok"].answer == "unknown"


@pytest.mark.parametrize(
    ("sources", "rule", "name"),
    [
        (("figshare-1512427",), "L1", "figshare-1512427"),
        (("figshare-1512427", "navoneel"), "L1", "figshare-1512427"),
        (("ixi", "kaggle-3m"), "L4", "ixi"),
        (("spdx:",), "L1", "spdx:"),
    ],
)
def test_l13_what_it_cannot_lift_is_an_error(sources, rule, name):
    with pytest.raises(UsageError, match="has no effect here"):
        judge(*sources, overrides=[allow(rule, name)])


def test_l13_one_decision_lifts_one_rule():
    mine = own("mine", None, access_expires=dt.date(2020, 1, 1))
    assert judge(mine, overrides=[allow("L1", "mine")]).outcome == "block"


def test_synthetic_data_inherits_the_verdict_as_a_stated_policy():
    for combination in [names_ for names_, *_ in GOLDEN]:
        real, made = judge(*combination), judge(*combination, synthetic=True)
        assert (made.outcome, made.license) == (real.outcome, real.license)
        assert "conservative policy" in next(step.text for step in made.trace if step.rule == "POLICY")
        assert made.legal_position == "conservative"


def test_internal_use_shares_nothing_and_is_granted():
    for name in names():
        verdict = judge(name, purpose="internal")
        assert (verdict.outcome, verdict.license, verdict.granted) == ("local", None, True)


def test_two_sources_of_one_name_are_an_error():
    with pytest.raises(UsageError, match="two different sources are called 'mine'"):
        judge(own("mine", "CC0-1.0"), own("mine", "CC-BY-4.0"))


def test_nothing_is_an_error():
    with pytest.raises(UsageError, match="at least one source"):
        decide([], today=TODAY)


def test_today_is_today_where_it_is_not_given():
    mine = own("mine", "CC-BY-4.0", access_expires=dt.date(2000, 1, 1))
    assert decide([mine]).outcome == "block"


def test_every_outcome_has_a_meaning_and_json_holds_the_verdict():
    import json

    assert set(MEANINGS) == set(OUTCOMES)
    told = judge("figshare-1512427", "ucsf-pdgm").to_dict()
    assert {"outcome", "license", "trace"} <= set(json.loads(json.dumps(told)))


# ------------------------------------------------------------------------------------------------ what holds of any
_LICENSES = [
    *("CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"),
    *(
        "CC-BY-ND-4.0",
        "LicenseRef-CC-BY-NC-SA-3.0-CH",
        "LicenseRef-Mine",
        "MIT",
        "ODbL-1.0",
        "GPL-3.0-only",
        "CC-BY-SA-1.0",
    ),
    *("NOASSERTION", "cc", "", "X OR", None, "MIT OR CC-BY-NC-4.0", "CC-BY-4.0 AND LicenseRef-Mine"),
]


@st.composite
def sources(draw):
    parents = tuple(
        ParentLicense(f"parent {number}", license_)
        for number, license_ in enumerate(draw(st.lists(st.sampled_from(_LICENSES), max_size=2)))
    )
    return Source(
        name="",
        license=draw(st.sampled_from(_LICENSES)),
        title=draw(st.sampled_from(["A title", "A title", ""])),
        creator="Somebody",
        url="https://example.org",
        seen=draw(st.sampled_from(["page", "mirror"])),
        certainty=draw(st.sampled_from(["high", "low"])),
        redistribute_ok=draw(st.sampled_from(["yes", "no", "unknown", None])),
        derivatives_ok=draw(st.sampled_from(["yes", "yes", "no"])),
        commercial_ok=draw(st.sampled_from(["yes", "unknown", "no", None])),
        model_release_ok=draw(st.sampled_from(["yes", "unknown", "no", None])),
        policies=draw(st.sampled_from([(), ("LicenseRef-TCIA-Data-Usage-Policy",)])),
        access_expires=draw(st.sampled_from([None, dt.date(2020, 1, 1), dt.date(2030, 1, 1)])),
        parents=parents,
    )


@st.composite
def combinations(draw, least: int = 1):
    drawn = draw(st.lists(sources(), min_size=least, max_size=4))
    return [replace(one, name=f"source {number}") for number, one in enumerate(drawn)]


PURPOSES = st.sampled_from(["adaptation", "collection", "internal"])


@given(combinations(), PURPOSES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_and_repetition_change_nothing(combination, purpose, random):
    shuffled = [*combination, *combination[:2]]
    random.shuffle(shuffled)
    assert judge(*combination, purpose=purpose) == judge(*shuffled, purpose=purpose)


def check_not_laxer(fewer, more):
    assert OUTCOMES.index(fewer.outcome) <= OUTCOMES.index(more.outcome)
    assert set(fewer.flags) <= set(more.flags)
    order = {"yes": 0, "unknown": 1, "no": 2}
    for name, permission in more.permissions.items():
        assert order[permission.answer] >= order[fewer.permissions[name].answer]


@given(combinations(least=2), PURPOSES)
@settings(deadline=None)
def test_a_further_source_never_makes_it_more_permissive(combination, purpose):
    check_not_laxer(judge(*combination[:-1], purpose=purpose), judge(*combination, purpose=purpose))


@pytest.mark.parametrize("purpose", ["adaptation", "collection", "internal"])
def test_no_third_license_makes_any_two_more_permissive(purpose):
    """All triples of what the rules tell apart, so that nothing rests on chance."""
    different = [
        *("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-SA-1.0"),
        *("LicenseRef-CC-BY-NC-SA-3.0-CH", "LicenseRef-Mine", "MIT", "ODbL-1.0", "GPL-3.0-only", "cc", ""),
    ]
    told = {
        combination: judge(*(f"spdx:{license_}" for license_ in combination), purpose=purpose)
        for size in (1, 2, 3)
        for combination in itertools.combinations(different, size)
    }
    for combination, more in told.items():
        for fewer in itertools.combinations(combination, len(combination) - 1):
            if fewer:
                check_not_laxer(told[fewer], more)


@given(combinations(), PURPOSES)
@settings(deadline=None, max_examples=60)
def test_a_license_is_given_just_where_files_may_be_shared(combination, purpose):
    verdict = judge(*combination, purpose=purpose)
    assert (verdict.license is not None) == (verdict.outcome in ("share", "collection", "review"))
    assert verdict.granted == (
        verdict.outcome
        in {
            "adaptation": ["share"],
            "collection": ["share", "collection"],
            "internal": ["share", "collection", "review", "recipe", "local"],
        }[purpose]
    )


@given(combinations())
@settings(deadline=None, max_examples=60)
def test_planted_laundering_is_always_flagged_and_only_then(combination):
    from medcurate.datasets_manifest.licenses.license_terms import less_restrictive, read_license

    def freer(child: Source, parent: ParentLicense) -> bool:
        mine, theirs = read_license(child.license), read_license(parent.license)
        if mine.status != "ok" or any(term.kind == "custom" for term in mine.terms):
            return False
        return theirs.status != "ok" or bool(less_restrictive(mine.terms, theirs.terms))

    planted = any(freer(child, parent) for child in combination for parent in child.parents)
    assert ("LAUNDERING_SUSPECT" in judge(*combination).flags) == planted


@given(combinations(least=2))
@settings(deadline=None, max_examples=60)
def test_l9_planted_copies_under_another_license_are_always_flagged_and_only_those(combination):
    first, second = combination[0], combination[1]
    verdict = judge(*combination, same_content=[SameContent((first, second))])
    assert ("CONFLICT" in verdict.flags) == ((first.license or "NOASSERTION") != (second.license or "NOASSERTION"))
    assert verdict.outcome == judge(*combination).outcome
