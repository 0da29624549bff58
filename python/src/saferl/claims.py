"""Claims, the certificates that make them, and the ledger that counts every look at a policy."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from . import _seals
from ._files import Members, Object, complete_lines, contents, is_file, lines, parsed
from .errors import RunError

_FROM_A_COPY = "Restore the file from a copy."


@dataclass(frozen=True, slots=True)
class ClaimSubject:
    """What a claim is about and who judged it, by SHA-256; nothing where it is not known."""

    policy_sha256: str | None
    configuration_sha256: str | None
    data_sha256: str | None
    binary_sha256: str | None
    commit: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody may rely on, how far, and what it rests on.

    Attributes:
        kind: Where it comes from: `test`, `coverage`, `model roll-outs`, `theorem`, `proof` or `estimate`.
        statement: What is claimed, one sentence.
        verdict: `certified`, `no solution found`, `vacuous`, `bounded` or `estimated`.
        measured: What was seen, such as a mean.
        bound: The bound on it.
        limit: The largest value that is acceptable.
        delta: Probability that the statement does not hold, as far as the conditions do.
        conditions: What must be true for it, one sentence each.
        subject: What it is about.
    """

    kind: str
    statement: str
    verdict: str
    measured: float | None
    bound: float | None
    limit: float | None
    delta: float | None
    conditions: tuple[str, ...]
    subject: ClaimSubject

    @property
    def is_certified(self) -> bool:
        """Whether the bound is within the limit, by a claim that says something of this policy."""
        return self.verdict == "certified"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of a run's ledger: a claim, and the look at the policy that it cost.

    Attributes:
        by: The command that made it: `certify`, `train` or `evaluate`.
        claim: Nothing for a run that ends without a test.
        look: The test with its figures, as written; nothing where no policy was tested.
        verdict: The claim's, or `none`.
        subject: What it is about.
        file: The certificate as the command named it; nothing for a claim that stands in the ledger alone.
        file_sha256: Its SHA-256.
        saferl: The version that made it.
    """

    by: str
    claim: Claim | None
    look: Object | None = field(repr=False)
    verdict: str
    subject: ClaimSubject
    file: str | None
    file_sha256: str | None
    saferl: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A verdict on a policy, with all that it rests on.

    Attributes:
        path: The file.
        sha256: Of the file.
        claim: The same as a claim.
        n: Number of fresh episodes or responses.
        mean: Of their costs.
        sd: Standard deviation of their costs.
        bound: Name of the bound.
        approximate: Whether delta is kept for large samples only.
        reasons: Why it is not certified, in words.
        cautions: What to bear in mind.
        statement: What the verdict is relative to.
        earlier_tests: Looks at the same policy before this one; nothing where a run tests itself.
        document: Everything, as written.
    """

    path: Path
    sha256: str
    claim: Claim
    n: int
    mean: float | None
    sd: float | None
    bound: str
    approximate: bool
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]
    statement: str
    earlier_tests: int | None
    document: Object = field(repr=False)

    @property
    def verdict(self) -> str:
        """`certified`, `no solution found` or `vacuous`."""
        return self.claim.verdict

    @property
    def upper_bound(self) -> float | None:
        """The bound on the mean; nothing where there is none."""
        return self.claim.bound

    @property
    def limit(self) -> float | None:
        """The largest acceptable mean."""
        return self.claim.limit

    @property
    def delta(self) -> float | None:
        """Probability of certifying a policy above the limit, as far as the conditions hold."""
        return self.claim.delta

    def episodes(self) -> pd.DataFrame:
        """The episodes that were tested, one row each.

        Raises:
            RunError: The file beside the certificate is missing, or not the one that was judged.
        """
        path = self.path.with_name(self.path.name.replace("certificate-", "episodes-", 1)).with_suffix(".jsonl")
        digest = Members(self.document, self.path).text("episodes_sha256")
        if sha256(contents(path)).hexdigest() != digest:
            raise RunError(path, "not the episodes that the certificate was made from", _FROM_A_COPY)
        return pd.DataFrame(lines(path))


def _subject(members: Members) -> ClaimSubject:
    return ClaimSubject(
        policy_sha256=members.optional_text("policy_sha256"),
        configuration_sha256=members.optional_text("configuration_sha256"),
        data_sha256=members.optional_text("data_sha256"),
        binary_sha256=members.optional_text("binary_sha256"), commit=members.optional_text("commit"))


def _claim(members: Members) -> Claim:
    return Claim(
        kind=members.text("kind"), statement=members.text("statement"), verdict=members.text("verdict"),
        measured=members.optional_number("measured"), bound=members.optional_number("bound"),
        limit=members.optional_number("limit"), delta=members.optional_number("delta"),
        conditions=members.texts("conditions"), subject=_subject(members.within("subject")))


def _sealed(path: Path) -> tuple[bytes, Members]:
    """Bytes and members of a file that is as it was written."""
    data = contents(path)
    seal = _seals.state(data)
    if seal == "broken":
        raise RunError(path, "changed since it was written: its seal does not fit", _FROM_A_COPY)
    document = parsed(data, path)
    # What holds a claim beside other things is sealed; only a claim that stands alone is not.
    if seal == "missing" and "claim" in document:
        raise RunError(path, "changed since it was written: it has lost its seal", _FROM_A_COPY)
    return data, Members(document, path)


def load_claim(path: str | os.PathLike[str]) -> Claim:
    """The claim of a certificate or verdict, or one that stands in a file alone.

    Raises:
        RunError: The file is missing, is no claim, or has been changed since it was sealed.
    """
    _, members = _sealed(Path(path))
    return _claim(members.within("claim") if "claim" in members.members else members)


def load_certificate(path: str | os.PathLike[str]) -> Certificate:
    """A certificate of `saferl certify`, or the verdict of a run that tests itself.

    Raises:
        RunError: The file is missing, is none, or has been changed since it was sealed.
    """
    path = Path(path)
    data, members = _sealed(path)
    reasons = [Members(reason, path, "reasons.") for reason in members.objects("reasons")]
    return Certificate(
        path=path, sha256=sha256(data).hexdigest(), claim=_claim(members.within("claim")), n=members.integer("n"),
        mean=members.optional_number("mean"), sd=members.optional_number("sd"), bound=members.text("bound"),
        approximate=members.truth("approximate"), reasons=tuple(reason.text("words") for reason in reasons),
        cautions=members.texts("cautions"), statement=members.text("statement"),
        earlier_tests=members.optional_integer("earlier_tests"), document=members.members)


def load_ledger(path: str | os.PathLike[str]) -> list[LedgerLine]:
    """The lines of a `claims.jsonl`, oldest first; none where there is no such file.

    A last line that a crash cut off is left out: its verdict was never shown.

    Raises:
        RunError: A line has been changed or taken out since it was written.
    """
    path = Path(path)
    if not is_file(path):
        return []
    data = contents(path)
    found: list[LedgerLine] = []
    chain = ""
    for number, line in complete_lines(data):
        document: dict[str, Any] = {}
        if _seals.state(line) == "intact":
            document = parsed(line, path, line=number)
        if document.get("previous") != chain:
            raise RunError(
                f"{path}:{number}", "changed since it was written, so that the looks at the policy cannot be counted",
                _FROM_A_COPY)
        found.append(_ledger_line(Members(document, f"{path}:{number}")))
        chain = sha256(chain.encode() + line + b"\n").hexdigest()
    return found


def _ledger_line(members: Members) -> LedgerLine:
    claim, look = members.members.get("claim"), members.members.get("look")
    # Version 0.1 had the look in the place of the claim.
    if isinstance(claim, dict) and "kind" not in claim:
        claim, look = None, claim
    return LedgerLine(
        by=members.text("by"), claim=_claim(members.within("claim")) if claim is not None else None, look=look,
        verdict=members.text("verdict"), subject=_subject(members.within("subject")),
        file=members.optional_text("file"), file_sha256=members.optional_text("file_sha256"),
        saferl=members.text("saferl"))
