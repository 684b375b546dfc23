// How rows get out of DuckDB fast. The driver boxes each value, and a result that is not streamed is first kept as a
// whole in memory, while a streamed one is made by one thread. So a scan is an aggregate over a function of ours, which
// each of DuckDB's threads calls with its own chunks as they are made: nothing is kept, nothing copied, all threads work.

using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using DuckDB.NET.Native;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>
/// Our functions in one database: that which takes a scan's rows, that which numbers its texts, that which applies merges to
/// person keys, that which knows a row's bucket, and that which knows sets of keys. For one statement at a time; outside a scan the first two refuse.
/// </summary>
internal sealed unsafe class DuckDbScan : IDisposable
{
    /// <summary>BIGINT to BIGINT: the person that a stored key counts for now.</summary>
    public const string PersonFunction = "headroom_person";

    /// <summary>
    /// VARCHAR to INTEGER, NULL to NULL: the text's number among the scan's. DuckDB calls it once for each entry of a Parquet
    /// dictionary and hands the numbers on, where a function of the rows would be given each row's text.
    /// </summary>
    public const string TextFunction = "headroom_text";

    /// <summary>BIGINT to TIMESTAMP: where the bucket begins in which the row of a place lies.</summary>
    public const string BucketFunction = "headroom_bucket";

    /// <summary>INTEGER, BIGINT to BOOLEAN: whether a key is in the set of a number.</summary>
    public const string SetFunction = "headroom_in_set";

    private const string TakeFunction = "headroom_take";
    private readonly DuckDBNativeConnection _connection;
    private GCHandle _self;
    private Scan? _scan;

    public DuckDbScan(DuckDBNativeConnection connection)
    {
        _connection = connection;
        _self = GCHandle.Alloc(this);
        Register(TakeFunction, DuckDBType.TinyInt, &Take, DuckDBType.Any);
        Register(PersonFunction, DuckDBType.BigInt, &Person, DuckDBType.BigInt);
        Register(TextFunction, DuckDBType.Integer, &Text, DuckDBType.Varchar);
        Register(BucketFunction, DuckDBType.Timestamp, &Bucket, DuckDBType.BigInt);
        Register(SetFunction, DuckDBType.Boolean, &InSet, DuckDBType.Integer, DuckDBType.BigInt);
    }

    /// <summary>What <see cref="PersonFunction"/> applies; set between statements.</summary>
    public Merges Merges { get; set; } = Merges.None;

    /// <summary>What <see cref="BucketFunction"/> tells; set between statements.</summary>
    public RowBuckets Buckets { get; set; } = RowBuckets.None;

    /// <summary>What <see cref="SetFunction"/> asks; set between statements.</summary>
    public IReadOnlyList<KeyMembers> Sets { get; set; } = [];

    /// <summary>
    /// Gives the rows to the sink, and <paramref name="onRows"/> the number of them so far after each batch is known and
    /// before the sink has it, from any of DuckDB's threads.
    /// </summary>
    public long Run(string sql, IReadOnlyList<object> parameters, IColumnSink sink, Action<long> onRows)
    {
        var scan = new Scan(sink, onRows);
        _scan = scan;
        try
        {
            // Constants are numbered while the statement is prepared.
            return Run($"SELECT max({TakeFunction}(*COLUMNS(*))) FROM ({sql})", parameters, scan);
        }
        finally
        {
            _scan = null;
        }
    }

    private long Run(string sql, IReadOnlyList<object> parameters, Scan scan)
    {
        if (NativeMethods.PreparedStatements.DuckDBPrepare(_connection, sql, out var statement) != DuckDBState.Success)
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

            var state = NativeMethods.PreparedStatements.DuckDBExecutePrepared(statement, out var result);
            try
            {
                scan.Failure?.Throw();
                return state == DuckDBState.Success
                    ? scan.Rows
                    : throw new DuckDbScanException(NativeMethods.Query.DuckDBResultError(ref result), NativeMethods.Query.DuckDBResultErrorType(ref result));
            }
            finally
            {
                NativeMethods.Query.DuckDBDestroyResult(ref result);
            }
        }
    }

    /// <summary>After the connection is closed.</summary>
    public void Dispose()
    {
        if (_self.IsAllocated)
        {
            _self.Free();
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

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Take(nint info, nint input, nint output)
    {
        var scan = Volatile.Read(ref Self(info)._scan);
        if (scan is null)
        {
            NativeMethods.ScalarFunction.DuckDBScalarFunctionSetError(info, "Not in a scan.");
            return;
        }

        if (!scan.Take(new DuckDBDataChunk(input), out var count))
        {
            NativeMethods.ScalarFunction.DuckDBScalarFunctionSetError(info, "The scan was stopped.");
            return;
        }

        new Span<byte>(NativeMethods.Vectors.DuckDBVectorGetData(output), count).Clear();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Person(nint info, nint input, nint output)
    {
        var chunk = new DuckDBDataChunk(input);
        var count = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
        var keys = new ReadOnlySpan<long>(NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, 0)), count);
        Self(info).Merges.Apply(keys, new Span<long>(NativeMethods.Vectors.DuckDBVectorGetData(output), count));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Bucket(nint info, nint input, nint output)
    {
        var chunk = new DuckDBDataChunk(input);
        var count = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
        var places = new ReadOnlySpan<long>(NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, 0)), count);
        Self(info).Buckets.Apply(places, new Span<long>(NativeMethods.Vectors.DuckDBVectorGetData(output), count));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void InSet(nint info, nint input, nint output)
    {
        var chunk = new DuckDBDataChunk(input);
        var count = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
        var found = new Span<byte>(NativeMethods.Vectors.DuckDBVectorGetData(output), count);
        var sets = Self(info).Sets;

        // A statement writes the number down, so that it is the same in each row.
        if (count > 0 && *(int*)NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, 0)) is var number && (uint)number < (uint)sets.Count)
        {
            sets[number].Find(new ReadOnlySpan<long>(NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, 1)), count), found);
        }
        else
        {
            NativeMethods.ScalarFunction.DuckDBScalarFunctionSetError(info, "No such set.");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Text(nint info, nint input, nint output)
    {
        if (Volatile.Read(ref Self(info)._scan)?.Texts is not { } codes)
        {
            NativeMethods.ScalarFunction.DuckDBScalarFunctionSetError(info, "Not in a scan that numbers texts.");
            return;
        }

        var chunk = new DuckDBDataChunk(input);
        var count = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
        var vector = NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, 0);
        var text = (DuckDbText*)NativeMethods.Vectors.DuckDBVectorGetData(vector);
        var bits = (ulong*)NativeMethods.Vectors.DuckDBVectorGetValidity(vector);
        var numbers = new Span<int>(NativeMethods.Vectors.DuckDBVectorGetData(output), count);
        ulong* known = null;
        for (var i = 0; i < count; i++)
        {
            if (bits is null || (bits[i >> 6] & (1UL << (i & 63))) != 0)
            {
                numbers[i] = codes.Of(DuckDbText.Utf8(text + i));
                continue;
            }

            if (known is null)
            {
                NativeMethods.Vectors.DuckDBVectorEnsureValidityWritable(output);
                known = (ulong*)NativeMethods.Vectors.DuckDBVectorGetValidity(output);
            }

            known[i >> 6] &= ~(1UL << (i & 63));
        }
    }

    private static DuckDbScan Self(nint info) =>
        (DuckDbScan)GCHandle.FromIntPtr(NativeMethods.ScalarFunction.DuckDBScalarFunctionGetExtraInfo(info)).Target!;

    private void Register(string name, DuckDBType to, delegate* unmanaged[Cdecl]<nint, nint, nint, void> call, params ReadOnlySpan<DuckDBType> from)
    {
        var function = NativeMethods.ScalarFunction.DuckDBCreateScalarFunction();
        using var result = NativeMethods.LogicalType.DuckDBCreateLogicalType(to);
        NativeMethods.ScalarFunction.DuckDBScalarFunctionSetName(function, name);
        NativeMethods.ScalarFunction.DuckDBScalarFunctionSetReturnType(function, result);
        foreach (var type in from)
        {
            using var parameter = NativeMethods.LogicalType.DuckDBCreateLogicalType(type);
            if (type != DuckDBType.Any)
            {
                NativeMethods.ScalarFunction.DuckDBScalarFunctionAddParameter(function, parameter);
                continue;
            }

            // Any number of columns, NULL or not, and never computed ahead.
            NativeMethods.ScalarFunction.DuckDBScalarFunctionSetVarargs(function, parameter);
            NativeMethods.ScalarFunction.DuckDBScalarFunctionSetSpecialHandling(function);
            NativeMethods.ScalarFunction.DuckDBScalarFunctionSetVolatile(function);
        }

        NativeMethods.ScalarFunction.DuckDBScalarFunctionSetExtraInfo(function, GCHandle.ToIntPtr(_self), &Keep);
        NativeMethods.ScalarFunction.DuckDBScalarFunctionSetFunction(function, call);
        var state = NativeMethods.ScalarFunction.DuckDBRegisterScalarFunction(_connection, function);
        NativeMethods.ScalarFunction.DuckDBDestroyScalarFunction(ref function);
        if (state != DuckDBState.Success)
        {
            throw new InvalidOperationException($"The engine does not take the function {name}.");
        }
    }

    /// <summary>The handle is freed by <see cref="Dispose"/>.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Keep(nint extra)
    {
    }

    /// <summary>A scan that is under way, on several threads.</summary>
    private sealed class Scan(IColumnSink sink, Action<long> onRows)
    {
        private readonly Stack<(IColumnSink Sink, DuckDbBatch Batch)> _free = new();
        private readonly Lock _gate = new();
        private readonly IPartedSink? _parted = sink as IPartedSink;
        private long _rows;
        private ExceptionDispatchInfo? _failure;

        public long Rows => Volatile.Read(ref _rows);

        public TextCodes? Texts => sink.Texts;

        public ExceptionDispatchInfo? Failure => Volatile.Read(ref _failure);

        /// <summary>False where the scan is over because of a failure.</summary>
        public bool Take(DuckDBDataChunk chunk, out int count)
        {
            count = 0;
            if (Failure is not null)
            {
                return false;
            }

            try
            {
                if (_parted is null)
                {
                    lock (_gate)
                    {
                        count = Give(sink, _free.TryPeek(out var only) ? only.Batch : Add(sink).Batch, chunk);
                    }

                    return true;
                }

                (IColumnSink Sink, DuckDbBatch Batch) part;
                lock (_gate)
                {
                    part = _free.TryPop(out var free) ? free : (_parted.NewPart(), new DuckDbBatch());
                }

                count = Give(part.Sink, part.Batch, chunk);
                lock (_gate)
                {
                    _free.Push(part);
                }

                return true;
            }
            catch (Exception e)
            {
                // Nothing may be thrown into native code; Run throws it.
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
                return false;
            }
        }

        private (IColumnSink Sink, DuckDbBatch Batch) Add(IColumnSink to)
        {
            _free.Push((to, new DuckDbBatch()));
            return _free.Peek();
        }

        private int Give(IColumnSink to, DuckDbBatch batch, DuckDBDataChunk chunk)
        {
            batch.Point(chunk);
            onRows(Interlocked.Add(ref _rows, batch.Count));
            to.Take(batch);
            return batch.Count;
        }
    }
}

/// <summary>What DuckDB said of a scan: the driver's own exception cannot be made outside it.</summary>
internal sealed class DuckDbScanException(string message, DuckDBErrorType type) : DbException(message)
{
    public DuckDBErrorType ErrorType => type;
}
