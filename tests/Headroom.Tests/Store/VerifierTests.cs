using Headroom.Core;
using Headroom.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests.Store;

public sealed class VerifierTests
{
    private const string Count = "SELECT count(*) FROM {events}";

    [Fact]
    public async Task Bytes_that_a_disk_returns_otherwise_than_they_were_written_are_found_and_told_until_they_are_right_again()
    {
        await using var fixture = new StoreFixture(static o => o.VerifyInterval = TimeSpan.FromSeconds(10));
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        await fixture.CommitAsync(2, TestRow.Simple(1, 2));
        await fixture.CommitAsync(3, TestRow.Simple(2, 3));
        var path = fixture.Store.State.Project(new ProjectId(1)).Segments[1].File.Path;
        var right = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var wrong = right.ToArray();
        wrong[right.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, wrong, TestContext.Current.CancellationToken);
        using var verifier = Verifier(fixture);

        // Half of the files have their turn in each look, and there are three.
        verifier.Look(CancellationToken.None);
        verifier.Look(CancellationToken.None);
        Assert.Contains(path, fixture.Store.Health.Problem, StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<DataDamagedException>(() => fixture.QueryAsync(1, Count));
        Assert.Contains(Path.GetFileName(path), error.Message, StringComparison.Ordinal);
        Assert.Equal(["1"], await fixture.QueryAsync(2, Count));

        await File.WriteAllBytesAsync(path, right, TestContext.Current.CancellationToken);
        verifier.Look(CancellationToken.None);
        Assert.Null(fixture.Store.Health.Problem);
        Assert.Equal(["2"], await fixture.QueryAsync(1, Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_is_gone_or_cut_off_is_found_at_the_first_look(bool gone)
    {
        await using var fixture = new StoreFixture(static o => o.VerifyInterval = TimeSpan.Zero);
        await fixture.CommitAsync(1, TestRow.Simple(1, 1));
        var path = fixture.Store.State.Project(new ProjectId(1)).Segments[0].File.Path;
        using var verifier = Verifier(fixture);
        verifier.Look(CancellationToken.None);
        Assert.Null(fixture.Store.Health.Problem);
        if (gone)
        {
            File.Delete(path);
        }
        else
        {
            await using var file = new FileStream(path, FileMode.Open);
            file.SetLength(file.Length - 1);
        }

        verifier.Look(CancellationToken.None);
        Assert.Contains(path, fixture.Store.Health.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_merge_takes_no_damage_over()
    {
        await using var fixture = new StoreFixture();
        for (var i = 0; i < 3; i++)
        {
            await fixture.CommitAsync(i + 1, TestRow.Simple(1, i));
        }

        var path = fixture.Store.State.Project(new ProjectId(1)).Segments[1].File.Path;
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 3] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        fixture.Compact();
        Assert.Equal(3, fixture.Store.State.Project(new ProjectId(1)).Segments.Length);
        Assert.Contains(path, fixture.Store.Health.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_sessions_of_other_projects_are_known_while_a_segment_of_one_is_damaged()
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, new TestRow(1, 1, "view", "ada", 1, "s1", StoreFixture.Micros(0)));
        await fixture.CommitAsync(2, new TestRow(2, 2, "view", "bob", 1, "s2", StoreFixture.Micros(0)));
        await fixture.CloseAsync();
        File.Delete(Directory.GetFiles(Path.Combine(fixture.Options.DataDirectory, "segments", "1"))[0]);
        await fixture.ReopenAsync();
        Assert.Equal(1, await fixture.Store.ReadOpenSessionsAsync(StoreFixture.Micros(-60), new NoSessions(), CancellationToken.None));
    }

    private static Verifier Verifier(StoreFixture fixture) => new(fixture.Store, fixture.Options, TimeProvider.System, NullLogger<Verifier>.Instance);

    private sealed class NoSessions : IOpenSessionSink
    {
        public void Take(ProjectId project, ReadOnlySpan<byte> distinctId, ReadOnlySpan<byte> sessionId, long start, long last)
        {
        }
    }
}
