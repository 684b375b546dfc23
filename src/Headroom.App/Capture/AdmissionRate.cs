namespace Headroom.App.Capture;

/// <summary>
/// How many requests a second capture takes, found from what they wait for: a processor (the kernel tells of one now and
/// then how long ago it came; where it does not, a probe in the thread pool's queue stands for them) and the log's commit.
/// Of the first it counts what three of four wait at least, as threads take turns and let a few through a queue that
/// stands; of commits the least, as in CoDel. A burst or one slow fsync leaves more that hardly wait. Where a queue of more
/// than a few requests stands for two intervals fewer are taken than were, in the measure of the wait, and more again as
/// soon as nobody waits; on a machine that keeps up there is no bound. It is a rate and not a number of requests under
/// way, because a processor that is short does one request at a time: a few under way keep it as busy as many. Safe for
/// concurrent use; a lost race loses a sample.
/// </summary>
internal sealed class AdmissionRate : IThreadPoolWorkItem
{
    /// <summary>Records that may wait for a log that is stuck.</summary>
    public const int MostWhileStuck = 16;

    /// <summary>Targets after which the log that commits nothing, or the queue that does not move on, counts as stuck.</summary>
    private const int StuckAfter = 10;

    /// <summary>
    /// A queue of fewer requests (by Little's law: how many come in the time that they wait) is no overload, however long
    /// it is in time: a few senders of large batches, or a machine that others keep busy.
    /// </summary>
    private const int Few = 32;

    /// <summary>Requests of an interval that are taken whatever the waits.</summary>
    private const int Least = 5;

    /// <summary>Requests that may come at once when the rate allows for their sum; more where that is less than 5 milliseconds of it.</summary>
    private const int Burst = 4;

    private readonly TimeProvider _time;
    private readonly Action<IThreadPoolWorkItem> _enqueue;
    private readonly long _queueTarget;
    private readonly long _commitTarget;
    private readonly long _interval;
    private readonly long _probeEvery;
    private readonly long _millisecond;
    private readonly long _burst;

    // Ticks between two requests, 0 where there is no bound, and when the next is due.
    private long _spacing;
    private long _next;

    // Of the interval that is going on.
    private long _begun;
    private int _taken;
    private int _refused;
    private long _queued;
    private int _queuedSamples;
    private int _queuedBriefly;
    private long _leastCommit = long.MaxValue;
    private bool _stood;
    private int _looks;

    private long _probed;
    private int _probes;
    private long _asked;
    private bool _isTold;
    private int _appending;
    private long _committed;

    /// <param name="options">The targets.</param>
    /// <param name="time">The clock of all timestamps that are given.</param>
    /// <param name="enqueue">Puts the probe where arriving requests wait; the thread pool's queue where it is not given.</param>
    public AdmissionRate(CaptureOptions options, TimeProvider time, Action<IThreadPoolWorkItem>? enqueue = null)
    {
        _time = time;
        _enqueue = enqueue ?? (static probe => ThreadPool.UnsafeQueueUserWorkItem(probe, preferLocal: false));
        _millisecond = time.TimestampFrequency / 1000;
        _queueTarget = options.QueueTargetMilliseconds * _millisecond;
        _commitTarget = options.CommitTargetMilliseconds * _millisecond;
        _interval = 100 * _millisecond;
        _probeEvery = 10 * _millisecond;
        _burst = 5 * _millisecond;
    }

    /// <summary>Requests a second that are taken at present, or null where there is no bound.</summary>
    public double? PerSecond => Volatile.Read(ref _spacing) is > 0 and var spacing ? (double)_time.TimestampFrequency / spacing : null;

    /// <summary>Whether a request that has come is taken.</summary>
    /// <param name="now">A timestamp.</param>
    public bool Admits(long now)
    {
        Probe(now);
        Look(now);
        if (!IsStuck(now) && IsDue(now))
        {
            Interlocked.Increment(ref _taken);
            return true;
        }

        Interlocked.Increment(ref _refused);
        return false;
    }

    /// <summary>Whether it is time to ask the kernel how long a request has waited; true for one of those that ask at once.</summary>
    /// <param name="now">A timestamp.</param>
    public bool Asks(long now)
    {
        var asked = Volatile.Read(ref _asked);
        return now - asked >= _probeEvery && Interlocked.CompareExchange(ref _asked, now, asked) == asked;
    }

    /// <summary>A request waited so long before it was looked at. From now on the probe tells nothing but whether the pool moves on.</summary>
    /// <param name="now">A timestamp.</param>
    public void Arrived(TimeSpan wait, long now)
    {
        Volatile.Write(ref _isTold, true);
        Queued((long)(wait.TotalMilliseconds * _millisecond), now);
    }

    /// <summary>A record is given to the log.</summary>
    /// <param name="now">A timestamp.</param>
    public void Appending(long now)
    {
        if (Interlocked.Increment(ref _appending) == 1)
        {
            // Until now nobody waited for a commit.
            Volatile.Write(ref _committed, now);
        }
    }

    /// <summary>The log has made it durable after so many ticks, or has refused it, which tells nothing of waits.</summary>
    public void Appended(long? wait, long now)
    {
        Interlocked.Decrement(ref _appending);
        Volatile.Write(ref _committed, now);
        Look(now);
        if (wait is { } waited && waited < Volatile.Read(ref _leastCommit))
        {
            Volatile.Write(ref _leastCommit, waited);
        }
    }

    /// <summary>Work waited so many ticks for a processor.</summary>
    public void Queued(long wait, long now)
    {
        Look(now);
        Interlocked.Add(ref _queued, wait);
        if (wait <= _queueTarget)
        {
            Interlocked.Increment(ref _queuedBriefly);
        }

        Interlocked.Increment(ref _queuedSamples);
    }

    /// <summary>The probe has come to the front of the queue.</summary>
    public void Execute()
    {
        var now = _time.GetTimestamp();
        if (!Volatile.Read(ref _isTold))
        {
            Queued(now - Volatile.Read(ref _probed), now);
        }

        Volatile.Write(ref _probes, 0);
    }

    private void Probe(long now)
    {
        if (now - Volatile.Read(ref _probed) >= _probeEvery && Interlocked.CompareExchange(ref _probes, 1, 0) == 0)
        {
            Volatile.Write(ref _probed, now);
            _enqueue(this);
        }
    }

    /// <summary>What has come at once by the thousand is not waited for until an interval is over.</summary>
    private bool IsStuck(long now) =>
        (Volatile.Read(ref _taken) > Few && Volatile.Read(ref _probes) != 0 && now - Volatile.Read(ref _probed) > StuckAfter * _queueTarget) ||
        (Volatile.Read(ref _appending) > MostWhileStuck && now - Volatile.Read(ref _committed) > StuckAfter * _commitTarget);

    private bool IsDue(long now)
    {
        var spacing = Volatile.Read(ref _spacing);
        if (spacing == 0)
        {
            return true;
        }

        while (true)
        {
            var next = Volatile.Read(ref _next);
            if (next > now)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _next, Math.Max(next, now - Math.Max(_burst, Burst * spacing)) + spacing, next) == next)
            {
                return true;
            }
        }
    }

    /// <summary>Ends the interval when its time has come. A sample is added after it, so that it is of the interval in which it came.</summary>
    private void Look(long now)
    {
        if (now - Volatile.Read(ref _begun) < _interval || Interlocked.CompareExchange(ref _looks, 1, 0) != 0)
        {
            return;
        }

        var length = now - _begun;
        var taken = Interlocked.Exchange(ref _taken, 0);
        var refused = Interlocked.Exchange(ref _refused, 0);
        var come = (double)(taken + refused) / length;
        var pressure = Math.Max(Pressure(StandingQueue(now), _queueTarget, come), Pressure(_leastCommit, _commitTarget, come));
        if (pressure <= 1)
        {
            Raise(length, taken, isMet: refused > 0);
        }
        else if (_stood)
        {
            var fewer = Math.Max(Least * ((double)length / _interval), taken * Math.Clamp(1 / pressure, 0.5, 0.9));
            Volatile.Write(ref _spacing, Math.Max(1, (long)(length / fewer)));
        }

        _stood = pressure > 1;
        (_queued, _queuedSamples, _queuedBriefly, _leastCommit) = (0, 0, 0, long.MaxValue);
        Volatile.Write(ref _begun, now);
        Volatile.Write(ref _looks, 0);
    }

    /// <summary>How long a request of the interval waits, where most of them wait too long; long.MaxValue where they do not.</summary>
    private long StandingQueue(long now)
    {
        if (_queuedSamples == 0)
        {
            // The probe may not even have come to the front.
            return Volatile.Read(ref _probes) != 0 ? now - Volatile.Read(ref _probed) : long.MaxValue;
        }

        return _queuedBriefly * 4 > _queuedSamples ? long.MaxValue : _queued / _queuedSamples;
    }

    /// <summary>A little more while the bound is met; where it is far above what comes there is none.</summary>
    private void Raise(long length, int taken, bool isMet)
    {
        var spacing = _spacing;
        spacing = isMet ? spacing - (spacing / 8) : spacing / 2;
        Volatile.Write(ref _spacing, spacing * (taken + 1) * 8 < length ? 0 : spacing);
    }

    private static double Pressure(long wait, long target, double come) =>
        wait == long.MaxValue || wait * come < Few ? 0 : (double)wait / target;
}
