"""
A gate's verdict and a run's targets as JUnit XML, for a build server.

Only keys, classes and figures: no words of a report. It knows the format and nothing of how the verdict came about.
"""

from xml.etree import ElementTree

from evals.figures import between, written
from evals.folder import Run
from evals.gate import Verdict
from evals.metrics import BY_NAME
from evals.targets import TARGETS, is_met, limit_of


def run_junit(run: Run) -> str:
    """One test case for each target of each collection."""
    suites = ElementTree.Element("testsuites", name="fazhi-eval")
    for summary in run.summaries().values():
        suite = ElementTree.SubElement(suites, "testsuite", name=f"targets.{summary.collection}")
        failed = 0
        for target in TARGETS:
            figure = summary.figures[target.metric]
            limit = limit_of(target, summary)
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"targets.{summary.collection}", name=BY_NAME[target.metric].label
            )
            met = is_met(target, figure, limit)
            if met is None:
                ElementTree.SubElement(case, "skipped", message="nothing was counted")
            elif not met:
                failed += 1
                said = f"{written(figure)} ({between(figure)}, n {figure.denominator}), {target.bound} {limit:g}"
                ElementTree.SubElement(case, "failure", message=said)
        suite.set("tests", str(len(TARGETS)))
        suite.set("failures", str(failed))
    return _written(suites)


def verdict_junit(verdict: Verdict) -> str:
    """One failed case for each finding, one passed case for the rest."""
    suites = ElementTree.Element("testsuites", name="fazhi-eval")
    tests = max(1, verdict.judged)
    failures = min(len(verdict.findings), tests)
    suite = ElementTree.SubElement(suites, "testsuite", name="gate", tests=str(tests), failures=str(failures))
    for one in verdict.findings:
        report, _, _ = one.key.partition("/")
        case = ElementTree.SubElement(suite, "testcase", classname=f"gate.{report}", name=one.key)
        ElementTree.SubElement(case, "failure", message=one.what)
    if verdict.holds:
        ElementTree.SubElement(suite, "testcase", classname="gate", name=f"{verdict.judged} labels")
    return _written(suites)


def _written(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
