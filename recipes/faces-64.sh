#!/usr/bin/env bash
# Remakes models/faces-64 from the faces data (DATA/faces64; research use only): prepares it, trains the generator, inverts
# 50 CelebAMask photographs, trains the labeler on their human masks and keypoints, packs the pair.
source "$(dirname "$0")/common.sh"
R=${RUN:-runs/faces-64}
mkdir -p "$R"

once "$R/heldout-celebamask.zip" handsoff faces convert --data "$DATA/faces64" --out "$R" --size 64 --count 50

# The generator sees gan and train rows only, less every tenth UTKFace, by which it is measured.
SHAPE=(--channel-base 2048 --channel-max 64 --batch 8 --noise-inputs false --aug ada --mirror --seed 1 --held-out "$R/heldout.zip" --metric-every 12 --metric-images 900)
gan "$R/gan32" --data "$R/train.zip" --size 32 --kimg "${KIMG32:-400}" --gamma 0.05 --lr 0.002 --ema-kimg 8 "${SHAPE[@]}"
gan "$R/gan64" --data "$R/train.zip" --size 64 --kimg "${KIMG64:-800}" --gamma 0.2 --lr 0.002 --ema-kimg 8 "${SHAPE[@]}" -- --init-from "$R/gan32"
# Lower rates and longer averages take out what the steps' noise leaves: at each rate the distance falls to a floor of its own.
gan "$R/gan64-fine" --data "$R/train.zip" --size 64 --kimg "${KIMGFINE:-100}" --gamma 0.2 --lr 0.0007 --ema-kimg 15 "${SHAPE[@]}" -- --init-from "$R/gan64" --warmup-kimg 0
gan "$R/gan64-last" --data "$R/train.zip" --size 64 --kimg "${KIMGLAST:-240}" --gamma 0.2 --lr 0.0003 --ema-kimg 20 "${SHAPE[@]}" -- --init-from "$R/gan64-fine" --warmup-kimg 0
G=$R/gan64-last/generator-best.safetensors

once "$R/encoder/report.json" handsoff train encoder --generator "$G" --photos "$R/train.zip" --held-out "$R/val/images" --out "$R/encoder"
once "$R/inverted50/inversion.json"   handsoff invert --generator "$G" --encoder "$R/encoder/encoder.safetensors" --data "$R/labelled50" --out "$R/inverted50"
once "$R/inverted-test/inversion.json" handsoff invert --generator "$G" --encoder "$R/encoder/encoder.safetensors" --data "$R/test" --out "$R/inverted-test"

once "$R/labeler/labeler.safetensors" handsoff train labeler --generator "$G" --inverted "$R/inverted50" --members 5 --data "$R/labelled50" --out "$R/labeler"

once models/faces-64/pair.json handsoff pair pack --out models/faces-64 --generator "$G" --labeler "$R/labeler/labeler.safetensors" \
  --inversion "$R/inverted50/inversion.json" --include "$R/encoder/encoder.safetensors" --license "non-commercial research" \
  --terms "Trained on UTKFace and CelebAMask-HQ, both for non-commercial research only; so is this pair." \
  --provenance "UTKFace aligned crops, CelebAMask-HQ (gan and train rows of the faces64 manifest)" --limit-mb 25

# How good it is: on inverted CelebAMask photographs of the test split.
handsoff evaluate --pair models/faces-64 --inverted "$R/inverted-test" --data "$R/test" --sheet "$R/evaluation.png" --json | tee "$R/evaluation.json"
handsoff pair pack --amend --out models/faces-64 --evaluation "$R/evaluation.json"
