using System.Threading.Tasks.Sources;
using Headroom.Core;

namespace Headroom.Log;

/// <summary>
/// The wait of one <see cref="IEventLog.AppendAsync"/>, reused. Two parties hold it, the caller until it has taken the
/// result and the log until the record's fate is known; the later one gives it back to the pool. A cancelled
/// caller is done early, so it must not be reused before the log is done too.
/// </summary>
internal sealed class AppendOperation(AppendOperationPool pool) : IValueTaskSource<LogAppend>
{
    // Not readonly: the struct changes, and is only ever used through this field.
    private ManualResetValueTaskSourceCore<LogAppend> _core;
    private CancellationTokenRegistration _registration;
    private int _completed;
    private int _holders;

    /// <summary>The next free operation of the pool.</summary>
    public AppendOperation? NextFree { get; set; }

    /// <summary>Bytes from the group's start to the record.</summary>
    public int Distance { get; private set; }

    public void Begin(int distance)
    {
        Distance = distance;
        _completed = 0;
        _holders = 2;
    }

    public ValueTask<LogAppend> Wait(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((AppendOperation)state!).Cancel(token), this);
        }

        return new ValueTask<LogAppend>(this, _core.Version);
    }

    public void Complete(in LogAppend result)
    {
        if (Interlocked.Exchange(ref _completed, 1) == 0)
        {
            _core.SetResult(result);
        }

        LetGo();
    }

    public LogAppend GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // Waits for a cancellation that is just running, which must not meet the next use of this object.
            _registration.Dispose();
            _registration = default;
            LetGo();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.Exchange(ref _completed, 1) == 0)
        {
            // Whoever cancels is not to run what the caller does next.
            _core.RunContinuationsAsynchronously = true;
            _core.SetException(new OperationCanceledException(token));
        }
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _core.Reset();
            _core.RunContinuationsAsynchronously = false;
            pool.Return(this);
        }
    }
}

/// <summary>Free operations, up to a bound. Reusing them keeps an append free of allocations.</summary>
internal sealed class AppendOperationPool
{
    private const int Bound = 1024;

    private readonly Lock _gate = new();
    private AppendOperation? _free;
    private int _count;

    public AppendOperation Rent()
    {
        lock (_gate)
        {
            if (_free is { } operation)
            {
                _free = operation.NextFree;
                operation.NextFree = null;
                _count--;
                return operation;
            }
        }

        return new AppendOperation(this);
    }

    public void Return(AppendOperation operation)
    {
        lock (_gate)
        {
            if (_count < Bound)
            {
                operation.NextFree = _free;
                _free = operation;
                _count++;
            }
        }
    }
}
