using HandsOff.Core;
using HandsOff.Grains.Nodes;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HandsOff.Silo.Api;

/// <summary>Failures as problem+json (RFC 9457): what the user can mend with its one line, anything else without its insides.</summary>
internal sealed partial class Problems(ILogger<Problems> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested) return true;
        var (status, detail) = exception switch
        {
            NotFoundException => (StatusCodes.Status404NotFound, exception.Message),
            HandsOffException { ExitCode: HandsOffException.WrongUsage } => (StatusCodes.Status400BadRequest, exception.Message),
            HandsOffException => (StatusCodes.Status409Conflict, exception.Message),
            BadHttpRequestException bad => (bad.StatusCode, bad.InnerException is System.Text.Json.JsonException json ? $"the body is not what it should be: {json.Message}" : bad.Message),
            NodesBusyException => (StatusCodes.Status503ServiceUnavailable, exception.Message),
            OrleansException or TimeoutException => (StatusCodes.Status503ServiceUnavailable, "the cluster does not answer now; ask again in a few seconds"),
            _ => (StatusCodes.Status500InternalServerError, "an unexpected error; the silo's log has it"),
        };
        if (status >= StatusCodes.Status500InternalServerError) LogFailed(httpContext.Request.Method, httpContext.Request.Path, exception);
        if (status == StatusCodes.Status503ServiceUnavailable) httpContext.Response.Headers.RetryAfter = "2";
        await WriteAsync(httpContext, status, detail);
        return true;
    }

    /// <summary>Answers with a problem.</summary>
    public static Task WriteAsync(HttpContext context, int status, string detail) => TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFailed(string method, string path, Exception exception);
}
