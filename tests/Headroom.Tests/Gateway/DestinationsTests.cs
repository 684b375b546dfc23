using CsCheck;
using Headroom.Gateway;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Gateway;

public sealed class DestinationsTests
{
    private static readonly Gen<Destination[]> GenAll =
        Gen.Int[1, 250].HashSet[2, 9].Select(static numbers => numbers.Select(static n => new Destination(Roles.Query, $"http://10.0.0.{n}:8080/")).ToArray());

    [Fact]
    public void A_process_that_goes_moves_only_the_projects_that_were_its_own() => Gen.Select(GenAll, Gen.Int[0, 100], Gen.Int[0, 100_000].Array[1, 60]).Sample(static (all, which, projects) =>
    {
        var gone = all[which % all.Length];
        Destination[] left = [.. all.Where(d => d != gone)];
        foreach (var project in projects.Select(static p => p.ToString(System.Globalization.CultureInfo.InvariantCulture)))
        {
            var before = Destinations.Rendezvous(all, project);
            Assert.Equal(all.OrderBy(static d => d.Address), before.OrderBy(static d => d.Address));
            Assert.Equal(before.Where(d => d != gone), Destinations.Rendezvous(left, project));
            Assert.Equal(before, Destinations.Rendezvous([.. all.Reverse()], project));
        }
    });

    [Fact]
    public void Projects_are_spread_evenly_also_those_of_one_that_goes()
    {
        Destination[] all = [.. Enumerable.Range(1, 4).Select(static n => new Destination(Roles.Query, $"http://10.0.0.{n}:8080/"))];
        string[] projects = [.. Enumerable.Range(1, 8_000).Select(static p => p.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        Assert.All(projects.GroupBy(p => Destinations.Rendezvous(all, p)[0]).Select(static g => g.Count()), static n => Assert.InRange(n, 1_800, 2_200));
        var moved = projects.Where(p => Destinations.Rendezvous(all, p)[0] == all[0]).GroupBy(p => Destinations.Rendezvous(all, p)[1]).Select(static g => g.Count()).ToList();
        Assert.Equal(3, moved.Count);
        Assert.All(moved, static n => Assert.InRange(n, 550, 790));
    }

    [Fact]
    public void The_ready_ones_come_first_and_what_belongs_to_no_project_takes_turns()
    {
        var destinations = Of(out _);
        var first = destinations.InOrder(Roles.Query, "7")[0];
        Assert.Equal(first, destinations.InOrder(Roles.Query, "7")[0]);
        first.Problem = "says 503";
        var order = destinations.InOrder(Roles.Query, "7");
        Assert.NotEqual(first, order[0]);
        Assert.Equal(first, order[^1]);
        first.Problem = null;
        Assert.Equal(first, destinations.InOrder(Roles.Query, "7")[0]);

        Assert.Equal(2, Enumerable.Range(0, 2).Select(_ => destinations.InOrder(Roles.Capture, null)[0]).Distinct().Count());
        Assert.Equal("http://w:1/", Assert.Single(destinations.InOrder(Roles.Jobs, null)).Address);
        Assert.Equal(destinations.InOrder(Roles.Jobs, null), destinations.InOrder(Roles.Writer, null));
    }

    [Fact]
    public void Health_names_the_roles_without_a_process_and_since_when()
    {
        var destinations = Of(out var time);
        Assert.True(destinations.Health.Ok);
        destinations.InOrder(Roles.Query, null)[0].Problem = "says 503";
        Assert.True(destinations.Health.Ok);
        foreach (var one in destinations.InOrder(Roles.Query, null))
        {
            one.Problem = "says 503";
        }

        var since = time.GetUtcNow();
        Assert.Equal((false, true, since), (destinations.Health.Ok, destinations.Health.IsDegraded, destinations.Health.Since!.Value));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(since, destinations.Health.Since);
        Assert.Contains("No process with the role query is ready", destinations.Health.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("role capture", destinations.Health.Detail, StringComparison.Ordinal);
        foreach (var one in destinations.All)
        {
            one.Problem = "does not answer";
        }

        Assert.False(destinations.Health.IsDegraded);
    }

    [Theory]
    [InlineData("/api/projects/7/query", "7")]
    [InlineData("/api/projects/7", "7")]
    [InlineData("/api/shared/abc/tiles/1", "abc")]
    [InlineData("/api/projects/", null)]
    [InlineData("/api/session", null)]
    [InlineData("/", null)]
    public void A_project_and_a_link_have_a_first_choice(string path, string? key) => Assert.Equal(key, global::Headroom.Gateway.Gateway.KeyOf(path));

    [Fact]
    public void Wrong_settings_are_named_all_at_once()
    {
        var options = new GatewayOptions { HealthSeconds = 0, IdleSeconds = 4_000 };
        options.Capture.Add("10.0.0.5:8080");
        options.Capture.Add("http://one:80/path");
        options.Query.Add("http://one:80");
        options.Query.Add("http://ONE:80");
        var failures = new GatewayOptionsValidator().Validate(null, options).Failures!.ToList();
        Assert.Equal(5, failures.Count);
        Assert.Contains("\"10.0.0.5:8080\"", failures[0], StringComparison.Ordinal);
        Assert.Contains("twice", failures[2], StringComparison.Ordinal);
        Assert.Contains("are empty", Assert.Single(new GatewayOptionsValidator().Validate(null, new GatewayOptions()).Failures!), StringComparison.Ordinal);
    }

    private static Destinations Of(out FakeTimeProvider time)
    {
        var options = new GatewayOptions();
        foreach (var n in Enumerable.Range(1, 2))
        {
            options.Capture.Add($"http://c:{n}");
            options.Query.Add($"http://q:{n}");
        }

        options.Writer.Add("http://w:1/");
        time = new FakeTimeProvider();
        return new Destinations(Options.Create(options), time);
    }
}
