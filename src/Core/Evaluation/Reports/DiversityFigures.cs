using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Reports;

/// <summary>
/// How generated images lie among photographs, by distance of unit SqueezeNet features. "Near" is what is usual among
/// photographs: the radius of each one's third neighbour (Kynkäänniemi et al. 2019).
/// </summary>
public sealed record DiversityFigures
{
    private const int Neighbour = 3;

    /// <summary>Photographs and generated images compared.</summary>
    public required int Real { get; init; }

    public required int Generated { get; init; }

    /// <summary>Share of generated images that look like a photograph (lie within some photograph's radius): fidelity.</summary>
    public required double Precision { get; init; }

    /// <summary>Share of photographs that some generated image's radius covers: coverage of what is real.</summary>
    public required double Recall { get; init; }

    /// <summary>Mean distance between two generated images over that between two photographs; below 1: less varied.</summary>
    public required double Spread { get; init; }

    /// <summary>Share of generated images that are nearer to another than the nearest 1 % of photographs are to one another.</summary>
    public required double NearDuplicates { get; init; }

    /// <summary>Share of generated images that near to a photograph: copies of what was learned from.</summary>
    public required double CopiesOfPhotographs { get; init; }

    /// <summary>Fréchet distance in the same features (this project's own; not comparable with Inception's FID).</summary>
    public required double Frechet { get; init; }

    /// <summary>Compares feature vectors [N,D] and [M,D]; at least 8 of each.</summary>
    public static DiversityFigures Of(Tensor real, Tensor generated)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var frechet = FrechetDistance.Between(FeatureStatistics.OfVectors([real.clone()]), FeatureStatistics.OfVectors([generated.clone()]));
        var (r, g) = (Unit(real), Unit(generated));
        var (rr, gg, gr) = (Distances(r, r), Distances(g, g), Distances(g, r));
        var (realRadius, generatedRadius) = (Nearest(rr, Neighbour), Nearest(gg, Neighbour));
        double near = Nearest(rr, 1).quantile(tensor(0.01f)).item<float>();
        double Share(Tensor condition) => condition.to(ScalarType.Float32).mean().item<float>();
        double Mean(Tensor all) => all.sum().item<float>() / (all.shape[0] * (all.shape[0] - 1.0));
        return new DiversityFigures
        {
            Real = (int)real.shape[0],
            Generated = (int)generated.shape[0],
            Precision = Share(gr.le(realRadius.unsqueeze(0)).any(1)),
            Recall = Share(gr.le(generatedRadius.unsqueeze(1)).any(0)),
            Spread = Mean(gg) / Mean(rr),
            NearDuplicates = Share(Nearest(gg, 1).lt(Scalars.Live(near))),
            CopiesOfPhotographs = Share(gr.min(1).values.lt(Scalars.Live(near))),
            Frechet = frechet,
        };
    }

    private static Tensor Unit(Tensor features) => features / features.norm(1, keepdim: true).clamp_min(Scalars.Of(1e-12));

    private static Tensor Distances(Tensor a, Tensor b) => a.mm(b.t()).Times(2).negative().Plus(2).clamp_min_(Scalars.Of(0)).sqrt_();

    /// <summary>Distance to the k-th neighbour other than itself (the diagonal is 0 and comes first).</summary>
    private static Tensor Nearest(Tensor own, int k) => own.topk(Math.Min(k + 1, (int)own.shape[1]), 1, largest: false, sorted: true).values.select(1, Math.Min(k, (int)own.shape[1] - 1));
}
