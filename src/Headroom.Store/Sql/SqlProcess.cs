using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Headroom.Core;

namespace Headroom.Store.Sql;

/// <summary>Runs one checked statement in a process of its own, a <see cref="SqlWorker"/>, and takes its answer.</summary>
internal sealed class SqlProcess(StoreFiles files, StoreOptions options)
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>What the process may take besides the engine's own memory: texts and lists under construction, the answer's writer.</summary>
    private const long BesidesEngineBytes = 256 * Mebibyte;

    /// <summary>After its time the engine is interrupted, and after this, in which the process also has to start, the process is ended.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly ImmutableArray<string> Program = FindProgram();

    private long _count;

    /// <summary>Whoever has the outcome of a statement that did not fail deletes the directory.</summary>
    public async Task<(SqlOutcome Outcome, string Directory)> RunAsync(
        SqlQuestion question, CheckedSql read, ProjectState state, IReadOnlyList<Segment> segments, bool large, TimeSpan left, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(files.Spill, string.Create(CultureInfo.InvariantCulture, $"sql-{Interlocked.Increment(ref _count)}"));
        Directory.CreateDirectory(directory);
        var megabytes = large ? options.LargeMegabytes : options.SmallMegabytes;
        try
        {
            var task = new SqlTask
            {
                Preparations = Preparations(directory, read, state, segments, large, megabytes),
                Sql = question.Sql,
                Parameters = [.. question.Parameters.Select(Value)],
                Format = question.Format,
                Result = Path.Combine(directory, "result"),
                MaxRows = question.MaxRows,
                Cut = question.Cut,
                MaxBytes = question.MaxBytes,
                TimeoutSeconds = Math.Max(0.001, left.TotalSeconds),
                MemoryBytes = (megabytes * Mebibyte) + BesidesEngineBytes,
            };
            var outcome = await RunAsync(task, directory, left, cancellationToken).ConfigureAwait(false);
            if (outcome.Failure is SqlFailure.None)
            {
                return (outcome, directory);
            }

            Remove(directory);
            return (outcome, "");
        }
        catch
        {
            Remove(directory);
            throw;
        }
    }

    public static void Remove(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start empties the spill directory.
        }
    }

    internal static string Literal(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    private static async Task<SqlOutcome> RunAsync(SqlTask task, string directory, TimeSpan left, CancellationToken cancellationToken)
    {
        using var process = Start(directory);
        try
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bound.CancelAfter((left > TimeSpan.Zero ? left : TimeSpan.Zero) + Grace);
            try
            {
                var complaints = process.StandardError.ReadToEndAsync(bound.Token);
                await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(task, SqlTaskJson.Default.SqlTask).AsMemory(), bound.Token).ConfigureAwait(false);
                await process.StandardInput.FlushAsync(bound.Token).ConfigureAwait(false);
                var answer = await process.StandardOutput.ReadLineAsync(bound.Token).ConfigureAwait(false);
                if (answer is not null)
                {
                    return JsonSerializer.Deserialize(answer, SqlTaskJson.Default.SqlOutcome)!;
                }

                // A process that may take no more memory often cannot even say so.
                await process.WaitForExitAsync(bound.Token).ConfigureAwait(false);
                return new SqlOutcome { Failure = SqlFailure.Memory, Message = await complaints.ConfigureAwait(false) };
            }
            catch (IOException) when (process.HasExited)
            {
                return new SqlOutcome { Failure = SqlFailure.Memory };
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return new SqlOutcome { Failure = SqlFailure.Time };
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static Process Start(string directory)
    {
        var start = new ProcessStartInfo(Program[0])
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var argument in Program.AsSpan()[1..])
        {
            start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add(SqlWorker.Argument);

        // Not the server's environment: it may have secrets.
        start.Environment.Clear();
        start.Environment["DOTNET_ROOT"] = DotnetRoot();
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["TZ"] = "UTC";
        return Process.Start(start) ?? throw new InvalidOperationException("The process for a statement did not start.");
    }

    private static string DotnetRoot() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>This product's executable, also where something else (tests, dotnet) hosts its parts.</summary>
    private static ImmutableArray<string> FindProgram()
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "headroom.exe" : "headroom");
        return File.Exists(program) ? [program] : [Path.Combine(DotnetRoot(), "dotnet"), Path.Combine(AppContext.BaseDirectory, "headroom.dll")];
    }

    private static JsonElement Value(object? value) => value switch
    {
        null => JsonElement.Parse("null"),
        string text => JsonSerializer.SerializeToElement(text, SqlTaskJson.Default.String),
        long number => JsonSerializer.SerializeToElement(number, SqlTaskJson.Default.Int64),
        double number => JsonSerializer.SerializeToElement(number, SqlTaskJson.Default.Double),
        bool flag => JsonSerializer.SerializeToElement(flag, SqlTaskJson.Default.Boolean),
        _ => throw new ArgumentException($"A statement has no parameters of {value.GetType().Name}.", nameof(value)),
    };

    private List<string> Preparations(
        string directory, CheckedSql read, ProjectState state, IReadOnlyList<Segment> segments, bool large, int megabytes)
    {
        var threads = options.QueryThreads == 0 ? Environment.ProcessorCount : options.QueryThreads;
        var spill = Path.Combine(directory, "spill");
        Directory.CreateDirectory(spill);
        var allowed = read.Relations.Count == 0 ? [] : segments.Select(s => s.File.Path).Concat(state.Others.Select(f => f.Path));
        return
        [
            string.Create(CultureInfo.InvariantCulture, $"SET GLOBAL memory_limit = '{megabytes}MiB'; SET GLOBAL threads = {threads}; SET GLOBAL parquet_metadata_cache = true; ") +
            $"SET GLOBAL temp_directory = {Literal(spill)}; " +
            string.Create(CultureInfo.InvariantCulture, $"SET GLOBAL max_temp_directory_size = '{(large ? options.QuerySpillMegabytes / options.LargeSlots : 0)}MiB'; ") +
            "SET GLOBAL TimeZone = 'UTC'; SET GLOBAL autoinstall_known_extensions = false; SET GLOBAL autoload_known_extensions = false; " +
            "SET GLOBAL allow_persistent_secrets = false; " +
            $"SET GLOBAL allowed_paths = [{string.Join(", ", allowed.Select(Literal))}]; SET GLOBAL enable_external_access = false;",
            .. SqlRelations.Views(read, state, segments),
            "SET GLOBAL lock_configuration = true;",
        ];
    }
}

/// <summary>A file of a statement could not be read.</summary>
internal sealed class SqlFilesException(string message) : DbException(message);
