using HandsOff.Core;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HandsOff.Silo.Api;

/// <summary>Failures as problem+json (RFC 9457): what the user can mend with its one line, anything else without its insides.</summary>
internal sealed partial class Problems(ClusterStore cluster, ILogger<Problems> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested) return true;
        var (status, detail) = exception switch
        {
            NotFoundException => (StatusCodes.Status404NotFound, exception.Message),
            HandsOffException { ExitCode: HandsOffException.WrongUsage } => (StatusCodes.Status400BadRequest, WithoutPlace(exception.Message)),
            HandsOffException { IsTransient: true } => (StatusCodes.Status503ServiceUnavailable, "the store does not answer now; ask again in a few seconds"),
            HandsOffException => (StatusCodes.Status409Conflict, WithoutPlace(exception.Message)),
            BadHttpRequestException bad => (bad.StatusCode, bad.InnerException is System.Text.Json.JsonException json ? $"the body is not what it should be: {json.Message}" : bad.Message),
            NodesBusyException => (StatusCodes.Status503ServiceUnavailable, exception.Message),
            _ when ClusterTrouble.Is(exception, httpContext.RequestAborted) => (StatusCodes.Status503ServiceUnavailable, "the cluster does not answer now; ask again in a few seconds"),
            _ => (StatusCodes.Status500InternalServerError, "an unexpected error; the silo's log has it"),
        };
        if (status >= StatusCodes.Status500InternalServerError) LogFailed(httpContext.Request.Method, httpContext.Request.Path, exception);
        if (status == StatusCodes.Status503ServiceUnavailable) httpContext.Response.Headers.RetryAfter = "2";
        await WriteAsync(httpContext, status, detail);
        return true;
    }

    // Where the store lies is nothing to the caller.
    private string WithoutPlace(string message)
    {
        foreach (string place in (string[])[cluster.Root.Description, cluster.Uri])
            message = message.Replace(place + "/", "", StringComparison.Ordinal).Replace(place, "the store", StringComparison.Ordinal);
        return message;
    }

    /// <summary>Answers with a problem.</summary>
    public static Task WriteAsync(HttpContext context, int status, string detail) => TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFailed(string method, string path, Exception exception);
}
