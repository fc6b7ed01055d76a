namespace HandsOff.Silo.Tests.Support;

/// <summary>One silo for all tests of a class that do not change its settings.</summary>
public sealed class SiloFixture : IAsyncLifetime
{
    private TestSilo? _silo;

    public TestSilo Silo => _silo!;

    public HttpClient Reader { get; private set; } = null!;

    public HttpClient Writer { get; private set; } = null!;

    public HttpClient Operator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _silo = await TestSilo.StartAsync();
        Reader = await Silo.ClientAsync("reader");
        Writer = await Silo.ClientAsync("writer");
        Operator = await Silo.ClientAsync("operator");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in new[] { Reader, Writer, Operator }) client?.Dispose();
        if (_silo is not null) await _silo.DisposeAsync();
    }
}
