using Headroom.Core;
using Headroom.Store;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>Merges of seen uuids, slice by slice between other work. The random half is in StoreModelTests.</summary>
public sealed class SeenMergesTests
{
    private const int BatchRows = 20;

    /// <summary>Of the compaction.</summary>
    private readonly List<(StoreStep Step, string Path)> _steps = [];
    private int _committed;
    private bool _commits;

    [Fact]
    public async Task Segments_are_merged_while_a_large_merge_of_uuids_is_under_way()
    {
        await using var fixture = Fixture();
        await CommitAsync(fixture, 4);
        fixture.Compact();

        var began = Step(StoreStep.FileWriting, fixture.Store.Files.Seen);
        var merged = Step(StoreStep.FileWritten, fixture.Store.Files.Segments);
        var ended = Step(StoreStep.FileWritten, fixture.Store.Files.Seen);
        Assert.True(began < merged && merged < ended, $"began {began}, segments {merged}, ended {ended}");
        await AssertKnownAsync(fixture);
    }

    [Fact]
    public async Task Fewer_uuids_go_before_more_that_are_under_way()
    {
        await using var fixture = Fixture();
        await CommitAsync(fixture, 16);
        RunUntil(fixture, () => Seen(fixture, 1) == 4);
        _steps.Clear();
        RunUntil(fixture, () => _steps.Exists(s => s.Path.StartsWith(fixture.Store.Files.Seen, StringComparison.Ordinal)));
        await CommitAsync(fixture, 4);
        fixture.Compact();

        var files = _steps.Where(s => s.Path.StartsWith(fixture.Store.Files.Seen, StringComparison.Ordinal)).ToList();
        Assert.Equal([StoreStep.FileWriting, StoreStep.FileWriting, StoreStep.FileWritten, StoreStep.FileWritten], files.Select(static s => s.Step));
        Assert.Equal([files[0].Path, files[1].Path, files[1].Path, files[0].Path], files.Select(static s => s.Path));
        Assert.Equal([1, 2], fixture.Store.State.Seen.Select(static f => f.Level).Order());
        await AssertKnownAsync(fixture);
    }

    [Fact]
    public async Task What_is_read_by_a_merge_stays_past_the_window_until_it_has_ended()
    {
        var time = new FakeTimeProvider(StoreFixture.Start);
        await using var fixture = Fixture();
        await CommitAsync(fixture, 4);
        using var compactor = fixture.Compactor(time);
        Assert.True(compactor.RunOnce(CancellationToken.None));
        var inputs = fixture.Store.State.Seen;

        time.Advance(TimeSpan.FromHours(50));
        await CommitAsync(fixture, 1, hours: 50);
        while (compactor.RunOnce(CancellationToken.None))
        {
            using var batch = fixture.Store.BeginBatch();
            Assert.True(fixture.Store.State.Seen.Length == 1 || inputs.All(fixture.Store.State.Seen.Contains) || fixture.Store.State.Seen.Any(static f => f.Level == 1));
        }

        Assert.Equal(StoreFixture.Micros(50 * 3600), Assert.Single(fixture.Store.State.Seen).MaxReceived);
        using (fixture.Store.BeginBatch())
        {
            Assert.Equal(fixture.Store.State.Seen.Select(static f => f.File.Path), Directory.EnumerateFiles(fixture.Store.Files.Seen));
        }
    }

    [Fact]
    public async Task A_merge_that_fails_or_is_left_leaves_no_file_and_is_begun_anew()
    {
        await using var fixture = Fixture();
        await CommitAsync(fixture, 4);
        using (var left = fixture.Compactor())
        {
            Assert.True(left.RunOnce(CancellationToken.None));
            Assert.Equal(5, Directory.EnumerateFiles(fixture.Store.Files.Seen).Count());
        }

        Assert.Equal(4, Directory.EnumerateFiles(fixture.Store.Files.Seen).Count());
        using var compactor = fixture.Compactor();
        fixture.Probe = (step, path) =>
        {
            if (step == StoreStep.FileWritten && path.StartsWith(fixture.Store.Files.Seen, StringComparison.Ordinal))
            {
                throw new IOException("No space left on device");
            }
        };
        Assert.Throws<IOException>(() =>
        {
            while (compactor.RunOnce(CancellationToken.None))
            {
            }
        });
        Assert.Equal(4, Directory.EnumerateFiles(fixture.Store.Files.Seen).Count());
        fixture.Probe = null;
        while (compactor.RunOnce(CancellationToken.None))
        {
        }

        Assert.Equal(4L * BatchRows, Assert.Single(fixture.Store.State.Seen).Keys);
        await AssertKnownAsync(fixture);
    }

    [Fact]
    public async Task Segments_are_merged_while_merged_uuids_are_uploaded()
    {
        var objects = new HeldObjects();
        await using var fixture = new StoreFixture { SeenSliceKeys = 1000, Objects = objects };
        await CommitAsync(fixture, 4);
        objects.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        RunUntil(fixture, () => fixture.Store.State.Project(StoreFixture.Project(1)).Segments.Length == 2);
        Assert.Equal(4, fixture.Store.State.Seen.Length);

        objects.Hold.SetResult();
        fixture.Compact();
        Assert.Equal(4L * BatchRows, Assert.Single(fixture.Store.State.Seen).Keys);
        await AssertKnownAsync(fixture);
    }

    /// <summary>With slices of which a merge of four batches takes several.</summary>
    private StoreFixture Fixture()
    {
        var fixture = new StoreFixture { SeenSliceKeys = BatchRows };
        fixture.Probe = (step, path) =>
        {
            if (!_commits)
            {
                _steps.Add((step, path));
            }
        };
        return fixture;
    }

    private async Task CommitAsync(StoreFixture fixture, int batches, int hours = 0)
    {
        _commits = true;
        for (var i = 0; i < batches; i++, _committed++)
        {
            var rows = Enumerable.Range(_committed * BatchRows, BatchRows).Select(n => TestRow.Simple(1, n) with { ReceivedAt = StoreFixture.Micros(hours * 3600) });
            await fixture.CommitAsync(_committed + 1, [.. rows]);
        }

        _commits = false;
    }

    private int Step(StoreStep step, string folder) => _steps.FindIndex(s => s.Step == step && s.Path.StartsWith(folder, StringComparison.Ordinal));

    private static int Seen(StoreFixture fixture, int level) => fixture.Store.State.Seen.Count(f => f.Level == level);

    private static void RunUntil(StoreFixture fixture, Func<bool> holds)
    {
        while (!holds())
        {
            Assert.Equal(1, fixture.Compact(1));
        }
    }

    private async Task AssertKnownAsync(StoreFixture fixture)
    {
        using var batch = fixture.Store.BeginBatch();
        for (var i = 0; i < _committed * BatchRows; i++)
        {
            Assert.False(batch.TryAddUuid(StoreFixture.Project(1), StoreFixture.Uuid(i), 0));
        }

        Assert.True(batch.TryAddUuid(StoreFixture.Project(1), StoreFixture.Uuid(_committed * BatchRows), 0));
        Assert.Equal([$"{_committed * BatchRows}"], await fixture.QueryAsync(1, "SELECT count(*) FROM {events}"));
    }

    /// <summary>Takes files of uuids only once it may.</summary>
    private sealed class HeldObjects : IObjectStore
    {
        private readonly MemoryObjects _objects = new();

        public TaskCompletionSource? Hold { get; set; }

        public string Place => _objects.Place;

        public async ValueTask PutAsync(IReadOnlyList<NewObject> files, CancellationToken cancellationToken)
        {
            if (Hold is { } hold && files.Any(static f => f.Name.StartsWith("seen/", StringComparison.Ordinal)))
            {
                await hold.Task;
            }

            await _objects.PutAsync(files, cancellationToken);
        }

        public ValueTask<bool> GetAsync(string name, string path, CancellationToken cancellationToken) => _objects.GetAsync(name, path, cancellationToken);

        public ValueTask<StoredObject?> FindAsync(string name, CancellationToken cancellationToken) => _objects.FindAsync(name, cancellationToken);

        public ValueTask DeleteAsync(string name, CancellationToken cancellationToken) => _objects.DeleteAsync(name, cancellationToken);

        public IAsyncEnumerable<StoredObject> ListAsync(string folder, CancellationToken cancellationToken) => _objects.ListAsync(folder, cancellationToken);
    }
}
