using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Headroom.Bench.Queries;

/// <summary>A current ClickHouse as a library (chDB), in this process.</summary>
internal sealed class ClickHousePeer : IPeer
{
    private const string Package = "chdb@3.4.0";
    private const string LoadedFile = "loaded with sessions";
    private const string Settings = " SETTINGS max_threads = 2, use_query_cache = 0";
    private readonly nint _library;
    private readonly unsafe void** _connection;

    private unsafe ClickHousePeer(string libraryFile, string directory)
    {
        _library = NativeLibrary.Load(libraryFile);
        ((delegate* unmanaged[Cdecl]<int, void>)Export("chdb_set_signal_handlers_enabled"))(0);
        fixed (byte* program = "clickhouse\0"u8)
        fixed (byte* path = Encoding.UTF8.GetBytes($"--path={directory}\0"))
        {
            var arguments = stackalloc byte*[] { program, path };
            _connection = ((delegate* unmanaged[Cdecl]<int, byte**, void**>)Export("chdb_connect"))(2, arguments);
        }

        if (_connection is null)
        {
            throw new InvalidOperationException($"ClickHouse does not open {directory}.");
        }
    }

    public string Name => "ClickHouse";

    public string Description { get; private init; } = "";

    public TimeSpan ProcessorTime
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime;
        }
    }

    /// <param name="tools">Where the library is, or is installed to.</param>
    /// <param name="load">Writes the events as a Parquet file.</param>
    public static async Task<ClickHousePeer> OpenAsync(string tools, string directory, Action<string> load)
    {
        var library = Path.Combine(tools, "node_modules", "@chdb", "lib-linux-x64-gnu", "libchdb.so");
        if (!File.Exists(library))
        {
            Directory.CreateDirectory(tools);
            await Console.Error.WriteLineAsync($"installing {Package} into {tools}");
            await Tools.RunAsync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", tools, Package]);
        }

        var loaded = Path.Combine(directory, LoadedFile);
        var peer = new ClickHousePeer(library, Directory.CreateDirectory(Path.Combine(directory, "store")).FullName)
        {
            Description = $"ClickHouse ({Package}): a MergeTree ordered by (event, ts) with seven columns, in this process, with 2 threads",
        };
        if (!File.Exists(loaded))
        {
            await Console.Error.WriteLineAsync("loading ClickHouse");
            var file = Path.Combine(directory, "events.parquet");
            load(file);
            peer.Run("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic");
            peer.Run("DROP TABLE IF EXISTS bench.events SYNC");
            peer.Run("CREATE TABLE bench.events (ts DateTime64(6, 'UTC') CODEC(Delta, LZ4), event LowCardinality(String), person Int64, country LowCardinality(String), path LowCardinality(String), session UUID, created DateTime64(6, 'UTC')) ENGINE = MergeTree ORDER BY (event, ts)");
            peer.Run($"INSERT INTO bench.events SELECT ts, event, person, country, path, toUUID(session), created FROM file('{file}', Parquet)");
            peer.Run("OPTIMIZE TABLE bench.events FINAL");
            File.Delete(file);
            await File.WriteAllTextAsync(loaded, "");
        }

        return peer;
    }

    public string Statement(Question question) => question.ClickHouse.Replace("FROM events", "FROM bench.events", StringComparison.Ordinal) + Settings;

    public Task<PeerAnswer> AskAsync(string statement) => Task.Run(() =>
    {
        var start = Stopwatch.GetTimestamp();
        var text = Run(statement);
        var elapsed = Stopwatch.GetElapsedTime(start);
        return new PeerAnswer([.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))], elapsed);
    });

    public unsafe ValueTask DisposeAsync()
    {
        ((delegate* unmanaged[Cdecl]<void**, void>)Export("chdb_close_conn"))(_connection);
        return ValueTask.CompletedTask;
    }

    private unsafe string Run(string sql)
    {
        var statement = Encoding.UTF8.GetBytes(sql);
        var format = "TabSeparated"u8;
        fixed (byte* s = statement)
        fixed (byte* f = format)
        {
            var result = ((delegate* unmanaged[Cdecl]<void*, byte*, nuint, byte*, nuint, void*>)Export("chdb_query_n"))(*_connection, s, (nuint)statement.Length, f, (nuint)format.Length);
            try
            {
                var error = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged[Cdecl]<void*, byte*>)Export("chdb_result_error"))(result));
                if (!string.IsNullOrEmpty(error))
                {
                    throw new InvalidOperationException($"{error}\n{sql}");
                }

                var length = (int)((delegate* unmanaged[Cdecl]<void*, nuint>)Export("chdb_result_length"))(result);
                return length == 0 ? "" : Encoding.UTF8.GetString(((delegate* unmanaged[Cdecl]<void*, byte*>)Export("chdb_result_buffer"))(result), length);
            }
            finally
            {
                ((delegate* unmanaged[Cdecl]<void*, void>)Export("chdb_destroy_query_result"))(result);
            }
        }
    }

    private unsafe void* Export(string name) => (void*)NativeLibrary.GetExport(_library, name);
}
