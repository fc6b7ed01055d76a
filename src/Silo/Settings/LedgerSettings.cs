using HandsOff.Core;
using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Silo.Settings;

/// <summary>The ledger's rules from section <c>HandsOff:Ledger</c>: how long leases last, how often a shard is tried.</summary>
internal static class LedgerSettings
{
    private const string Section = "HandsOff:Ledger";

    /// <exception cref="HandsOffException">A rule is out of its range; exit code 2.</exception>
    public static LedgerOptions Read(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<LedgerOptions>() ?? new LedgerOptions();
        Check(options.LeaseTime >= TimeSpan.FromSeconds(1) && options.LeaseTime <= TimeSpan.FromHours(1), nameof(options.LeaseTime), options.LeaseTime, "00:00:01 to 01:00:00");
        Check(options.BackupShare is >= 0 and <= 1, nameof(options.BackupShare), options.BackupShare, "0 to 1");
        Check(options.BackupFactor is >= 1 and <= 1000, nameof(options.BackupFactor), options.BackupFactor, "1 to 1000");
        Check(options.StallFactor is >= 1 and <= 1e6, nameof(options.StallFactor), options.StallFactor, "1 to 1000000");
        Check(options.MaxFailures >= 1, nameof(options.MaxFailures), options.MaxFailures, "1 or more");
        Check(options.MaxLosses >= 1, nameof(options.MaxLosses), options.MaxLosses, "1 or more");
        Check(options.FirstBackoff > TimeSpan.Zero, nameof(options.FirstBackoff), options.FirstBackoff, "over 0");
        Check(options.LongestBackoff >= options.FirstBackoff, nameof(options.LongestBackoff), options.LongestBackoff, $"{nameof(options.FirstBackoff)} or more");
        return options;
    }

    private static void Check(bool holds, string name, object value, string right)
    {
        if (!holds) throw HandsOffException.Usage(FormattableString.Invariant($"setting {Section}:{name} is {value}; {right} would be right"));
    }
}
