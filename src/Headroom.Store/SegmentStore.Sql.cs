using System.Globalization;
using Headroom.Core;
using Headroom.Store.Sql;

namespace Headroom.Store;

/// <summary>Statements of users.</summary>
internal sealed partial class SegmentStore : ISqlReader
{
    private readonly SqlChecker _checker = new(SqlRelations.Names);
    private readonly SqlProcess _processes;

    public SqlWorkers Workers { get; }

    public IReadOnlyList<SqlRelation> Relations(ProjectId project)
    {
        // Whoever looks at what a statement may read is about to write one.
        _ = Workers.PrepareAsync();
        return SqlRelations.Describe(State.Project(project));
    }

    public async ValueTask<SqlAnswer> AnswerAsync(SqlQuestion question, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var read = await _checker.CheckAsync(question.Sql, question.Parameters.Count).ConfigureAwait(false);
        var (columns, properties) = SqlRelations.Read(read, State.Project(question.Project).ColumnKeys);
        var watch = QueryWatch.Begin(question.Progress);
        var none = !SqlRelations.ReadsEvents(read);

        // For the order of the queue: a statement's own text says nothing to the store. Which times it reads is not known.
        var cost = new StoreQuery
        {
            Project = question.Project,
            Sql = string.Join(' ', columns.Select(c => c == "timestamp" ? "\"timestamp\"" : c)) + (read.Relations.Contains(SqlRelations.Persons) ? " {persons}" : ""),
            Columns = properties,
            From = none ? 0 : long.MinValue,
            To = none ? 0 : long.MaxValue,
            MaxRows = question.MaxRows,
            Timeout = question.Timeout,
        };
        try
        {
            var (((outcome, directory), version), _) = await AskAsync(cost, (q, state, segments, token) => _engine.InSlotAsync(
                q, state, segments, async (large, left) => (Settle(await _processes.RunAsync(question, read, state, segments, large, left, token).ConfigureAwait(false), question, large), state.DataVersion),
                static () => true, token), cancellationToken).ConfigureAwait(false);
            return new SqlAnswer(File.OpenRead(Path.Combine(directory, "result")), () => SqlProcess.Remove(directory))
            {
                Columns = outcome.Columns,
                Rows = outcome.Rows,
                More = outcome.More,
                DataVersion = version,
                Estimate = watch.Estimate,
                Queued = watch.Queued,
                Elapsed = _time.GetElapsedTime(started),
            };
        }
        catch (SqlFilesException)
        {
            throw SqlChecker.Refused("The statement asks for something that cannot be read here.");
        }
    }

    private (SqlOutcome Outcome, string Directory) Settle((SqlOutcome Outcome, string Directory) ended, SqlQuestion question, bool large)
    {
        var message = ended.Outcome.Message;
        return ended.Outcome.Failure switch
        {
            SqlFailure.None => ended,
            SqlFailure.Format => throw new SqlRefusedException("format", string.Create(CultureInfo.InvariantCulture, $"The result cannot be written in this format: {Readable(message)}")),
            SqlFailure.Time => throw QueryEngine.TimeRefusal(question.Timeout),
            SqlFailure.Memory => throw Memory(message, large),
            SqlFailure.Rows => throw new QueryRefusedException(QueryBound.Rows, string.Create(CultureInfo.InvariantCulture,
                $"The answer has more than {question.MaxRows} rows. Ask for fewer, with LIMIT, WHERE or GROUP BY.")),
            SqlFailure.Size => throw new QueryRefusedException(QueryBound.Size, string.Create(CultureInfo.InvariantCulture,
                $"The answer has more than {question.MaxBytes} bytes. Ask for fewer rows or columns.")),
            SqlFailure.Files => throw new SqlFilesException(message),
            _ => throw SqlChecker.Refused(Readable(message)),
        };
    }

    private QueryRefusedException Memory(string message, bool large)
    {
        if (message.Length > 0)
        {
            LogStatementEnded(_logger, message.Length <= 1_000 ? message : message[..1_000]);
        }

        return _engine.MemoryRefusal(large);
    }

    /// <summary>What the engine said, without where the server keeps its files.</summary>
    private string Readable(string message)
    {
        var text = message.Replace(Files.Root, "…", StringComparison.Ordinal).Trim();
        return text.Length <= 2_000 ? text : text[..2_000] + "…";
    }
}
