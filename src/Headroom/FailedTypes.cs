using System.Runtime.ExceptionServices;

namespace Headroom;

/// <summary>
/// A type whose initializer failed, for want of a file descriptor or of memory at that moment, can never be used again in this process: every
/// query, or every batch, would fail for ever. So the process ends, and whoever supervises it starts one that can.
/// </summary>
internal sealed partial class FailedTypes : IDisposable
{
    private volatile TypeInitializationException? _failed;
    private IHostApplicationLifetime? _lifetime;
    private ILogger? _logger;

    public FailedTypes() => AppDomain.CurrentDomain.FirstChanceException += Look;

    public bool Any => _failed is not null;

    /// <summary>From now on the first such failure ends the application, one from before at once.</summary>
    public void End(IHostApplicationLifetime lifetime, ILogger logger)
    {
        (_lifetime, _logger) = (lifetime, logger);
        if (_failed is { } failed)
        {
            Stop(failed);
        }
    }

    public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= Look;

    private void Look(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        if (thrown.Exception is TypeInitializationException failed && _failed is null)
        {
            _failed = failed;
            Stop(failed);
        }
    }

    private void Stop(TypeInitializationException failed)
    {
        if (_lifetime is not null && _logger is not null)
        {
            LogFailed(_logger, failed, failed.TypeName);
            _lifetime.StopApplication();
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Type} could not be initialized and never can be in this process, which ends, to be started again; nothing acknowledged is lost")]
    private static partial void LogFailed(ILogger logger, Exception cause, string type);
}
