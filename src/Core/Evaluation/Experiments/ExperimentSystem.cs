using System.Text.Json.Serialization;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>A way to a trained downstream network: what is compared.</summary>
public enum ExperimentSystem
{
    /// <summary>Invert the labelled photographs, train the labeler, generate, drop the uncertain, train on what is left.</summary>
    [JsonStringEnumMemberName("handsoff")]
    HandsOff,

    /// <summary>The same, with the labelled photographs themselves in every batch as well.</summary>
    [JsonStringEnumMemberName("handsoff+photographs")]
    HandsOffAndPhotographs,

    /// <summary>
    /// The network of <see cref="HandsOffAndPhotographs"/> labels the samples again and goes on learning from them and the
    /// photographs, for as many steps again (self-training, with generated images as the unlabelled ones).
    /// </summary>
    [JsonStringEnumMemberName("refined")]
    Refined,

    /// <summary>The labeler learns from as many generated images, which the annotator (a network trained on all labels) labelled.</summary>
    [JsonStringEnumMemberName("datasetgan")]
    DatasetGan,

    /// <summary>As DatasetGan, the generated images first found again by encoder and optimisation.</summary>
    [JsonStringEnumMemberName("editgan")]
    EditGan,

    /// <summary>A network pretrained on ImageNet, fine-tuned on the labelled photographs.</summary>
    [JsonStringEnumMemberName("transfer")]
    Transfer,

    /// <summary>The network on the labelled photographs alone.</summary>
    [JsonStringEnumMemberName("labelled")]
    Labelled,

    /// <summary>The network on all labelled training images: the upper bound.</summary>
    [JsonStringEnumMemberName("upper")]
    Upper,

    /// <summary>HandsOff's images with the annotator's labels: what is lost by the generator alone.</summary>
    [JsonStringEnumMemberName("annotated")]
    Annotated,
}
