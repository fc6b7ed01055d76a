namespace HandsOff.Core.Datasets.Timing;

/// <summary>
/// What a <see cref="StageClock"/> shows: seconds since the device began. A stage of several threads counts the share of them at
/// work; uploads and commits count while at least one is under way.
/// </summary>
/// <param name="Seconds">Seconds passed.</param>
/// <param name="Active">At least one shard was in work.</param>
/// <param name="Generate">The device generated.</param>
/// <param name="Label">The device labeled.</param>
/// <param name="Blocked">The device did nothing although a shard was in work: what comes after it was slower.</param>
/// <param name="Encode">Encoders worked.</param>
/// <param name="Upload">A tar was being hashed and written.</param>
/// <param name="Commit">A shard was being committed.</param>
public readonly record struct StageReading(double Seconds, double Active, double Generate, double Label, double Blocked, double Encode, double Upload, double Commit);
