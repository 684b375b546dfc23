using Xunit;

namespace Headroom.Tests;

public sealed class RolesTests
{
    private static readonly Engines Embedded = new(SharedLog: false, SharedControl: false);
    private static readonly Engines Shared = new(SharedLog: true, SharedControl: true);

    [Theory]
    [InlineData("")]
    [InlineData("all")]
    [InlineData("capture,writer,query,jobs")]
    [InlineData("jobs,query,writer,capture")]
    public void One_process_takes_every_role_with_any_engine(string roles)
    {
        Assert.Empty(Roles.Validate(Split(roles), Embedded));
        Assert.Empty(Roles.Validate(Split(roles), Shared));
        Assert.True(Roles.Has(Split(roles), Roles.Capture));
        Assert.True(Roles.HasStore(Split(roles)));
    }

    [Theory]
    [InlineData("capture", true, false)]
    [InlineData("writer,query,jobs", false, true)]
    public void Capture_goes_apart_over_engines_that_processes_share(string roles, bool captures, bool hasStore)
    {
        Assert.Empty(Roles.Validate(Split(roles), Shared));
        Assert.Equal(captures, Roles.Has(Split(roles), Roles.Capture));
        Assert.Equal(hasStore, Roles.HasStore(Split(roles)));
    }

    [Theory]
    [InlineData("capture")]
    [InlineData("writer,query,jobs")]
    public void Over_embedded_engines_it_is_refused_with_what_to_set(string roles)
    {
        var errors = Roles.Validate(Split(roles), Embedded);
        Assert.Equal(2, errors.Count);
        Assert.Contains("set Headroom:EventLog=kafka", errors[0], StringComparison.Ordinal);
        Assert.Contains("set Headroom:Catalog=postgres", errors[1], StringComparison.Ordinal);
        Assert.Contains("Headroom:Catalog=postgres", Assert.Single(Roles.Validate(Split(roles), Shared with { SharedControl = false })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("writer", "query and jobs")]
    [InlineData("capture,query,jobs", "writer")]
    public void Roles_that_are_one_process_are_named_with_what_is_missing(string roles, string missing)
    {
        var error = Assert.Single(Roles.Validate(Split(roles), Shared));
        Assert.Contains($"{missing} would be missing", error, StringComparison.Ordinal);
        Assert.EndsWith("say --roles writer,query,jobs.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_role_that_does_not_exist_is_named_with_those_that_do() => Assert.Equal(
        ["--roles: there is no role \"wirter\"; the roles are capture, writer, query, jobs, or all."], Roles.Validate(["capture", "wirter"], Shared));

    private static string[] Split(string roles) => roles.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
