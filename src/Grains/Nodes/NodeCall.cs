using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Nodes;

/// <summary>A report on its way to a dataset's coordinator.</summary>
/// <param name="Dataset">Whose.</param>
/// <param name="Report">What is told and asked.</param>
/// <param name="Asked">When.</param>
/// <param name="Answer">What comes back.</param>
internal sealed record NodeCall(DatasetShare Dataset, NodeReport Report, DateTimeOffset Asked, Task<NodeOrders> Answer);
