"""What tests of findings share."""

from drivermon.checking.findings import Finding


def assert_is(finding: Finding, status: str, *words: str) -> None:
    """Check status and words, and that what is not well has a remedy."""
    assert finding.status == status, finding
    text = f"{finding.found} → {finding.remedy}"
    for word in words:
        assert word in text, text
    if status in {"warn", "fail"}:
        assert finding.remedy


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    named = {finding.name: finding for finding in findings}
    assert len(named) == len(findings)
    return named
