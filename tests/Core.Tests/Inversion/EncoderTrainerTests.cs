using HandsOff.Core.Inversion;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Inversion;

public sealed class EncoderTrainerTests
{
    private static readonly EncoderTrainingOptions Small = new()
    {
        Seed = 3,
        Batch = 4,
        Refinements = 2,
        PairIterations = 6,
        PhotoIterations = 6,
        EvaluateEvery = 3,
        HeldOutCount = 4,
        Channels = 8,
        Patience = 0,
        BFloat16 = false,
    };

    [Fact]
    public void Training_lowers_the_held_out_distance_and_fine_tuning_lowers_it_further()
    {
        using var fixture = new InversionFixture();
        var options = Small with { Batch = 16, PairIterations = 120, PhotoIterations = 60, EvaluateEvery = 30, HeldOutCount = 16, Channels = 16, LearningRate = 2e-3 };
        var report = Train(fixture, options, "run");
        Assert.True(report.BeforeFineTuning.HeldOutPerceptual < 0.9 * report.Start.HeldOutPerceptual, $"{report.Start.HeldOutPerceptual} -> {report.BeforeFineTuning.HeldOutPerceptual}");
        Assert.True(report.Best.HeldOutPerceptual < report.BeforeFineTuning.HeldOutPerceptual, $"{report.BeforeFineTuning.HeldOutPerceptual} -> {report.Best.HeldOutPerceptual}");
        foreach (string file in new[] { "encoder.safetensors", "history.csv", "history.png", "report.json", "sheet.png" }) Assert.True(File.Exists(Path.Combine(fixture.Folder, "run", file)), file);
        Assert.Equal(1 + 4 + 2, File.ReadAllLines(Path.Combine(fixture.Folder, "run", "history.csv")).Length - 1);
    }

    [Fact]
    public void A_run_stopped_in_either_phase_and_resumed_equals_an_uninterrupted_one_bit_for_bit()
    {
        using var fixture = new InversionFixture();
        var options = Small with { BFloat16 = true };
        Train(fixture, options, "whole");
        foreach (int stop in new[] { 4, 8 })
        {
            string name = $"stopped{stop}";
            using (var cancel = new CancellationTokenSource())
            {
                using var trainer = Trainer(fixture, options, name);
                int done = 0;
                Assert.Throws<OperationCanceledException>(() => trainer.Run(_ => { if (++done == stop) cancel.Cancel(); }, cancel.Token));
            }

            using (var trainer = Trainer(fixture, options, name))
            {
                Assert.Equal(stop, trainer.Steps);
                trainer.Run();
            }

            foreach (string file in new[] { EncoderTrainer.EncoderFile, EncoderTrainer.CheckpointFile }) AssertEqual(Path.Combine(fixture.Folder, "whole", file), Path.Combine(fixture.Folder, name, file));
        }
    }

    [Fact]
    public void The_encoder_kept_is_the_best_one_measured()
    {
        using var fixture = new InversionFixture();
        // A rate this high makes things worse again: the last iterate is not the best.
        var report = Train(fixture, Small with { LearningRate = 0.3 }, "run");
        double least = File.ReadLines(Path.Combine(fixture.Folder, "run", "history.csv")).Skip(1).Select(l => l.Split(',')).Min(c => double.Parse(c[5].Length > 0 ? c[5] : c[6]));
        Assert.Equal(least, report.Best.HeldOutPerceptual, 1e-4);
        if (report.Best.Steps == 0) return;
        using var encoder = Encoder.Load(Path.Combine(fixture.Folder, "run", EncoderTrainer.EncoderFile), fixture.Generator);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var held = fixture.Load(Path.Combine(fixture.Folder, "held")).Batch([0, 1, 2, 3]);
        double distance = fixture.Perceptual.Distance(fixture.Generator.Synthesize(encoder.Encode(fixture.Generator, held)), held).mean().item<float>();
        Assert.Equal(report.Best.HeldOutPerceptual, distance, 1e-5);
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var fixture = new InversionFixture();
        fixture.Load(fixture.Photographs("photos", 8, 1));
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount, first = 0, steps = 0;
        using (var trainer = Trainer(fixture, Small, "run"))
        {
            trainer.Run(_ =>
            {
                long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
                if (++steps == 1) first = live;
                else Assert.Equal(first, live);
            });
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Another_runs_folder_and_impossible_options_are_refused()
    {
        using var fixture = new InversionFixture();
        Train(fixture, Small with { PairIterations = 3, PhotoIterations = 0 }, "run");
        var error = Assert.Throws<HandsOffException>(() => Train(fixture, Small with { Seed = 4 }, "run"));
        Assert.Contains("other options", error.Message);
        Assert.Equal(HandsOffException.WrongUsage, error.ExitCode);
        Assert.Contains("--batch", Assert.Throws<HandsOffException>(() => Train(fixture, Small with { Batch = 0 }, "other")).Message);
        Assert.Contains("--minutes", Assert.Throws<HandsOffException>(() => Train(fixture, Small with { Minutes = 0 }, "other")).Message);
    }

    [Fact]
    public void A_run_goes_on_only_with_its_own_generator_and_photographs()
    {
        using var fixture = new InversionFixture();
        Train(fixture, Small with { PairIterations = 3, PhotoIterations = 0 }, "run");
        var (photos, held) = (fixture.Load(fixture.Photographs("photos", 24, 1)), fixture.Load(fixture.Photographs("held", 16, 2)));
        var others = fixture.Load(fixture.Photographs("others", 16, 9));
        string Refusal(Core.Training.ImageFolder photographs, Core.Training.ImageFolder heldOut) => Assert.Throws<HandsOffException>(() =>
            new EncoderTrainer(fixture.Generator, fixture.Perceptual, photographs, heldOut, Small with { PairIterations = 3, PhotoIterations = 0 }, Path.Combine(fixture.Folder, "run"))).Message;
        Assert.Contains("begun with other photographs", Refusal(others, held));
        Assert.Contains("begun with other held-out photographs", Refusal(photos, others));
        using (no_grad()) fixture.Generator.StateTensors()["mapping.fc0.bias"].add_(0.01f);
        Assert.Contains("begun with another generator", Refusal(photos, held));
    }

    [Fact]
    public void A_time_limit_ends_both_phases()
    {
        using var fixture = new InversionFixture();
        var report = Train(fixture, Small with { PairIterations = 1_000_000, PhotoIterations = 1_000_000, Minutes = 1.0 / 60 }, "run");
        Assert.Equal(EncoderPhase.Photos, report.Last.Phase);
        Assert.InRange(report.Last.Steps, 2, 100_000);
    }

    private static EncoderTrainingReport Train(InversionFixture fixture, EncoderTrainingOptions options, string name)
    {
        using var trainer = Trainer(fixture, options, name);
        return trainer.Run();
    }

    private static EncoderTrainer Trainer(InversionFixture fixture, EncoderTrainingOptions options, string name)
    {
        var photos = fixture.Load(fixture.Photographs("photos", 24, 1));
        var held = fixture.Load(fixture.Photographs("held", 16, 2));
        return new EncoderTrainer(fixture.Generator, fixture.Perceptual, photos, held, options, Path.Combine(fixture.Folder, name));
    }

    private static void AssertEqual(string expected, string actual)
    {
        var (a, _) = SafeTensors.Read(expected);
        var (b, _) = SafeTensors.Read(actual);
        Assert.Equal(a.Keys.Order(), b.Keys.Order());
        foreach (var (name, value) in a) Assert.True(value.eq(b[name]).all().item<bool>(), $"{name} differs in {actual}");
        foreach (var t in a.Values.Concat(b.Values)) t.Dispose();
    }
}
