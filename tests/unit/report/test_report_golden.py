"""report.json of the example patient, word for word: a change of any number or sentence must be seen."""

from report_examples import write_inputs
from test_report_command import build

from golden import check_golden


def test_report_json_is_the_stored_one(tmp_path):
    assert build(write_inputs(tmp_path), tmp_path / "out").exit_code == 0
    check_golden("report/report.json", (tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
