namespace HandsOff.Core.Datasets.Production;

/// <summary>Draws for one call of the engine, of one recipe, perhaps of several shards.</summary>
internal sealed record MicroBatch(SampleRecipe Recipe, SampleKey[] Keys, ActiveShard[] Shards);
