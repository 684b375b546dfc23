using System.Data.Common;
using DuckDB.NET.Native;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>
/// A statement whose rows are handed on as DuckDB's own chunks. The driver boxes each value, which costs more than
/// the query itself where millions of rows are to be looked at.
/// </summary>
internal static class DuckDbScan
{
    /// <summary>Gives the rows to the sink, and <paramref name="onRows"/> the number of them so far before each batch.</summary>
    public static long Run(DuckDBNativeConnection connection, string sql, IReadOnlyList<object> parameters, IColumnSink sink, Action<long> onRows)
    {
        if (NativeMethods.PreparedStatements.DuckDBPrepare(connection, sql, out var statement) != DuckDBState.Success)
        {
            using (statement)
            {
                throw new DuckDbScanException(NativeMethods.PreparedStatements.DuckDBPrepareError(statement), DuckDBErrorType.Invalid);
            }
        }

        using (statement)
        {
            for (var i = 0; i < parameters.Count; i++)
            {
                Bind(statement, i + 1, parameters[i]);
            }

            // Not streamed: a streamed result is made by one thread.
            var state = NativeMethods.PreparedStatements.DuckDBExecutePrepared(statement, out var result);
            try
            {
                if (state != DuckDBState.Success)
                {
                    throw new DuckDbScanException(NativeMethods.Query.DuckDBResultError(ref result), NativeMethods.Query.DuckDBResultErrorType(ref result));
                }

                return Read(ref result, sink, onRows);
            }
            finally
            {
                NativeMethods.Query.DuckDBDestroyResult(ref result);
            }
        }
    }

    private static long Read(ref DuckDBResult result, IColumnSink sink, Action<long> onRows)
    {
        var types = new DuckDBType[(int)NativeMethods.Query.DuckDBColumnCount(ref result)];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = NativeMethods.Query.DuckDBColumnType(ref result, i);
        }

        var batch = new DuckDbBatch(types);
        long rows = 0;
        while (true)
        {
            using var chunk = NativeMethods.Query.DuckDBFetchChunk(result);
            if (chunk.IsInvalid)
            {
                return rows;
            }

            batch.Point(chunk);
            rows += batch.Count;
            onRows(rows);
            sink.Take(batch);
        }
    }

    private static void Bind(DuckDBPreparedStatement statement, long index, object value)
    {
        var state = value switch
        {
            string text => NativeMethods.PreparedStatements.DuckDBBindVarchar(statement, index, text),
            long number => NativeMethods.PreparedStatements.DuckDBBindInt64(statement, index, number),
            double number => NativeMethods.PreparedStatements.DuckDBBindDouble(statement, index, number),
            bool flag => NativeMethods.PreparedStatements.DuckDBBindBoolean(statement, index, flag),
            DateTime instant => NativeMethods.PreparedStatements.DuckDBBindTimestamp(
                statement, index, new DuckDBTimestampStruct { Micros = UnixMicros.From(new DateTimeOffset(instant)) }),
            _ => throw new ArgumentException($"A scan has no parameters of {value.GetType().Name}.", nameof(value)),
        };
        if (state != DuckDBState.Success)
        {
            throw new DuckDbScanException("A parameter was refused.", DuckDBErrorType.Invalid);
        }
    }
}

/// <summary>What DuckDB said of a scan: the driver's own exception cannot be made outside it.</summary>
internal sealed class DuckDbScanException(string message, DuckDBErrorType type) : DbException(message)
{
    public DuckDBErrorType ErrorType => type;
}
