using Xunit;

namespace Headroom.Tests;

public sealed class RolesTests
{
    private static readonly Engines Embedded = new(SharedLog: false, SharedControl: false, SharedSegments: false);
    private static readonly Engines Shared = new(SharedLog: true, SharedControl: true, SharedSegments: true);

    [Theory]
    [InlineData("")]
    [InlineData("all")]
    [InlineData("capture,writer,query,jobs")]
    [InlineData("jobs,query,writer,capture")]
    public void One_process_takes_every_role_with_any_engine(string roles)
    {
        Assert.Empty(Roles.Validate(Split(roles), Embedded));
        Assert.Empty(Roles.Validate(Split(roles), Shared));
        Assert.True(Roles.IsWhole(Split(roles)));
        Assert.True(Roles.Has(Split(roles), Roles.Capture));
        Assert.True(Roles.Has(Split(roles), Roles.Query));
        Assert.False(Roles.Has(Split(roles), Roles.Gateway));
    }

    [Theory]
    [InlineData("capture")]
    [InlineData("query")]
    [InlineData("capture,query")]
    [InlineData("writer,jobs")]
    [InlineData("writer,query,jobs")]
    [InlineData("capture,writer,jobs")]
    public void Capture_and_query_go_apart_over_what_processes_share(string roles)
    {
        Assert.Empty(Roles.Validate(Split(roles), Shared));
        Assert.False(Roles.IsWhole(Split(roles)));
        Assert.All(Split(roles), role => Assert.True(Roles.Has(Split(roles), role)));
    }

    [Fact]
    public void A_gateway_needs_nothing_and_is_by_itself()
    {
        Assert.Empty(Roles.Validate(["gateway"], Embedded));
        Assert.False(Roles.IsWhole(["gateway"]));
        Assert.False(Roles.Has(["gateway"], Roles.Capture));
        Assert.Equal(["--roles: gateway is a process of its own, in front of the others; say --roles gateway."], Roles.Validate(["gateway", "query"], Shared));
    }

    [Theory]
    [InlineData("capture", true, false)]
    [InlineData("writer,query,jobs", true, false)]
    [InlineData("query", false, true)]
    [InlineData("capture,writer,jobs", false, true)]
    [InlineData("writer,jobs", true, true)]
    public void What_cannot_be_shared_is_refused_with_what_to_set(string roles, bool log, bool segments)
    {
        var errors = Roles.Validate(Split(roles), Embedded);
        Assert.Equal(log, errors.Any(static e => e.Contains("set Headroom:EventLog=kafka", StringComparison.Ordinal)));
        Assert.Equal(segments, errors.Any(static e => e.Contains("set Headroom:Segments=s3", StringComparison.Ordinal)));
        Assert.Single(errors, static e => e.Contains("set Headroom:Catalog=postgres", StringComparison.Ordinal));
        Assert.Equal(1 + (log ? 1 : 0) + (segments ? 1 : 0), errors.Count);
        Assert.Contains("Headroom:Catalog=postgres", Assert.Single(Roles.Validate(Split(roles), Shared with { SharedControl = false })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("writer", "jobs")]
    [InlineData("capture,query,jobs", "writer")]
    public void Roles_that_are_one_process_are_named_with_what_is_missing(string roles, string missing)
    {
        var error = Assert.Single(Roles.Validate(Split(roles), Shared));
        Assert.Contains($"{missing} would be missing", error, StringComparison.Ordinal);
        Assert.EndsWith("say --roles writer,jobs, or writer,query,jobs.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_role_that_does_not_exist_is_named_with_those_that_do() => Assert.Equal(
        ["--roles: there is no role \"wirter\"; the roles are capture, writer, query, jobs, gateway, or all."], Roles.Validate(["capture", "wirter"], Shared));

    private static string[] Split(string roles) => roles.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
