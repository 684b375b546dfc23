using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Headroom.Core;

namespace Headroom.Store.Sql;

/// <summary>Runs one checked statement in a process of its own, a <see cref="SqlWorker"/>, and takes its answer.</summary>
internal sealed class SqlProcess(StoreFiles files, StoreOptions options, SqlWorkers workers)
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>What the process may take besides the engine's own memory: texts and lists under construction, the answer's writer.</summary>
    private const long BesidesEngineBytes = 256 * Mebibyte;

    /// <summary>After its time the engine is interrupted, and after this, in which the process also has to start, the process is ended.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

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
            var outcome = await RunAsync(task, left, cancellationToken).ConfigureAwait(false);
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

    private async Task<SqlOutcome> RunAsync(SqlTask task, TimeSpan left, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter((left > TimeSpan.Zero ? left : TimeSpan.Zero) + Grace);
        var line = JsonSerializer.Serialize(task, SqlTaskJson.Default.SqlTask);
        try
        {
            var (worker, ahead) = workers.Take();
            var outcome = await RunAsync(worker, line, ahead, bound.Token).ConfigureAwait(false);

            // One that waited may have ended before it was told, as one that has just been started can only by what it was told.
            return outcome ?? (await RunAsync(workers.Start(), line, false, bound.Token).ConfigureAwait(false))!;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SqlOutcome { Failure = SqlFailure.Time };
        }
        finally
        {
            _ = workers.PrepareAsync();
        }
    }

    /// <summary>Ends the process. Null where it ended before it had the task, of which none was run then.</summary>
    /// <param name="mayHaveEnded">Before it was told; else it is the task that was too much for it.</param>
    private static async Task<SqlOutcome?> RunAsync(Process worker, string task, bool mayHaveEnded, CancellationToken cancellationToken)
    {
        var begun = !mayHaveEnded;
        try
        {
            var complaints = worker.StandardError.ReadToEndAsync(cancellationToken);
            await worker.StandardInput.WriteLineAsync(task.AsMemory(), cancellationToken).ConfigureAwait(false);
            await worker.StandardInput.FlushAsync(cancellationToken).ConfigureAwait(false);
            begun |= await worker.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) is not null;
            if (begun && await worker.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } answer)
            {
                return JsonSerializer.Deserialize(answer, SqlTaskJson.Default.SqlOutcome)!;
            }

            // A process that may take no more memory often cannot even say so.
            await worker.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return begun ? new SqlOutcome { Failure = SqlFailure.Memory, Message = await complaints.ConfigureAwait(false) } : null;
        }
        catch (IOException) when (!begun)
        {
            return null;
        }
        catch (IOException) when (worker.HasExited)
        {
            return new SqlOutcome { Failure = SqlFailure.Memory };
        }
        finally
        {
            await SqlWorkers.EndAsync(worker).ConfigureAwait(false);
        }
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
