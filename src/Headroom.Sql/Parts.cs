using System.Runtime.ExceptionServices;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>Work in parallel parts.</summary>
internal static class Parts
{
    /// <summary>Ends when all have ended. What one of them throws is thrown as it is, so that a refused query is told as one.</summary>
    public static void Each(int parts, Action<int> part, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.For(0, parts, new ParallelOptions { CancellationToken = cancellationToken, TaskScheduler = LongWork.Scheduler }, part);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    /// <summary>Items from 0 to a number, in as many parts as there are processors: each is given its first item and the one after its last.</summary>
    public static void Each(int count, Action<int, int> part, CancellationToken cancellationToken)
    {
        var parts = Environment.ProcessorCount;
        Each(parts, p => part((int)((long)count * p / parts), (int)((long)count * (p + 1) / parts)), cancellationToken);
    }

    /// <summary>To be called with each item: looks once in a while whether the asker has gone.</summary>
    public static void Poll(int item, CancellationToken cancellationToken)
    {
        if ((item & 0xFFFF) == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
