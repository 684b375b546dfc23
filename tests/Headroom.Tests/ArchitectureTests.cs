using ArchUnitNET.Domain;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using Headroom.App.Shared;
using Headroom.Core;
using Xunit;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Headroom.Tests;

public sealed class ArchitectureTests
{
    private static readonly Architecture Code = new ArchLoader()
        .LoadAssemblies(typeof(WaitingEvents).Assembly, typeof(ProjectId).Assembly)
        .Build();

    public static TheoryData<string> Slices => ["Capture", "Importing", "Writing", "Insights", "Dashboards", "Live", "Problems", "Projects", "Removal", "Access", "Capacity", "Alerting", "Moving"];

    [Theory]
    [MemberData(nameof(Slices))]
    public void A_slice_uses_no_other_slice(string slice)
    {
        var others = string.Join('|', Slices.Select(row => row.Data).Where(other => other != slice));
        IArchRule rule = Types().That().ResideInNamespaceMatching($@"^Headroom\.App\.{slice}(\..*)?$")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching($@"^Headroom\.App\.({others})(\..*)?$"));
        var violations = rule.Evaluate(Code).Where(result => !result.Passed).Select(result => result.Description);
        Assert.Empty(violations);
    }

    [Theory]
    [MemberData(nameof(Slices))]
    public void A_slice_has_types_to_check(string slice) =>
        Assert.Contains(Code.Types, type => type.Namespace.FullName == $"Headroom.App.{slice}");

    [Fact]
    public void Shared_code_uses_no_slice()
    {
        var slices = string.Join('|', Slices.Select(row => row.Data));
        IArchRule rule = Types().That().ResideInNamespaceMatching(@"^Headroom\.App\.Shared(\..*)?$")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching($@"^Headroom\.App\.({slices})(\..*)?$"));
        Assert.Empty(rule.Evaluate(Code).Where(result => !result.Passed).Select(result => result.Description));
    }
}
