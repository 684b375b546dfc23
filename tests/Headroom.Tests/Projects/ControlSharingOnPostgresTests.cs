using Xunit;

namespace Headroom.Tests.Projects;

public sealed class ControlSharingOnPostgresTests : ControlSharingTests
{
    [Fact]
    public async Task Classes_with_such_a_name_are_over_PostgreSQL()
    {
        await using var host = await ControlHost.StartAsync();

        Assert.StartsWith("PostgreSQL at 127.0.0.1", host.Database.Engine.Place, StringComparison.Ordinal);
        Assert.False(File.Exists(host.DatabasePath));
    }
}
