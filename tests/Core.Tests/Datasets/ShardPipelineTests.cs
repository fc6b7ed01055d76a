using System.Text.Json.Nodes;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Imaging;

namespace HandsOff.Core.Tests.Datasets;

public sealed class ShardPipelineTests
{
    [Fact]
    public async Task Samples_are_the_same_for_every_shard_size()
    {
        var expected = await Make(50);
        foreach (int size in new[] { 7, 10, 1 })
        {
            var members = await Make(size);
            Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), members.Keys.Order(StringComparer.Ordinal));
            Assert.All(expected, m => Assert.Equal(m.Value, members[m.Key]));
        }

        static async Task<Dictionary<string, byte[]>> Make(int size)
        {
            var store = new MemoryStore();
            await Bench.MakeAsync(store, Bench.Request(size, cut: 1.2f), 33, new FakeEngine());
            return Bench.Members(store);
        }
    }

    [Fact]
    public async Task Shard_bytes_do_not_depend_on_threads_batches_window_concurrency_or_the_run()
    {
        var expected = await Make(4, new ShardPipelineOptions { EncodeThreads = 1 }, 1);
        Assert.Equal(12, expected.Count);
        Assert.Equal(expected, await Make(4, new ShardPipelineOptions { EncodeThreads = 1 }, 1));
        Assert.Equal(expected, await Make(4, new ShardPipelineOptions { EncodeThreads = 4 }, 3));
        Assert.Equal(expected, await Make(1, new ShardPipelineOptions { EncodeThreads = 2, WindowBatches = 2 }, 2));
        Assert.Equal(expected, await Make(16, new ShardPipelineOptions { EncodeThreads = 3, WindowBatches = 20 }, 4));

        static async Task<Dictionary<string, string>> Make(int microBatch, ShardPipelineOptions options, int atOnce)
        {
            var store = new MemoryStore();
            await Bench.MakeAsync(store, Bench.Request(10, cut: 1f), 37, new FakeEngine(microBatch), options, atOnce);
            return Bench.ShardBytes(store);
        }
    }

    [Fact]
    public async Task An_uncertain_draw_is_repeated_and_the_last_one_is_kept_and_flagged()
    {
        var request = Bench.Request(25, cut: 0.4f, attempts: 3);
        var store = new MemoryStore();
        var results = await Bench.MakeAsync(store, request, 50, new FakeEngine());
        long rejected = 0, flagged = 0;
        var members = Bench.Members(store);
        using var engine = new FakeEngine();
        for (long i = 0; i < 50; i++)
        {
            int attempt = 0;
            RawSample raw;
            while ((raw = engine.Generate([new SampleKey(i, attempt)], request.Recipe)[0]).Uncertainty > 0.4f && attempt < 2) { attempt++; rejected++; }
            var json = JsonNode.Parse(members[$"{i:D9}.json"])!;
            Assert.Equal(attempt, (int)json["attempt"]!);
            Assert.Equal(raw.Uncertainty > 0.4f, (bool)json["flagged"]!);
            Assert.Equal(raw.Uncertainty, (float)json["uncertainty"]!);
            Assert.Equal(raw.Rgb, ImageFile.ReadRgb(members[$"{i:D9}.png"]).Rgb);
            Assert.Equal(raw.Mask, ImageFile.ReadMask(members[$"{i:D9}.seg.png"]).Ids);
            Assert.Equal(raw.Depth, ImageFile.ReadGray16(members[$"{i:D9}.depth.png"]).Values);
            if ((bool)json["flagged"]!) flagged++;
        }

        Assert.True(rejected > 20 && flagged > 2);
        Assert.Equal((rejected, flagged), (results.Sum(r => r.Rejected), results.Sum(r => r.Flagged)));
    }

    [Fact]
    public async Task Batches_are_full_but_for_the_last_ones()
    {
        var engine = new FakeEngine(8);
        await Bench.MakeAsync(new MemoryStore(), Bench.Request(10), 100, engine, atOnce: 100);
        Assert.InRange(engine.Batches.Count, 13, 22);
        Assert.Equal(100, engine.Batches.Sum());
    }

    [Fact]
    public async Task A_sample_has_the_fields_and_digests_the_design_names()
    {
        var store = new MemoryStore();
        await Bench.MakeAsync(store, Bench.Request(seed: ulong.MaxValue), 5, new FakeEngine());
        var members = Bench.Members(store);
        Assert.Equal(["000000003.depth.png", "000000003.json", "000000003.png", "000000003.seg.png"], members.Keys.Where(k => k.StartsWith("000000003", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        var json = JsonNode.Parse(members["000000003.json"])!.AsObject();
        Assert.Equal(["key", "index", "seed", "attempt", "flagged", "uncertainty", "image_sha256", "labels_sha256", "keypoints"], json.Select(p => p.Key));
        Assert.Equal(ulong.MaxValue, (ulong)json["seed"]!);
        var raw = new FakeEngine().Generate([new SampleKey(3, 0)], Bench.Request(seed: ulong.MaxValue).Recipe)[0];
        var labels = new MemoryStream();
        labels.Write(raw.Mask);
        foreach (ushort d in raw.Depth!) labels.Write(BitConverter.GetBytes(d));
        foreach (float k in raw.Keypoints!) labels.Write(BitConverter.GetBytes(k));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(raw.Rgb)), (string)json["image_sha256"]!);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(labels.ToArray())), (string)json["labels_sha256"]!);
        Assert.Equal(raw.Keypoints[3], (float)json["keypoints"]![1]![0]!);
    }

    [Fact]
    public async Task Damaged_output_of_a_pair_fails_its_shard_in_one_line_and_the_pipeline_goes_on()
    {
        var store = new MemoryStore();
        var request = Bench.Request();
        var plan = new ShardPlan(30, 10);
        await using var pipeline = await Bench.PipelineAsync(new FakeEngine { Failure = k => k.Index == 13 ? new HandsOffException("the pair is broken") : null });
        var error = await Assert.ThrowsAsync<HandsOffException>(() => pipeline.RunAsync(new ShardJob(store, request, plan[1], "n")));
        Assert.Equal("the pair is broken", error.Message);
        Assert.Empty(store.Blobs);
        for (int i = 0; i < 20; i++) await Assert.ThrowsAsync<HandsOffException>(() => pipeline.RunAsync(new ShardJob(store, request, plan[1], "n")));
        Assert.Equal(ShardOutcome.Committed, (await pipeline.RunAsync(new ShardJob(store, request, plan[2], "n"))).Outcome);
    }

    [Fact]
    public async Task Another_pair_is_refused()
    {
        await using var pipeline = await Bench.PipelineAsync(new FakeEngine());
        var other = Bench.Request() with { Pair = new PairReference("other", new string('b', 64)) };
        var error = await Assert.ThrowsAsync<HandsOffException>(() => pipeline.RunAsync(new ShardJob(new MemoryStore(), other, new ShardPlan(5, 5)[0], "n")));
        Assert.Contains("other", error.Message);
    }

    [Fact]
    public async Task Cancelling_leaves_nothing_visible_and_the_pipeline_usable()
    {
        var store = new MemoryStore();
        var request = Bench.Request(1000);
        var range = new ShardPlan(1000, 1000)[0];
        await using var pipeline = await Bench.PipelineAsync(new FakeEngine());
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.RunAsync(new ShardJob(store, request, range, "n"), done => { if (done > 20) cancel.Cancel(); }, cancel.Token));
        Assert.Empty(store.Blobs);
        Assert.Equal(1000, (await pipeline.RunAsync(new ShardJob(store, request, range, "n"))).Receipt!.Count);
    }

    [Fact]
    public async Task A_full_disk_fails_the_shard_and_keeps_what_is_committed()
    {
        var store = new MemoryStore();
        var request = Bench.Request();
        var plan = new ShardPlan(20, 10);
        await using var pipeline = await Bench.PipelineAsync(new FakeEngine());
        await pipeline.RunAsync(new ShardJob(store, request, plan[0], "n"));
        int blobs = store.Blobs.Count;
        store.Fault = (what, _) => what.StartsWith("create shards", StringComparison.Ordinal) ? new HandsOffException("the disk is full") : null;
        await Assert.ThrowsAsync<HandsOffException>(() => pipeline.RunAsync(new ShardJob(store, request, plan[1], "n")));
        store.Fault = (_, _) => null;
        Assert.DoesNotContain("receipts/000001.json", store.Blobs.Keys);
        Assert.Equal(ShardOutcome.Committed, (await pipeline.RunAsync(new ShardJob(store, request, plan[1], "n"))).Outcome);
        Assert.Equal(2 * blobs, store.Blobs.Count);
    }

    [Fact]
    public async Task Every_image_format_is_stored_and_read_back()
    {
        foreach (var format in Enum.GetValues<ImageFormat>())
        {
            var store = new MemoryStore();
            await Bench.MakeAsync(store, Bench.Request(format: format), 3, new FakeEngine());
            string extension = new SampleFormat(Bench.Request(format: format)).Image;
            Assert.Equal((20, 12), (ImageFile.ReadRgb(Bench.Members(store)[$"000000001.{extension}"]).Width, 12));
        }
    }
}
