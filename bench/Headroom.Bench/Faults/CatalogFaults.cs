using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Headroom.Bench.Faults;

/// <summary>Another program holds the catalog, as a careless backup does.</summary>
internal sealed class CatalogLockedFault : Fault, IDisposable
{
    private SqliteConnection? _other;

    public override string Name => "catalog locked";

    public override string Does => "another program holds a writing transaction on catalog.db for 11 to 15 s";

    public override Telling While => Telling.NotReady;

    public override bool IsShort => true;

    public override TimeSpan Lasts(Random random) => TimeSpan.FromMilliseconds(random.Next(1000, 5000));

    public override Task InjectAsync(Trial trial)
    {
        _other = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(trial.Server.Directory, "catalog.db"), Pooling = false }.ToString());
        _other.Open();
        Execute("BEGIN IMMEDIATE");
        return Task.CompletedTask;
    }

    public override Task LiftAsync(Trial trial)
    {
        Execute("ROLLBACK");
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _other?.Dispose();
        _other = null;
    }

    private void Execute(string sql)
    {
        using var command = _other!.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

/// <summary>
/// The catalog is not what it was, and the process is started on it. There is no way back without a copy: a backup from before is restored, with the
/// event log as it is now, which still holds what came since.
/// </summary>
internal sealed class CatalogDamagedFault : Fault
{
    private const string Backup = "before";

    public override string Name => "catalog damaged";

    public override string Does => "catalog.db is overwritten in places or cut off while the process is down; later a backup from before the fault is restored beside the log as it is";

    public override Telling While => Telling.NotReady;

    public override bool Pairs => false;

    public override async Task InjectAsync(Trial trial)
    {
        var directory = trial.Server.Directory;
        var backup = Path.Combine(Path.GetDirectoryName(directory)!, Backup);
        await RunAsync("backup", backup, "--data", directory);

        // What comes after the backup is in the log only.
        await Task.Delay(trial.Random.Next(500, 1500));
        using var held = await trial.Server.HoldAsync();
        Damage(Path.Combine(directory, "catalog.db"), trial.Random);

        // The write-ahead log holds newer pages, which would cover the damage.
        File.Delete(Path.Combine(directory, "catalog.db-wal"));
    }

    public override async Task LiftAsync(Trial trial)
    {
        // The process that was just started takes a moment to find out, and tells by not answering meanwhile.
        var start = Stopwatch.GetTimestamp();
        while (!trial.Server.Output.Contains("catalog.db", StringComparison.Ordinal) && Stopwatch.GetElapsedTime(start) < Trial.Truth)
        {
            await Task.Delay(100);
        }

        if (!trial.Server.Output.Contains("catalog.db", StringComparison.Ordinal))
        {
            trial.Find(Question.Readiness, $"the server did not say that catalog.db is damaged, but: {trial.Server.Output.Split('\n')[^2]}");
        }

        using var held = await trial.Server.HoldAsync();
        var directory = trial.Server.Directory;
        var home = Path.GetDirectoryName(directory)!;
        var restored = Path.Combine(home, "restored");
        await RunAsync("restore", Path.Combine(home, Backup), "--data", restored);
        Directory.Delete(Path.Combine(restored, "log"), recursive: true);
        Directory.Move(Path.Combine(directory, "log"), Path.Combine(restored, "log"));
        Directory.Delete(directory, recursive: true);
        Directory.Move(restored, directory);
    }

    private static void Damage(string path, Random random)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(file);
        if (random.Next(3) == 0)
        {
            RandomAccess.SetLength(file, random.NextInt64(1, length));
            return;
        }

        // Whole pages from the first on: damage of a page's values alone is nothing that SQLite could know of.
        var garbage = new byte[random.NextInt64(100, length)];
        random.NextBytes(garbage);
        RandomAccess.Write(file, garbage, 0);
    }

    private static async Task RunAsync(params string[] arguments)
    {
        var (code, said) = await ServerProcess.RunAsync(arguments);
        if (code != 0)
        {
            throw new IOException($"headroom {arguments[0]} ended with {code}: {said}");
        }
    }
}
