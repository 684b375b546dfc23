
namespace Headroom.Bench.Faults;

/// <summary>Faults of a small disk that the data directory is on.</summary>
internal abstract class DiskFault : Fault
{
    public override string? ReasonAgainst(Means means) => means.NoDisk;
}

/// <summary>No byte is left, with or without the reserve that stops senders before.</summary>
internal sealed class DiskFullFault(bool reserve) : DiskFault
{
    public override string Name => reserve ? "disk nearly full" : "disk full";

    public override string Does => reserve
        ? "all but half of the reserve (Log:MinFreeDiskBytes) is taken by another's file, then given back"
        : "every byte is taken by another's file, without a reserve, then given back";

    public override Telling While => Telling.NotReady;

    public override bool IsShort => !reserve;

    public override IEnumerable<(string Name, string Value)> Environment(Means means) => reserve ? [] : [("Headroom__Log__MinFreeDiskBytes", "0")];

    public override Task InjectAsync(Trial trial)
    {
        trial.Disk.Fill(reserve ? 128L << 20 : 0);
        return Task.CompletedTask;
    }

    public override Task LiftAsync(Trial trial)
    {
        trial.Disk.Empty();
        return Task.CompletedTask;
    }
}

/// <summary>Every write stops for a while, again and again.</summary>
internal sealed class DiskSlowFault : DiskFault, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _slowing = Task.CompletedTask;

    public override string Name => "disk slow";

    public override string Does => "writes stop for 0.2 to 1 s again and again, with 50 ms between";

    public override Telling While => Telling.Either;

    public override TimeSpan Lasts(Random random) => TimeSpan.FromMilliseconds(random.Next(4000, 8000));

    public override Task InjectAsync(Trial trial)
    {
        var random = new Random(trial.Random.Next());
        _slowing = Task.Run(async () =>
        {
            while (!_stop.IsCancellationRequested)
            {
                await trial.Disk.FreezeAsync();
                await Task.Delay(random.Next(200, 1000));
                await trial.Disk.ThawAsync();
                await Task.Delay(50);
            }
        });
        return Task.CompletedTask;
    }

    public override async Task LiftAsync(Trial trial)
    {
        await _stop.CancelAsync();
        await _slowing;
    }

    public void Dispose() => _stop.Dispose();
}

/// <summary>Every write stops, and stays so.</summary>
internal sealed class DiskStallFault : DiskFault
{
    public override string Name => "disk stands still";

    public override string Does => "no write comes back for 12 to 20 s, and none fails";

    public override Telling While => Telling.NotReady;

    public override TimeSpan Lasts(Random random) => TimeSpan.FromMilliseconds(random.Next(4000, 8000));

    public override Task InjectAsync(Trial trial) => trial.Disk.FreezeAsync();

    public override Task LiftAsync(Trial trial) => trial.Disk.ThawAsync();
}

/// <summary>What a file system does after an error of its device.</summary>
internal sealed class DiskReadOnlyFault : DiskFault
{
    public override string Name => "disk read-only";

    public override string Does => "the file system stops taking writes, as after an error of its device, until the machine is started again (fsck, mount)";

    public override Telling While => Telling.NotReady;

    public override bool IsShort => true;

    public override Task InjectAsync(Trial trial) => trial.Disk.AbortAsync();

    public override async Task LiftAsync(Trial trial)
    {
        using var held = await trial.Server.HoldAsync();
        await trial.Disk.RepairAsync();
    }
}
