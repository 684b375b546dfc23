// Who runs when. Slots are of two sizes: half of them are for large queries and have most of the memory, the rest is
// for small ones, which may take a large one's slot too. So:
//
//   - large queries never take every slot, however many there are;
//   - one project never takes every slot (where there is more than one);
//   - who waits is ordered in rounds, one query of each project after the other; within a round by arrival plus the time that
//     the query itself may take: a small one overtakes a large one that came shortly before, and nobody waits for ever;
//   - the slots that are taken and what queries hold beside them are no more than the memory of all queries. What a query will
//     hold is known at most before it runs, and kept for it from its turn until it has read what it holds, which is after it
//     has left its slot. Nobody overtakes who waits for memory: small ones would come between for ever.

using System.Globalization;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>What a statement has to read, known from the segments before it runs.</summary>
/// <param name="Bytes">An estimate: the columns' share of the files.</param>
internal readonly record struct QueryCost(long Rows, int Columns, long Bytes)
{
    public QueryEstimate Estimate => new(Rows, Columns, Bytes);

    private static readonly string[] Fixed = ["uuid", "event", "distinct_id", "person_key", "session_id", "\"timestamp\"", "received_at"];

    public static QueryCost Of(StoreQuery query, IReadOnlyList<Segment> segments, IReadOnlyList<PersonFile> persons)
    {
        var columns = query.Columns.Count;
        foreach (var name in Fixed)
        {
            columns += query.Sql.Contains(name, StringComparison.Ordinal) ? 1 : 0;
        }

        long rows = 0;
        long bytes = 0;
        foreach (var segment in segments)
        {
            rows += segment.Extent.Rows;
            var all = Fixed.Length + segment.Columns.Length;
            bytes += segment.Bytes * Math.Min(columns, all) / all;
        }

        if (query.Sql.Contains("{persons}", StringComparison.Ordinal))
        {
            foreach (var file in persons)
            {
                rows += file.Rows;
            }
        }

        return new QueryCost(rows, columns, bytes);
    }
}

/// <summary>What is shared out.</summary>
/// <param name="LargeSlots">Of the slots those that large queries may take.</param>
/// <param name="LargeMegabytes">Memory of a query in such a slot.</param>
/// <param name="SmallMegabytes">… in one of the others.</param>
/// <param name="HeldMegabytes">What one query may hold beside its slot.</param>
/// <param name="AllMegabytes">All slots and what is held beside them.</param>
/// <param name="MaxQueued">How many may wait.</param>
/// <param name="SlotsSetting">What to raise where the slots are too few.</param>
internal sealed record AdmissionBounds(
    int Slots, int LargeSlots, int LargeMegabytes, int SmallMegabytes, int HeldMegabytes, int AllMegabytes, int MaxQueued, string SlotsSetting)
{
    public int SmallSlots => Slots - LargeSlots;

    public static AdmissionBounds Of(StoreOptions options) => new(
        options.MaxConcurrentQueries, options.LargeSlots, options.LargeMegabytes, options.SmallMegabytes, options.HeldMegabytes, options.AllMegabytes, options.MaxQueuedQueries,
        "Headroom:Store:MaxConcurrentQueries");

    /// <summary>Of a server that bounds the memory of a query itself: every slot is for any query, and none takes memory of this process.</summary>
    public static AdmissionBounds OfServer(int slots, int maxQueued, string slotsSetting) => new(slots, 0, 0, 0, 0, 0, maxQueued, slotsSetting);
}

/// <summary>The queue of queries. Safe for concurrent use.</summary>
internal sealed class Admission
{
    /// <summary>Cells that a query scans in a second, roughly; only the order of those who wait depends on it.</summary>
    private const double CellsPerSecond = 50_000_000;

    /// <summary>What a grant that does not suffice grows by at least, where so much is there.</summary>
    private const long GrowBytes = 4 * 1_024 * 1_024;
    private static readonly TimeSpan MostOvertaken = TimeSpan.FromSeconds(10);

    private readonly AdmissionBounds _bounds;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<Waiter> _waiting = [];
    private readonly Dictionary<ProjectId, int> _running = [];
    private int _small;
    private int _large;
    private long _held;

    public Admission(StoreOptions options, TimeProvider time)
        : this(AdmissionBounds.Of(options), time)
    {
    }

    public Admission(AdmissionBounds bounds, TimeProvider time) => (_bounds, _time) = (bounds, time);

    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>What is kept for those that hold memory, beside their slots.</summary>
    public long HeldBytes
    {
        get
        {
            lock (_gate)
            {
                return _held;
            }
        }
    }

    private int ProjectSlots => Math.Max(1, _bounds.Slots - 1);

    /// <summary>Waits for a slot and tells the watch its place. True for a large slot; the caller leaves it.</summary>
    /// <param name="grant">Gets so many bytes with the slot, or as many as one query may hold, if it has not got them already. It is settled by its owner.</param>
    public async ValueTask<bool> EnterAsync(
        ProjectId project, QueryCost cost, bool needsLarge, TimeSpan timeout, QueryWatch? watch, CancellationToken cancellationToken, MemoryGrant? grant = null, long bytes = 0)
    {
        var arrived = _time.GetTimestamp();
        var waiter = new Waiter(project, cost, needsLarge, Order(arrived, cost), watch, grant, Math.Min(bytes, Mebibytes(_bounds.HeldMegabytes)));
        lock (_gate)
        {
            _waiting.Add(waiter);
            Admit();
            if (!waiter.Task.IsCompleted && Refusal(project) is { } refusal)
            {
                _waiting.Remove(waiter);
                throw new QueryRefusedException(QueryBound.Busy, refusal);
            }

            Tell();
        }

        try
        {
            return await waiter.Task.WaitAsync(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Withdraw(waiter);
            if (e is OperationCanceledException)
            {
                throw;
            }

            throw new QueryRefusedException(QueryBound.Busy,
                $"The query waited for its whole time limit without getting its turn. Try again in a moment, or raise {_bounds.SlotsSetting}.");
        }
    }

    public void Leave(ProjectId project, bool large)
    {
        lock (_gate)
        {
            Free(project, large);
            Admit();
            Tell();
        }
    }

    /// <summary>What may be held from now on. Refuses past the bound of one query, and where others have the rest.</summary>
    public long Grow(MemoryGrant grant, long bytes)
    {
        var most = Mebibytes(_bounds.HeldMegabytes);
        if (bytes > most)
        {
            throw new QueryRefusedException(QueryBound.Memory, string.Create(CultureInfo.InvariantCulture,
                $"The query has to keep more events, persons or sessions than there is room for in the {_bounds.HeldMegabytes} MiB that one query may hold. Ask for a shorter range, for rarer events or with a filter, or raise Headroom:Store:QueryMemoryMegabytes."));
        }

        lock (_gate)
        {
            if (bytes <= grant.Bytes)
            {
                return grant.Bytes;
            }

            var free = Free() + grant.Bytes;
            if (bytes > free)
            {
                throw new QueryRefusedException(QueryBound.Busy,
                    "Other queries have the memory that this one needs. Try again in a moment, or raise Headroom:Store:QueryMemoryMegabytes.");
            }

            Give(grant, Math.Max(bytes, Math.Min(Math.Min(most, free), bytes + GrowBytes)));
            return grant.Bytes;
        }
    }

    /// <summary>Takes back all but so many bytes.</summary>
    public void Settle(MemoryGrant grant, long bytes)
    {
        lock (_gate)
        {
            if (bytes < grant.Bytes)
            {
                Give(grant, bytes);
                Admit();
                Tell();
            }
        }
    }

    private static long Mebibytes(int number) => (long)number * 1_024 * 1_024;

    private long Free() => Mebibytes(_bounds.AllMegabytes - (_large * _bounds.LargeMegabytes) - (_small * _bounds.SmallMegabytes)) - _held;

    private void Give(MemoryGrant grant, long bytes)
    {
        _held += bytes - grant.Bytes;
        grant.Bytes = bytes;
    }

    private long Order(long arrived, QueryCost cost)
    {
        var seconds = Math.Min(MostOvertaken.TotalSeconds, (double)cost.Rows * Math.Max(1, cost.Columns) / CellsPerSecond);
        return arrived + (long)(seconds * _time.TimestampFrequency);
    }

    private string? Refusal(ProjectId project)
    {
        var own = 0;
        foreach (var waiter in _waiting)
        {
            own += waiter.Project == project ? 1 : 0;
        }

        // The last quarter of the queue is for other projects.
        return _waiting.Count > _bounds.MaxQueued
            ? "Too many queries are waiting. Try again in a moment, or raise Headroom:Store:MaxQueuedQueries."
            : own > _bounds.MaxQueued - (_bounds.MaxQueued / 4)
                ? "Too many queries of this project are waiting. Try again in a moment, or raise Headroom:Store:MaxQueuedQueries."
                : null;
    }

    private void Withdraw(Waiter waiter)
    {
        lock (_gate)
        {
            if (_waiting.Remove(waiter))
            {
                Tell();
            }
            else if (waiter.Task.IsCompletedSuccessfully)
            {
                // Its turn came while it gave up.
                Free(waiter.Project, waiter.Task.GetAwaiter().GetResult());
                Admit();
                Tell();
            }
        }
    }

    private void Free(ProjectId project, bool large)
    {
        if (large)
        {
            _large--;
        }
        else
        {
            _small--;
        }

        if (--_running[project] == 0)
        {
            _running.Remove(project);
        }
    }

    private void Admit()
    {
        var changed = true;
        while (changed)
        {
            changed = false;
            Rank();
            for (var i = 0; i < _waiting.Count; i++)
            {
                var waiter = _waiting[i];
                if (_running.GetValueOrDefault(waiter.Project) >= ProjectSlots)
                {
                    continue;
                }

                var small = !waiter.NeedsLarge && _small < _bounds.SmallSlots;
                if (!small && _large >= _bounds.LargeSlots)
                {
                    continue;
                }

                var more = Math.Max(0, waiter.Bytes - (waiter.Grant?.Bytes ?? 0));
                if (Mebibytes(small ? _bounds.SmallMegabytes : _bounds.LargeMegabytes) + more > Free())
                {
                    return;
                }

                if (waiter.Grant is { } grant)
                {
                    Give(grant, grant.Bytes + more);
                }

                _waiting.RemoveAt(i);
                _running[waiter.Project] = _running.GetValueOrDefault(waiter.Project) + 1;
                if (small)
                {
                    _small++;
                }
                else
                {
                    _large++;
                }

                waiter.SetResult(!small);
                changed = true;
                break;
            }
        }
    }

    /// <summary>Puts those who wait into the order in which they are looked at.</summary>
    private void Rank()
    {
        if (_waiting.Count < 2)
        {
            return;
        }

        _waiting.Sort(static (a, b) => a.Order.CompareTo(b.Order));
        var rounds = new Dictionary<ProjectId, int>(_running);
        foreach (var waiter in _waiting)
        {
            waiter.Round = rounds.GetValueOrDefault(waiter.Project);
            rounds[waiter.Project] = waiter.Round + 1;
        }

        _waiting.Sort(static (a, b) => a.Round != b.Round ? a.Round.CompareTo(b.Round) : a.Order.CompareTo(b.Order));
    }

    private void Tell()
    {
        Rank();
        for (var i = 0; i < _waiting.Count; i++)
        {
            if (_waiting[i].Place != i + 1)
            {
                _waiting[i].Place = i + 1;
                _waiting[i].Watch?.Waits(i + 1, _waiting[i].Cost.Estimate);
            }
        }
    }

    private sealed class Waiter(ProjectId project, QueryCost cost, bool needsLarge, long order, QueryWatch? watch, MemoryGrant? grant, long bytes)
        : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public ProjectId Project => project;

        public QueryCost Cost => cost;

        public bool NeedsLarge => needsLarge;

        public long Order => order;

        public QueryWatch? Watch => watch;

        public MemoryGrant? Grant => grant;

        public long Bytes => bytes;

        public int Round { get; set; }

        public int Place { get; set; }
    }
}
