using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Headroom.Core;

namespace Headroom.Store.Sql;

/// <summary>
/// The process in which one statement of a user runs. DuckDB cannot be held to a bound from within: a function over one
/// large text or list neither looks whether it was interrupted nor asks the memory manager. A process can: the kernel
/// refuses it memory past its limit, and whoever started it ends it when its time is over. It ends with who started it.
/// </summary>
public static partial class SqlWorker
{
    /// <summary>The argument that makes the executable this. Not a command for people.</summary>
    public const string Argument = "sql-worker";

    /// <summary>Behind it: there is time to get ready before the task comes.</summary>
    internal const string AheadArgument = "ahead";

    private const int DataLimit = 2;
    private const int CoreLimit = 4;
    private static readonly TimeSpan RepeatInterrupt = TimeSpan.FromMilliseconds(20);

    public static int Run(IReadOnlyList<string> arguments)
    {
        LetGoFirst();
        if (arguments.Contains(AheadArgument))
        {
            GetReady();
        }

        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        var input = Console.In;
        if (input.ReadLine() is not { } line || JsonSerializer.Deserialize(line, SqlTaskJson.Default.SqlTask) is not { } task)
        {
            return 1;
        }

        // Nothing follows the task: when the line ends, so has the process that wants the answer.
        new Thread(() =>
        {
            _ = input.ReadLine();
            Process.GetCurrentProcess().Kill();
        }) { IsBackground = true }.Start();
        Directory.SetCurrentDirectory(Path.GetDirectoryName(task.Result)!);
        BoundMemory(task.MemoryBytes);
        using var output = Console.OpenStandardOutput();
        output.Write("\n"u8);
        output.Flush();
        SqlOutcome outcome;
        try
        {
            outcome = Run(connection, task);
        }
        catch (OutOfMemoryException)
        {
            outcome = new SqlOutcome { Failure = SqlFailure.Memory };
        }

        JsonSerializer.Serialize(output, outcome, SqlTaskJson.Default.SqlOutcome);
        output.Write("\n"u8);
        output.Flush();
        return 0;
    }

    /// <summary>
    /// Has the runtime compile, and the machine load, what a statement needs, by one that asks for nothing, in an engine that is closed
    /// again: the statement's own is a new one.
    /// </summary>
    private static void GetReady()
    {
        var result = Path.GetFullPath(string.Create(CultureInfo.InvariantCulture, $"ahead-{Environment.ProcessId}"));
        try
        {
            var task = JsonSerializer.Serialize(
                new SqlTask
                {
                    Preparations = ["SET GLOBAL threads = 1"],
                    Sql = "SELECT n, n / 2 AS half, CAST(n AS VARCHAR) AS text FROM range(3) AS r(n) WHERE n > $1",
                    Parameters = [JsonElement.Parse("0")],
                    Format = SqlFormat.Json,
                    Result = result,
                    MaxRows = 10,
                    Cut = true,
                    MaxBytes = 1_000,
                    TimeoutSeconds = 60,
                    MemoryBytes = 0,
                },
                SqlTaskJson.Default.SqlTask);
            using var connection = new DuckDBConnection("DataSource=:memory:");
            connection.Open();
            _ = JsonSerializer.Serialize(Run(connection, JsonSerializer.Deserialize(task, SqlTaskJson.Default.SqlTask)!), SqlTaskJson.Default.SqlOutcome);
        }
        finally
        {
            File.Delete(result);
        }
    }

    private static SqlOutcome Run(DuckDBConnection connection, SqlTask task)
    {
        var stopped = false;
        try
        {
            foreach (var sql in task.Preparations)
            {
                using var command = connection.CreateCommand();
                command.CommandText = sql;
                command.ExecuteNonQuery();
            }

            // An interrupt before the statement has begun is lost, hence the repeats.
            using var timer = new Timer(_ =>
            {
                stopped = true;
                NativeMethods.Startup.DuckDBInterrupt(connection.NativeConnection);
            }, null, TimeSpan.FromSeconds(task.TimeoutSeconds), RepeatInterrupt);
            return SqlResult.Write(connection.NativeConnection, task, () => stopped);
        }
        catch (DuckDBException e)
        {
            return Failure(e.ErrorType, e.Message, stopped);
        }
        catch (DuckDbScanException e)
        {
            return Failure(e.ErrorType, e.Message, stopped);
        }
    }

    private static SqlOutcome Failure(DuckDBErrorType type, string message, bool stopped) => new()
    {
        Failure = type switch
        {
            DuckDBErrorType.Interrupt when stopped => SqlFailure.Time,
            DuckDBErrorType.OutOfMemory => SqlFailure.Memory,
            DuckDBErrorType.Io => SqlFailure.Files,
            _ => SqlFailure.Statement,
        },
        Message = message,
    };

    /// <summary>Should the machine itself run out of memory, this is what has to go.</summary>
    private static void LetGoFirst()
    {
        if (OperatingSystem.IsLinux())
        {
            File.WriteAllText("/proc/self/oom_score_adj", "1000");
        }
    }

    private static void BoundMemory(long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var data = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmData:", StringComparison.Ordinal));
        var now = long.Parse(data.AsSpan(7).Trim(" \tkB"), CultureInfo.InvariantCulture) * 1024;
        var limit = new Limit((ulong)(now + bytes), (ulong)(now + bytes));
        var none = new Limit(0, 0);
        if (SetLimit(DataLimit, limit) != 0 || SetLimit(CoreLimit, none) != 0)
        {
            throw new InvalidOperationException("The process cannot bound its memory.");
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    private readonly record struct Limit(ulong Soft, ulong Hard);
}
