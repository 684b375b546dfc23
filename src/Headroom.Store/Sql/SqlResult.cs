using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.C;
using Apache.Arrow.Ipc;
using DuckDB.NET.Native;
using Headroom.Core;
using ParquetSharp;

namespace Headroom.Store.Sql;

/// <summary>
/// Runs a statement and writes its rows to a file in the format asked for. All formats are written from Arrow batches,
/// which DuckDB makes itself: it knows how each of its types, nested ones too, is said in Arrow.
/// </summary>
internal static unsafe partial class SqlResult
{
    public static SqlOutcome Write(DuckDBNativeConnection connection, SqlTask task, Func<bool> stopped)
    {
        if (NativeMethods.PreparedStatements.DuckDBPrepare(connection, task.Sql, out var statement) != DuckDBState.Success)
        {
            using (statement)
            {
                throw new DuckDbScanException(NativeMethods.PreparedStatements.DuckDBPrepareError(statement), DuckDBErrorType.Invalid);
            }
        }

        using (statement)
        {
            for (var i = 0; i < task.Parameters.Count; i++)
            {
                Bind(statement, i + 1, task.Parameters[i]);
            }

            // Streamed, so that a result past its bound is not made as a whole first.
            var state = NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement, out var result);
            var options = nint.Zero;
            try
            {
                ThrowOnError(ref result, state);
                GetArrowOptions(connection.DangerousGetHandle(), out options);
                return Write(ref result, options, task, stopped);
            }
            finally
            {
                DestroyArrowOptions(ref options);
                NativeMethods.Query.DuckDBDestroyResult(ref result);
            }
        }
    }

    private static SqlOutcome Write(ref DuckDBResult result, nint options, SqlTask task, Func<bool> stopped)
    {
        using var file = new FileStream(task.Result, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 64 * 1024);
        try
        {
            var schema = Schema(ref result, options);
            SqlResultColumn[] columns = [.. schema.FieldsList.Select(f => new SqlResultColumn(f.Name, ArrowText.TypeName(f.DataType)))];
            using var rows = Open(task.Format, file, schema);
            long count = 0;
            while (true)
            {
                using var chunk = NativeMethods.Query.DuckDBFetchChunk(result);
                if (chunk.IsInvalid)
                {
                    ThrowOnError(ref result, DuckDBState.Success);
                    rows.End();
                    file.Flush();
                    return new SqlOutcome { Columns = columns, Rows = count };
                }

                if (stopped())
                {
                    return new SqlOutcome { Failure = SqlFailure.Time };
                }

                using var batch = Batch(chunk, options, schema);
                var left = task.MaxRows - count;
                if (batch.Length > left)
                {
                    if (!task.Cut)
                    {
                        return new SqlOutcome { Failure = SqlFailure.Rows };
                    }

                    using var part = batch.Slice(0, (int)left);
                    rows.Add(part);
                    rows.End();
                    file.Flush();
                    return file.Length > task.MaxBytes
                        ? new SqlOutcome { Failure = SqlFailure.Size }
                        : new SqlOutcome { Columns = columns, Rows = task.MaxRows, More = true };
                }

                rows.Add(batch);
                count += batch.Length;
                if (file.Length > task.MaxBytes)
                {
                    return new SqlOutcome { Failure = SqlFailure.Size };
                }
            }
        }
        catch (Exception e) when (e is NotSupportedException or NotImplementedException or InvalidDataException or ParquetException)
        {
            return new SqlOutcome { Failure = SqlFailure.Format, Message = e.Message };
        }
    }

    private static IRows Open(SqlFormat format, FileStream file, Schema schema) => format switch
    {
        SqlFormat.Csv => new CsvRows(file, schema),
        SqlFormat.Parquet => new ParquetRows(file, schema),
        SqlFormat.Arrow => new ArrowRows(file, schema),
        _ => new JsonRows(file),
    };

    private static Schema Schema(ref DuckDBResult result, nint options)
    {
        var count = (int)NativeMethods.Query.DuckDBColumnCount(ref result);
        var types = new DuckDBLogicalType[count];
        var handles = new nint[count];
        var names = new nint[count];
        var schema = CArrowSchema.Create();
        try
        {
            for (var i = 0; i < count; i++)
            {
                types[i] = NativeMethods.Query.DuckDBColumnLogicalType(ref result, i);
                handles[i] = types[i].DangerousGetHandle();
                names[i] = Marshal.StringToCoTaskMemUTF8(NativeMethods.Query.DuckDBColumnName(ref result, i));
            }

            fixed (nint* typePointer = handles)
            fixed (nint* namePointer = names)
            {
                ThrowOnError(ToArrowSchema(options, typePointer, namePointer, (ulong)count, schema));
            }

            return CArrowSchemaImporter.ImportSchema(schema);
        }
        finally
        {
            CArrowSchema.Free(schema);
            foreach (var name in names)
            {
                Marshal.FreeCoTaskMem(name);
            }

            foreach (var type in types)
            {
                type?.Dispose();
            }
        }
    }

    private static RecordBatch Batch(DuckDBDataChunk chunk, nint options, Schema schema)
    {
        var array = CArrowArray.Create();
        try
        {
            ThrowOnError(ToArrow(options, chunk.DangerousGetHandle(), array));
            return CArrowArrayImporter.ImportRecordBatch(array, schema);
        }
        finally
        {
            CArrowArray.Free(array);
        }
    }

    private static void Bind(DuckDBPreparedStatement statement, long index, System.Text.Json.JsonElement value)
    {
        var state = value.ValueKind switch
        {
            System.Text.Json.JsonValueKind.String => NativeMethods.PreparedStatements.DuckDBBindVarchar(statement, index, value.GetString()!),
            System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False =>
                NativeMethods.PreparedStatements.DuckDBBindBoolean(statement, index, value.GetBoolean()),
            System.Text.Json.JsonValueKind.Number => value.TryGetInt64(out var whole)
                ? NativeMethods.PreparedStatements.DuckDBBindInt64(statement, index, whole)
                : NativeMethods.PreparedStatements.DuckDBBindDouble(statement, index, value.GetDouble()),
            _ => NativeMethods.PreparedStatements.DuckDBBindNull(statement, index),
        };
        if (state != DuckDBState.Success)
        {
            throw new DuckDbScanException("A parameter was refused.", DuckDBErrorType.Invalid);
        }
    }

    private static void ThrowOnError(ref DuckDBResult result, DuckDBState state)
    {
        var message = NativeMethods.Query.DuckDBResultError(ref result);
        if (state != DuckDBState.Success || !string.IsNullOrEmpty(message))
        {
            throw new DuckDbScanException(message, NativeMethods.Query.DuckDBResultErrorType(ref result));
        }
    }

    private static void ThrowOnError(nint error)
    {
        try
        {
            if (HasError(error) != 0)
            {
                throw new NotSupportedException(Marshal.PtrToStringUTF8(ErrorMessage(error)));
            }
        }
        finally
        {
            DestroyError(ref error);
        }
    }

    [LibraryImport("duckdb", EntryPoint = "duckdb_connection_get_arrow_options")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void GetArrowOptions(nint connection, out nint options);

    [LibraryImport("duckdb", EntryPoint = "duckdb_destroy_arrow_options")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void DestroyArrowOptions(ref nint options);

    [LibraryImport("duckdb", EntryPoint = "duckdb_to_arrow_schema")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ToArrowSchema(nint options, nint* types, nint* names, ulong count, CArrowSchema* schema);

    [LibraryImport("duckdb", EntryPoint = "duckdb_data_chunk_to_arrow")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ToArrow(nint options, nint chunk, CArrowArray* array);

    [LibraryImport("duckdb", EntryPoint = "duckdb_error_data_has_error")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte HasError(nint error);

    [LibraryImport("duckdb", EntryPoint = "duckdb_error_data_message")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ErrorMessage(nint error);

    [LibraryImport("duckdb", EntryPoint = "duckdb_destroy_error_data")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void DestroyError(ref nint error);

    /// <summary>A format being written.</summary>
    internal interface IRows : IDisposable
    {
        void Add(RecordBatch batch);

        void End();
    }

    private sealed class ParquetRows(FileStream file, Schema schema) : IRows
    {
        private readonly ParquetSharp.Arrow.FileWriter _writer = new(file, schema, leaveOpen: true);

        public void Add(RecordBatch batch) => _writer.WriteBufferedRecordBatch(batch);

        public void End() => _writer.Close();

        public void Dispose() => _writer.Dispose();
    }

    private sealed class ArrowRows(FileStream file, Schema schema) : IRows
    {
        private readonly ArrowStreamWriter _writer = new(file, schema, leaveOpen: true);

        public void Add(RecordBatch batch) => _writer.WriteRecordBatch(batch);

        public void End() => _writer.WriteEnd();

        public void Dispose() => _writer.Dispose();
    }
}
