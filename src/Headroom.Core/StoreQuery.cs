namespace Headroom.Core;

/// <summary>
/// One statement for an event store. <see cref="Sql"/> reads from <c>{events}</c>, <c>{overrides}</c> and
/// <c>{persons}</c>, for which the store puts relations that hold this project's rows only:
/// <c>{events}</c>: uuid UUID, event VARCHAR, distinct_id VARCHAR, person_key BIGINT (as stored), session_id VARCHAR,
/// "timestamp" TIMESTAMP (UTC), received_at TIMESTAMP (UTC), and each of <see cref="Columns"/> under its
/// <see cref="PropertyColumnKey.ColumnName"/> (VARCHAR, DOUBLE, BOOLEAN, VARCHAR), NULL where no segment has it.
/// <c>{overrides}</c>: from_key BIGINT, to_key BIGINT, at most one row for each from_key, never chained.
/// <c>{persons}</c>: one row for each person as known now: person_key BIGINT (never a from_key), uuid UUID,
/// created_at TIMESTAMP (UTC), is_identified BOOLEAN, and each of <see cref="PersonColumns"/> under its name as above,
/// NULL where the person has none. A key without a row is of somebody personless.
/// <c>{person_key}</c> is an expression over an <c>{events} AS e</c>: e.person_key as it is now, the overrides applied.
/// <c>{text_code}(expression)</c>, in scans only: the text as <see cref="ColumnBatch.Number"/> takes it, which is
/// most of the time a number that was found once for a text and not once for a row. NULL stays NULL.
/// <c>{named_events:$1}</c> is a relation like {events} of those whose name is that parameter (<c>*</c> for any name) and whose time lies in the
/// <see cref="Buckets"/>, and <c>{bucket}</c> an expression over it: TIMESTAMP, some instant of the event's bucket. A store
/// that knows where in its files such events lie looks at no row's name and time.
/// <c>{in_set}(n, expression)</c>, for <see cref="StoreEngine.Segments"/> only: whether a BIGINT is in the n-th of the <see cref="Sets"/>, from 0. NULL of NULL.
/// </summary>
public sealed record StoreQuery
{
    public required ProjectId Project { get; init; }

    /// <summary>In whose words <see cref="Sql"/> is.</summary>
    public StoreEngine Engine { get; init; }

    /// <summary>Values are in <see cref="Parameters"/> only, as $1, $2 ….</summary>
    public required string Sql { get; init; }

    /// <summary>string, long, double, bool, Guid or DateTime (UTC).</summary>
    public IReadOnlyList<object> Parameters { get; init; } = [];

    public IReadOnlyList<PropertyColumnKey> Columns { get; init; } = [];

    /// <summary>Properties of persons.</summary>
    public IReadOnlyList<PropertyColumnKey> PersonColumns { get; init; } = [];

    /// <summary>Where each bucket begins, never descending, and the end of the last, for <c>{named_events:…}</c>; unix microseconds.</summary>
    public IReadOnlyList<long> Buckets { get; init; } = [];

    /// <summary>Sets of keys that the statement asks about. They are found before it, from the same data.</summary>
    public IReadOnlyList<KeySet> Sets { get; init; } = [];

    /// <summary>Segments wholly outside [From, To) are not opened; the statement filters rows itself. Unix microseconds.</summary>
    public long From { get; init; } = long.MinValue;

    public long To { get; init; } = long.MaxValue;

    /// <summary>Past this the query is refused.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Past this the query is refused.</summary>
    public int MaxRows { get; init; } = 100_000;

    /// <summary>Whether the statement, or that of a set, has such a text.</summary>
    public bool Mentions(string text) => Sql.Contains(text, StringComparison.Ordinal) || Sets.Any(s => s.Query.Mentions(text));
}

/// <summary>The keys, 0 excepted, that a statement's rows, of one BIGINT column without NULL, have at least so many times.</summary>
/// <param name="Query">Without sets of its own. What it reads lies within the range of the statement that has the set.</param>
/// <param name="Times">From 1.</param>
public sealed record KeySet(StoreQuery Query, int Times);

/// <summary>Rows of a query. Values are string, long, double, bool, Guid, DateTime (UTC), List or null.</summary>
public sealed record QueryRows(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, long DataVersion, TimeSpan Elapsed, int Segments);

/// <summary>What a project's data has. An immutable snapshot.</summary>
/// <param name="DataVersion">Grows with every commit that touches the project.</param>
/// <param name="Rows">Stored rows.</param>
/// <param name="MinTimestamp">Unix microseconds; meaningless while Rows is 0.</param>
/// <param name="Overflowed">Whether properties went into the overflow column because the project has its most columns.</param>
public sealed record ProjectSchema(
    long DataVersion, long Rows, long Bytes, long MinTimestamp, long MaxTimestamp, bool Overflowed, IReadOnlySet<PropertyColumnKey> Columns)
{
    /// <summary>What insights are best compiled for. All else is compiled for <see cref="StoreEngine.Segments"/>, which always answers.</summary>
    public StoreEngine Engine { get; init; }

    /// <summary>Property columns of persons; their overflow column is of the same name.</summary>
    public IReadOnlySet<PropertyColumnKey> PersonColumns { get; init; } = new HashSet<PropertyColumnKey>();

    /// <summary>The project's cohorts by their numbers; null for one that is not there.</summary>
    public Func<int, Queries.CohortSource?> Cohorts { get; init; } = static _ => null;

    /// <summary>The JSON column for properties past the bound on columns.</summary>
    public static readonly PropertyColumnKey OverflowColumn = new("$overflow", PropertyKind.Json);
}

/// <summary>What runs a statement.</summary>
public enum StoreEngine
{
    /// <summary>DuckDB over the segments.</summary>
    Segments,

    /// <summary>A ClickHouse that has the same rows.</summary>
    ClickHouse,
}

/// <summary>Which bound refused a query.</summary>
public enum QueryBound
{
    Time,
    Memory,
    Rows,
    Busy,

    /// <summary>Rows to scan, known before it runs.</summary>
    Cost,

    /// <summary>Bytes of the answer.</summary>
    Size,

    /// <summary>Bytes of files that must be local, known before it runs.</summary>
    Cache,
}

/// <summary>A file of the project's data is missing or damaged. The message names it, and not where the server keeps it.</summary>
public sealed class DataDamagedException(string message, Exception? cause) : Exception(message, cause);

/// <summary>A query went past one of its bounds. The message names the bound and the way out.</summary>
public sealed class QueryRefusedException(QueryBound bound, string message) : Exception(message)
{
    public QueryBound Bound => bound;
}
