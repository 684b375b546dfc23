using Headroom.Store;
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
    [InlineData("a\\b")]
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
    public void A_name_that_the_query_engine_takes_for_a_pattern_stops_the_start_and_names_its_key(string name)
    {
        var options = new StoreOptions { DataDirectory = Path.Combine(_root.FullName, name, "data") };
        var result = new StoreOptionsValidator().Validate(null, options);
        Assert.Contains("Headroom:DataDirectory", Assert.Single(result.Failures!), StringComparison.Ordinal);
        options.DataDirectory = _root.FullName;
        Assert.True(new StoreOptionsValidator().Validate(null, options).Succeeded);
    }

    private static async Task MergeAsync(StoreFixture fixture, long offset, long from, long to)
    {
        using var batch = fixture.Store.BeginBatch();
        batch.Identities.Merges.Add((StoreFixture.Project(1), from, to));
        await batch.CommitAsync(offset, CancellationToken.None);
    }
}
