using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.Core;

namespace Headroom.Store.Sql;

/// <summary>What a <see cref="SqlWorker"/> is told, one line of JSON on its standard input.</summary>
internal sealed record SqlTask
{
    /// <summary>Statements that make the engine ready and close it: bounds, views, locks.</summary>
    public required IReadOnlyList<string> Preparations { get; init; }

    public required string Sql { get; init; }

    /// <summary>Texts, numbers, true, false, null.</summary>
    public required IReadOnlyList<JsonElement> Parameters { get; init; }

    public required SqlFormat Format { get; init; }

    /// <summary>The file to write the rows to.</summary>
    public required string Result { get; init; }

    public required int MaxRows { get; init; }

    public required bool Cut { get; init; }

    public required long MaxBytes { get; init; }

    public required double TimeoutSeconds { get; init; }

    /// <summary>How many bytes the process may take on top of what it has when it is told.</summary>
    public required long MemoryBytes { get; init; }
}

internal enum SqlFailure
{
    None,

    /// <summary>The statement is wrong.</summary>
    Statement,

    /// <summary>The format cannot hold a column.</summary>
    Format,
    Time,
    Memory,
    Rows,
    Size,

    /// <summary>A file could not be read.</summary>
    Files,
}

/// <summary>What it answers, one line of JSON on its standard output.</summary>
internal sealed record SqlOutcome
{
    public SqlFailure Failure { get; init; }

    public string Message { get; init; } = "";

    public IReadOnlyList<SqlResultColumn> Columns { get; init; } = [];

    public long Rows { get; init; }

    public bool More { get; init; }
}

[JsonSerializable(typeof(SqlTask))]
[JsonSerializable(typeof(SqlOutcome))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(bool))]
internal sealed partial class SqlTaskJson : JsonSerializerContext;
