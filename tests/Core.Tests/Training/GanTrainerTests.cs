using HandsOff.Core.Diagnostics;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using HandsOff.Core.Training;
using TorchSharp;

namespace HandsOff.Core.Tests.Training;

public sealed class GanTrainerTests
{
    [Fact]
    public void Four_steps_a_resume_and_four_steps_equal_eight_steps_bit_for_bit()
    {
        using var fixture = new TrainingFixture();
        using (var whole = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("whole")))
        {
            for (int i = 0; i < 8; i++) whole.Step();
            whole.Save();
        }

        using (var first = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("parts")))
        {
            for (int i = 0; i < 4; i++) first.Step();
            first.Save();
        }

        using (var second = GanTrainer.Resume(GanTrainer.OptionsOf(fixture.Run("parts")), fixture.Images, fixture.Run("parts")))
        {
            for (int i = 0; i < 4; i++) second.Step();
            second.Save();
        }

        foreach (string file in new[] { "generator.safetensors", "discriminator.safetensors", "state.safetensors" })
            Assert.Equal(File.ReadAllBytes(Newest(fixture.Run("whole"), file)), File.ReadAllBytes(Newest(fixture.Run("parts"), file)));
        var a = GanCheckpoint.ReadRecord(GanCheckpoint.Latest(fixture.Run("whole"))!);
        var b = GanCheckpoint.ReadRecord(GanCheckpoint.Latest(fixture.Run("parts"))!);
        Assert.Equal(a with { Seconds = 0, Snapshot = 0 }, b with { Seconds = 0, Snapshot = 0 });
        Assert.NotEqual(0.5, a.AugmentProbability);
    }

    [Fact]
    public void The_mean_path_length_begins_with_the_first_lengths_and_not_near_zero()
    {
        using var scope = torch.NewDisposeScope();
        var options = TrainingFixture.Options with { WarmUpKimg = 0, PathInterval = 1 };
        using var state = new GanState(options, torch.CPU);
        using var step = new GanStep(options, state);
        var figures = new GanFigures();
        step.Run(torch.zeros(options.Batch, 3, options.Network.Height, options.Network.Width), figures);
        Assert.Equal(figures.Mean(GanFigures.PathLength)!.Value, state.PathMean.item<float>(), 1e-6);
    }

    [Fact]
    public void A_second_training_in_a_run_that_is_being_trained_is_refused()
    {
        using var fixture = new TrainingFixture();
        using var trainer = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("run"));
        using (FolderLock.Take(fixture.Run("run"), "training", "--out"))
            Assert.Contains("run: another training runs there; wait for it or give another --out", Assert.Throws<HandsOffException>(() => trainer.Run(_ => { }, TimeSpan.Zero)).Message);
        Assert.False(trainer.Run(_ => { }, TimeSpan.Zero));
    }

    [Fact]
    public void A_run_goes_on_only_with_the_images_it_learns_from()
    {
        using var fixture = new TrainingFixture();
        using (var first = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("run"))) first.Save();
        File.Delete(Path.Combine(fixture.Folder, "images", "03.png"));
        var e = Assert.Throws<HandsOffException>(() => GanTrainer.Resume(TrainingFixture.Options, fixture.Images, fixture.Run("run")));
        Assert.Contains("learns from other images than the 9 given", e.Message);
        Assert.Equal(HandsOffException.WrongUsage, e.ExitCode);
    }

    [Fact]
    public void A_run_is_marked_finished_at_its_length_and_not_before()
    {
        using var fixture = new TrainingFixture();
        string mark = Path.Combine(fixture.Run("run"), GanTrainer.FinishedFile);
        using (var stopped = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("run")))
            Assert.False(stopped.Run(_ => { }, cancellationToken: new CancellationToken(canceled: true)));
        Assert.False(File.Exists(mark));
        using (var ended = GanTrainer.Resume(TrainingFixture.Options, fixture.Images, fixture.Run("run"))) Assert.True(ended.Run(_ => { }));
        Assert.True(File.Exists(mark));
        using (var longer = GanTrainer.Resume(TrainingFixture.Options with { Kimg = 1 }, fixture.Images, fixture.Run("run")))
            Assert.False(longer.Run(_ => { }, TimeSpan.FromTicks(1)));
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public void An_old_checkpoint_whose_record_cannot_be_read_stops_no_save_and_is_left_alone()
    {
        using var fixture = new TrainingFixture();
        using var trainer = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("run"));
        string old = trainer.Save();
        File.WriteAllText(Path.Combine(old, "trainer.json"), "{");
        trainer.Step();
        string next = trainer.Save();
        Assert.NotEqual(old, next);
        Assert.True(Directory.Exists(old));
        trainer.Step();
        trainer.Save();
        Assert.False(Directory.Exists(next));
    }

    [Fact]
    public void Another_seed_trains_another_generator()
    {
        using var fixture = new TrainingFixture();
        byte[] Trained(ulong seed)
        {
            using var trainer = GanTrainer.Start(TrainingFixture.Options with { Seed = seed }, fixture.Images, fixture.Run($"seed{seed}"));
            trainer.Step();
            return File.ReadAllBytes(Path.Combine(trainer.Save(), "generator.safetensors"));
        }

        Assert.NotEqual(Trained(1), Trained(2));
    }

    [Fact]
    public void Without_noise_inputs_a_resumed_run_forgets_the_noise_it_had_learned()
    {
        using var fixture = new TrainingFixture();
        using (var noisy = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("noise")))
        {
            for (int i = 0; i < 3; i++) noisy.Step();
            Assert.NotEqual(0, Strength(noisy.State.Averaged));
            noisy.Save();
        }

        using var silent = GanTrainer.Resume(TrainingFixture.Options with { NoiseInputs = false }, fixture.Images, fixture.Run("noise"));
        silent.Step();
        Assert.Equal(0, Strength(silent.State.Generator));
        Assert.Equal(0, Strength(silent.State.Averaged));

        static float Strength(Generator network)
        {
            using var scope = torch.NewDisposeScope();
            return network.named_parameters().Where(p => p.name.EndsWith("noise_strength", StringComparison.Ordinal)).Sum(p => p.parameter.abs().sum().item<float>());
        }
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var fixture = new TrainingFixture();
        using var trainer = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("leak"));
        for (int i = 0; i < 2; i++) trainer.Step();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 6; i++) trainer.Step();
        // TorchSharp counts the empty wrapper of a gradient that does not exist and never uncounts it: R1 does not depend on
        // D's last bias (two steps of these six), path lengths not on the three RGB biases (three steps).
        Assert.Equal(before + 2 + 3 * 3, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_run_writes_its_outputs_and_stops_at_its_length()
    {
        using var fixture = new TrainingFixture();
        string run = fixture.Run("run");
        var lines = new List<string>();
        using (var trainer = GanTrainer.Start(TrainingFixture.Options, fixture.Images, run))
        {
            trainer.Metric = new CountingMetric();
            Assert.True(trainer.Run(lines.Add));
            Assert.Equal(0.032, trainer.Kimg);
        }

        Assert.Equal(4, lines.Count);
        string[] log = File.ReadAllLines(Path.Combine(run, "log.csv"));
        Assert.Equal(5, log.Length);
        Assert.StartsWith("0.032,", log[^1]);
        foreach (string file in new[] { "generator.safetensors", "discriminator.safetensors", "curves.png", "samples-000000.png" }) Assert.True(File.Exists(Path.Combine(run, file)), file);
        using var generator = Generator.Load(Path.Combine(run, "generator.safetensors"));
        Assert.Equal(16, generator.Config.Width);
    }

    [Fact]
    public void A_cancelled_run_keeps_its_step_and_resumes_with_a_whole_log()
    {
        using var fixture = new TrainingFixture();
        string run = fixture.Run("stopped");
        using (var trainer = GanTrainer.Start(TrainingFixture.Options, fixture.Images, run))
        {
            using var stop = new CancellationTokenSource();
            stop.Cancel();
            Assert.False(trainer.Run(_ => { }, cancellationToken: stop.Token));
            Assert.Equal(0.004, trainer.Kimg);
        }

        File.AppendAllText(Path.Combine(run, "log.csv"), "0.02,lost with the steps after the checkpoint\n");
        using (var trainer = GanTrainer.Resume(GanTrainer.OptionsOf(run), fixture.Images, run)) Assert.True(trainer.Run(_ => { }));
        string[] kimg = [.. File.ReadAllLines(Path.Combine(run, "log.csv")).Skip(1).Select(l => l.Split(',')[0])];
        Assert.Equal(["0.004", "0.008", "0.016", "0.024", "0.032"], kimg);
    }

    [Fact]
    public void The_best_metric_keeps_its_generator_and_is_logged_beside_the_floor()
    {
        using var fixture = new TrainingFixture();
        string run = fixture.Run("metric");
        using (var trainer = GanTrainer.Start(TrainingFixture.Options with { MetricKimg = 0.008 }, fixture.Images, run))
        {
            trainer.Metric = new CountingMetric();
            trainer.Run(_ => { });
        }

        Assert.Equal(["5,0.25", "4,0.25", "6,0.25", "7,0.25"], File.ReadAllLines(Path.Combine(run, "log.csv")).Skip(1).Select(l => string.Join(',', l.Split(',')[^2..])));
        Assert.True(File.Exists(Path.Combine(run, "generator-best.safetensors")));
        Assert.Equal(4, GanCheckpoint.ReadRecord(GanCheckpoint.Latest(run)!).BestMetric);
    }

    [Fact]
    public void Old_checkpoints_go_except_every_nth()
    {
        using var fixture = new TrainingFixture();
        string run = fixture.Run("keep");
        using var trainer = GanTrainer.Start(TrainingFixture.Options with { KeepEvery = 2 }, fixture.Images, run);
        for (int i = 0; i < 5; i++)
        {
            trainer.Step();
            trainer.Save();
        }

        Assert.Equal(["000000008", "000000016", "000000020"], Directory.GetDirectories(Path.Combine(run, "checkpoints")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_grown_run_keeps_the_old_blocks_and_first_shows_the_old_images_enlarged()
    {
        using var fixture = new TrainingFixture();
        var small = TrainingFixture.Options with { Network = TrainingFixture.Options.Network with { Width = 8, Height = 8 } };
        using (var trainer = GanTrainer.Start(small, ImageFolder.Load([Path.Combine(fixture.Folder, "images")], 8, 8), fixture.Run("small")))
        {
            for (int i = 0; i < 3; i++) trainer.Step();
            trainer.Save();
        }

        using var grown = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("grown"), initFrom: fixture.Run("small"));
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using var old = Generator.Load(Path.Combine(fixture.Run("small"), "generator.safetensors"));
        var z = torch.randn(4, 8, generator: new torch.Generator(3));
        var before = old.Synthesize(old.Map(z), NoiseMode.None);
        var after = grown.State.Averaged.Synthesize(grown.State.Averaged.Map(z), NoiseMode.None);
        var reduced = torch.nn.functional.avg_pool2d(after, 2);
        // The enlarging filter blurs a little, so compare the images' means and their likeness.
        Assert.True((reduced.mean([1, 2, 3]) - before.mean([1, 2, 3])).abs().max().item<float>() < 0.05f);
        Assert.True((grown.State.Averaged.StateTensors()["synthesis.b8.conv1.weight"] == old.StateTensors()["synthesis.b8.conv1.weight"]).all().item<bool>());
        Assert.Equal(0f, grown.State.Generator.StateTensors()["synthesis.b16.torgb.weight"].abs().max().item<float>());
    }

    [Fact]
    public void Only_the_discriminator_learns_while_warming_up()
    {
        using var fixture = new TrainingFixture();
        using var trainer = GanTrainer.Start(TrainingFixture.Options with { WarmUpKimg = 0.008 }, fixture.Images, fixture.Run("warm"));
        for (int i = 0; i < 2; i++) trainer.Step();
        Assert.Equal(0, trainer.State.GeneratorAdam.Steps);
        Assert.True(trainer.State.DiscriminatorAdam.Steps >= 2);
        trainer.Step();
        Assert.Equal(2, trainer.State.GeneratorAdam.Steps);
    }

    [Fact]
    public void A_folder_that_holds_a_run_is_not_begun_again()
    {
        using var fixture = new TrainingFixture();
        using (var trainer = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("twice"))) trainer.Save();
        var error = Assert.Throws<HandsOffException>(() => GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("twice")));
        Assert.Contains("--resume", error.Message);
        Assert.Equal(HandsOffException.WrongUsage, error.ExitCode);
    }

    [Fact]
    public void A_run_without_a_checkpoint_or_with_other_sizes_does_not_resume()
    {
        using var fixture = new TrainingFixture();
        Assert.Contains("no checkpoint", Assert.Throws<HandsOffException>(() => GanTrainer.OptionsOf(fixture.Run("none"))).Message);
        using (var trainer = GanTrainer.Start(TrainingFixture.Options, fixture.Images, fixture.Run("sizes"))) trainer.Save();
        var other = TrainingFixture.Options with { Network = TrainingFixture.Options.Network with { ChannelMax = 4 } };
        Assert.Throws<HandsOffException>(() => GanTrainer.Resume(other, fixture.Images, fixture.Run("sizes")));
    }

    private static string Newest(string run, string file) => Path.Combine(GanCheckpoint.Latest(run)!, file);

    // 5, 4, 6, 7, ...: the second is the best.
    private sealed class CountingMetric : IGanMetric
    {
        private int _n;

        public string Name => "test";

        public double Floor => 0.25;

        public double Measure(Generator generator, CancellationToken cancellationToken) => ++_n switch { 1 => 5, 2 => 4, _ => _n + 3 };
    }
}
