# shellcheck shell=bash
# Sourced by the recipes: builds once, then runs the command line from its build folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
DATA=${DATA:-../shared/data}
THREADS=${THREADS:-$(nproc)}
BACKEND=${BACKEND:-cpu}   # cuda: the same with libtorch for CUDA

dotnet build -c Release src/Client -p:TorchBackend="$BACKEND" -v quiet
handsoff() { dotnet run -c Release --no-build --project src/Client -p:TorchBackend="$BACKEND" -- "$@"; }

# once FILE COMMAND...: runs the command unless FILE, its result, is there. A recipe that was stopped goes on where it was.
once() { local result=$1; shift; [ -e "$result" ] || "$@"; }

# gan RUN ARGS... [-- FIRST...]: trains, or resumes what was stopped. FIRST is said only where a run begins.
gan() {
  local run=$1 args=(); shift
  [ -e "$run/finished" ] && return   # written when the whole length is trained, not when a command ended well
  while [ $# -gt 0 ] && [ "$1" != -- ]; do args+=("$1"); shift; done
  [ $# -eq 0 ] || shift
  [ ! -d "$run/checkpoints" ] || set -- --resume
  handsoff train gan --out "$run" --threads "$THREADS" "${args[@]}" "$@"
  [ -e "$run/finished" ] || { echo "$run: stopped before its end; start the recipe again to go on" >&2; exit 1; }
}
