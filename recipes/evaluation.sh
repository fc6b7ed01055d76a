#!/usr/bin/env bash
# Measures the pairs that ship: runs the declared experiments and writes their records, tables and pictures to docs/results/evaluation.
#   recipes/evaluation.sh          the small protocols
#   recipes/evaluation.sh long     the small ones' longer kin and the small ablations
#   recipes/evaluation.sh full     the full ones of 50 and 16 labelled images and the ablations (long on a CPU; BACKEND=cuda)
# Stop and start it as you like: finished stages are kept in RUN. Needs the LPIPS weights (LPIPS=file or folder, or handsoff lpips install);
# faces need DATA/faces64, and are left out without it.
source "$(dirname "$0")/common.sh"
R=${RUN:-runs/experiments}
OUT=${OUT:-docs/results/evaluation}
LPIPS_OPTION=(); [ -n "${LPIPS:-}" ] && LPIPS_OPTION=(--lpips "$LPIPS")
mkdir -p "$R"

experiment() { handsoff experiment run "experiments/$1.json" --work "$R" --out "$OUT" --threads "$THREADS" "${LPIPS_OPTION[@]}"; }

FACES=()
if [ -d "$DATA/faces64" ]; then
  # The labelled photographs of the pair's recipe, and all 200 labelled training faces.
  once runs/faces-64/heldout-celebamask.zip     handsoff faces convert --data "$DATA/faces64" --out runs/faces-64 --size 64 --count 50
  once runs/faces-64-all/heldout-celebamask.zip handsoff faces convert --data "$DATA/faces64" --out runs/faces-64-all --size 64 --count 200
  FACES=(faces)
fi

if [ "${1:-small}" = full ]; then
  for name in scenes-50 scenes-labels scenes-ablations; do experiment "$name"; done
  [ ${#FACES[@]} -eq 0 ] || experiment faces-50
elif [ "${1:-small}" = long ]; then
  for name in scenes-50-long scenes-50-annotated scenes-50-mix scenes-50-half scenes-50-seeds scenes-50-rate scenes-50-rate-seeds scenes-50-rate-upper scenes-50-rate-datasetgan \
    scenes-50-parts scenes-50-parts-mix scenes-50-refined scenes-networks-small scenes-rates-small scenes-rates-scratch scenes-rates-high scenes-16-small scenes-8-small scenes-32-small scenes-ablations-small; do experiment "$name"; done
  [ ${#FACES[@]} -eq 0 ] || for name in faces-50-half faces-50-rate faces-50-parts; do experiment "$name"; done
else
  experiment scenes-50-small
  [ ${#FACES[@]} -eq 0 ] || experiment faces-50-small
fi
