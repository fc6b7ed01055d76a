namespace HandsOff.Core.Labeling.Training;

/// <summary>Where a labeler's training stands.</summary>
/// <param name="Member">Member being trained, from 0.</param>
/// <param name="Members">How many there are.</param>
/// <param name="Step">Steps done of this member.</param>
/// <param name="Steps">Most steps a member.</param>
/// <param name="HeldOut">Held-out error by head (1 - mIoU, heatmap loss, normalised depth RMSE); of the training loss when nothing is held out.</param>
public sealed record LabelerProgress(int Member, int Members, int Step, int Steps, IReadOnlyDictionary<string, double> HeldOut);
