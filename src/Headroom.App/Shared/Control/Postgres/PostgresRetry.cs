using System.Diagnostics;

namespace Headroom.App.Shared.Control.Postgres;

/// <summary>One operation's tries: a few, within about two seconds, so that a fail-over is ridden over and a request does not hang.</summary>
internal sealed class PostgresRetry(PostgresPool pool)
{
    private static readonly int[] WaitMilliseconds = [10, 50, 200, 800];
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _tries;

    /// <summary>Tries after the first.</summary>
    public static int Most => WaitMilliseconds.Length;

    /// <summary>How long to wait before the next try; null where there is to be none.</summary>
    public TimeSpan? Next(Exception exception, bool mayRepeat)
    {
        if (PostgresErrors.IsLost(exception))
        {
            pool.Forget();
        }

        if (_tries == Most || Stopwatch.GetElapsedTime(_started) > Longest || !(PostgresErrors.WasNotDone(exception) || (mayRepeat && PostgresErrors.IsLost(exception))))
        {
            return null;
        }

        PostgresMetrics.Retried();
        return TimeSpan.FromMilliseconds(WaitMilliseconds[_tries++]);
    }
}
