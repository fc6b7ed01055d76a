namespace HandsOff.Core.Datasets;

/// <summary>What must be equal for bytes to be equal: torch version, device architecture, dtype and micro-batch.</summary>
public sealed record KernelClass(string Torch, string Device, string Dtype, int MicroBatch)
{
    /// <summary>Nothing speaks against its being the class of <paramref name="present"/>. Older datasets name only the instruction set of a CPU, not its maker.</summary>
    public bool MayBe(KernelClass present)
    {
        ArgumentNullException.ThrowIfNull(present);
        bool device = Device == present.Device || (Device.StartsWith("cpu/", StringComparison.Ordinal) && present.Device.StartsWith(Device + "/", StringComparison.Ordinal));
        return device && this == present with { Device = Device };
    }

    /// <summary>In words.</summary>
    public override string ToString() => $"torch {Torch}, {Device}, {Dtype}, micro-batch {MicroBatch}";
}
