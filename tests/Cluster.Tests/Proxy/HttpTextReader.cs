using System.Globalization;
using System.Text;

namespace HandsOff.Cluster.Tests.Proxy;

/// <summary>Reads HTTP/1.1 messages from a connection, each whole.</summary>
internal sealed class HttpTextReader(Stream stream)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;

    /// <summary>The next request, or null when the connection ended.</summary>
    public Task<HttpText?> RequestAsync(CancellationToken cancellationToken) => ReadAsync(bodyless: false, cancellationToken);

    /// <summary>The answer to a request.</summary>
    public async Task<HttpText> AnswerAsync(HttpText request, CancellationToken cancellationToken)
    {
        while (true)
        {
            var answer = await ReadAsync(request.Method == "HEAD", cancellationToken) ?? throw new EndOfStreamException("no answer");
            if (answer.Status >= 200) return answer;
        }
    }

    private async Task<HttpText?> ReadAsync(bool bodyless, CancellationToken cancellationToken)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
            if (!await FillAsync(cancellationToken)) return null;
        byte[] head = Take(length + 4);
        string[] lines = Encoding.Latin1.GetString(head).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(l => l.Split(':', 2)).Select(p => (p[0].Trim(), p[1].Trim())).ToArray();
        var text = new HttpText(head, lines[0], headers, []);
        bool none = bodyless || (lines[0].StartsWith("HTTP/", StringComparison.Ordinal) && text.Status is < 200 or 204 or 304);
        if (none) return text;
        if (string.Equals(text.Header("Transfer-Encoding"), "chunked", StringComparison.OrdinalIgnoreCase)) return text with { Body = await ChunksAsync(cancellationToken) };
        return text.Header("Content-Length") is { } n ? text with { Body = await ExactlyAsync(int.Parse(n, CultureInfo.InvariantCulture), cancellationToken) } : text;
    }

    private async Task<byte[]> ChunksAsync(CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        while (true)
        {
            int line;
            while ((line = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
                if (!await FillAsync(cancellationToken)) throw new EndOfStreamException("a chunk was cut");
            byte[] size = Take(line + 2);
            int length = int.Parse(Encoding.ASCII.GetString(size).Split(';')[0].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            all.Write(size);
            all.Write(await ExactlyAsync(length + 2, cancellationToken));
            if (length == 0) return all.ToArray();
        }
    }

    private async Task<byte[]> ExactlyAsync(int length, CancellationToken cancellationToken)
    {
        byte[] body = new byte[length];
        int had = Math.Min(length, _end - _start);
        Take(had).CopyTo(body, 0);
        await stream.ReadExactlyAsync(body.AsMemory(had), cancellationToken);
        return body;
    }

    private byte[] Take(int count)
    {
        byte[] taken = _buffer.AsSpan(_start, count).ToArray();
        _start += count;
        return taken;
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0) Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        int n = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += n;
        return n > 0;
    }
}
