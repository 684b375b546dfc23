using System.Runtime.ExceptionServices;

namespace Headroom.Sql;

/// <summary>Work in parallel parts.</summary>
internal static class Parts
{
    /// <summary>Ends when all have ended. What one of them throws is thrown as it is, so that a refused query is told as one.</summary>
    public static void Each(int parts, Action<int> part, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.For(0, parts, new ParallelOptions { CancellationToken = cancellationToken }, part);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
