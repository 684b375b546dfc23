using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Faults;

/// <summary>What every fault is judged by.</summary>
internal enum Question
{
    Ledger,
    Events,
    Others,
    Readiness,
    Recovery,
}

/// <summary>One fault, or several at once, tried once.</summary>
/// <param name="Findings">What was not as it should be; empty for a trial that passed.</param>
/// <param name="Notes">What is worth knowing beside.</param>
internal sealed record Outcome(
    IReadOnlyList<string> Faults, int Seed, TimeSpan Took, IReadOnlyList<(Question Question, string Finding)> Findings, IReadOnlyList<string> Notes, string Output)
{
    public string Name => string.Join(" + ", Faults);

    public bool Passed => Findings.Count == 0;
}

/// <summary>
/// A server of its own with two projects under load: one that the fault is aimed at, and one that has nothing to do with it. The same seed
/// makes the same choices; when exactly they meet the server is up to the machine.
/// </summary>
internal sealed class Trial : IAsyncDisposable
{
    /// <summary>The promise: within so much time what is wrong is told, and what is well again.</summary>
    public static readonly TimeSpan Truth = TimeSpan.FromSeconds(10);

    private const double RequestsPerSecond = 40;
    private const long DiskBytes = 3L << 29;
    private static readonly ConcurrentDictionary<Trial, bool> s_running = new();
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(90);
    private readonly IReadOnlyList<Fault> _faults;
    private readonly List<(Question, string)> _findings = [];
    private readonly List<string> _notes = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Load? _load;
    private Load? _bystanderLoad;
    private Watch? _watch;
    private Disk? _disk;
    private LabServer? _server;
    private int _disposed;
    private int _unread;
    private TimeSpan _slowestRead;
    private string _lastReadProblem = "";

    private Trial(IReadOnlyList<Fault> faults, int seed, bool quick) => (_faults, Random, IsQuick) = (faults, new Random(seed), quick);

    public Random Random { get; }

    /// <summary>The short form: smaller and shorter where a fault has a size.</summary>
    public bool IsQuick { get; }

    public LabServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public Disk Disk => _disk ?? throw new InvalidOperationException("There is no small disk.");

    public Load Load => _load ?? throw new InvalidOperationException("Not started.");

    public Watch Watch => _watch ?? throw new InvalidOperationException("Not started.");

    /// <summary>The project that the fault is aimed at, where it is aimed at one.</summary>
    public BenchProject Project { get; private set; } = new("", "", "");

    public BenchProject Bystander { get; private set; } = new("", "", "");

    public static async Task<Outcome> RunAsync(IReadOnlyList<Fault> faults, int seed, bool quick, Means means)
    {
        var start = Stopwatch.GetTimestamp();
        await using var trial = new Trial(faults, seed, quick);
        s_running[trial] = true;
        try
        {
            await trial.StartAsync(means);
            await trial.StrikeAsync();
            await trial.JudgeAsync();
        }
        catch (Exception e)
        {
            trial.Find(Question.Recovery, $"the trial broke off: {e.Message}");
        }

        return new Outcome(
            [.. faults.Select(static f => f.Name)], seed, Stopwatch.GetElapsedTime(start), trial._findings, trial._notes, trial._server?.Output ?? "");
    }

    /// <summary>Clears away whatever runs, for a laboratory that is told to end.</summary>
    public static Task EndAllAsync() => Task.WhenAll(s_running.Keys.Select(static trial => trial.DisposeAsync().AsTask()));

    public void Find(Question question, string finding)
    {
        lock (_gate)
        {
            _findings.Add((question, finding));
        }
    }

    public void Note(string note)
    {
        lock (_gate)
        {
            _notes.Add(note);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        s_running.TryRemove(this, out _);
        await _stop.CancelAsync();
        if (_disk is not null)
        {
            // Nothing that is to end may wait for a disk that stands still.
            await _disk.ThawAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _load?.Dispose();
        _bystanderLoad?.Dispose();
        _watch?.Dispose();
        _stop.Dispose();
        if (_disk is not null)
        {
            await _disk.DisposeAsync();
        }
        else if (_server is not null)
        {
            Directory.Delete(_server.Directory, recursive: true);
        }

        foreach (var fault in _faults.OfType<IDisposable>())
        {
            fault.Dispose();
        }
    }

    private async Task StartAsync(Means means)
    {
        string directory;
        if (means.NoDisk is null)
        {
            _disk = await Disk.MakeAsync(DiskBytes);
            directory = Path.Combine(_disk.Mount, "data");
        }
        else
        {
            directory = ServerProcess.NewDirectory();
        }

        _server = new LabServer(directory, _faults.SelectMany(f => f.Wrapper(means)), _faults.SelectMany(f => f.Environment(means)));
        var added = await Task.WhenAll(ServerProcess.AddProjectAsync("struck", directory), ServerProcess.AddProjectAsync("bystander", directory));
        (Project, Bystander) = (added[0], added[1]);
        _server.Start();
        _load = new Load(_server, Project, RequestsPerSecond, new Random(Random.Next()));
        _bystanderLoad = new Load(_server, Bystander, RequestsPerSecond / 2, new Random(Random.Next()));
        _watch = new Watch(_server, () => Math.Max(_load.LastAcknowledged, _bystanderLoad.LastAcknowledged));
        Background(_watch.RunAsync(_stop.Token));
        if (await _watch.UntilAsync(0, TimeSpan.MaxValue / 4, static s => s.Readiness == Readiness.Ready).WaitAsync(TimeSpan.FromSeconds(60)) is null)
        {
            throw new InvalidOperationException("The server is not ready after 60 s.");
        }

        foreach (var fault in _faults)
        {
            await fault.PrepareAsync(this);
        }
    }

    private async Task StrikeAsync()
    {
        using var sending = new CancellationTokenSource();
        var loads = Task.WhenAll(Load.RunAsync(sending.Token), _bystanderLoad!.RunAsync(sending.Token), ReadAsync(sending.Token));
        await Task.Delay(Random.Next(IsQuick ? 800 : 1500, IsQuick ? 2000 : 4000));

        var struck = Stopwatch.GetTimestamp();
        foreach (var fault in Shuffled())
        {
            await fault.InjectAsync(this);
            await Task.Delay(_faults.Count > 1 ? Random.Next(0, 1000) : 0);
        }

        if (_faults.Any(static f => f.While == Telling.NotReady))
        {
            if (await Watch.UntilAsync(struck, Truth, static s => s.Readiness != Readiness.Ready) is { } told)
            {
                Note(string.Create(CultureInfo.InvariantCulture, $"told after {told.TotalSeconds:0.0} s"));
            }
            else
            {
                Find(Question.Readiness, "called ready for 10 s after the fault");
            }
        }

        await Task.Delay(_faults.Max(f => f.Lasts(Random)) / (IsQuick ? 2 : 1));
        foreach (var fault in Shuffled())
        {
            await fault.LiftAsync(this);
        }

        var lifted = Stopwatch.GetTimestamp();
        if (await Watch.UntilAsync(lifted, Truth, static s => s.Readiness == Readiness.Ready) is { } ready)
        {
            Note(string.Create(CultureInfo.InvariantCulture, $"ready again after {ready.TotalSeconds:0.0} s"));
        }
        else
        {
            Find(Question.Readiness, "not ready 10 s after the fault ended");
            if (await Watch.UntilAsync(lifted, s_deadline, static s => s.Readiness == Readiness.Ready) is null)
            {
                Find(Question.Recovery, "not ready 90 s after the fault ended");
            }
        }

        await Task.Delay(Random.Next(500, 1500));
        await sending.CancelAsync();
        await loads;
        if (_faults.All(static f => f.While == Telling.Ready) && Watch.NotReadySince(struck) is { } sample)
        {
            Find(Question.Readiness, $"not called ready though it could do all ({sample.Said})");
        }
    }

    private async Task JudgeAsync()
    {
        if (Watch.LongestLie > Truth)
        {
            Find(Question.Readiness, string.Create(CultureInfo.InvariantCulture, $"called ready for {Watch.LongestLie.TotalSeconds:0} s while no event was acknowledged"));
        }

        if (!(await Task.WhenAll(Load.FinishAsync(s_deadline), _bystanderLoad!.FinishAsync(s_deadline))).All(static done => done))
        {
            Find(Question.Recovery, $"senders that retry were not rid of their events 90 s later ({Load.Answers})");
            return;
        }

        await JudgeAsync(Project, Load, Question.Events);
        await JudgeAsync(Bystander, _bystanderLoad!, Question.Others);
        if (!_faults.Any(static f => f.StrikesAll))
        {
            JudgeBystander();
        }

        foreach (var fault in _faults)
        {
            await fault.JudgeAsync(this);
        }
    }

    /// <summary>The ledger, and every acknowledged event once.</summary>
    private async Task JudgeAsync(BenchProject project, Load load, Question question)
    {
        var ledger = await Server.LedgerAsync(project);
        var start = Stopwatch.GetTimestamp();
        while (ledger.Waiting > 0 && Stopwatch.GetElapsedTime(start) < s_deadline)
        {
            await Task.Delay(50);
            ledger = await Server.LedgerAsync(project);
        }

        if (ledger.Waiting > 0)
        {
            Find(Question.Recovery, $"{ledger.Waiting} events still wait 90 s later");
            return;
        }

        var (sent, acknowledged) = load.Events;
        var all = (long)(await Server.SqlAsync(project, "SELECT count(*) FROM events"))[0]![0]!;
        if (ledger.Received != ledger.Stored + ledger.Duplicates + ledger.Rejected || ledger.Stored != all || ledger.Rejected != 0)
        {
            Find(Question.Ledger, $"{ledger} and {all} rows stored");
        }

        var stored = await Server.StoredAsync(project, Load.EventName);
        var once = stored.ToHashSet();
        var missing = acknowledged.Count(uuid => !once.Contains(uuid));
        var foreign = once.Count(uuid => !sent.Contains(uuid));
        if (missing > 0 || foreign > 0 || stored.Count != once.Count)
        {
            Find(question, $"of {acknowledged.Count} acknowledged events {missing} are missing, {stored.Count - once.Count} are there more than once, {foreign} were never sent");
        }

        var counted = (long)(double)JsonNode.Parse(await Server.ReadAsync(project, HttpMethod.Post, "query", Total()))!["series"]![0]!["total"]!;
        if (counted != once.Count)
        {
            Find(question, $"an insight counts {counted} events of {once.Count}");
        }

        if (load.Wrong is { Count: > 0 } wrong)
        {
            Find(question, $"was answered with {string.Join("; ", wrong)}");
        }
    }

    private void JudgeBystander()
    {
        if (_bystanderLoad!.Unacknowledged > 0)
        {
            Find(Question.Others, $"requests of another project were answered {_bystanderLoad.Answers}");
        }

        if (_bystanderLoad.Slowest > Truth || _slowestRead > Truth)
        {
            Find(Question.Others, string.Create(CultureInfo.InvariantCulture,
                $"another project waited up to {_bystanderLoad.Slowest.TotalSeconds:0.0} s for an acknowledgement, {_slowestRead.TotalSeconds:0.0} s for an answer"));
        }

        if (_unread > 0)
        {
            Find(Question.Others, $"{_unread} queries of another project failed ({_lastReadProblem})");
        }

        Note(string.Create(CultureInfo.InvariantCulture, $"others waited at most {_bystanderLoad.Slowest.TotalSeconds:0.0} s to send, {_slowestRead.TotalSeconds:0.0} s to read"));
    }

    /// <summary>The bystander looks at its numbers all the time.</summary>
    private async Task ReadAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (!stop.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                await Server.ReadAsync(Bystander, HttpMethod.Post, "query", Total());
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                _unread++;
                _lastReadProblem = e.Message;
            }

            var took = Stopwatch.GetElapsedTime(start);
            _slowestRead = took > _slowestRead ? took : _slowestRead;
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>How often the load's event came, over all time that a clock here may ever have said.</summary>
    private static JsonObject Total() => new()
    {
        ["kind"] = "trends",
        ["series"] = new JsonArray(new JsonObject { ["event"] = Load.EventName, ["math"] = "total" }),
        ["range"] = new JsonObject { ["from"] = "2020-01-01", ["to"] = "2040-01-01" },
        ["interval"] = "month",
    };

    private Fault[] Shuffled()
    {
        Fault[] faults = [.. _faults];
        Random.Shuffle(faults);
        return faults;
    }

    private void Background(Task task) =>
        task.ContinueWith(
            failed => Find(Question.Recovery, $"the laboratory itself failed: {failed.Exception?.InnerException?.Message}"),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
