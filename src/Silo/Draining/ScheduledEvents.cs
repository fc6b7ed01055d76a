using System.Text.Json;
using System.Text.Json.Serialization;

namespace HandsOff.Silo.Draining;

/// <summary>
/// The answer of Azure's metadata service at <c>/metadata/scheduledevents</c>: it lists the events of every machine of a scale set's placement
/// group, so that one's own has to be told from the others' by name.
/// </summary>
internal sealed record ScheduledEvents([property: JsonRequired] IReadOnlyList<ScheduledEvents.Event> Events)
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNameCaseInsensitive = true };

    /// <summary>
    /// Whether an event of the type (null: of any) concerns the machine of the name; both in any case. Null when the answer is no list of events.
    /// </summary>
    public static bool? Concern(string answer, string? type, string machine)
    {
        try
        {
            return JsonSerializer.Deserialize<ScheduledEvents>(answer, s_json)?.Events.Any(
                e => (type is null || string.Equals(e.EventType, type, StringComparison.OrdinalIgnoreCase)) && e.Resources?.Contains(machine, StringComparer.OrdinalIgnoreCase) == true);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal sealed record Event(string? EventType, IReadOnlyList<string>? Resources);
}
