using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace Headroom.ClickHouse;

/// <summary>ClickHouse as a library. One statement at a time: parameters and settings belong to its only connection.</summary>
internal sealed unsafe partial class Engine
{
    private const string Library = "chdb";

    /// <summary>No test has a statement that takes as long, also where it has a small part of a processor. Below the time for which the driver waits.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(100);

    private readonly Lock _gate = new();
    private readonly nint _connection;

    /// <param name="library">The path of libchdb.so.</param>
    /// <param name="folder">Where the tables are.</param>
    public Engine(string library, string folder)
    {
        NativeLibrary.SetDllImportResolver(typeof(Engine).Assembly, (name, _, _) => name == Library ? NativeLibrary.Load(library) : 0);
        SetSignalHandlersEnabled(0);
        var arguments = stackalloc nint[2] { Marshal.StringToCoTaskMemUTF8("clickhouse"), Marshal.StringToCoTaskMemUTF8("--path=" + folder) };
        var connection = Connect(2, arguments);
        _connection = connection == null ? throw new InvalidOperationException("The library does not open " + folder) : *connection;
    }

    /// <summary>The answer in the format asked for. Throws <see cref="EngineException"/> with what the engine says.</summary>
    public byte[] Run(string sql, string format, IReadOnlyDictionary<string, string> parameters, IReadOnlyDictionary<string, string> settings)
    {
        lock (_gate)
        {
            using var watch = new Timer(_ => End(sql), null, Longest, Timeout.InfiniteTimeSpan);
            return With(settings, () => Query(sql, format, parameters));
        }
    }

    /// <summary>Nothing ends a statement that stands still, and all others wait for it: they had rather fail at once.</summary>
    private static void End(string sql)
    {
        Console.Error.WriteLine($"A statement takes more than {Longest.TotalSeconds} seconds: {sql}");
        Process.GetCurrentProcess().Kill();
    }

    private byte[] With(IReadOnlyDictionary<string, string> settings, Func<byte[]> run)
    {
        var none = new Dictionary<string, string>();
        var set = new List<string>();
        try
        {
            foreach (var (name, value) in settings)
            {
                Query($"SET {name} = '{value.Replace("'", "''", StringComparison.Ordinal)}'", "CSV", none);
                set.Add(name);
            }

            return run();
        }
        finally
        {
            foreach (var name in set)
            {
                Query($"SET {name} = DEFAULT", "CSV", none);
            }
        }
    }

    private byte[] Query(string sql, string format, IReadOnlyDictionary<string, string> parameters)
    {
        using var names = new Texts(parameters.Keys);
        using var values = new Texts(parameters.Values);
        var (statement, kind) = (Encoding.UTF8.GetBytes(sql), Encoding.UTF8.GetBytes(format));
        fixed (byte* text = statement, of = kind)
        {
            return parameters.Count == 0 ? Take(QueryN(_connection, text, (nuint)statement.Length, of, (nuint)kind.Length))
                : Take(QueryWithParamsN(
                    _connection, text, (nuint)statement.Length, of, (nuint)kind.Length, names.Pointers, names.Lengths, values.Pointers, values.Lengths, (nuint)parameters.Count));
        }
    }

    private static byte[] Take(nint result)
    {
        try
        {
            Fail(ResultError(result));
            var length = (int)ResultLength(result);
            // There is no buffer for an empty answer.
            return length == 0 ? [] : new ReadOnlySpan<byte>(ResultBuffer(result), length).ToArray();
        }
        finally
        {
            DestroyQueryResult(result);
        }
    }

    private static void Fail(byte* error)
    {
        if (error != null && Marshal.PtrToStringUTF8((nint)error) is { Length: > 0 } message)
        {
            throw new EngineException(message);
        }
    }

    [LibraryImport(Library, EntryPoint = "chdb_set_signal_handlers_enabled")]
    private static partial void SetSignalHandlersEnabled(int enabled);

    [LibraryImport(Library, EntryPoint = "chdb_connect")]
    private static partial nint* Connect(int count, nint* arguments);

    [LibraryImport(Library, EntryPoint = "chdb_query_n")]
    private static partial nint QueryN(nint connection, byte* sql, nuint length, byte* format, nuint formatLength);

    [LibraryImport(Library, EntryPoint = "chdb_query_with_params_n")]
    private static partial nint QueryWithParamsN(
        nint connection, byte* sql, nuint length, byte* format, nuint formatLength, byte** names, nuint* nameLengths, byte** values, nuint* valueLengths, nuint count);

    [LibraryImport(Library, EntryPoint = "chdb_result_buffer")]
    private static partial byte* ResultBuffer(nint result);

    [LibraryImport(Library, EntryPoint = "chdb_result_length")]
    private static partial nuint ResultLength(nint result);

    [LibraryImport(Library, EntryPoint = "chdb_result_error")]
    private static partial byte* ResultError(nint result);

    [LibraryImport(Library, EntryPoint = "chdb_destroy_query_result")]
    private static partial void DestroyQueryResult(nint result);

    /// <summary>Texts as native code takes a list of them.</summary>
    private sealed class Texts : IDisposable
    {
        private readonly int _count;

        public Texts(IEnumerable<string> texts)
        {
            var all = texts.Select(Encoding.UTF8.GetBytes).ToArray();
            _count = all.Length;
            Pointers = (byte**)NativeMemory.Alloc((nuint)(_count + 1), (nuint)sizeof(byte*));
            Lengths = (nuint*)NativeMemory.Alloc((nuint)(_count + 1), (nuint)sizeof(nuint));
            for (var i = 0; i < _count; i++)
            {
                Lengths[i] = (nuint)all[i].Length;
                Pointers[i] = (byte*)NativeMemory.AllocZeroed((nuint)all[i].Length + 1);
                all[i].CopyTo(new Span<byte>(Pointers[i], all[i].Length));
            }
        }

        public byte** Pointers { get; }

        public nuint* Lengths { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
            {
                NativeMemory.Free(Pointers[i]);
            }

            NativeMemory.Free(Pointers);
            NativeMemory.Free(Lengths);
        }
    }
}

/// <summary>What the engine says of a statement.</summary>
internal sealed class EngineException(string message) : Exception(message);
