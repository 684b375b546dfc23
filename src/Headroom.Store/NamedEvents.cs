// The events of a name, or all, without a look at names and times: a segment's rows ascend by both, and what its footer counts
// says where a name's buckets begin and end. So a scan reads rows from one number to another, and a row's number says its bucket.

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>In which bucket the rows of one statement lie, by their places: the segment's number in the statement, and the row's in it. Immutable.</summary>
/// <param name="places">Where runs of rows of one bucket begin, ascending.</param>
/// <param name="instants">Of the buckets of these.</param>
internal sealed class RowBuckets(long[] places, long[] instants)
{
    public const int RowBits = 40;
    public static readonly RowBuckets None = new([0], [0]);

    /// <summary>Writes where the bucket of each row begins. What stands in a NULL's place may be any number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Apply(ReadOnlySpan<long> rows, Span<long> buckets)
    {
        var (from, to, bucket) = (long.MaxValue, long.MinValue, 0L);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if (row < from || row >= to)
            {
                var run = Array.BinarySearch(places, row);
                run = Math.Max(0, run >= 0 ? run : ~run - 1);
                (from, to, bucket) = (places[run], run + 1 < places.Length ? places[run + 1] : long.MaxValue, instants[run]);
            }

            buckets[i] = bucket;
        }
    }
}

/// <summary>Puts relations for the <c>{named_events:…}</c> of one statement.</summary>
internal sealed class NamedEvents
{
    /// <summary>Each opens a file.</summary>
    private const int MostParts = 96;

    /// <summary>Of one segment; of more the whole of it is read, and times are looked at.</summary>
    public const int MostStretches = 8;

    private readonly StoreQuery _query;
    private readonly ProjectState _state;
    private readonly IReadOnlyList<Segment> _segments;
    private readonly EventCounts[] _counts;
    private readonly long[] _bounds;
    private readonly List<long> _places = [];
    private readonly List<long> _instants = [];

    private NamedEvents(StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments, EventCounts[] counts, long[] bounds) =>
        (_query, _state, _segments, _counts, _bounds) = (query, state, segments, counts, bounds);

    /// <summary>Null where the rows have to be looked for by name and time.</summary>
    /// <param name="names">That the statement asks for; all together are one.</param>
    public static NamedEvents? Of(StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments, int names, EventCountsCache cache)
    {
        if (names * segments.Count > MostParts)
        {
            return null;
        }

        long[] bounds = [.. query.Buckets];
        return cache.Of(segments, bounds) is { } counts ? new NamedEvents(query, state, segments, counts, bounds) : null;
    }

    /// <summary>The events of the name that a parameter is, with a column place.</summary>
    /// <param name="parameter">From 1.</param>
    public string Relation(int parameter) =>
        // The engine takes no parameters that a statement does not name.
        string.Create(CultureInfo.InvariantCulture, $"(SELECT * FROM {Rows((string)_query.Parameters[parameter - 1])} WHERE CAST(${parameter} AS VARCHAR) IS NOT NULL)");

    /// <summary>The events of all names, with a column place.</summary>
    public string Relation() => Rows(null);

    /// <summary>Of all relations, once they are made.</summary>
    public RowBuckets Buckets()
    {
        if (_places.Count == 0)
        {
            return RowBuckets.None;
        }

        // In order for each relation.
        var (places, instants) = (_places.ToArray(), _instants.ToArray());
        Array.Sort(places, instants);
        return new RowBuckets(places, instants);
    }

    /// <summary>
    /// Stretches of rows to read. One of a row group or two would be decoded with what lies around it in any case, so such
    /// are read in one, and where a row's time has to be looked at for it, it says so.
    /// </summary>
    public static IReadOnlyList<(long From, long To, bool ByTime)> Pieces(IReadOnlyList<(long From, long To)> stretches)
    {
        const long Long = 2 * SegmentFormat.RowGroupRows;
        var pieces = new List<(long From, long To, bool ByTime)>();
        var grows = false;
        foreach (var (from, to) in stretches)
        {
            var isLong = to - from >= Long;
            if (grows && !isLong && from - pieces[^1].To <= SegmentFormat.RowGroupRows)
            {
                pieces[^1] = (pieces[^1].From, to, true);
            }
            else
            {
                pieces.Add((from, to, false));
                grows = !isLong;
            }
        }

        return pieces.Count > MostStretches ? [(stretches[0].From, stretches[^1].To, true)] : pieces;
    }

    private string Rows(string? name)
    {
        var parts = new List<string>();
        for (var i = 0; i < _segments.Count; i++)
        {
            var first = (long)i << RowBuckets.RowBits;
            var (runs, stretches) = _counts[i].Runs(name, _bounds, _segments[i].Extent);
            foreach (var (from, bucket) in runs)
            {
                _places.Add(first + from);
                _instants.Add(_bounds[bucket]);
            }

            foreach (var piece in Pieces(stretches))
            {
                parts.Add(Part(_segments[i], first, piece));
            }
        }

        return parts.Count == 0 ? "(SELECT *, CAST(0 AS BIGINT) AS place FROM " + QueryEngine.Events(_query, _state, []) + ")" : "(" + string.Join(" UNION ALL ", parts) + ")";
    }

    private string Part(Segment segment, long first, (long From, long To, bool ByTime) piece)
    {
        var sql = new StringBuilder("SELECT ").Append(QueryEngine.FixedColumns);
        foreach (var column in _query.Columns)
        {
            QueryEngine.Property(sql, column, _state.Columns.TryGetValue(column, out var id) && segment.Has(id));
        }

        sql.Append(CultureInfo.InvariantCulture, $", file_row_number + {first} AS place FROM read_parquet(");
        QueryEngine.Literal(sql, segment.File.Path);
        sql.Append(CultureInfo.InvariantCulture, $", file_row_number = true) WHERE file_row_number >= {piece.From} AND file_row_number < {piece.To}");
        if (piece.ByTime)
        {
            sql.Append(CultureInfo.InvariantCulture, $" AND \"timestamp\" >= make_timestamp({_bounds[0]}) AND \"timestamp\" < make_timestamp({_bounds[^1]})");
        }

        return sql.ToString();
    }
}
