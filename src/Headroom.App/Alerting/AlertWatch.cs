// Looks every second, so that what a part says after at most eight seconds (Headroom:Writing:BehindAfter) is told within ten. A look reads
// memory only: what would wait, disks, channels and the file, is asked or done beside it.

using System.Diagnostics.Metrics;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Alerting;

/// <summary>What alerts are made from, other than themselves.</summary>
internal sealed class AlertSources(
    IEventLog log, IEventStore store, WaitingEvents waiting, IProjectDirectory projects, IWallSource walls, AlertSignals signals, DiskWatch disks, TimeProvider time)
{
    private readonly LedgerWatch _ledger = new(waiting.TakeOff);

    /// <summary>Called by one at a time.</summary>
    public AlertInputs Look(IReadOnlyList<PartHealth> parts, IReadOnlyList<ChannelTrouble> channels, Func<string, bool> fires)
    {
        // The log's end is asked after the balances: what comes between makes it look unread, which proves nothing.
        var balances = projects.All.Select(project => (project.Id, Balance: waiting.Balance(project.Id))).ToList();
        var settled = log.IsSettled;
        var end = log.End;
        var caughtUp = settled && store.Committed.Reaches(end);
        var errors = signals.Look(parts.All(static part => part.Ok || part.Name != "writer"));
        return new AlertInputs(
            DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime),
            parts,
            _ledger.Look(balances.Select(one => new LedgerLook(one.Id, store.Ledger(one.Id), one.Balance, caughtUp, log.MayRepeat))),
            disks.Look(),
            signals.LagBytes,
            errors,
            walls.Walls,
            channels,
            fires);
    }
}

/// <summary>Looks, tells, and keeps what must outlive the process.</summary>
internal sealed class AlertWatch(
    IServiceProvider services, AlertSources sources, AlertBook book, AlertSender sender, AlertFile file, IOptions<AlertingOptions> options, TimeProvider time,
    ILogger<AlertWatch> logger) : BackgroundService, IHealthSource
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>What happens within it after a message is one message, so that a chain of failures is not ten.</summary>
    private static readonly TimeSpan BetweenMessages = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(2);
    private readonly List<AlertNews> _news = [];
    private readonly Meter _meter = AlertingMetrics.Watch(book);
    private IHealthSource[] _parts = [];
    private DateTimeOffset _told = DateTimeOffset.MinValue;
    private long _written;
    private long _looked;

    public PartHealth Health
    {
        get
        {
            var looked = Interlocked.Read(ref _looked);
            var silent = looked == 0 ? TimeSpan.Zero : time.GetElapsedTime(looked);
            return silent < Silent
                ? new PartHealth("alerting", true, null, null)
                : new PartHealth("alerting", false, "Nobody looks for what is wrong any more, so no alert is told. Restart the process, and report it with its log.", time.GetUtcNow() - silent);
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Not by the constructor: this is one of them.
        _parts = [.. services.GetServices<IHealthSource>()];
        if (file.Read() is { } record)
        {
            book.Restore(record, time.GetUtcNow());
        }

        _written = book.Version;
        sender.Start();
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Interlocked.Exchange(ref _looked, 0);
        await Task.WhenAny(file.WriteSoon(book.Record()), Task.Delay(LastWrite, time, CancellationToken.None));
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    /// <summary>One look, with everything that follows from it.</summary>
    internal void Look()
    {
        var now = time.GetUtcNow();
        var parts = Array.ConvertAll(_parts, static part => part.Health);
        var news = book.Look(AlertRules.Evaluate(sources.Look(parts, sender.Troubles, book.Fires), options.Value), now);
        foreach (var (kind, alert) in news)
        {
            if (kind == AlertNewsKind.Resolved)
            {
                logger.Resolved(alert.Id, alert.Title);
            }
            else if (kind != AlertNewsKind.Reminder)
            {
                logger.Fired(alert.Id, alert.Severity, alert.Title, alert.Detail);
            }
        }

        _news.AddRange(news);
        if (_news.Count > 0 && now - _told >= BetweenMessages)
        {
            sender.Send(new AlertMessage(options.Value.Name, options.Value.Address, now, [.. _news]));
            _news.Clear();
            _told = now;
        }

        if (book.Version is var version && version != _written)
        {
            _written = version;
            _ = file.WriteSoon(book.Record());
        }

        Interlocked.Exchange(ref _looked, time.GetTimestamp());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                Look();
            }
            catch (Exception e)
            {
                // While the process ends its parts may be gone already; otherwise Health says so when it lasts.
                if (!stoppingToken.IsCancellationRequested)
                {
                    logger.LookFailed(e);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
