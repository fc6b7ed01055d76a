#!/usr/bin/env bash
# Remakes models/scenes-64 from nothing: renders the domain, trains the generator, inverts 50 "photographs", trains the
# labeler on them, packs the pair. Hours on a CPU; stop and start it as you like. Needs the LPIPS weights (handsoff lpips install).
source "$(dirname "$0")/common.sh"
R=${RUN:-runs/scenes-64}
mkdir -p "$R"

# The domain: 20,000 images to learn from, 1,000 to measure by, 50 labelled photographs, 200 more to test the labeler.
once "$R/train.zip"     handsoff scenes render --seed 1 --count 20000 --images-only --zip --out "$R/train.zip"
once "$R/heldout.zip"   handsoff scenes render --seed 2 --count 1000 --images-only --zip --out "$R/heldout.zip"
once "$R/labelled50/schema.json"    handsoff scenes render --seed 3 --count 50 --out "$R/labelled50"
once "$R/labelled-test/schema.json" handsoff scenes render --seed 4 --count 200 --out "$R/labelled-test"

# The generator, at 32 px first.
# No noise inputs: the domain has no fine texture, and with them a short run paints speckle.
SHAPE=(--channel-base 2048 --channel-max 64 --batch 8 --noise-inputs false --aug none --mirror --seed 1 --held-out "$R/heldout.zip" --metric-every 12 --metric-images 1000)
gan "$R/gan32" --data "$R/train.zip" --size 32 --kimg "${KIMG32:-300}" --gamma 0.5 --lr 0.002 --ema-kimg 8 "${SHAPE[@]}"
gan "$R/gan64" --data "$R/train.zip" --size 64 --kimg "${KIMG64:-600}" --gamma 0.5 --lr 0.002 --ema-kimg 8 "${SHAPE[@]}" -- --init-from "$R/gan32"
# Lower rates and longer averages take out what the steps' noise leaves.
gan "$R/gan64-fine" --data "$R/train.zip" --size 64 --kimg "${KIMGFINE:-180}" --gamma 0.5 --lr 0.0007 --ema-kimg 15 "${SHAPE[@]}" -- --init-from "$R/gan64" --warmup-kimg 0
gan "$R/gan64-last" --data "$R/train.zip" --size 64 --kimg "${KIMGLAST:-50}" --gamma 0.5 --lr 0.0003 --ema-kimg 20 "${SHAPE[@]}" -- --init-from "$R/gan64-fine" --warmup-kimg 0
G=$R/gan64-last/generator-best.safetensors

# Inversion: the encoder is tuned on unlabelled images; the labelled ones are then found one by one.
once "$R/encoder/report.json" handsoff train encoder --generator "$G" --photos "$R/train.zip" --held-out "$R/heldout.zip" --out "$R/encoder"
once "$R/inverted50/inversion.json"   handsoff invert --generator "$G" --encoder "$R/encoder/encoder.safetensors" --data "$R/labelled50" --out "$R/inverted50"
once "$R/inverted-test/inversion.json" handsoff invert --generator "$G" --encoder "$R/encoder/encoder.safetensors" --data "$R/labelled-test" --out "$R/inverted-test"

# The labeler, all three heads.
once "$R/labeler/labeler.safetensors" handsoff train labeler --generator "$G" --inverted "$R/inverted50" --members 5 --data "$R/labelled50" --out "$R/labeler"

once models/scenes-64/pair.json handsoff pair pack --out models/scenes-64 --generator "$G" --labeler "$R/labeler/labeler.safetensors" \
  --inversion "$R/inverted50/inversion.json" --include "$R/encoder/encoder.safetensors" --license MIT --provenance "handsoff scenes render, seeds 1 to 4" --limit-mb 25

# How good it is: on inverted photographs that the labeler never saw.
handsoff evaluate --pair models/scenes-64 --inverted "$R/inverted-test" --data "$R/labelled-test" --sheet "$R/evaluation.png" --json | tee "$R/evaluation.json"
handsoff pair pack --amend --out models/scenes-64 --evaluation "$R/evaluation.json"
