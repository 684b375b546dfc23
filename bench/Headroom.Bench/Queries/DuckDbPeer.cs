using System.Diagnostics;
using DuckDB.NET.Data;

namespace Headroom.Bench.Queries;

/// <summary>Statements by hand, over the very segments that Headroom reads.</summary>
internal sealed class DuckDbPeer : IPeer
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");

    /// <param name="data">Headroom's data directory.</param>
    public DuckDbPeer(string data)
    {
        _connection.Open();
        Execute("SET threads = 2; SET parquet_metadata_cache = true");
        Execute($"CREATE TABLE merged AS SELECT from_key, arg_max(to_key, version) AS to_key FROM read_parquet('{data}/overrides/*/*.parquet') GROUP BY from_key");
        Execute($"""
            CREATE VIEW events AS SELECT "timestamp" AS ts, event, person_key, "t:$geoip_country_code" AS country, "t:$pathname" AS path
            FROM read_parquet('{data}/segments/*/*.parquet', union_by_name = true)
            """);
        Execute("CREATE VIEW events_of_persons AS SELECT e.*, coalesce(m.to_key, e.person_key) AS person FROM events AS e LEFT JOIN merged AS m ON m.from_key = e.person_key");
    }

    public string Name => "DuckDB";

    public string Description => "DuckDB: statements by hand over the same segments, in this process, with 2 threads";

    public TimeSpan ProcessorTime
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>By hand one joins only where persons are asked for.</summary>
    public string Statement(Question question) => question.DuckDb.Contains("person", StringComparison.Ordinal)
        ? question.DuckDb.Replace("FROM events ", "FROM events_of_persons ", StringComparison.Ordinal)
        : question.DuckDb;

    public Task<PeerAnswer> AskAsync(string statement) => Task.Run(() =>
    {
        var start = Stopwatch.GetTimestamp();
        using var command = _connection.CreateCommand();
        command.CommandText = statement;
        using var reader = command.ExecuteReader();
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => Tools.Text(reader.GetValue(i)))]);
        }

        return new PeerAnswer(rows, Stopwatch.GetElapsedTime(start));
    });

    /// <summary>The events with what the others are given of them, for loading those.</summary>
    public void Export(string file, string format) => Execute($"COPY (SELECT ts, event, person, country, path FROM events_of_persons) TO '{file}' ({format})");

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
