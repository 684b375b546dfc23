namespace Headroom.Core;

/// <summary>
/// Instants inside the data path are microseconds since 1970-01-01T00:00:00Z as <see cref="long"/>:
/// the precision that Parquet, DuckDB, PostgreSQL and ClickHouse all share.
/// </summary>
public static class UnixMicros
{
    /// <summary>The canonical range is the years 1 to 9999.</summary>
    public static readonly long Min = From(DateTimeOffset.MinValue);

    public static readonly long Max = From(DateTimeOffset.MaxValue);

    public static long From(DateTimeOffset instant) =>
        (instant.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToInstant(long micros) =>
        new((micros * TimeSpan.TicksPerMicrosecond) + DateTimeOffset.UnixEpoch.Ticks, TimeSpan.Zero);
}
