#!/usr/bin/env bash
# Runs every test of the solution: ./test.sh [options of dotnet test]
# Needs the .NET 10 SDK. Python 3, Redis, Azurite, Prometheus and Chromium, which some tests start, are installed when missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if ! command -v dotnet >/dev/null; then
    echo "test.sh: the .NET 10 SDK is missing: install it and put dotnet on the PATH" >&2
    exit 1
fi

# Without them the tests that need them fail, or are skipped with the reason when HANDSOFF_REQUIRE_SERVERS=0.
export HANDSOFF_REQUIRE_SERVERS="${HANDSOFF_REQUIRE_SERVERS:-1}"
eng/install-test-servers.sh || [ "$HANDSOFF_REQUIRE_SERVERS" != 1 ] || exit 1

# One test project after another: each already uses every core through libtorch.
exec dotnet test -c Release --solution HandsOff.sln --max-parallel-test-modules 1 "$@"
