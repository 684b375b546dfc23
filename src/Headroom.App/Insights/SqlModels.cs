using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.Core;

namespace Headroom.App.Insights;

/// <summary>A statement over the project's relations.</summary>
public sealed record SqlRequest
{
    /// <summary>One SELECT.</summary>
    public required string Sql { get; init; }

    /// <summary>The values of $1, $2 …: texts, numbers, true, false, null.</summary>
    public IReadOnlyList<JsonElement>? Parameters { get; init; }

    /// <summary>json, csv, parquet or arrow; where it is left out the Accept header says, else json.</summary>
    public string? Format { get; init; }

    /// <summary>At most so many rows, and more says whether there are others; where it is left out a result past the server's bound is refused.</summary>
    [JsonNumberHandling(JsonNumberHandling.Strict)]
    public int? Limit { get; init; }
}

/// <summary>A statement's answer as JSON.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record SqlResultDocument
{
    public required IReadOnlyList<SqlResultColumn> Columns { get; init; }

    /// <summary>For each row a value for each column: integers beyond 2^53, long decimals, NaN and infinities are texts.</summary>
    public required IReadOnlyList<IReadOnlyList<JsonElement>> Rows { get; init; }

    public required long RowCount { get; init; }

    /// <summary>Whether there are rows past the limit.</summary>
    public required bool More { get; init; }

    /// <summary>The version of the project's data that it was read from.</summary>
    public required long DataVersion { get; init; }

    /// <summary>Rows that it had to scan at most.</summary>
    public required long EstimatedRows { get; init; }

    /// <summary>Columns that it had to read of each.</summary>
    public required int EstimatedColumns { get; init; }

    /// <summary>Bytes of files that these are, estimated by their share.</summary>
    public required long EstimatedBytes { get; init; }

    public required double QueuedMs { get; init; }

    public required double ElapsedMs { get; init; }
}

/// <summary>What a statement may read.</summary>
public sealed record SqlSchema(IReadOnlyList<SqlSchemaRelation> Relations);

public sealed record SqlSchemaRelation(string Name, string Description, IReadOnlyList<SqlSchemaColumn> Columns);

/// <param name="Type">As the engine writes it: VARCHAR, DOUBLE, TIMESTAMP …</param>
/// <param name="Property">The property that it holds, or null for a column that every row has.</param>
/// <param name="Kinds">The kinds in which the property came; several are read as text here.</param>
/// <param name="Description">What it means, or how it is read.</param>
public sealed record SqlSchemaColumn(string Name, string Type, string? Property, IReadOnlyList<PropertyValueKind> Kinds, string? Description);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SqlRequest))]
[JsonSerializable(typeof(SqlResultDocument))]
[JsonSerializable(typeof(IReadOnlyList<SqlResultColumn>))]
[JsonSerializable(typeof(SqlSchema))]
internal sealed partial class SqlJsonContext : JsonSerializerContext;
