using Headroom.App.Alerting;
using Headroom.App.Shared;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Alerting;

public sealed class AlertRulesTests
{
    private const long Gib = 1L << 30;
    private static readonly DateOnly Today = new(2026, 11, 1);
    private static readonly AlertInputs Well = new(Today, [], [], [], new Dictionary<string, long>(), ErrorCounts.None, [], [], static _ => false);
    private readonly AlertingOptions _options = new();

    [Fact]
    public void Nothing_wrong_is_nothing() => Assert.Empty(Evaluate(Well with
    {
        Parts = [new PartHealth("writer", true, null, null)],
        Disks = [new DiskLook("data", "/data", 50 * Gib, 100 * Gib)],
        LagBytes = new Dictionary<string, long> { ["writer"] = 1_000 },
        Errors = ErrorCounts.None with { CaptureRequests = 1_000, Queries = 10 },
        Walls = [new Wall("ingest", "fsync", null, null), new Wall("storage", "disk_space", Today.AddDays(200), Today.AddDays(20))],
    }));

    [Fact]
    public void A_part_that_is_not_well_is_told_in_its_own_words()
    {
        var since = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

        var condition = Assert.Single(Evaluate(Well with { Parts = [new PartHealth("writer", false, "It waits.", since), new PartHealth("control", true, null, null)] }));

        Assert.Equal(new Condition("part:writer", AlertSeverity.Critical, "The Writer is not well", "It waits.", since), condition);
    }

    [Fact]
    public void A_part_that_nobody_knew_of_is_told_too() =>
        Assert.Equal("part:some_part", Assert.Single(Evaluate(Well with { Parts = [new PartHealth("some_part", false, null, null)] })).Id);

    [Theory]
    [InlineData(11, 100, null)]
    [InlineData(9, 100, AlertSeverity.Warning)]
    [InlineData(2, 100, AlertSeverity.Critical)]
    [InlineData(11, 4_000, null)] // A tenth of a large disk need not be empty.
    [InlineData(9, 4_000, AlertSeverity.Warning)]
    public void A_disk_that_is_nearly_full_is_told(long free, long total, AlertSeverity? severity) =>
        Assert.Equal(severity, Evaluate(Well with { Disks = [new DiskLook("data", "/data", free * Gib, total * Gib)] }).SingleOrDefault()?.Severity);

    [Fact]
    public void A_number_comes_well_back_before_it_is_well()
    {
        var disk = new DiskLook("data", "/data", 11 * Gib, 100 * Gib);
        Assert.Single(Evaluate(Well with { Disks = [disk], Fires = static id => id == "disk:data" }));
        Assert.Empty(Evaluate(Well with { Disks = [disk with { Free = 13 * Gib }], Fires = static id => id == "disk:data" }));
    }

    [Fact]
    public void A_disk_that_does_not_answer_is_told() =>
        Assert.Equal(AlertSeverity.Critical, Assert.Single(Evaluate(Well with { Disks = [new DiskLook("log", "/log", null, 0)] })).Severity);

    [Fact]
    public void What_waits_for_a_consumer_is_told_past_its_bound()
    {
        var much = Well with { LagBytes = new Dictionary<string, long> { ["writer"] = 2 * Gib, ["other"] = 1 } };
        Assert.Equal("lag:writer", Assert.Single(Evaluate(much)).Id);
        _options.LagBytes = 0;
        Assert.Empty(Evaluate(much));
    }

    [Theory]
    [InlineData(1_000, 4, false)] // Too few.
    [InlineData(1_000, 9, false)] // Below one in a hundred.
    [InlineData(1_000, 10, true)]
    [InlineData(5, 5, true)]
    public void Refused_requests_are_told_by_number_and_share(long requests, long refused, bool told)
    {
        var errors = ErrorCounts.None with { CaptureRequests = requests, CaptureFailures = new Dictionary<string, long> { ["overload"] = refused - 1, ["log_unavailable"] = 1 } };

        var conditions = Evaluate(Well with { Errors = errors });

        Assert.Equal(told ? ["errors:capture"] : [], conditions.Select(static condition => condition.Id));
        Assert.All(conditions, condition => Assert.Contains($"overload {refused - 1}, log_unavailable 1", condition.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public void Failed_queries_batches_that_begin_again_and_unreadable_records_are_told() => Assert.Equal(
        ["errors:queries", "errors:writer", "errors:records"],
        Evaluate(Well with { Errors = ErrorCounts.None with { Queries = 10, FailedQueries = 5, WriterFailures = 3, PoisonRecords = 1 } }).Select(static condition => condition.Id));

    [Theory]
    [InlineData(31, null)]
    [InlineData(30, AlertSeverity.Warning)]
    [InlineData(3, AlertSeverity.Critical)]
    [InlineData(-1, AlertSeverity.Critical)]
    public void A_wall_is_told_so_many_days_ahead(int days, AlertSeverity? severity)
    {
        var condition = Evaluate(Well with { Walls = [new Wall("ingest", "fsync", Today.AddDays(days), Today.AddDays(days - 5))] }).SingleOrDefault();

        Assert.Equal(severity, condition?.Severity);
        if (condition is not null)
        {
            Assert.Equal("wall:ingest:fsync", condition.Id);
            Assert.Contains(days > 0 ? $"in {days} days" : "at its wall", condition.Title, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_wall_that_moves_by_a_day_does_not_come_and_go()
    {
        var wall = Well with { Walls = [new Wall("ingest", "fsync", Today.AddDays(33), null)] };
        Assert.Empty(Evaluate(wall));
        Assert.Single(Evaluate(wall with { Fires = static _ => true }));
    }

    [Fact]
    public void A_channel_that_fails_is_told() => Assert.Equal(
        "alerting:email", Assert.Single(Evaluate(Well with { Channels = [new ChannelTrouble("email", "a@b", "Refused.", default)] })).Id);

    [Fact]
    public void A_ledger_that_adds_up_is_well()
    {
        var watch = new LedgerWatch();
        for (var i = 0; i < 20; i++)
        {
            // Events that wait, and moments in which only one side has counted.
            Assert.Empty(watch.Look([Ledger(balance: i % 3, caughtUp: i % 3 == 0), Ledger(balance: i % 2, caughtUp: true, project: 2)]));
            Assert.Empty(watch.Look([Ledger(balance: 100, caughtUp: false, project: 3)]));
        }
    }

    [Fact]
    public void Counts_of_the_store_that_do_not_add_up_are_told_at_once()
    {
        var condition = Assert.Single(new LedgerWatch().Look([new LedgerLook(new ProjectId(7), new LedgerCounts(10, 5, 2, 1), 0, true)]));

        Assert.Equal(("ledger:7", AlertSeverity.Critical), (condition.Id, condition.Severity));
        Assert.Contains("Of 10 events received 8", condition.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "3 events were acknowledged and are neither")]
    [InlineData(-2, "2 events are in the store that nobody acknowledged")]
    public void What_was_acknowledged_and_not_committed_is_told_when_it_stays(long balance, string says)
    {
        var watch = new LedgerWatch();
        for (var i = 0; i < 4; i++)
        {
            Assert.Empty(watch.Look([Ledger(balance, caughtUp: true)]));
            Assert.Empty(watch.Look([Ledger(balance + 500, caughtUp: false)]));
        }

        Assert.Contains(says, Assert.Single(watch.Look([Ledger(balance, caughtUp: true)])).Detail, StringComparison.Ordinal);
        Assert.Empty(watch.Look([Ledger(0, caughtUp: true)]));
    }

    [Fact]
    public void Events_that_nobody_acknowledged_are_taken_off_where_the_log_may_have_them()
    {
        var balance = -2L;
        var watch = new LedgerWatch((project, events) => balance += events);
        for (var i = 0; i < 10; i++)
        {
            Assert.Empty(watch.Look([Ledger(balance, caughtUp: true) with { MayRepeat = true }]));
        }

        Assert.Equal(0, balance);
        for (var i = 0; i < 4; i++)
        {
            Assert.Empty(watch.Look([Ledger(3, caughtUp: true) with { MayRepeat = true }]));
        }

        Assert.Single(watch.Look([Ledger(3, caughtUp: true) with { MayRepeat = true }]));
    }

    private static LedgerLook Ledger(long balance, bool caughtUp, int project = 1) =>
        new(new ProjectId(project), new LedgerCounts(10, 7, 2, 1), balance, caughtUp);

    private IReadOnlyList<Condition> Evaluate(AlertInputs inputs) => AlertRules.Evaluate(inputs, _options);
}
