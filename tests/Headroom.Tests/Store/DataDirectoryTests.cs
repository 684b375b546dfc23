using Xunit;

namespace Headroom.Tests.Store;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("headroom-store-");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("it's")]
    [InlineData("a \"quoted\" name")]
    [InlineData("{events} and {overrides}")]
    [InlineData("{a,b}")]
    [InlineData("a;b=c,d")]
    [InlineData("100% $1 ~ #")]
    [InlineData("späte Größe 😀")]
    [InlineData("a]b")]
    [InlineData("a*b")]
    [InlineData("a?b")]
    [InlineData("a[b]c")]
    [InlineData("a\\b")]
    [InlineData("a**b")]
    public async Task An_unusual_name_works(string name)
    {
        await using var fixture = new StoreFixture(o => o.DataDirectory = Path.Combine(_root.FullName, name));
        for (var i = 0; i < 4; i++)
        {
            await fixture.CommitAsync(i + 1, TestRow.Simple(1, i));
        }

        await MergeAsync(fixture, 5, 2, 1);
        await MergeAsync(fixture, 6, 3, 1);
        await Check();
        fixture.Compact();
        await Check();
        await fixture.ReopenAsync();
        await Check();

        async Task Check() => Assert.Equal(
            ["4|2"], await fixture.QueryAsync(1, "SELECT count(*), count(DISTINCT coalesce(o.to_key, e.person_key)) FROM {events} AS e LEFT JOIN {overrides} AS o ON o.from_key = e.person_key"));
    }

    [Theory]
    [InlineData("a*b")]
    [InlineData("a?b")]
    [InlineData("a[x]b")]
    [InlineData("**")]
    public async Task A_name_that_reads_like_a_pattern_never_means_its_neighbours(string name)
    {
        await using var neighbour = new StoreFixture(o => o.DataDirectory = Path.Combine(_root.FullName, "axb"));
        await neighbour.CommitAsync(1, TestRow.Simple(1, 1), TestRow.Simple(1, 2));
        await using var fixture = new StoreFixture(o => o.DataDirectory = Path.Combine(_root.FullName, name));
        await fixture.CommitAsync(1, TestRow.Simple(1, 3));
        Assert.Equal(["u3"], await fixture.QueryAsync(1, "SELECT distinct_id FROM {events}"));
    }

    private static async Task MergeAsync(StoreFixture fixture, long offset, long from, long to)
    {
        using var batch = fixture.Store.BeginBatch();
        batch.Identities.Merges.Add((StoreFixture.Project(1), from, to));
        await batch.CommitAsync(offset, CancellationToken.None);
    }
}
