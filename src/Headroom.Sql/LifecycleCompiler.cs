using System.Globalization;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Lifecycle to SQL: who was active in which interval, and who was first seen in which; what that makes of them is <see cref="LifecyclePlan"/>'s.</summary>
public static class LifecycleCompiler
{
    /// <summary>Events that were sent without a person stay out, also where the person is known by now.</summary>
    private static readonly PropertyFilter NotPersonless = new()
    {
        Property = "$process_person_profile", Operator = FilterOperator.IsNot, Values = [new FilterValue(false)],
    };

    /// <param name="query">Valid, see <see cref="LifecycleValidator"/>.</param>
    /// <param name="intervals">The first one is that before the range.</param>
    public static LifecyclePlan Compile(LifecycleQuery query, TimeBuckets intervals, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var (from, to) = (statement.Instant(intervals.From), statement.Instant(intervals.To));
        var condition = SelectorSql.Condition(statement, query.Activity.Event, query.Activity.Filters, [.. query.Filters, NotPersonless]);
        var active = $"SELECT {PersonSql.Key} AS k, {BucketSql.Index(dialect, dialect.Micros("e.\"timestamp\""), intervals)} AS t FROM {{events}} AS e WHERE {statement.Within(intervals.From, intervals.To)} AND {condition}";
        var created = $"SELECT p.person_key, {BucketSql.Index(dialect, dialect.Micros("p.created_at"), intervals)} + {Mark(1)} FROM {{persons}} AS p WHERE p.created_at >= {from} AND p.created_at < {to}";
        var sql = $"SELECT k, t + {Mark(0)} FROM ({active}) WHERE k IN (SELECT person_key FROM {{persons}}) UNION ALL {created}";
        return new LifecyclePlan(query, intervals, statement.Finish(sql, intervals.From, intervals.To, QueryLimits.ScanRows));

        static string Mark(int index) => string.Create(CultureInfo.InvariantCulture, $"CAST({ActivityBits.Mark(index)} AS BIGINT)");
    }
}

/// <summary>The answer out of persons: bits of the intervals in which each was active, then of the one in which it was first seen.</summary>
public sealed class LifecyclePlan
{
    private readonly LifecycleQuery _query;
    private readonly TimeBuckets _intervals;
    private readonly ActivityBits _bits;

    internal LifecyclePlan(LifecycleQuery query, TimeBuckets intervals, StoreQuery statement)
    {
        (_query, _intervals, Statement) = (query, intervals, statement);
        _bits = new ActivityBits(2 * intervals.Count, [0, intervals.Count]);
    }

    public StoreQuery Statement { get; }

    /// <summary>Where the statement's rows go.</summary>
    public IColumnSink Sink => _bits;

    /// <summary>Call once, after the scan.</summary>
    public LifecycleResult Read(ScanSummary scan, LocalCalendar calendar, DateTimeOffset computedAt, TimeSpan elapsed)
    {
        var counts = new long[4][];
        for (var status = 0; status < counts.Length; status++)
        {
            counts[status] = new long[_intervals.Count - 1];
        }

        for (var row = 0; row < _bits.Count; row++)
        {
            var words = _bits.Of(row);
            for (var i = ActivityBits.Next(words, 0, _intervals.Count); i >= 0; i = ActivityBits.Next(words, i + 1, _intervals.Count))
            {
                if (i > 0)
                {
                    counts[(int)Status(words, i)!.Value][i - 1]++;
                }

                if (i + 1 < _intervals.Count && !ActivityBits.IsSet(words, i + 1))
                {
                    counts[(int)LifecycleStatus.Dormant][i]++;
                }
            }
        }

        var now = UnixMicros.From(computedAt);
        return new LifecycleResult
        {
            TimeZone = calendar.Zone.Id,
            Interval = _query.Interval,
            Buckets = [.. _intervals.Starts.Skip(1).Select(calendar.Label)],
            States = [.. Enumerable.Range(1, _intervals.Count - 1).Select(State)],
            New = counts[(int)LifecycleStatus.New],
            Returning = counts[(int)LifecycleStatus.Returning],
            Resurrecting = counts[(int)LifecycleStatus.Resurrecting],
            Dormant = counts[(int)LifecycleStatus.Dormant],
            DataVersion = scan.DataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed.TotalMilliseconds, 3),
        };

        IntervalState State(int i) => now < _intervals.Starts[i] ? IntervalState.NotBegun
            : now < (i + 1 < _intervals.Count ? _intervals.Starts[i + 1] : _intervals.To) ? IntervalState.GoingOn : IntervalState.Over;
    }

    /// <summary>The keys of the persons of a status in a bucket; at most <paramref name="most"/>, ascending. Call instead of Read.</summary>
    /// <param name="bucket">Index in the answer's buckets.</param>
    public IReadOnlyList<long> Persons(LifecycleStatus status, int bucket, int most)
    {
        var keys = new List<long>();
        for (var row = 0; row < _bits.Count; row++)
        {
            if (Status(_bits.Of(row), bucket + 1) == status)
            {
                keys.Add(_bits.Key(row));
            }
        }

        keys.Sort();
        return keys.Count > most ? keys.GetRange(0, most) : keys;
    }

    /// <summary>Null for a person who is in none. Not for the interval before the range.</summary>
    private LifecycleStatus? Status(ReadOnlySpan<ulong> words, int interval)
    {
        var before = ActivityBits.IsSet(words, interval - 1);
        if (!ActivityBits.IsSet(words, interval))
        {
            return before ? LifecycleStatus.Dormant : null;
        }

        return ActivityBits.IsSet(words, _intervals.Count + interval) ? LifecycleStatus.New : before ? LifecycleStatus.Returning : LifecycleStatus.Resurrecting;
    }
}
