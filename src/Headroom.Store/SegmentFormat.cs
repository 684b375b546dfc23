// A segment is one immutable Parquet file with rows of one project:
//
//   uuid         FIXED_LEN_BYTE_ARRAY(16) UUID, big-endian   required
//   event        BYTE_ARRAY STRING                           required
//   distinct_id  BYTE_ARRAY STRING                           required
//   person_key   INT64                                       required
//   session_id   BYTE_ARRAY STRING                           optional
//   timestamp    INT64 TIMESTAMP(MICROS)                     required, UTC
//   received_at  INT64 TIMESTAMP(MICROS)                     required, UTC
//   then one optional column for each (property, kind) that occurs, by ascending ordinal column name, those with few values behind the others; see SparseColumns.cs:
//   text and JSON BYTE_ARRAY STRING, number DOUBLE, boolean BOOLEAN
//
// Person keys and instants are delta-encoded: neighbours differ in few bits, and DuckDB decodes them three times as
// fast as keys whose dictionary has overflowed.
//
// Its footer keeps its format (see ParquetFormat.cs), and how many events of each name lie in each quarter of an hour; see EventCounts.cs.
//
// Rows ascend by (event bytes, timestamp), so that row groups prune by their statistics. The timestamps are UTC but
// not flagged "adjusted to UTC": flagged ones reach DuckDB as TIMESTAMP WITH TIME ZONE, and the cast back stands
// between a filter and the row-group statistics.

using Headroom.Core;
using ParquetSharp;
using ParquetSharp.Schema;

namespace Headroom.Store;

internal static class SegmentFormat
{
    public const int RowGroupRows = 131_072;
    public const int FixedColumns = 7;
    public const string EventColumn = "event";
    public const string TimestampColumn = "timestamp";

    /// <summary>
    /// The C library's heap, which an idle process can give back to the system. Parquet's own allocator keeps what a burst
    /// took, some 100 MB, for as long as it has nothing to do.
    /// </summary>
    public static readonly MemoryPool Memory = MemoryPool.SystemMemoryPool();

    /// <summary>Fresh segments are rewritten soon: speed counts.</summary>
    public static readonly WriterProperties Fresh = Properties(Compression.Lz4);

    /// <summary>
    /// Merged segments are kept: size counts, and so does the time to read them again and again. Zstd is of level 1, which is
    /// Parquet's own choice: a level that is set would be refused for the columns without compression.
    /// </summary>
    /// <param name="others">Columns that are compressed otherwise.</param>
    public static WriterProperties Merged(IEnumerable<(string Column, Compression Compression)> others) => Properties(Compression.Zstd, others);

    /// <summary>Property columns must ascend by ordinal <see cref="PropertyColumnKey.ColumnName"/>.</summary>
    public static GroupNode Schema(IReadOnlyList<(string Name, PropertyKind Kind)> properties)
    {
        var nodes = new Node[FixedColumns + properties.Count];
        nodes[0] = new PrimitiveNode("uuid", Repetition.Required, LogicalType.Uuid(), PhysicalType.FixedLenByteArray, 16);
        nodes[1] = Text(EventColumn, Repetition.Required);
        nodes[2] = Text("distinct_id", Repetition.Required);
        nodes[3] = new PrimitiveNode("person_key", Repetition.Required, LogicalType.None(), PhysicalType.Int64);
        nodes[4] = Text("session_id", Repetition.Optional);
        nodes[5] = Instant(TimestampColumn);
        nodes[6] = Instant("received_at");
        for (var i = 0; i < properties.Count; i++)
        {
            var (name, kind) = properties[i];
            nodes[FixedColumns + i] = Property(name, kind);
        }

        return new GroupNode("segment", Repetition.Required, nodes);
    }

    public static PrimitiveNode Property(string name, PropertyKind kind) => kind switch
    {
        PropertyKind.Number => new PrimitiveNode(name, Repetition.Optional, LogicalType.None(), PhysicalType.Double),
        PropertyKind.Boolean => new PrimitiveNode(name, Repetition.Optional, LogicalType.None(), PhysicalType.Boolean),
        _ => Text(name, Repetition.Optional),
    };

    private static PrimitiveNode Text(string name, Repetition repetition) =>
        new(name, repetition, LogicalType.String(), PhysicalType.ByteArray);

    private static PrimitiveNode Instant(string name) =>
        new(name, Repetition.Required, LogicalType.Timestamp(isAdjustedToUtc: false, TimeUnit.Micros), PhysicalType.Int64);

    private static WriterProperties Properties(Compression compression, params IEnumerable<(string Column, Compression Compression)> others)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(compression)
            .MemoryPool(Memory)
            .CreatedBy("Headroom")
            .DisableStatistics()
            .EnableStatistics(EventColumn)
            .EnableStatistics("distinct_id")
            .EnableStatistics("person_key")
            .EnableStatistics("session_id")
            .EnableStatistics(TimestampColumn)
            .EnableStatistics("received_at")
            .SetSizeStatisticsLevel(SizeStatisticsLevel.None)
            .WriteBatchSize(8192)
            .DataPagesize(256 * 1024)
            .DictionaryPagesizeLimit(512 * 1024)
            .MaxRowGroupLength(RowGroupRows)
            .DisableDictionary("uuid")
            .DisableDictionary("person_key")
            .DisableDictionary(TimestampColumn)
            .DisableDictionary("received_at")
            .Encoding("person_key", Encoding.DeltaBinaryPacked)
            .Encoding(TimestampColumn, Encoding.DeltaBinaryPacked)
            .Encoding("received_at", Encoding.DeltaBinaryPacked);
        foreach (var (column, other) in others)
        {
            builder.Compression(column, other);
        }

        return builder.Build();
    }
}
