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
            CREATE VIEW events AS SELECT "timestamp" AS ts, event, person_key, "t:$geoip_country_code" AS country, "t:$pathname" AS path, session_id AS session
            FROM read_parquet('{data}/segments/*/*.parquet', union_by_name = true)
            """);
        Execute("CREATE VIEW events_of_persons AS SELECT e.*, coalesce(m.to_key, e.person_key) AS person FROM events AS e LEFT JOIN merged AS m ON m.from_key = e.person_key");
        Execute($"CREATE TABLE made AS SELECT person_key, arg_max(created_at, version) AS created FROM read_parquet('{data}/persons/*/*.parquet', union_by_name = true) GROUP BY person_key");
        Execute("CREATE VIEW events_of_known AS SELECT e.*, p.created FROM events_of_persons AS e JOIN made AS p ON p.person_key = e.person");
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
    public string Statement(Question question) => question.DuckDb.Replace(
        "FROM events ", question.DuckDb.Contains("created", StringComparison.Ordinal) ? "FROM events_of_known " : question.DuckDb.Contains("person", StringComparison.Ordinal) ? "FROM events_of_persons " : "FROM events ", StringComparison.Ordinal);

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
    public void Export(string file, string format) => Execute($"COPY (SELECT ts, event, person, country, path, session, created FROM events_of_known) TO '{file}' ({format})");

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
