namespace HandsOff.Core.Tests.Tensors;

/// <summary>Tests that collect garbage without rest run while no other test does: TorchSharp's optimizers do not bear it.</summary>
[CollectionDefinition(nameof(CollectingAlone), DisableParallelization = true)]
public sealed class CollectingAlone;
