using System.Diagnostics;

namespace HandsOff.Tests.Servers;

/// <summary>
/// A program that a test started: its output goes to a log file, it can be frozen, killed and asked to end, and it is gone when disposed.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Lock _writing = new();
    private readonly List<string> _lines = [];
    private readonly string _name;
    private bool _frozen;

    private ServerProcess(string name, Process process, StreamWriter log) => (_name, _process, _log) = (name, process, log);

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts the program.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="program">Its file, or a name on the PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables to set beside the test's own; null removes one.</param>
    /// <param name="logFile">Where its output is appended.</param>
    public static ServerProcess Start(string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment, string logFile)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment)
        {
            if (value is null) start.Environment.Remove(key);
            else start.Environment[key] = value;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
        var process = new Process { StartInfo = start };
        var server = new ServerProcess(name, process, new StreamWriter(logFile, append: true) { AutoFlush = true });
        process.OutputDataReceived += (_, e) => server.Heard(e.Data);
        process.ErrorDataReceived += (_, e) => server.Heard(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return server;
    }

    /// <summary>What it printed so far, line by line.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_writing) return [.. _lines];
        }
    }

    /// <summary>Waits until the condition holds; fails with the log's end when the process ends before, or after a minute.</summary>
    public async Task WaitAsync(Func<Task<bool>> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (_process.HasExited) throw new InvalidOperationException($"{_name} ended with {_process.ExitCode} before it was {what}:\n{LogEnd}");
            if (Stopwatch.GetElapsedTime(start) > s_patience) throw new TimeoutException($"{_name} is not {what} after {s_patience.TotalSeconds:F0} s:\n{LogEnd}");
            await Task.Delay(50);
        }
    }

    /// <summary>SIGSTOP: it keeps its connections and says nothing.</summary>
    public void Freeze()
    {
        Signals.Send(Id, Signals.Stop);
        _frozen = true;
    }

    /// <summary>SIGCONT.</summary>
    public void Thaw()
    {
        _frozen = false;
        Signals.Send(Id, Signals.Continue);
    }

    /// <summary>SIGKILL, and waits for its end.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) Signals.Send(Id, Signals.Kill);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => Signals.Send(Id, Signals.Terminate);

    /// <summary>Waits for its end, at most the time given; its exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan patience)
    {
        using var time = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(time.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_name} still runs after {patience.TotalSeconds:F0} s:\n{LogEnd}");
        }

        return _process.ExitCode;
    }

    /// <summary>The last lines of its output.</summary>
    public string LogEnd => string.Join('\n', Lines.TakeLast(40));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            if (_frozen) Thaw();
            await KillAsync();
        }

        _process.Dispose();
        lock (_writing) _log.Dispose();
    }

    private void Heard(string? line)
    {
        if (line is null) return;
        lock (_writing)
        {
            _lines.Add(line);
            if (_log.BaseStream.CanWrite) _log.WriteLine(line);
        }
    }
}
