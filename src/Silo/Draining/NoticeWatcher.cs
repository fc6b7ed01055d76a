using HandsOff.Grains.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HandsOff.Silo.Draining;

/// <summary>
/// Drains this silo's nodes while a notice stands that its machine will be taken away: they finish what they have and take nothing new,
/// so that the SIGTERM that follows finds little to give back. A notice that is withdrawn puts those to work again that nobody drained.
/// </summary>
internal sealed partial class NoticeWatcher(LocalNodes nodes, IOptions<NoticeSettings> options, TimeProvider time, ILogger<NoticeWatcher> log) : BackgroundService
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly NoticeSettings _settings = options.Value;

    /// <summary>This machine's name, once it is known; only asked for when names are to be compared.</summary>
    private string? _machine;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_settings.File is null && _settings.Url is null) return;
        using var client = new HttpClient { Timeout = s_patience };
        bool drained = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            bool? stands = await StandsAsync(client, stoppingToken);
            if (stands == true && !drained)
            {
                Noticed(log, nodes.All.Count);
                foreach (var node in nodes.All) node.Notice(stands: true);
                drained = true;
            }
            else if (stands == false && drained)
            {
                Withdrawn(log);
                foreach (var node in nodes.All) node.Notice(stands: false);
                drained = false;
            }

            await Task.Delay(_settings.Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Null when it cannot be told: then what was known holds on.</summary>
    private async Task<bool?> StandsAsync(HttpClient client, CancellationToken cancellationToken)
    {
        if (_settings.File is { } file && File.Exists(file)) return true;
        if (_settings.Url is not { } url) return false;
        try
        {
            if (_settings.MachineUrl is { } named && _machine is null)
            {
                using var name = await AskAsync(client, named, cancellationToken);
                if (!name.IsSuccessStatusCode) return null;
                _machine = (await name.Content.ReadAsStringAsync(cancellationToken)).Trim();
            }

            using var answer = await AskAsync(client, url, cancellationToken);
            if (!answer.IsSuccessStatusCode) return (int)answer.StatusCode < 500 ? false : null;
            string text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (_machine is not null) return ScheduledEvents.Concern(text, _settings.Contains, _machine);
            return _settings.Contains is not { } word || text.Contains(word, StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    private async Task<HttpResponseMessage> AskAsync(HttpClient client, Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (_settings.Header?.Split(':', 2) is [var name, var value]) request.Headers.TryAddWithoutValidation(name, value.Trim());
        return await client.SendAsync(request, cancellationToken);
    }

    [LoggerMessage(1, LogLevel.Warning, "notice: this machine will be taken away; {Nodes} nodes finish what they have and take nothing new")]
    private static partial void Noticed(ILogger log, int nodes);

    [LoggerMessage(2, LogLevel.Information, "the notice was withdrawn; the nodes take work again")]
    private static partial void Withdrawn(ILogger log);
}
