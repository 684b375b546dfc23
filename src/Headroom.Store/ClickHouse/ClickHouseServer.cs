using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using ClickHouse.Driver;
using ClickHouse.Driver.ADO;
using ClickHouse.Driver.Utility;
using Headroom.Core;

namespace Headroom.Store.ClickHouse;

/// <summary>What queries may take.</summary>
/// <param name="Memory">Bytes of one on ClickHouse's side.</param>
/// <param name="AtOnce">How many run there at once.</param>
internal sealed record ClickHouseBounds(long Memory, int AtOnce = 1);

/// <summary>Statements to a ClickHouse server, over HTTP. Safe for concurrent use.</summary>
internal sealed class ClickHouseServer : IDisposable
{
    private const int MaxQueryBytes = 16 << 20;
    private const int TimedOut = 159;
    private const int TooSlow = 160;
    private const int TooMuchMemory = 241;
    private const int TooManyRows = 396;

    /// <summary>With which the statements of <see cref="Headroom.Sql.ClickHouseDialect"/> mean the same as they mean elsewhere.</summary>
    private static readonly Dictionary<string, object> Meaning = new()
    {
        ["join_use_nulls"] = 1,
        ["group_by_use_nulls"] = 1,
        ["aggregate_functions_null_for_empty"] = 1,
        ["union_default_mode"] = "DISTINCT",
        ["cast_keep_nullable"] = 1,
        ["transform_null_in"] = 0,

        // Joins in the order in which they are written: changing it, ClickHouse moves an outer join's condition to where it has no keys, and refuses it.
        ["query_plan_optimize_join_order_limit"] = 0,

        // Buckets of a long range and the members of a cohort make long statements.
        ["max_query_size"] = MaxQueryBytes,
        ["max_ast_elements"] = 1_000_000,
        ["max_expanded_ast_elements"] = 5_000_000,

        // An answer begins when the query is over: one that fails on its way would look like a shorter one.
        ["wait_end_of_query"] = 1,
    };

    /// <summary>For which a request of the store's own is waited for, besides a second for each MiB that it sends; questions have their own bound.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>For which the end of a query is waited for that nobody waits for; it has its own bound there too.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);

    /// <summary>The client's bound, beyond each of ours: what it ends looks as if ClickHouse were away.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly ClickHouseClient _client;
    private readonly string? _cluster;

    /// <param name="connection">As ClickHouse.Driver has connection strings: Host, Port, Protocol, Username, Password …</param>
    /// <param name="cluster">Where an address leads to any server of a cluster, its name; null for one server.</param>
    public ClickHouseServer(string connection, string? cluster = null)
    {
        _cluster = cluster;

        // Parameters go into the body: a cohort's members are more than an address may be long.
        var settings = new ClickHouseClientSettings(connection) { UseFormDataParameters = true, Timeout = Longest };
        _client = new ClickHouseClient(settings);
    }

    /// <summary>A statement without an answer.</summary>
    /// <exception cref="StoreUnavailableException">It was not answered, or refused.</exception>
    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        // The client's own way reads the end of an answer with the thread, for as long as it takes.
        AskAsync(sql, static (answer, token) => answer.CopyToAsync(Stream.Null, token), cancellationToken);

    /// <summary>Stores the rows of a file, which the statement reads. Throws <see cref="StoreUnavailableException"/> where it is not known whether they were.</summary>
    /// <param name="token">A request that comes twice with it stores its rows once.</param>
    public async Task InsertAsync(string sql, string path, string token, CancellationToken cancellationToken)
    {
        var options = new QueryOptions
        {
            CustomSettings = new Dictionary<string, object>
            {
                ["insert_deduplicate"] = 1,
                ["insert_deduplication_token"] = token,
                ["async_insert"] = 0,
                ["max_query_size"] = MaxQueryBytes,

                // Columns that other files of the table have are NULL.
                ["input_format_parquet_allow_missing_columns"] = 1,

                // Through a distributed table: on the shards before it is acknowledged, not after.
                ["distributed_foreground_insert"] = 1,
            },
        };
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            late.CancelAfter(Patience + TimeSpan.FromSeconds(file.Length >> 20));
            using var answer = await _client.PostStreamAsync(sql, file, false, late.Token, options).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
        }
        catch (Exception e) when (IsAway(e, cancellationToken) || e is ClickHouseServerException)
        {
            throw Away(e);
        }
    }

    /// <summary>The only number of an answer.</summary>
    public async Task<long> NumberAsync(string sql, CancellationToken cancellationToken)
    {
        var number = 0L;
        await ReadAsync(sql, rows => number = rows.Longs(0)[0], cancellationToken).ConfigureAwait(false);
        return number;
    }

    /// <summary>An answer of two numbers in each row.</summary>
    public async Task<IReadOnlyList<(long First, long Second)>> PairsAsync(string sql, CancellationToken cancellationToken)
    {
        var pairs = new List<(long First, long Second)>();
        await ReadAsync(
            sql, rows =>
            {
                for (var i = 0; i < rows.Count; i++)
                {
                    pairs.Add((rows.Longs(0)[i], rows.Longs(1)[i]));
                }
            }, cancellationToken).ConfigureAwait(false);
        return pairs;
    }

    /// <summary>An answer of one text in each row.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(string sql, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await ReadAsync(
            sql, rows =>
            {
                for (var i = 0; i < rows.Count; i++)
                {
                    names.Add((string)rows.Value(0, i)!);
                }
            }, cancellationToken).ConfigureAwait(false);
        return names;
    }

    public async ValueTask<QueryRows> QueryAsync(StoreQuery query, ClickHouseView view, ClickHouseBounds bounds, long dataVersion, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var rows = new List<object?[]>();
        IReadOnlyList<string> names = [];
        await RunAsync(query, view, bounds, part =>
        {
            names = part.Names;
            for (var i = 0; i < part.Count; i++)
            {
                var row = new object?[names.Count];
                for (var c = 0; c < row.Length; c++)
                {
                    row[c] = part.Value(c, i);
                }

                rows.Add(row);
            }
        }, cancellationToken).ConfigureAwait(false);
        return new QueryRows(names, rows, dataVersion, Stopwatch.GetElapsedTime(start), 1);
    }

    public async ValueTask<ScanSummary> ScanAsync(
        StoreQuery query, ClickHouseView view, ClickHouseBounds bounds, IColumnSink sink, long dataVersion, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var rows = await RunAsync(query, view, bounds, sink.Take, cancellationToken).ConfigureAwait(false);
        return new ScanSummary(rows, dataVersion, Stopwatch.GetElapsedTime(start), 1);
    }

    public void Dispose() => _client.Dispose();

    private Task ReadAsync(string sql, Action<RowBinaryRows> take, CancellationToken cancellationToken) => AskAsync(
        sql + " FORMAT RowBinaryWithNamesAndTypes", async (answer, token) =>
        {
            var part = new RowBinaryRows(answer);
            await part.ReadHeadAsync(token).ConfigureAwait(false);
            while (await part.ReadAsync(token).ConfigureAwait(false))
            {
                take(part);
            }
        }, cancellationToken);

    private async Task AskAsync(string sql, Func<Stream, CancellationToken, Task> read, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(Patience);
        try
        {
            using var connection = _client.CreateConnection();
            using var command = connection.CreateCommand(sql);
            command.CustomSettings["wait_end_of_query"] = 1;
            using var answer = await command.ExecuteRawResultAsync(late.Token).ConfigureAwait(false);
            using var stream = await answer.ReadDecompressedStreamAsync().ConfigureAwait(false);
            await read(stream, late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsAway(e, cancellationToken) || e is ClickHouseServerException)
        {
            throw Away(e);
        }
    }

    private async Task<long> RunAsync(StoreQuery query, ClickHouseView view, ClickHouseBounds bounds, Action<RowBinaryRows> take, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(query.Timeout);
        var id = Guid.NewGuid().ToString("N");
        var isAsked = false;
        try
        {
            using var connection = _client.CreateConnection();
            using var command = connection.CreateCommand(view.Text(query) + " FORMAT RowBinaryWithNamesAndTypes");
            foreach (var (name, value) in Meaning)
            {
                command.CustomSettings[name] = value;
            }

            // ClickHouse counts whole seconds; ours are exact, and this ends what we do not wait for any more.
            command.CustomSettings["max_execution_time"] = Math.Max(1, (long)Math.Ceiling(query.Timeout.TotalSeconds));
            command.CustomSettings["max_memory_usage"] = bounds.Memory;
            for (var i = 0; i < query.Parameters.Count; i++)
            {
                command.AddParameter(string.Create(CultureInfo.InvariantCulture, $"p{i + 1}"), ClickHouseView.Parameter(query.Parameters[i]));
            }

            late.Token.ThrowIfCancellationRequested();
            (command.QueryId, isAsked) = (id, true);
            using var answer = await command.ExecuteRawResultAsync(late.Token).ConfigureAwait(false);
            isAsked = false;
            using var stream = await answer.ReadDecompressedStreamAsync().ConfigureAwait(false);
            var part = new RowBinaryRows(stream);
            await part.ReadHeadAsync(late.Token).ConfigureAwait(false);
            var rows = 0L;
            while (await part.ReadAsync(late.Token).ConfigureAwait(false))
            {
                rows += part.Count;
                if (rows > query.MaxRows)
                {
                    throw new QueryRefusedException(QueryBound.Rows, string.Create(CultureInfo.InvariantCulture,
                        $"The result has more than {query.MaxRows} rows. Ask for fewer: a shorter range, a filter, or a limit."));
                }

                take(part);
            }

            return rows;
        }
        catch (Exception e) when (late.IsCancellationRequested && e is OperationCanceledException or IOException or SocketException or HttpRequestException)
        {
            if (isAsked)
            {
                await EndAsync(id).ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw QueryEngine.TimeRefusal(query.Timeout);
        }
        catch (ClickHouseServerException e) when (e.ErrorCode is TimedOut or TooSlow)
        {
            throw QueryEngine.TimeRefusal(query.Timeout);
        }
        catch (ClickHouseServerException e) when (e.ErrorCode == TooMuchMemory)
        {
            throw new QueryRefusedException(QueryBound.Memory, string.Create(CultureInfo.InvariantCulture,
                $"The query needs more memory than the {bounds.Memory >> 20} MiB that one query may use in ClickHouse. Ask for a shorter range or fewer breakdown values, or raise Headroom:ClickHouse:QueryMemoryMegabytes."));
        }
        catch (ClickHouseServerException e) when (e.ErrorCode == TooManyRows)
        {
            throw new QueryRefusedException(QueryBound.Rows, "The result has more rows than ClickHouse is set to give. Ask for fewer: a shorter range, a filter, or a limit.");
        }
        catch (Exception e) when (IsAway(e, cancellationToken))
        {
            throw Away(e);
        }
    }

    /// <summary>
    /// Ends a query that nobody waits for any more, and waits until it has ended. ClickHouse does not by itself when the connection closes: it looks for
    /// that only in queries that may set nothing.
    /// </summary>
    private async Task EndAsync(string id)
    {
        using var late = new CancellationTokenSource(EndPatience);
        try
        {
            await ExecuteAsync(ClickHouseTables.End(_cluster, id), late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            // It ends there with its bound of time.
        }
    }

    /// <summary>A connection that is reset in the moment in which it is there comes as the socket's own exception.</summary>
    private static bool IsAway(Exception e, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && e is HttpRequestException or IOException or SocketException or OperationCanceledException;

    private static StoreUnavailableException Away(Exception e) => new($"ClickHouse does not answer: {e.Message.Split('\n')[0]} See that it runs, and that Headroom:ClickHouse is right.", e);
}
