using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>
/// In-memory DuckDBs over the segments, one for each query that may run at once, because DuckDB bounds the memory of a
/// database and not of a query. Memory, threads and spill are bounded, they may open nothing but segments, merges and persons,
/// and their settings are locked before any query runs.
/// </summary>
internal sealed class QueryEngine : IDisposable
{
    private const string PersonPlace = "{person_key}";
    private const string TextPlace = "{text_code}";
    private const string NamedPlace = "{named_events:";
    private const string BucketPlace = "{bucket}";
    private const string SetPlace = "{in_set}";
    internal const string FixedColumns = "uuid, event, distinct_id, person_key, session_id, \"timestamp\", received_at";
    private static readonly TimeSpan RepeatInterrupt = TimeSpan.FromMilliseconds(20);

    /// <summary>An engine without a query for so long is closed; the next one opens it again.</summary>
    private static readonly TimeSpan CloseAfter = TimeSpan.FromSeconds(60);

    /// <summary>One in so many bytes of all queries' memory is kept for the next one that follows events.</summary>
    private const int KeptOf = 16;

    private readonly StoreFiles _files;
    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentStack<Instance> _small = new();
    private readonly ConcurrentStack<Instance> _large = new();
    private readonly Instance[] _all;
    private readonly Admission _admission;
    private readonly ITimer _closing;
    private readonly MergesCache _merges = new();
    private readonly EventCountsCache _eventCounts;
    private readonly OpenSegments _openSegments;
    private readonly PagePool _pages;

    public QueryEngine(StoreFiles files, StoreOptions options, EventCountsCache eventCounts, TimeProvider time)
    {
        (_files, _options, _eventCounts, _time) = (files, options, eventCounts, time);
        _admission = new Admission(options, time);
        _openSegments = new OpenSegments(time);
        _pages = new PagePool((long)options.AllMegabytes * 1_024 * 1_024 / KeptOf);

        // Loading the engine takes longer than opening the store; nothing needs it before the first query.
        _all = new Instance[options.MaxConcurrentQueries];
        for (var i = 0; i < _all.Length; i++)
        {
            var number = i;
            var large = i < options.LargeSlots;
            _all[i] = new Instance(() => Open(number, large));
            (large ? _large : _small).Push(_all[i]);
        }

        _closing = time.CreateTimer(_ => CloseIdle(), null, CloseAfter / 2, CloseAfter / 2);
    }

    /// <summary>Queries that wait for their turn.</summary>
    public int Waiting => _admission.Waiting;

    public int Slots => _options.MaxConcurrentQueries;

    /// <summary>Databases that are open.</summary>
    public int Opened => _all.Count(static instance => instance.IsOpen);

    /// <summary>Bytes that queries hold beside the databases.</summary>
    public long HeldBytes => _pages.RentedBytes;

    /// <summary>Bytes kept for what queries hold; no less.</summary>
    public long GrantedBytes => _admission.HeldBytes;

    /// <summary>Told how long a query waited and whether for a large slot.</summary>
    public Action<TimeSpan, bool>? Waited { get; set; }

    /// <summary>Runs a statement over the files given, which the caller keeps from being deleted.</summary>
    public async ValueTask<QueryRows> RunAsync(
        StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        var ((columns, rows), elapsed) = await AdmitAsync(query, state, segments, ReadAll, static () => true, cancellationToken).ConfigureAwait(false);
        return new QueryRows(columns, rows, state.DataVersion, elapsed, segments.Count);
    }

    /// <summary>As <see cref="RunAsync"/>, with the rows given to a sink.</summary>
    public async ValueTask<ScanSummary> ScanAsync(
        StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments, IColumnSink sink, CancellationToken cancellationToken)
    {
        var given = false;
        var holding = sink as IHoldingSink;
        var grant = holding is null ? null : new MemoryGrant(_admission);
        var memory = grant is null ? null : Hold(grant);
        if (memory is not null)
        {
            holding!.Hold(memory);
        }

        var (rows, elapsed) = await AdmitAsync(
            query, state, segments, (instance, sql, asked, stop) => Scan(instance, sql, asked, sink, stop, () => given = true), () => !given, cancellationToken,
            grant, holding is null ? null : holding.BytesFor).ConfigureAwait(false);
        memory?.Settle(holding!.BytesFor(rows));
        return new ScanSummary(rows, state.DataVersion, elapsed, segments.Count);
    }

    /// <summary>For a sink that is filled by another engine, without a slot here: bounded as those of queries are.</summary>
    public HeldMemory Hold() => Hold(new MemoryGrant(_admission));

    /// <summary>As <see cref="IEventReader.CountTextsAsync"/>, in a slot as a statement has.</summary>
    public async ValueTask<TextTally?> CountTextsAsync(
        StoreQuery query, string name, PropertyColumnKey text, int mostCells, ProjectState state, IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        if (TextCounter.Of(name, text, [.. query.Buckets], state, segments, _eventCounts) is not { } counter)
        {
            return null;
        }

        var (found, elapsed) = await InSlotAsync(
            query, state, segments, (_, left) => LongWork.RunAsync(() => Count(left), cancellationToken), static () => false, cancellationToken).ConfigureAwait(false);
        return found is var (texts, counts) ? new TextTally(texts, counts, state.DataVersion, elapsed, segments.Count) : null;

        (TextCodes, long[])? Count(TimeSpan left)
        {
            var started = _time.GetTimestamp();
            return counter.Count(_openSegments, Threads, mostCells, rows =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                Check(rows, query, _time.GetElapsedTime(started) > left);
            });
        }
    }

    private HeldMemory Hold(MemoryGrant grant) => new(_pages, grant);

    private int Threads => _options.QueryThreads == 0 ? Environment.ProcessorCount : _options.QueryThreads;

    private ValueTask<(T Answer, TimeSpan Elapsed)> AdmitAsync<T>(
        StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments, Reading<T> read, Func<bool> mayRepeat, CancellationToken cancellationToken,
        MemoryGrant? grant = null, Func<long, long>? bytesFor = null) =>
        InSlotAsync(
            query, state, segments, (large, left) => LongWork.RunAsync(
                () =>
                {
                    var (sql, buckets) = Compose(query, state, segments);
                    IReadOnlyList<string> sets = query.Sets.Count == 0 ? [] : [.. query.Sets.Select(s => Compose(s.Query, state, Within(segments, s.Query)).Sql)];
                    return Execute(sql, sets, buckets, query, state, large, left, read, cancellationToken);
                }, cancellationToken), mayRepeat, cancellationToken, grant, bytesFor);

    /// <summary>Runs something in a slot of its own, when its turn comes. It is told whether the slot is large, and how much of its time is left.</summary>
    /// <param name="mayRepeat">Whether what ran out of a small slot's memory can be run again in a large one.</param>
    /// <param name="grant">Gets with the slot what <paramref name="bytesFor"/> says of the rows to scan: no more rows can come of them.</param>
    public async ValueTask<(T Answer, TimeSpan Elapsed)> InSlotAsync<T>(
        StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments, Func<bool, TimeSpan, Task<T>> run, Func<bool> mayRepeat, CancellationToken cancellationToken,
        MemoryGrant? grant = null, Func<long, long>? bytesFor = null)
    {
        var started = _time.GetTimestamp();
        var watch = QueryWatch.Current;
        var cost = QueryCost.Of(query, segments, state.Persons);
        watch?.Estimated(cost.Estimate);
        if (_options.MaxScannedRows > 0 && cost.Rows > _options.MaxScannedRows)
        {
            throw new QueryRefusedException(QueryBound.Cost, string.Create(CultureInfo.InvariantCulture,
                $"The query would scan {cost.Rows} rows in {cost.Columns} columns, of at most {_options.MaxScannedRows} rows. Ask for a shorter range, or raise Headroom:Store:MaxScannedRows."));
        }

        var needsLarge = cost.Rows >= _options.LargeQueryRows;
        while (true)
        {
            var arrived = _time.GetTimestamp();
            bool large;
            using (var span = Telemetry.Source.StartActivity("query wait"))
            {
                large = await _admission.EnterAsync(
                    query.Project, cost, needsLarge, query.Timeout - _time.GetElapsedTime(started), watch, cancellationToken,
                    grant, bytesFor?.Invoke(Math.Min(cost.Rows, query.MaxRows)) ?? 0).ConfigureAwait(false);
                span?.SetTag("headroom.query.large", large);
            }

            try
            {
                using var span = Telemetry.Source.StartActivity("query run");
                span?.SetTag("headroom.query.estimated_rows", cost.Rows);
                var waited = _time.GetElapsedTime(arrived);
                Waited?.Invoke(waited, large);
                watch?.Begins(cost.Estimate, waited);
                var left = query.Timeout - _time.GetElapsedTime(started);
                var answer = await run(large, left).ConfigureAwait(false);
                return (answer, _time.GetElapsedTime(started));
            }
            catch (QueryRefusedException e) when (e.Bound is QueryBound.Memory && !large && mayRepeat())
            {
                // It looked small and is not.
                needsLarge = true;
            }
            finally
            {
                _admission.Leave(query.Project, large);
            }
        }
    }

    public void Dispose()
    {
        _closing.Dispose();
        foreach (var instance in _all)
        {
            instance.Dispose();
        }

        _openSegments.Dispose();
        _pages.Dispose();
    }

    private void CloseIdle()
    {
        foreach (var instance in _all)
        {
            instance.CloseWhenIdle(_time);
        }

        _openSegments.CloseIdle();
        _pages.TrimWhenIdle();
    }

    /// <summary>Only what the statement itself says is replaced: a column put for a placeholder may be named like one.</summary>
    private (string Sql, RowBuckets Buckets) Compose(StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments)
    {
        const string EventsPlace = "{events}";
        const string OverridesPlace = "{overrides}";
        const string PersonsPlace = "{persons}";
        string? persons = null;
        string? events = null;
        string? overrides = null;
        var named = query.Buckets.Count == 0 || query.Sql.Contains(EventsPlace, StringComparison.Ordinal) ? null
            : NamedEvents.Of(query, state, segments, query.Sql.AsSpan().Count(NamedPlace), _eventCounts);
        var sql = new StringBuilder();
        var rest = query.Sql.AsSpan();
        while (rest.IndexOf('{') is var brace && brace >= 0)
        {
            sql.Append(rest[..brace]);
            rest = rest[brace..];
            if (rest.StartsWith(EventsPlace, StringComparison.Ordinal))
            {
                sql.Append(events ??= Events(query, state, segments));
                rest = rest[EventsPlace.Length..];
            }
            else if (rest.StartsWith(OverridesPlace, StringComparison.Ordinal))
            {
                sql.Append(overrides ??= Overrides(state.Overrides));
                rest = rest[OverridesPlace.Length..];
            }
            else if (rest.StartsWith(PersonsPlace, StringComparison.Ordinal))
            {
                sql.Append(persons ??= PersonFiles.Relation(
                    state.Persons, [.. query.PersonColumns.Select(c => (c, state.PersonColumns.TryGetValue(c, out var id) ? id : (int?)null))]));
                rest = rest[PersonsPlace.Length..];
            }
            else if (rest.StartsWith(PersonPlace, StringComparison.Ordinal))
            {
                sql.Append(state.Overrides.IsEmpty ? "e.person_key" : DuckDbScan.PersonFunction + "(e.person_key)");
                rest = rest[PersonPlace.Length..];
            }
            else if (rest.StartsWith(TextPlace, StringComparison.Ordinal))
            {
                sql.Append(DuckDbScan.TextFunction);
                rest = rest[TextPlace.Length..];
            }
            else if (rest.StartsWith(SetPlace, StringComparison.Ordinal))
            {
                sql.Append(DuckDbScan.SetFunction);
                rest = rest[SetPlace.Length..];
            }
            else if (rest.StartsWith(BucketPlace, StringComparison.Ordinal))
            {
                sql.Append(named is null ? "e.\"timestamp\"" : DuckDbScan.BucketFunction + "(e.place)");
                rest = rest[BucketPlace.Length..];
            }
            else if (rest.StartsWith(NamedPlace, StringComparison.Ordinal))
            {
                var end = rest.IndexOf('}');
                var parameter = rest[NamedPlace.Length] == '*' ? 0 : int.Parse(rest[(NamedPlace.Length + 1)..end], CultureInfo.InvariantCulture);
                sql.Append((parameter == 0 ? named?.Relation() : named?.Relation(parameter)) ?? string.Create(CultureInfo.InvariantCulture,
                    $"(SELECT * FROM {events ??= Events(query, state, segments)} AS a WHERE {(parameter == 0 ? "" : $"a.event = ${parameter} AND ")}a.\"timestamp\" >= make_timestamp({query.Buckets[0]}) AND a.\"timestamp\" < make_timestamp({query.Buckets[^1]}))"));
                rest = rest[(end + 1)..];
            }
            else
            {
                sql.Append('{');
                rest = rest[1..];
            }
        }

        return (sql.Append(rest).ToString(), named?.Buckets() ?? RowBuckets.None);
    }

    private static List<Segment> Within(IReadOnlyList<Segment> segments, StoreQuery query) =>
        [.. segments.Where(s => s.Extent.MaxTimestamp >= query.From && s.Extent.MinTimestamp < query.To)];

    internal static string Events(StoreQuery query, ProjectState state, IReadOnlyList<Segment> segments)
    {
        var sql = new StringBuilder("(SELECT ");
        if (segments.Count == 0)
        {
            sql.Append("NULL::UUID AS uuid, NULL::VARCHAR AS event, NULL::VARCHAR AS distinct_id, NULL::BIGINT AS person_key, ")
                .Append("NULL::VARCHAR AS session_id, NULL::TIMESTAMP AS \"timestamp\", NULL::TIMESTAMP AS received_at");
        }
        else
        {
            sql.Append(FixedColumns);
        }

        foreach (var column in query.Columns)
        {
            Property(sql, column, state.Columns.TryGetValue(column, out var id) && Any(segments, id));
        }

        if (segments.Count == 0)
        {
            return sql.Append(" WHERE false)").ToString();
        }

        sql.Append(" FROM read_parquet([");
        for (var i = 0; i < segments.Count; i++)
        {
            Literal(sql.Append(i == 0 ? "" : ", "), segments[i].File.Path);
        }

        return sql.Append("], union_by_name = true))").ToString();
    }

    /// <summary>A property's column among others, NULL where the files do not have it.</summary>
    internal static void Property(StringBuilder sql, PropertyColumnKey column, bool there)
    {
        sql.Append(", ");
        if (!there)
        {
            sql.Append("NULL::").Append(SqlType(column.Kind)).Append(" AS ");
        }

        Identifier(sql, column.ColumnName);
    }

    private static string Overrides(ImmutableArray<OverrideFile> files)
    {
        if (files.IsEmpty)
        {
            return "(SELECT NULL::BIGINT AS from_key, NULL::BIGINT AS to_key WHERE false)";
        }

        var sql = new StringBuilder(files.Length == 1
            ? "(SELECT from_key, to_key FROM read_parquet(["
            : "(SELECT from_key, arg_max(to_key, version) AS to_key FROM read_parquet([");
        for (var i = 0; i < files.Length; i++)
        {
            Literal(sql.Append(i == 0 ? "" : ", "), files[i].File.Path);
        }

        return sql.Append(files.Length == 1 ? "]))" : "]) GROUP BY from_key)").ToString();
    }

    private static bool Any(IReadOnlyList<Segment> segments, int column)
    {
        for (var i = 0; i < segments.Count; i++)
        {
            if (segments[i].Has(column))
            {
                return true;
            }
        }

        return false;
    }

    internal static string SqlType(PropertyKind kind) => kind switch
    {
        PropertyKind.Number => "DOUBLE",
        PropertyKind.Boolean => "BOOLEAN",
        _ => "VARCHAR",
    };

    internal static void Identifier(StringBuilder sql, string name) =>
        sql.Append('"').Append(name.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');

    internal static void Literal(StringBuilder sql, string text) =>
        sql.Append('\'').Append(text.Replace("'", "''", StringComparison.Ordinal)).Append('\'');

    private T Execute<T>(
        string sql, IReadOnlyList<string> sets, RowBuckets buckets, StoreQuery query, ProjectState state, bool large, TimeSpan left, Reading<T> read, CancellationToken cancellationToken)
    {
        // Admission lets in no more than there are. The one used last has the most of the files' metadata.
        var pool = large ? _large : _small;
        if (!pool.TryPop(out var instance))
        {
            throw new InvalidOperationException("More queries run than there are slots.");
        }

        try
        {
            instance.Take();
            instance.Functions.Buckets = buckets;
            if (query.Mentions(PersonPlace))
            {
                instance.Functions.Merges = _merges.Of(state);
            }

            return Execute(instance, sql, sets, query, large, left, read, cancellationToken);
        }
        finally
        {
            instance.GiveBack(_time);
            pool.Push(instance);
        }
    }

    private T Execute<T>(
        Instance instance, string sql, IReadOnlyList<string> sets, StoreQuery query, bool large, TimeSpan left, Reading<T> read, CancellationToken cancellationToken)
    {
        var connection = instance.Connection;
        var stop = new Interrupt();
        try
        {
            // An interrupt before the statement has begun is lost, hence the repeats.
            using var timer = _time.CreateTimer(
                _ => stop.Fire(connection), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, RepeatInterrupt);
            using var registration = cancellationToken.UnsafeRegister(
                static s => ((ITimer)s!).Change(TimeSpan.Zero, RepeatInterrupt), timer);
            try
            {
                instance.Functions.Sets = KeyMembers.Of(
                    query, (i, before, behind, sink) => instance.Functions.Run(before + sets[i] + behind, query.Sets[i].Query.Parameters, sink, _ => Check(0, query, stop.Fired)));
                return read(instance, sql, query, stop);
            }
            finally
            {
                stop.End();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What the driver makes of an interrupt.
            throw TimeRefusal(query.Timeout);
        }
        catch (DuckDBException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Translate(e, e.ErrorType, query, large, stop.Fired);
        }
        catch (DuckDbScanException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Translate(e, e.ErrorType, query, large, stop.Fired);
        }
        catch (QueryRefusedException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private static (IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows) ReadAll(
        Instance instance, string sql, StoreQuery query, Interrupt stop)
    {
        using var command = instance.Connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = true;
        foreach (var value in query.Parameters)
        {
            command.Parameters.Add(new DuckDBParameter(value));
        }

        using var reader = command.ExecuteReader();
        var columns = new string[reader.FieldCount];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = reader.GetName(i);
        }

        var rows = new List<object?[]>();
        while (reader.Read())
        {
            Check(rows.Count + 1, query, stop.Fired);

            var row = new object?[columns.Length];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : Plain(reader.GetValue(i));
            }

            rows.Add(row);
        }

        return (columns, rows);
    }

    private static long Scan(Instance instance, string sql, StoreQuery query, IColumnSink sink, Interrupt stop, Action onRows) =>
        instance.Functions.Run(sql, query.Parameters, sink, rows =>
        {
            onRows();
            Check(rows, query, stop.Fired);
        });

    private static void Check(long rows, StoreQuery query, bool late)
    {
        if (rows > query.MaxRows)
        {
            throw new QueryRefusedException(QueryBound.Rows, string.Create(CultureInfo.InvariantCulture,
                $"The result has more than {query.MaxRows} rows. Ask for fewer: a shorter range, a filter, or a limit."));
        }

        if (late)
        {
            throw TimeRefusal(query.Timeout);
        }
    }

    private static object? Plain(object? value) => value switch
    {
        null or DBNull => null,
        string or long or double or bool or Guid => value,
        int or short or sbyte or byte or ushort or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        ulong u => u <= long.MaxValue ? (object)(long)u : (double)u,
        float f => (double)f,
        decimal d => (double)d,
        BigInteger b => b >= long.MinValue && b <= long.MaxValue ? (object)(long)b : (double)b,
        DateTime t => DateTime.SpecifyKind(t, DateTimeKind.Utc),
        DateTimeOffset t => t.UtcDateTime,
        DateOnly d => d.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc),
        System.Collections.IList list => PlainList(list),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private static List<object?> PlainList(System.Collections.IList list)
    {
        var plain = new List<object?>(list.Count);
        foreach (var item in list)
        {
            plain.Add(Plain(item));
        }

        return plain;
    }

    public static QueryRefusedException TimeRefusal(TimeSpan timeout) => new(QueryBound.Time, string.Create(CultureInfo.InvariantCulture,
        $"The query took longer than its limit of {timeout.TotalSeconds:0.###} seconds. Ask for a shorter range or add a filter."));

    public QueryRefusedException MemoryRefusal(bool large) => new(QueryBound.Memory, string.Create(CultureInfo.InvariantCulture,
        $"The query needs more memory than the {(large ? _options.LargeMegabytes : _options.SmallMegabytes)} MiB that one query may use. Ask for a shorter range or fewer breakdown values, or raise Headroom:Store:QueryMemoryMegabytes."));

    private Exception Translate(DbException e, DuckDBErrorType type, StoreQuery query, bool large, bool stopped) => type switch
    {
        DuckDBErrorType.Interrupt when stopped => TimeRefusal(query.Timeout),
        DuckDBErrorType.OutOfMemory => MemoryRefusal(large),
        _ => e,
    };

    private DuckDBConnection Open(int number, bool large)
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        var settings = new StringBuilder();
        Set("memory_limit", string.Create(CultureInfo.InvariantCulture, $"{(large ? _options.LargeMegabytes : _options.SmallMegabytes)}MiB"));
        Set("threads", Threads.ToString(CultureInfo.InvariantCulture));

        // Each its own, as the names of DuckDB's files are always the same. A small query does not spill: it becomes a large one.
        var spill = Path.Combine(_files.Spill, number.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(spill);
        Set("temp_directory", spill);
        Set("max_temp_directory_size", string.Create(CultureInfo.InvariantCulture, $"{(large ? _options.QuerySpillMegabytes / _options.LargeSlots : 0)}MiB"));
        settings.Append("SET GLOBAL parquet_metadata_cache = true; SET GLOBAL autoinstall_known_extensions = false; ")
            .Append("SET GLOBAL autoload_known_extensions = false; SET GLOBAL allowed_directories = [");
        Literal(settings, _files.Segments + "/");
        Literal(settings.Append(", "), _files.Overrides + "/");
        Literal(settings.Append(", "), _files.Persons + "/");
        settings.Append("]; SET GLOBAL enable_external_access = false; SET GLOBAL lock_configuration = true;");
        using var command = connection.CreateCommand();
        command.CommandText = settings.ToString();
        command.ExecuteNonQuery();
        return connection;

        void Set(string name, string value)
        {
            settings.Append("SET GLOBAL ").Append(name).Append(" = ");
            Literal(settings, value);
            settings.Append("; ");
        }
    }

    /// <summary>One database; at most one query at a time uses it.</summary>
    private sealed class Instance(Func<DuckDBConnection> open) : IDisposable
    {
        private readonly Lock _gate = new();
        private DuckDBConnection? _connection;
        private DuckDbScan? _functions;
        private bool _taken;
        private long _givenBack;

        /// <summary>Of the one who has taken it.</summary>
        public DuckDBConnection Connection => _connection!;

        /// <summary>Of the one who has taken it.</summary>
        public DuckDbScan Functions => _functions!;

        public bool IsOpen
        {
            get
            {
                lock (_gate)
                {
                    return _connection is not null;
                }
            }
        }

        public void Take()
        {
            lock (_gate)
            {
                if (_connection is null)
                {
                    _connection = open();
                    _functions = new DuckDbScan(_connection.NativeConnection);
                }

                _taken = true;
            }
        }

        public void GiveBack(TimeProvider time)
        {
            lock (_gate)
            {
                _taken = false;
                _functions?.Sets = [];
                _givenBack = time.GetTimestamp();
            }
        }

        public void CloseWhenIdle(TimeProvider time)
        {
            lock (_gate)
            {
                if (!_taken && time.GetElapsedTime(_givenBack) >= CloseAfter)
                {
                    Close();
                }
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                Close();
            }
        }

        private void Close()
        {
            _connection?.Dispose();
            _functions?.Dispose();
            (_connection, _functions) = (null, null);
        }
    }

    /// <summary>Runs a statement on a connection and reads what comes of it.</summary>
    private delegate T Reading<out T>(Instance instance, string sql, StoreQuery query, Interrupt stop);

    /// <summary>Lets timer and statement end in any order: a connection is never interrupted after its statement has ended.</summary>
    private sealed class Interrupt
    {
        private readonly Lock _gate = new();
        private bool _ended;

        public bool Fired { get; private set; }

        public void Fire(DuckDBConnection connection)
        {
            lock (_gate)
            {
                if (!_ended)
                {
                    Fired = true;
                    NativeMethods.Startup.DuckDBInterrupt(connection.NativeConnection);
                }
            }
        }

        public void End()
        {
            lock (_gate)
            {
                _ended = true;
            }
        }
    }
}
