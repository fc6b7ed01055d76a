using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Proxy;

/// <summary>Stands between a client and a store on loopback, passes requests on, and does to some of them what its plan says.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(700);

    private readonly int _storePort;
    private readonly FaultPlan _plan;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _serving = new();
    private readonly ConcurrentDictionary<FaultKind, int> _counts = new();
    private readonly Task _accepting;
    private int _commits;

    public FaultProxy(int storePort, FaultPlan plan)
    {
        (_storePort, _plan) = (storePort, plan);
        Port = FreePort.Next();
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Faults so far, by kind.</summary>
    public IReadOnlyDictionary<FaultKind, int> Counts => _counts.Where(c => c.Key != FaultKind.None).ToDictionary();

    /// <summary>Requests that made a blob (a small one whole, or a large one's block list).</summary>
    public int Commits => _commits;

    /// <summary>What happened, for messages and records.</summary>
    public string Summary =>
        $"seed {_plan.Seed}: {_counts.Values.Sum()} requests, {Commits} commits, {Counts.Values.Sum()} faults ({string.Join(", ", Counts.OrderBy(c => c.Key).Select(c => $"{c.Key} {c.Value}"))})";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_serving.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var serving = ServeAsync(client);
                _serving[serving] = true;
                _ = serving.ContinueWith(t => _serving.TryRemove(t, out _), TaskScheduler.Default);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The end, or a client that went away at once.
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        await Task.Yield();
        using (client)
        using (var store = new TcpClient())
        {
            try
            {
                client.NoDelay = store.NoDelay = true;
                await store.ConnectAsync(IPAddress.Loopback, _storePort, _stop.Token);
                var asking = client.GetStream();
                var answering = store.GetStream();
                HttpTextReader requests = new(asking), answers = new(answering);
                while (await requests.RequestAsync(_stop.Token) is { } request)
                    if (!await PassAsync(request, asking, answering, answers)) return;
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // Either side went away: so does this connection.
            }
        }
    }

    /// <summary>Passes a request and its answer on, or does what the plan says instead; false: cut the connection.</summary>
    private async Task<bool> PassAsync(HttpText request, NetworkStream asking, NetworkStream answering, HttpTextReader answers)
    {
        var fault = _plan.Next(request);
        if (fault != FaultKind.FlippedAnswer) Count(fault);
        switch (fault)
        {
            case FaultKind.CutBefore:
                return false;
            case FaultKind.HalfRequest:
                await answering.WriteAsync(request.Head, _stop.Token);
                await answering.WriteAsync(request.Body.AsMemory(0, request.Body.Length / 2), _stop.Token);
                return false;
            case FaultKind.Error500:
                return await RefuseAsync(request, asking, 500, "InternalError");
            case FaultKind.Busy503:
                return await RefuseAsync(request, asking, 503, "ServerBusy", "Retry-After: 1\r\n");
            case FaultKind.False409:
                return await RefuseAsync(request, asking, 409, "BlobAlreadyExists");
            case FaultKind.Slow:
                await Task.Delay(s_slow, _stop.Token);
                break;
        }

        await answering.WriteAsync(request.Head, _stop.Token);
        await answering.WriteAsync(fault == FaultKind.FlippedRequest ? Flipped(request.Body) : request.Body, _stop.Token);
        var answer = await answers.AnswerAsync(request, _stop.Token);
        if (request.Method == "PUT" && answer.Status == 201 && !request.Target.Contains("comp=block&", StringComparison.Ordinal)) Interlocked.Increment(ref _commits);
        switch (fault)
        {
            case FaultKind.CutAfter:
                return false;
            case FaultKind.Error500After:
                return await RefuseAsync(request, asking, 500, "InternalError");
            case FaultKind.HalfAnswer when answer.Body.Length > 1:
                await asking.WriteAsync(answer.Head, _stop.Token);
                await asking.WriteAsync(answer.Body.AsMemory(0, answer.Body.Length / 2), _stop.Token);
                return false;
            case FaultKind.HalfAnswer:
                return false;
        }

        bool flip = fault == FaultKind.FlippedAnswer && answer.Header("Content-MD5") is not null;
        if (fault == FaultKind.FlippedAnswer) Count(flip ? fault : FaultKind.None);
        await asking.WriteAsync(answer.Head, _stop.Token);
        await asking.WriteAsync(flip ? Flipped(answer.Body) : answer.Body, _stop.Token);
        return true;
    }

    private void Count(FaultKind fault) => _counts.AddOrUpdate(fault, 1, (_, n) => n + 1);

    private async Task<bool> RefuseAsync(HttpText request, NetworkStream asking, int status, string code, string more = "")
    {
        string body = $"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>by the fault proxy</Message></Error>";
        string head = $"HTTP/1.1 {status} {code}\r\nx-ms-error-code: {code}\r\n{more}Content-Type: application/xml\r\nContent-Length: {body.Length}\r\n\r\n";
        await asking.WriteAsync(Encoding.ASCII.GetBytes(request.Method == "HEAD" ? head : head + body), _stop.Token);
        return true;
    }

    private static byte[] Flipped(byte[] body)
    {
        byte[] other = [.. body];
        if (other.Length > 0) other[other.Length / 2] ^= 4;
        return other;
    }
}
