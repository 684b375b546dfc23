using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Headroom.Store.Sql;

/// <summary>
/// Processes for statements (<see cref="SqlWorker"/>), each for one. One is started ahead where statements were asked for lately:
/// it has loaded the engine and waits, knows no project, and is ended when nobody has asked for some minutes. Who takes it ends
/// it, whatever became of the statement, so that none meets what another one left. Safe for concurrent use.
/// </summary>
internal sealed class SqlWorkers : IDisposable
{
    /// <summary>After so long without a statement or a look at what statements may read, none waits any more.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(3);

    private static readonly ImmutableArray<string> Program = FindProgram();

    private readonly string _directory;
    private readonly ITimer _idle;
    private readonly Lock _gate = new();
    private Process? _ahead;
    private bool _disposed;

    /// <param name="directory">Where processes begin; it exists.</param>
    public SqlWorkers(string directory, TimeProvider time)
    {
        _directory = directory;
        _idle = time.CreateTimer(_ => EndAhead(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The number of the process that waits; null where none does.</summary>
    public int? Ahead
    {
        get
        {
            lock (_gate)
            {
                return _ahead is { HasExited: false } ? _ahead.Id : null;
            }
        }
    }

    /// <summary>A process that has been told nothing yet, and whether it was started ahead: such a one may have ended since. The caller ends it, see <see cref="EndAsync"/>.</summary>
    public (Process Worker, bool Ahead) Take()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_ahead is { } ahead)
            {
                _ahead = null;
                if (!ahead.HasExited)
                {
                    return (ahead, true);
                }

                ahead.Dispose();
            }
        }

        return (Start(), false);
    }

    /// <summary>A process of which nobody can have ended anything; as <see cref="Take"/>.</summary>
    public Process Start() => Start(ahead: false);

    /// <summary>Has one wait for the next statement from soon on, where none does.</summary>
    public Task PrepareAsync() => Task.Run(() =>
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _idle.Change(KeptFor, Timeout.InfiniteTimeSpan);
            if (_ahead is { HasExited: true })
            {
                _ahead.Dispose();
                _ahead = null;
            }

            try
            {
                _ahead ??= Start(ahead: true);
            }
            catch (Win32Exception)
            {
                // Whoever needs one starts it, and says why that cannot be done.
            }
        }
    });

    /// <summary>Ends a process, whatever it does, and disposes it.</summary>
    public static async Task EndAsync(Process worker)
    {
        using (worker)
        {
            if (!worker.HasExited)
            {
                worker.Kill();
                await worker.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _idle.Dispose();
        EndAhead();
    }

    private void EndAhead()
    {
        Process? ahead;
        lock (_gate)
        {
            (ahead, _ahead) = (_ahead, null);
        }

        if (ahead is not null)
        {
            EndAsync(ahead).GetAwaiter().GetResult();
        }
    }

    private Process Start(bool ahead)
    {
        var start = new ProcessStartInfo(Program[0])
        {
            WorkingDirectory = _directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var argument in Program.AsSpan()[1..])
        {
            start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add(SqlWorker.Argument);
        if (ahead)
        {
            start.ArgumentList.Add(SqlWorker.AheadArgument);
        }

        // Not the server's environment: it may have secrets.
        start.Environment.Clear();
        start.Environment["DOTNET_ROOT"] = DotnetRoot();
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["TZ"] = "UTC";
        return Process.Start(start) ?? throw new InvalidOperationException("The process for a statement did not start.");
    }

    private static string DotnetRoot() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>This product's executable, also where something else (tests, dotnet) hosts its parts.</summary>
    private static ImmutableArray<string> FindProgram()
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "headroom.exe" : "headroom");
        return File.Exists(program) ? [program] : [Path.Combine(DotnetRoot(), "dotnet"), Path.Combine(AppContext.BaseDirectory, "headroom.dll")];
    }
}
