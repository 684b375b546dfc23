namespace Headroom.Core;

/// <summary>
/// Threads for work that keeps a processor busy for more than a few milliseconds: the Writer, and the scans of queries.
/// The thread pool begins with as many threads as there are processors and adds one only when none of them has taken
/// anything for half a second, so that on a small machine every request would wait there behind a batch or a scan; between
/// threads the kernel shares the processor fairly. There are as many threads as there is work: the bound is that of what
/// is let in at once (one Writer, the turns of queries).
/// </summary>
public static class LongWork
{
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(10);

    /// <summary>For what takes a scheduler, such as parallel loops and asynchronous work whose continuations are long too.</summary>
    public static TaskScheduler Scheduler { get; } = new Threads();

    /// <summary>Runs work on one of these threads. What it starts itself goes to the thread pool as usual.</summary>
    /// <param name="work">Ends by itself where it is to end early; the token only keeps it from beginning.</param>
    public static Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.DenyChildAttach | TaskCreationOptions.HideScheduler, Scheduler);

    /// <inheritdoc cref="RunAsync{T}(Func{T}, CancellationToken)"/>
    public static Task RunAsync(Action work, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.DenyChildAttach | TaskCreationOptions.HideScheduler, Scheduler);

    private sealed class Threads : TaskScheduler
    {
        [ThreadStatic]
        private static bool t_isOne;

        private readonly Queue<Task> _waiting = [];
        private int _idle;

        protected override void QueueTask(Task task)
        {
            lock (_waiting)
            {
                _waiting.Enqueue(task);
                if (_idle >= _waiting.Count)
                {
                    Monitor.Pulse(_waiting);
                    return;
                }
            }

            new Thread(Run) { IsBackground = true, Name = "headroom-long" }.UnsafeStart();
        }

        /// <summary>
        /// A parallel loop does its first part where it was called. Not so on other threads: what ends a wait would go on with
        /// the work that waited.
        /// </summary>
        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => t_isOne && !taskWasPreviouslyQueued && TryExecuteTask(task);

        protected override IEnumerable<Task> GetScheduledTasks()
        {
            lock (_waiting)
            {
                return [.. _waiting];
            }
        }

        private void Run()
        {
            t_isOne = true;
            while (Next() is { } task)
            {
                TryExecuteTask(task);
            }
        }

        /// <summary>Null when nothing came for a while.</summary>
        private Task? Next()
        {
            lock (_waiting)
            {
                Task? task;
                while (!_waiting.TryDequeue(out task))
                {
                    _idle++;
                    var woken = Monitor.Wait(_waiting, IdleFor);
                    _idle--;
                    if (!woken && _waiting.Count == 0)
                    {
                        return null;
                    }
                }

                return task;
            }
        }
    }
}
