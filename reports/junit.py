"""The outcome of every case as a JUnit file, for systems that read nothing else.

JUnit knows failures, errors and skips. What gonogo could not find out is an error, so that no reader takes it for a success.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from reports.cases import gather
from reports.manifest import suite_of
from reports.reasons import Kind
from reports.records import Record
from reports.verdict import Verdict

_TAGS = {"failed": "failure", "errored": "error", "inconclusive": "error", "lost": "error"}
_SKIPS = ("skipped", "not_applicable", "not_reached")


def junit(records: Iterable[Record], verdict: Verdict) -> str:
    """One suite per suite, one case per case, and a suite `gonogo` whose one case is the verdict."""
    root = ET.Element("testsuites", name=f"gonogo {verdict.environment}")
    suites: dict[str, ET.Element] = {}
    for key, check in sorted(gather(records).items()):
        name = suite_of(key)
        if name not in suites:
            suites[name] = ET.SubElement(root, "testsuite", name=name)
        for case in sorted(check.cases.values(), key=lambda c: c.node):
            seconds = sum(r.seconds for r in case.results)
            title = key.rpartition("::")[2] + ("[" + case.node.partition("[")[2] if "[" in case.node else "")
            element = ET.SubElement(suites[name], "testcase", classname=key.partition("::")[0], name=title, time=f"{seconds:.3f}")
            decisive, exempt = case.decisive, verdict.exempt.get(key) if case.state == "failed" else None
            _mark(element, case.state, _clean(exempt.text if exempt else decisive.reason if decisive else ""))
    own = ET.SubElement(root, "testsuite", name="gonogo")
    element = ET.SubElement(own, "testcase", classname="gonogo", name="verdict", time="0.000")
    if verdict.exit_code != 0:
        text = _clean("\n".join(str(reason) for reason in verdict.reasons))
        _mark(element, "failed" if verdict.kind is Kind.FAIL else "errored", f"{verdict.kind}: {text}")
    for suite in root:
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(attribute, str(sum(1 for _ in suite.iter(tag))))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _mark(element: ET.Element, state: str, reason: str) -> None:
    if state in _TAGS:
        ET.SubElement(element, _TAGS[state], message=reason.splitlines()[0] if reason else state).text = reason
    if state in _SKIPS:
        ET.SubElement(element, "skipped", message=f"{state.replace('_', ' ')}{': ' + reason if reason else ''}")


def _clean(text: str) -> str:
    """The text without the control characters that XML cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff"))
