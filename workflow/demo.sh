#!/usr/bin/env bash
# The demo: simulated patients with a known truth, from reads to reports, then judged by that truth.
#
#   bash workflow/demo.sh DIR [CORES]
#
# Makes the project in DIR where it is absent or incomplete, runs the whole workflow (a second call runs only
# what changed), and accepts exactly one outcome: everything complete, and the one patient whose normal is
# another person's stopped by the identity check (exit code 3 of `oncoloom run`).
set -euo pipefail

dir=${1:?usage: bash workflow/demo.sh DIR [CORES]}
cores=${2:-2}
started=$SECONDS

if [[ ! -f $dir/truth/expected.json ]]; then # written last, so its presence says the project is whole
    echo "Simulating patients into $dir"
    oncoloom simulate --output "$dir"
fi
expected=$(oncoloom simulate stops --project "$dir")

code=0
(cd "$dir" && oncoloom run --cores "$cores") || code=$?
if [[ $code -ne 3 ]]; then
    echo "demo: oncoloom run ended with code $code; expected 3 with $expected stopped" >&2
    exit $((code == 0 ? 1 : code))
fi

stopped=$(for file in "$dir"/results/patients/*/stopped.json; do
    [[ -f $file ]] && basename "$(dirname "$file")"
done)
if [[ $stopped != "$expected" ]]; then
    echo "demo: stopped were [${stopped//$'\n'/ }]; expected [${expected//$'\n'/ }]" >&2
    exit 1
fi

echo
oncoloom simulate score --project "$dir" | tee "$dir/results/score.txt"

absolute=$(cd "$dir" && pwd)
reports=("$absolute"/results/patients/*/report.html)
cat <<TEXT

The demo took $((SECONDS - started)) s. $expected was stopped by the identity check, as it should be:
its normal is another person's.

  a patient's report    ${reports[0]}
  the stopped patient   $absolute/results/patients/$expected/stopped.html
  the cohort            $absolute/results/cohort/overview.html
  what the run made     $absolute/results/run.html
  the model's training  cd $dir && oncoloom ui
TEXT
