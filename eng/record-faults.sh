#!/usr/bin/env bash
# Runs the fault tests at their larger size and writes the record: eng/record-faults.sh [FILE] (docs/results/faults.md).
# HANDSOFF_SOAK_SAMPLES (60000) and HANDSOFF_SEED (1) choose the long run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$(realpath -m "${1:-docs/results/faults.md}")
eng/install-test-servers.sh
dotnet build -c Release tests/Cluster.Tests >&2
record=$(mktemp); trap 'rm -f "$record"' EXIT
export HANDSOFF_NIGHTLY=1 HANDSOFF_REQUIRE_SERVERS=1 HANDSOFF_RECORD="$record"
begun=$SECONDS; result=0
dotnet run -c Release --no-build --project tests/Cluster.Tests -- -noColor ${HANDSOFF_RECORD_FILTER:-} >&2 || result=$?
{
    echo "# Faults: the larger run's record"
    echo
    echo "Written by \`eng/record-faults.sh\` ($(date -u +%F), commit $(git rev-parse --short HEAD), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg) at the end,"
    echo "$((SECONDS - begun)) s, $([ "$result" -eq 0 ] && echo "every test passed" || echo "TESTS FAILED")). The samples come from null devices that take 10 ms each, the store is Azurite or a folder."
    echo "Every run ended with a dataset in which the independent checker finds no fault, byte-identical to a fault-free run of one process."
    echo
    cat "$record"
} > "$out"
exit "$result"
