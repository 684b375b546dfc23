using Headroom.App.Alerting;
using Xunit;

namespace Headroom.Tests.Alerting;

public sealed class AlertBookTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);
    private readonly AlertBook _book = New();
    private DateTimeOffset _now = Start;

    [Fact]
    public void What_is_wrong_at_two_looks_in_a_row_fires_once()
    {
        Assert.Empty(Look("a"));
        Assert.Empty(_book.Firing);

        var news = Assert.Single(Look("a"));
        Assert.Equal((AlertNewsKind.Fired, "a"), (news.Kind, news.Alert.Id));
        Assert.Equal(Start.AddSeconds(1), news.Alert.Since);
        Assert.Empty(Look("a"));
        Assert.True(_book.Fires("a"));
    }

    [Fact]
    public void What_is_wrong_at_one_look_only_is_nothing()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Empty(i % 2 == 0 ? Look("a") : Look());
        }

        Assert.Empty(_book.Firing);
        Assert.Equal(0, _book.Version);
    }

    [Fact]
    public void What_says_since_when_it_is_wrong_fires_at_the_first_look()
    {
        var since = Start.AddSeconds(-8);

        var news = Assert.Single(Look(new Condition("part:writer", AlertSeverity.Critical, "t", "d", since)));

        Assert.Equal(since, news.Alert.Since);
    }

    [Fact]
    public void What_comes_and_goes_is_one_alert_and_ends_after_a_while_of_wellness()
    {
        Look("a");
        Assert.Single(Look("a"));
        for (var i = 0; i < 20; i++)
        {
            // Well for 29 s, wrong for one look.
            Assert.Empty(Enumerable.Range(0, 29).SelectMany(_ => Look()));
            Assert.Empty(Look("a"));
        }

        Assert.Empty(Enumerable.Range(0, 29).SelectMany(_ => Look()));
        var news = Assert.Single(Look());
        Assert.Equal(AlertNewsKind.Resolved, news.Kind);
        Assert.Equal((AlertState.Resolved, (DateTimeOffset?)_now), (news.Alert.State, news.Alert.ResolvedAt));
        Assert.Empty(_book.Firing);
        Assert.Equal("a", Assert.Single(_book.Resolved(10)).Id);
    }

    [Fact]
    public void What_happens_at_one_look_is_told_together_and_the_worst_stands_first()
    {
        Look(Of("b"), Of("a", AlertSeverity.Critical), Of("c"));

        Assert.Equal(["b", "a", "c"], Look(Of("b"), Of("a", AlertSeverity.Critical), Of("c")).Select(static news => news.Alert.Id));
        Assert.Equal(["a", "b", "c"], _book.Firing.Select(static alert => alert.Id));
    }

    [Fact]
    public void A_warning_that_becomes_critical_is_told_again_and_the_other_way_is_not()
    {
        Look("a");
        Look("a");

        Assert.Equal(AlertNewsKind.Worsened, Assert.Single(Look(Of("a", AlertSeverity.Critical))).Kind);
        Assert.Empty(Look("a"));
    }

    [Fact]
    public void It_is_told_again_after_four_hours_unless_somebody_knows()
    {
        Look("a");
        Look("a");
        _now += TimeSpan.FromHours(4) - TimeSpan.FromSeconds(2);
        Assert.Empty(Look("a"));
        Assert.Equal(AlertNewsKind.Reminder, Assert.Single(Look("a")).Kind);
        Assert.Empty(Look("a"));

        Assert.NotNull(_book.Acknowledge("a", _now.AddHours(24)));
        _now += TimeSpan.FromHours(23);
        Assert.Empty(Look("a"));
        Assert.NotNull(Assert.Single(_book.Firing).AcknowledgedUntil);
        _now += TimeSpan.FromHours(1);
        Assert.Equal(AlertNewsKind.Reminder, Assert.Single(Look("a")).Kind);
        Assert.Null(Assert.Single(_book.Firing).AcknowledgedUntil);
    }

    [Fact]
    public void What_does_not_fire_cannot_be_acknowledged()
    {
        Look("a");

        Assert.Null(_book.Acknowledge("a", _now));
        Assert.Null(_book.Acknowledge("b", _now));
    }

    [Fact]
    public void After_a_restart_what_was_told_is_not_told_again_and_what_was_not_is()
    {
        Look("told", "untold");
        Look("told", "untold");
        _book.Told(["told"], _now);
        _book.Acknowledge("told", _now.AddHours(1));

        var next = New();
        next.Restore(_book.Record(), _now);

        Assert.Equal(["told", "untold"], next.Firing.Select(static alert => alert.Id));
        Assert.Equal(_now.AddHours(1), next.Firing[0].AcknowledgedUntil);
        var news = Assert.Single(next.Look([Of("told"), Of("untold")], _now.AddSeconds(1)));
        Assert.Equal((AlertNewsKind.Fired, "untold"), (news.Kind, news.Alert.Id));
    }

    [Fact]
    public void What_became_well_while_nobody_looked_is_resolved_after_the_restart()
    {
        Look("a");
        Look("a");
        _book.Told(["a"], _now);
        var next = New();
        next.Restore(_book.Record(), _now);

        Assert.Empty(next.Look([], _now.AddSeconds(29)));
        Assert.Equal(AlertNewsKind.Resolved, Assert.Single(next.Look([], _now.AddSeconds(30))).Kind);
    }

    [Fact]
    public void Two_hundred_that_are_well_again_are_kept()
    {
        for (var i = 0; i < 250; i++)
        {
            Look($"a{i}");
            Look($"a{i}");
            _now = _now.AddSeconds(30);
            Look();
        }

        Assert.Equal(200, _book.Resolved(1_000).Count);
        Assert.Equal("a249", _book.Resolved(1)[0].Id);
        Assert.Equal(200, _book.Record().Resolved.Count);
    }

    private static AlertBook New() => new(TimeSpan.FromSeconds(30), TimeSpan.FromHours(4));

    private static Condition Of(string id, AlertSeverity severity = AlertSeverity.Warning) => new(id, severity, "title " + id, "detail");

    private IReadOnlyList<AlertNews> Look(string id, params string[] more) => Look([Of(id), .. more.Select(static one => Of(one))]);

    private IReadOnlyList<AlertNews> Look(params Condition[] conditions)
    {
        _now = _now.AddSeconds(1);
        return _book.Look(conditions, _now);
    }
}
