#!/usr/bin/env bash
# Runs every test of the solution: ./test.sh [options of dotnet test]
# Needs the .NET 10 SDK. Python 3 (standard library only; some tests run the dataset checker) is installed when missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if ! command -v dotnet >/dev/null; then
    echo "test.sh: the .NET 10 SDK is missing: install it and put dotnet on the PATH" >&2
    exit 1
fi

if ! command -v python3 >/dev/null; then
    as_root=(); [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq --no-install-recommends python3; } >&2; then
        echo "test.sh: python3 is missing and apt-get could not install it: install it by hand" >&2
        exit 1
    fi
fi

# One test project after another: each already uses every core through libtorch.
exec dotnet test -c Release --solution HandsOff.sln --max-parallel-test-modules 1 "$@"
