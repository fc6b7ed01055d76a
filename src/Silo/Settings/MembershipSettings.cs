using System.ComponentModel.DataAnnotations;
using Orleans.Configuration;

namespace HandsOff.Silo.Settings;

/// <summary>
/// How soon a silo that died or hangs is declared dead (section <c>HandsOff:Membership</c>). The silence that counts is
/// <see cref="MaxProbeTimeout"/> times <see cref="MissedProbes"/>: no vote is cast while bytes still came in less long ago.
/// </summary>
public sealed class MembershipSettings
{
    public const string Section = "HandsOff:Membership";

    /// <summary>First timeout of a probe, later adapted to the answers' times. Default 2 s; less would take a busy silo for a dead one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:01:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest timeout of a probe. Default 4 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:02:00")]
    public TimeSpan MaxProbeTimeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Probes missed in a row before a vote. Default 3.</summary>
    [Range(1, 100)]
    public int MissedProbes { get; set; } = 3;

    /// <summary>Votes that declare a silo dead (one is enough between two silos). Default 2.</summary>
    [Range(1, 10)]
    public int Votes { get; set; } = 2;

    /// <summary>How often a silo writes that it lives, and reads what the others wrote. Default 5 s; three times as long unheard, and joining silos ignore it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan TablePeriod { get; set; } = TimeSpan.FromSeconds(5);

    internal void Apply(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = ProbeTimeout < MaxProbeTimeout ? ProbeTimeout : MaxProbeTimeout;
        options.MaxProbeTimeout = MaxProbeTimeout;
        options.NumMissedProbesLimit = MissedProbes;
        options.NumVotesForDeathDeclaration = Votes;
        options.TableRefreshTimeout = TablePeriod;
        options.IAmAliveTablePublishTimeout = TablePeriod;
        options.EnableConnectionLivenessCheck = true;
    }
}
