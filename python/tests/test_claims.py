import json

import pandas as pd
import pytest
import saferl
from conftest import SUBJECT, certificate, claim, digest, ledger, sealed


def fault(call) -> str:
    with pytest.raises(saferl.RunError) as caught:
        call()
    return str(caught.value)


def test_claims_and_certificates_have_typed_fields(run):
    run.tested("no solution found", "certified")
    found = saferl.Run(run.path)
    first, second = found.claims()
    assert (first.is_certified, second.is_certified) == (False, True)
    assert (second.kind, second.measured, second.bound, second.limit, second.delta) == ("test", 3.0, 4.5, 5.0, 0.05)
    assert second.conditions == ("Assumed: independent costs.",) and second.subject.policy_sha256 == "aa"
    assert second.subject.commit is None
    line = found.ledger()[1]
    assert (line.by, line.verdict, line.look) == ("certify", "certified", {"n": 100, "policy": "aa"})
    refused, certified = found.certificates()
    assert (refused.verdict, refused.reasons) == ("no solution found", ("the bound is above the limit",))
    assert (certified.n, certified.mean, certified.sd, certified.upper_bound) == (100, 3.0, 0.5, 4.5)
    assert (certified.limit, certified.delta, certified.bound, certified.approximate) == (5.0, 0.05, "betting", False)
    assert certified.earlier_tests == 1 and certified.document["statement"] == certified.statement == "Relative to plant."
    assert list(certified.episodes()["cost"]) == [1, 5]


def test_claims_make_a_table(run):
    run.tested("no solution found", "certified")
    table = pd.DataFrame(saferl.Run(run.path).claims())
    assert list(table["verdict"]) == ["no solution found", "certified"] and list(table["bound"]) == [4.5, 4.5]


def test_a_run_without_claims_has_none(run):
    found = saferl.Run(run.path)
    assert found.ledger() == found.claims() == found.certificates() == []


def test_certificates_come_in_the_order_of_the_ledger(run):
    run.tested(*["no solution found"] * 11)
    assert [found.earlier_tests for found in saferl.Run(run.path).certificates()] == list(range(11))


def test_a_run_that_tests_itself_has_a_verdict(run):
    text = sealed({key: value for key, value in certificate().items() if key != "earlier_tests"}, indented=True)
    run.write("verdict.json", text)
    line = {"by": "train", "claim": claim(), "file": "verdict.json", "file_sha256": digest(text), "saferl": "0.2.0",
            "subject": SUBJECT, "verdict": "certified"}
    run.write("assurance/claims.jsonl", ledger([line]))
    (verdict,) = saferl.Run(run.path).certificates()
    assert verdict.verdict == "certified" and verdict.earlier_tests is None
    assert saferl.Run(run.path).state == "certified"


def test_a_changed_certificate_is_refused(run):
    run.tested("no solution found")
    path = run.path / "assurance/certificate-1.json"
    text = path.read_text()
    path.write_text(text.replace("no solution found", "certified"))
    for load in (saferl.load_claim, saferl.load_certificate, lambda path: saferl.Run(run.path).certificates()):
        assert fault(lambda load=load: load(path)) == (
            f"{path}: changed since it was written: its seal does not fit. Restore the file from a copy.")
    path.write_text(json.dumps(certificate()))
    assert "it has lost its seal" in fault(lambda: saferl.load_claim(path))
    # Whoever seals anew is still not in the ledger.
    path.write_bytes(sealed(certificate(), indented=True))
    assert saferl.load_claim(path).is_certified
    assert "not the certificate that assurance/claims.jsonl has" in fault(saferl.Run(run.path).certificates)


def test_other_episodes_than_those_that_were_judged_are_refused(run):
    run.tested("certified")
    run.write("assurance/episodes-1.jsonl", '{"cost":0}\n')
    assert "not the episodes that the certificate was made from" in fault(
        saferl.Run(run.path).certificates()[0].episodes)


def test_a_claim_that_stands_alone_is_read(tmp_path):
    path = tmp_path / "claim.json"
    path.write_text(json.dumps(claim("bounded", limit=None, kind="coverage")))
    found = saferl.load_claim(path)
    assert (found.kind, found.verdict, found.limit) == ("coverage", "bounded", None)
    path.write_text("{}")
    assert '"kind" is missing' in fault(lambda: saferl.load_claim(path))


@pytest.mark.parametrize("change", [
    lambda lines: [lines[0].replace(b"certified", b"certifieD"), lines[1]], lambda lines: [lines[1]],
    lambda lines: [lines[1], lines[0]], lambda lines: [b"{}\n", *lines], lambda lines: [b"\n", *lines],
    lambda lines: [lines[0].replace(b'"n":100', b'"n": 100'), lines[1]],
])
def test_a_changed_ledger_is_refused(run, change):
    run.tested("certified", "no solution found")
    path = run.path / "assurance/claims.jsonl"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    assert fault(saferl.Run(run.path).claims) == (
        f"{path}:1: changed since it was written, so that the looks at the policy cannot be counted. "
        "Restore the file from a copy.")


def test_a_last_line_that_a_crash_cut_off_was_never_shown(run):
    run.tested("certified", "no solution found")
    path = run.path / "assurance/claims.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    assert [found.verdict for found in saferl.Run(run.path).claims()] == ["certified"]


def test_a_line_of_the_first_version_has_a_look_in_the_place_of_the_claim(run):
    look = {"n": 5, "policy": "aa"}
    line = {"by": "certify", "claim": look, "saferl": "0.1.0", "subject": SUBJECT, "verdict": "certified"}
    run.write("assurance/claims.jsonl", ledger([line, line | {"claim": None, "verdict": "none"}]))
    first, second = saferl.Run(run.path).ledger()
    assert (first.claim, first.look) == (None, look) and (second.claim, second.look) == (None, None)
