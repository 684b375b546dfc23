using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Headroom.Bench.Faults;

/// <summary>The process may not open another file.</summary>
internal sealed class OpenFilesFault : Fault
{
    private ulong _before;
    private int _process;

    public override string Name => "file descriptors";

    public override string Does => "the process may have no more files and connections open than it has at that moment, later as many as before";

    public override Telling While => Telling.NotReady;

    public override bool IsShort => true;

    public override string? ReasonAgainst(Means means) => OperatingSystem.IsLinux() ? null : "prlimit is Linux's";

    public override Task InjectAsync(Trial trial)
    {
        _process = trial.Server.ProcessId;
        if (_process != 0)
        {
            var open = Directory.GetFiles($"/proc/{_process}/fd").Length;
            _before = Native.LimitOpenFiles(_process, (ulong)open);
            trial.Note(string.Create(CultureInfo.InvariantCulture, $"{open} open files"));
        }

        return Task.CompletedTask;
    }

    public override Task LiftAsync(Trial trial)
    {
        if (_process != 0 && trial.Server.ProcessId == _process)
        {
            Native.LimitOpenFiles(_process, _before);
        }

        return Task.CompletedTask;
    }
}

/// <summary>Less memory than the process has taken, so that the kernel takes back what it can and ends the process where that is not enough.</summary>
internal sealed class MemoryFault : Fault, IDisposable
{
    private MemoryGroup? _group;

    public override string Name => "memory limit";

    public override string Does => "a cgroup's bound falls to a little above what the process uses, or below it; where the kernel kills it, a supervisor starts it again";

    public override Telling While => Telling.Either;

    public override string? ReasonAgainst(Means means) => means.NoMemoryGroup;

    public override IEnumerable<string> Wrapper(Means means) => (_group ??= MemoryGroup.Make()).Wrapper;

    public override TimeSpan Lasts(Random random) => TimeSpan.FromMilliseconds(random.Next(2000, 5000));

    public override Task InjectAsync(Trial trial)
    {
        var used = _group!.UsedBytes;
        var limit = (long)(used * (0.5 + (trial.Random.NextDouble() * 0.7)));
        try
        {
            _group.Limit(limit);
            trial.Note(string.Create(CultureInfo.InvariantCulture, $"{limit >> 20} MiB instead of {used >> 20} MiB"));
        }
        catch (IOException)
        {
            // The kernel of version 1 refuses a bound that it cannot reach at once.
            _group.Limit(used + (8 << 20));
            trial.Note(string.Create(CultureInfo.InvariantCulture, $"8 MiB more than the {used >> 20} MiB in use"));
        }

        return Task.CompletedTask;
    }

    public override Task LiftAsync(Trial trial)
    {
        _group!.Limit(-1);
        trial.Note(string.Create(CultureInfo.InvariantCulture, $"killed by the kernel {_group.Killed} times"));
        return Task.CompletedTask;
    }

    public void Dispose() => _group?.Dispose();
}

/// <summary>The machine's clock is set, forwards or back.</summary>
internal sealed class ClockFault(bool forwards) : Fault, IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"headroom-faults-clock-{Guid.NewGuid():N}");

    public override string Name => forwards ? "clock forwards" : "clock back";

    public override string Does => forwards
        ? "the wall clock jumps a minute to 30 hours ahead, and later back"
        : "the wall clock jumps a minute to 30 hours back, and later ahead";

    public override Telling While => Telling.Either;

    public override string? ReasonAgainst(Means means) => means.ClockLibrary is null ? "libfaketime is not installed (Debian: faketime)" : null;

    public override IEnumerable<(string Name, string Value)> Environment(Means means)
    {
        Set(0);
        return
        [
            ("LD_PRELOAD", means.ClockLibrary!),
            ("FAKETIME_TIMESTAMP_FILE", _file),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
    }

    public override TimeSpan Lasts(Random random) => TimeSpan.FromMilliseconds(random.Next(3000, 6000));

    public override async Task InjectAsync(Trial trial)
    {
        var seconds = (int)Math.Exp(trial.Random.NextDouble() * Math.Log(30 * 60)) * 60;
        Set(forwards ? seconds : -seconds);
        trial.Note(string.Create(CultureInfo.InvariantCulture, $"by {(forwards ? "+" : "−")}{TimeSpan.FromSeconds(seconds):g}"));
        await Task.Delay(2000);
        try
        {
            // A server that did not notice would prove nothing.
            using var answer = await trial.Server.Http.GetAsync(new Uri("/health/live", UriKind.Relative));
            if (answer.Headers.Date is not { } said || (said - TimeProvider.System.GetUtcNow()).Duration() < TimeSpan.FromSeconds(seconds / 2))
            {
                trial.Find(Question.Recovery, $"the laboratory could not set the clock: the server says {answer.Headers.Date:O}");
            }
        }
        catch (HttpRequestException)
        {
            // Another fault keeps it from answering.
        }
    }

    public override Task LiftAsync(Trial trial)
    {
        Set(0);
        return Task.CompletedTask;
    }

    public void Dispose() => File.Delete(_file);

    private void Set(int seconds)
    {
        // Renamed over, so that nobody reads half of it.
        File.WriteAllText(_file + ".next", string.Create(CultureInfo.InvariantCulture, $"{(seconds < 0 ? "" : "+")}{seconds}\n"));
        File.Move(_file + ".next", _file, overwrite: true);
    }
}

/// <summary>Connections that send a byte now and then, and never a whole request.</summary>
internal sealed class SlowConnectionsFault : Fault, IDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _dripping = Task.CompletedTask;

    public override string Name => "10,000 slow connections";

    public override string Does => "10,000 connections each send one byte of a request's head or body every few seconds";

    public override Telling While => Telling.Ready;

    public override bool StrikesAll => false;

    public override TimeSpan Lasts(Random random) => TimeSpan.FromMilliseconds(random.Next(5000, 10_000));

    public override async Task InjectAsync(Trial trial)
    {
        var count = trial.IsQuick ? 2000 : 10_000;
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            await socket.ConnectAsync(trial.Server.Address.Host, trial.Server.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                i % 2 == 0 ? "POST /batch/ HTTP/1.1\r\nHost: lab\r\nX-Slow: " : "POST /batch/ HTTP/1.1\r\nHost: lab\r\nContent-Length: 100000\r\n\r\n{"));
        }

        trial.Note(string.Create(CultureInfo.InvariantCulture, $"{count} connections"));
        _dripping = Task.Run(DripAsync);
    }

    public override async Task LiftAsync(Trial trial)
    {
        await _stop.CancelAsync();
        await _dripping;
        Close();
    }

    public void Dispose()
    {
        Close();
        _stop.Dispose();
    }

    private void Close()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        _sockets.Clear();
    }

    private async Task DripAsync()
    {
        byte[] drop = [(byte)'a'];
        while (!_stop.IsCancellationRequested)
        {
            foreach (var socket in _sockets)
            {
                try
                {
                    socket.Send(drop);
                }
                catch (SocketException)
                {
                    // The server has had enough of this one, as it should.
                }
            }

            await Task.Delay(3000);
        }
    }
}
