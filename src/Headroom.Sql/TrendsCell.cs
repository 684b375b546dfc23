namespace Headroom.Sql;

/// <summary>What the events of one point, series and value come to, so that points can be put together. Immutable.</summary>
/// <param name="Number">Their number as the series counts it; null where only the whole of them tells it, and where no event has one.</param>
/// <param name="Count">Events with a number; those that are counted.</param>
internal sealed record TrendsCell(int Series, string? Value, double? Number, long Count)
{
    /// <summary>Null where none are counted, and where those of periods are kept.</summary>
    public PersonKeys? Persons { get; init; }

    /// <summary>Every number, for percentiles.</summary>
    public NumberCounts? Numbers { get; init; }

    /// <summary>The number of each person.</summary>
    public PersonNumbers? Each { get; init; }

    /// <summary>Memory held, roughly.</summary>
    public long Bytes => 64 + (Value is null ? 0L : 24 + (2L * Value.Length)) + SetBytes;

    /// <summary>Of it, what grows with the events.</summary>
    public long SetBytes => (Persons?.Bytes ?? 0) + (Numbers?.Bytes ?? 0) + (Each?.Bytes ?? 0);
}

/// <summary>What some points come to, of one version of the data. Immutable.</summary>
public sealed class TrendsCells
{
    internal TrendsCells(
        IReadOnlyList<(int Point, TrendsCell Cell)> all, IReadOnlyList<((int Series, bool Current, string? Value) Period, PersonKeys Persons)> periods, long dataVersion) =>
        (All, Periods, DataVersion) = (all, periods, dataVersion);

    public long DataVersion { get; }

    internal IReadOnlyList<(int Point, TrendsCell Cell)> All { get; }

    /// <summary>Persons of periods, where those of points did not come.</summary>
    internal IReadOnlyList<((int Series, bool Current, string? Value) Period, PersonKeys Persons)> Periods { get; }

    /// <summary>Those of other points as one; null where they are of different versions.</summary>
    /// <param name="parts">At least one.</param>
    public static TrendsCells? Of(IReadOnlyList<TrendsCells> parts) =>
        parts is [var only] ? only
        : parts.All(p => p.DataVersion == parts[0].DataVersion) ? new TrendsCells([.. parts.SelectMany(static p => p.All)], [.. parts.SelectMany(static p => p.Periods)], parts[0].DataVersion)
        : null;
}
