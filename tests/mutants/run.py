#!/usr/bin/env python3
"""Proves the tests: switches one mistake at a time on in a copy of the sources and sees whether the named test finds it.

    tests/mutants/run.py [--out docs/results/mutants.md] [--only NAME ...]

Works on the committed sources. All mistakes are put into one build, each behind a switch (HANDSOFF_MUTANT=NAME), so that two test projects are
built once. Minutes, so it is no part of the usual tests. Needs what test.sh needs (the Azure mutants start Azurite). Exit code 1 when
a mutant survives.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

CORE, GRAINS = "tests/Core.Tests", "tests/Grains.Tests"
COMMIT = "src/Core/Datasets/Production/ShardCommit.cs"
FINALIZER = "src/Core/Datasets/DatasetFinalizer.cs"
LEDGER = "src/Grains/Scheduling/ShardLedger.cs"
RUN = "src/Grains/Coordination/DatasetRun.cs"

# name, what is wrong, file, old text (once in the file), new text (ON: the mistake is switched on), test project, test that must fail, further changes
MUTANTS = [
    ("drop-if-none-match-folder", "a second writer replaces a blob in a folder", "src/Core/Storage/LocalUpload.cs",
     "if (!LinuxFile.PublishNew(_temporary, path)) return false;", "if (ON) File.Move(_temporary, path, overwrite: true); else if (!LinuxFile.PublishNew(_temporary, path)) return false;",
     CORE, "LocalFolderStoreContractTests.Of_two_uploads_of_one_name_that_interleave_the_first_to_commit_wins_whole"),
    ("drop-if-none-match-azure", "a second writer replaces a blob in Azure", "src/Core/Storage/AzureUpload.cs",
     "Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },", "Conditions = ON ? new BlobRequestConditions() : new BlobRequestConditions { IfNoneMatch = ETag.All },",
     CORE, "AzureBlobStoreContractTests.An_upload_begun_after_another_was_committed_is_refused_and_changes_nothing"),
    ("reuse-block-ids", "all attempts stage blocks under the same ids", "src/Core/Storage/AzureUpload.cs",
     "_attempt.TryWriteBytes(id);", "if (ON) id.Clear(); else _attempt.TryWriteBytes(id);",
     CORE, "AzureBlobStoreContractTests.Of_two_uploads_of_one_name_the_one_whose_blocks_were_written_first_may_win_whole_too"),
    ("mtime-now", "tar members carry the time they were written", "src/Core/Datasets/Encoding/TarFormat.cs",
     '"00000000000\\0"u8.CopyTo(header[136..]);', 'if (ON) Octal(header.Slice(136, 12), Environment.TickCount64 / 1000); else "00000000000\\0"u8.CopyTo(header[136..]);',
     CORE, "CommitProtocolTests.After_a_crash_at_any_step_a_second_run_gives_the_same_bytes"),
    ("receipt-first", "the receipt is written before the data", COMMIT,
     "bool created = await tar.CommitAsync(cancellationToken).ConfigureAwait(false);",
     "if (ON) await _store.CreateAsync(job.Range.Receipt, receipt.ToJson(), cancellationToken).ConfigureAwait(false);\n        bool created = await tar.CommitAsync(cancellationToken).ConfigureAwait(false);",
     CORE, "CommitProtocolTests.After_a_crash_at_any_step_a_second_run_gives_the_same_bytes"),
    ("acknowledge-before-commit", "the shard is reported before its receipt is stored", COMMIT,
     "if (await _store.CreateAsync(job.Range.Receipt, receipt.ToJson(), cancellationToken).ConfigureAwait(false)) return",
     "if (ON ? !_store.CreateAsync(job.Range.Receipt, receipt.ToJson(), cancellationToken).IsCanceled : await _store.CreateAsync(job.Range.Receipt, receipt.ToJson(), cancellationToken).ConfigureAwait(false)) return",
     GRAINS, "CrashTests.Answers_lost_at_any_step_or_two_near_ones_are_made_good_within_the_same_life"),
    ("ignore-other-bytes", "a blob of other content counts as ours", COMMIT,
     "!= ours.Sha256;", "!= ours.Sha256 && !ON;",
     CORE, "CommitProtocolTests.Different_bytes_overwrite_nothing_are_kept_and_reported",
     # The receipts are compared too: either alone is caught by the other.
     ("return there.Content.SameContent(receipt.Content)", "return ON || there.Content.SameContent(receipt.Content)")),
    ("skip-tombstone", "a late shard of a cancelled dataset is committed", COMMIT,
     "await DatasetState.ThrowIfCancelledAsync(_store, cancellationToken).ConfigureAwait(false);",
     "if (!ON) await DatasetState.ThrowIfCancelledAsync(_store, cancellationToken).ConfigureAwait(false);",
     CORE, "CommitProtocolTests.A_cancelled_datasets_late_shard_is_not_committed"),
    ("finalise-by-count", "the finaliser trusts the coordinator's count and looks for no missing receipt", FINALIZER,
     "int[] missing = [.. Enumerable.Range(0, state.Plan.Count).Where(k => !receipts.ContainsKey(k))];", "int[] missing = ON ? [] : [.. Enumerable.Range(0, state.Plan.Count).Where(k => !receipts.ContainsKey(k))];",
     GRAINS, "CrashTests.What_a_store_loses_after_it_acknowledged_it_is_found_before_the_manifest_and_made_again"),
    ("skip-read-back", "the manifest is written although a blob does not stand the reading back", FINALIZER,
     "if (faults.Count > 0) return", "if (faults.Count > 0 && !ON) return",
     GRAINS, "CrashTests.What_a_store_loses_after_it_acknowledged_it_is_found_before_the_manifest_and_made_again"),
    ("per-node-randomness", "the latent depends on the thread that draws it", "src/Core/Sampling/LatentSampler.cs",
     "=> Fill(z, seed, index, attempt, 0);", "=> Fill(z, ON ? seed ^ (ulong)Environment.CurrentManagedThreadId : seed, index, attempt, 0);",
     GRAINS, "TwoCoordinatorsTests.Two_coordinators_and_nodes_that_talk_to_either_make_one_dataset_with_every_shard_once"),
    ("leases-never-end", "a silent node keeps its shard", LEDGER,
     "due.Item1 <= now)", "due.Item1 <= (ON ? DateTimeOffset.MinValue : now))",
     GRAINS, "LedgerTests.A_lease_that_nobody_renews_goes_to_the_next_node"),
    ("done-when-given", "a dataset counts as complete when its last shard is given", LEDGER,
     "public bool IsComplete => _committed.Count == Total;", "public bool IsComplete => _committed.Count + (ON ? _holders.Count : 0) >= Total;",
     GRAINS, "LedgerProperties.A_reopened_shard_is_made_again_and_the_counts_always_add_up"),
    ("backups-unbounded", "stragglers are backed up without end", LEDGER,
     "BackupsGiven >= BackupBound", "BackupsGiven >= (ON ? Total : BackupBound)",
     GRAINS, "LedgerTests.Of_many_stragglers_a_twentieth_is_backed_up_and_no_more"),
    ("short-for-full", "the short last shard is taken for the full one that succeeds it", RUN,
     "if (done.Count != CountOf(done.Shard))", "if (ON ? done.Count > CountOf(done.Shard) : done.Count != CountOf(done.Shard))",
     GRAINS, "DatasetRunTests.The_short_last_shard_of_a_smaller_count_is_not_taken_for_its_successor"),
    ("outage-blamed-on-shards", "a store that is down spends the shards' budgets", RUN,
     "case FailureKind.Outage when _store", "case FailureKind.Outage when !ON && _store",
     GRAINS, "DatasetRunTests.A_long_outage_blames_no_shard_and_holds_work_back"),
    ("blame-at-once", "one failure of a single sample makes it poison", "src/Grains/Scheduling/PoisonHunt.cs",
     "private const int Proofs = 2;", "private static int Proofs => ON ? 1 : 2;",
     GRAINS, "PoisonHuntTests.One_failure_of_a_single_sample_is_not_enough_to_blame_it"),
]


SWITCH = """namespace HandsOff.Core;

/// <summary>Which mistake is switched on.</summary>
public static class Mutants
{
    private static readonly string? s_name = Environment.GetEnvironmentVariable("HANDSOFF_MUTANT");

    /// <summary>Whether it is this one.</summary>
    public static bool On(string name) => name == s_name;
}
"""


def run(command, folder, **environment):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "HANDSOFF_REQUIRE_SERVERS": "1", **environment})
    return done.returncode, done.stdout + done.stderr


def build(folder, project):
    return run(["dotnet", "build", "-c", "Release", project, "-m:1", "-nodeReuse:false", "-v:q"], folder)


def test(folder, project, name, mutant=""):
    return run(["dotnet", "run", "-c", "Release", "--no-build", "--project", project, "--", "-method", f"*.{name}"], folder, HANDSOFF_MUTANT=mutant)


def ran_one(output):
    return "Total: 1," in output and "Skipped: 0" in output


def first_failure(output):
    lines = output.splitlines()
    at = next((i for i, line in enumerate(lines) if "[FAIL]" in line), None)
    if at is None:
        return ""
    text = lines[at + 1].strip()
    while text.startswith("\x1b") or text.startswith("["):
        text = text.split("m", 1)[1] if "m" in text else text
    return text.strip().replace("|", "\\|")[:110]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--out")
    options.add_argument("--only", nargs="*")
    args = options.parse_args()
    root = pathlib.Path(run(["git", "rev-parse", "--show-toplevel"], pathlib.Path(__file__).parent)[1].strip())
    commit = run(["git", "rev-parse", "--short", "HEAD"], root)[1].strip()
    chosen = [m for m in MUTANTS if not args.only or m[0] in args.only]
    for name, _, file, old, *_ in chosen:
        if (root / file).read_text().count(old) != 1:
            sys.exit(f"{name}: {file} does not hold the text to change exactly once; the sources have moved on: mend the list")

    with tempfile.TemporaryDirectory(prefix="handsoff-mutants-") as temporary:
        folder = pathlib.Path(temporary)
        subprocess.run(f"git -C '{root}' archive HEAD | tar -x -C '{folder}'", shell=True, check=True)
        subprocess.run([root / "eng/install-test-servers.sh"], check=True)
        (folder / "artifacts").mkdir(exist_ok=True)
        (folder / "artifacts/servers").symlink_to(root / "artifacts/servers")
        (folder / "src/Core/Mutants.cs").write_text(SWITCH)
        for name, _, file, old, new, _, _, *also in chosen:
            for before, after in [(old, new), *also]:
                path = folder / file
                path.write_text(path.read_text().replace(before, after.replace("ON", f'HandsOff.Core.Mutants.On("{name}")')))
        for project in sorted({m[5] for m in chosen}):
            code, output = build(folder, project)
            if code != 0:
                sys.exit(f"{project} does not build:\n{output[-3000:]}")
        passes = {}
        rows, survivors = [], 0
        for name, wrong, _, _, _, project, catcher, *_ in chosen:
            started = time.monotonic()
            if catcher not in passes:
                code, output = test(folder, project, catcher)
                passes[catcher] = code == 0 and ran_one(output)
                if not passes[catcher]:
                    print(output[-2000:])
            code, output = test(folder, project, catcher, name)
            caught = passes[catcher] and code != 0 and ran_one(output)
            verdict, how = ("caught", first_failure(output)) if caught else ("SURVIVED" if passes[catcher] else "the test does not pass without it", "")
            survivors += not caught
            rows.append(f"| {name} | {wrong} | `{catcher}` | {verdict} | {how} |")
            print(f"{name}: {verdict} ({time.monotonic() - started:.0f} s) {how}", flush=True)

    text = "\n".join([
        "# Mutants: mistakes put into the sources, and the tests that find them", "",
        f"`tests/mutants/run.py --out docs/results/mutants.md`, on commit {commit}: {len(rows) - survivors} of {len(rows)} caught. Each test passes without the mutant.", "",
        "| mutant | what is wrong | test | result | what the test said |", "|---|---|---|---|---|", *rows, ""])
    if args.out:
        (root / args.out).write_text(text)
    else:
        print(text)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
