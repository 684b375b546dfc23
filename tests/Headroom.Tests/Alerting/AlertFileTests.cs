using Headroom.App.Alerting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests.Alerting;

public sealed class AlertFileTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly Alert Firing = new("part:writer", AlertSeverity.Critical, "The Writer", "d", At, AlertState.Firing, null, At.AddHours(1));
    private static readonly AlertRecord Record = new(1, [new FiringRecord(Firing, At)], [Firing with { Id = "disk:data", State = AlertState.Resolved, ResolvedAt = At }]);
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-test-").FullName;

    private string Path => System.IO.Path.Combine(_directory, "alerts.json");

    [Fact]
    public async Task What_was_written_is_read_and_only_its_owner_may_read_it()
    {
        await New().WriteSoon(Record with { Firing = [] });
        await New().WriteSoon(Record);

        var read = New().Read();

        Assert.Equal(Record.Firing, read!.Firing);
        Assert.Equal(Record.Resolved, read.Resolved);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(Path));
        Assert.Equal([Path], Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Of_many_at_once_the_last_is_written()
    {
        var file = New();
        for (var i = 0; i < 200; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 5).Select(n => file.WriteSoon(Record with { Firing = [new FiringRecord(Firing with { Title = $"{i}.{n}" }, null)] })));
            Assert.Equal($"{i}.4", New().Read()!.Firing[0].Alert.Title);
        }
    }

    [Fact]
    public void Where_there_is_none_nothing_is_read() => Assert.Null(New().Read());

    [Theory]
    [InlineData("")]
    [InlineData("{\"format\":1,\"firing\":")]
    [InlineData("{\"format\":1}")]
    [InlineData("{\"format\":2,\"firing\":[],\"resolved\":[]}")]
    public async Task What_is_damaged_or_newer_is_begun_anew(string text)
    {
        await File.WriteAllTextAsync(Path, text, TestContext.Current.CancellationToken);
        Assert.Null(New().Read());
        await New().WriteSoon(Record);
        Assert.NotNull(New().Read());
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_stops_nobody()
    {
        var file = new AlertFile(System.IO.Path.Combine(_directory, "gone"), NullLogger<AlertFile>.Instance);
        await file.WriteSoon(Record);
        Assert.Null(file.Read());
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private AlertFile New() => new(_directory, NullLogger<AlertFile>.Instance);
}
