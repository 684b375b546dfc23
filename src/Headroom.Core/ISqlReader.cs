namespace Headroom.Core;

/// <summary>
/// Answers SQL that a user wrote, over one project's own relations and nothing else: what a statement may read, call and
/// use up is the store's to enforce. Safe for concurrent use.
/// </summary>
public interface ISqlReader
{
    /// <summary>What a statement may read, as of now.</summary>
    IReadOnlyList<SqlRelation> Relations(ProjectId project);

    /// <summary>
    /// Runs one statement. The answer is whole when this returns: nothing of a statement that fails is given out. Throws
    /// <see cref="SqlRefusedException"/> for what the asker has to change, <see cref="QueryRefusedException"/> past a bound.
    /// </summary>
    ValueTask<SqlAnswer> AnswerAsync(SqlQuestion question, CancellationToken cancellationToken);
}

/// <summary>One statement and its bounds.</summary>
public sealed record SqlQuestion
{
    public required ProjectId Project { get; init; }

    public required string Sql { get; init; }

    /// <summary>For $1, $2 …: string, long, double, bool or null.</summary>
    public IReadOnlyList<object?> Parameters { get; init; } = [];

    public SqlFormat Format { get; init; }

    /// <summary>The answer's most rows.</summary>
    public required int MaxRows { get; init; }

    /// <summary>Whether an answer with more rows is cut there; otherwise it is refused.</summary>
    public bool Cut { get; init; }

    /// <summary>The answer's most bytes; past it the statement is refused.</summary>
    public required long MaxBytes { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>Told what becomes of the statement; must not block.</summary>
    public Action<QueryProgress>? Progress { get; init; }
}

public enum SqlFormat
{
    Json,
    Csv,
    Parquet,
    Arrow,
}

/// <summary>A relation that statements may read.</summary>
public sealed record SqlRelation(string Name, string Description, IReadOnlyList<SqlColumn> Columns);

/// <param name="Type">As the engine writes it: VARCHAR, DOUBLE, TIMESTAMP …</param>
/// <param name="Property">The property that it holds, or null for a column that every row has.</param>
/// <param name="Kinds">The kinds in which the property came; more than one is read as text here.</param>
/// <param name="Description">What it means; for a property, how it is read where that does not go without saying.</param>
public sealed record SqlColumn(string Name, string Type, string? Property, IReadOnlyList<PropertyKind> Kinds, string? Description);

/// <summary>A column of an answer.</summary>
public sealed record SqlResultColumn(string Name, string Type);

/// <summary>A statement's answer; disposing it gives back what holds it.</summary>
public sealed class SqlAnswer(Stream content, Action release) : IAsyncDisposable
{
    /// <summary>The rows in the format asked for; as JSON one array of arrays, without the columns.</summary>
    public Stream Content => content;

    public required IReadOnlyList<SqlResultColumn> Columns { get; init; }

    public required long Rows { get; init; }

    /// <summary>Whether it was cut.</summary>
    public required bool More { get; init; }

    public required long DataVersion { get; init; }

    /// <summary>What it had to read at most.</summary>
    public required QueryEstimate Estimate { get; init; }

    public required TimeSpan Queued { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public async ValueTask DisposeAsync()
    {
        await content.DisposeAsync();
        release();
    }
}

/// <summary>The statement, or its parameters, cannot be taken as they are. The message is for who wrote them.</summary>
/// <param name="part">sql, parameters or format.</param>
public sealed class SqlRefusedException(string part, string message) : Exception(message)
{
    public string Part => part;
}
