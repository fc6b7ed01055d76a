using System.Net.Sockets;
using HandsOff.Core;
using Orleans.Runtime;

namespace HandsOff.Silo.Clustering;

/// <summary>
/// A second silo of the same name does not start: nodes and what they hold are known by it. Before joining, and again when
/// active (two may start at once), it looks at the members of its name. One whose port refuses a connection has died, and is
/// declared dead at once, so that a silo that was killed can start again without waiting for the others' verdict.
/// </summary>
internal sealed class UniqueSiloName(ILocalSiloDetails self, IMembershipTable table, IClusterMembershipService membership, TimeProvider time) : ILifecycleParticipant<ISiloLifecycle>
{
    // The membership table is opened in the stage before, and this silo's row is written in the one after.
    private const int TableIsRead = ServiceLifecycleStage.RuntimeGrainServices + 50;

    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    // Longer than the cluster needs to declare a silent silo dead (12 s).
    private static readonly TimeSpan s_verdict = TimeSpan.FromSeconds(30);

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(UniqueSiloName), TableIsRead, BeforeJoiningAsync);
        lifecycle.Subscribe(nameof(UniqueSiloName), ServiceLifecycleStage.Active, NobodyElseAsync);
    }

    private async Task BeforeJoiningAsync(CancellationToken cancellationToken)
    {
        var members = await ReadAsync(cancellationToken);
        foreach (var member in members.Where(m => m.SiloName == self.Name || m.SiloAddress.Endpoint.Address.Equals(self.SiloAddress.Endpoint.Address)))
        {
            // One of another name on this machine whose port is closed would only be waited for in vain while this silo joins.
            if (await AnswerAsync(member, members, cancellationToken) == Answer.Refused) await membership.TryKill(member.SiloAddress);
        }

        await NobodyElseAsync(cancellationToken);
    }

    private async Task NobodyElseAsync(CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            var members = await ReadAsync(cancellationToken);
            if (members.FirstOrDefault(m => m.SiloName == self.Name) is not { } other) return;
            if (await AnswerAsync(other, members, cancellationToken) == Answer.Accepted || time.GetElapsedTime(start) > s_verdict)
                throw new HandsOffException($"silo '{self.Name}' is active already at {other.SiloAddress.Endpoint}; give this one another --name, or stop that one first");
            await Task.Delay(s_pause, time, cancellationToken);
        }
    }

    /// <summary>The other silos that the table takes for active (one that joins does not listen yet). One at this very address and port cannot be: this silo has the port.</summary>
    private async Task<MembershipEntry[]> ReadAsync(CancellationToken cancellationToken) =>
    [
        .. (await table.ReadAllAsync(cancellationToken)).Members.Select(m => m.Item1)
            .Where(m => m.Status == SiloStatus.Active && !m.SiloAddress.Endpoint.Equals(self.SiloAddress.Endpoint)),
    ];

    private async Task<Answer> AnswerAsync(MembershipEntry member, MembershipEntry[] members, CancellationToken cancellationToken)
    {
        // Its port may belong to another silo by now: that one is no sign of its life.
        bool reused = members.Any(m => m.SiloAddress.Endpoint.Equals(member.SiloAddress.Endpoint) && m.SiloAddress.Generation > member.SiloAddress.Generation);
        if (reused) return Answer.Refused;
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(member.SiloAddress.Endpoint, cancellationToken).AsTask().WaitAsync(s_connect, time, cancellationToken);
            return Answer.Accepted;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return Answer.Refused;
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return Answer.None;
        }
    }

    private enum Answer
    {
        None,
        Accepted,
        Refused,
    }
}
