using System.Text.Json;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Planning;
using Headroom.Cli;
using Headroom.Cli.Capacity;
using Xunit;

namespace Headroom.Tests.Cli;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-doctor-").FullName;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_exit_code_is_the_severity(int severity)
    {
        await WriteAsync(Report(TimeProvider.System.GetUtcNow(), severity));

        var run = await RunAsync("--data", _directory);

        Assert.Equal(severity, run.Code);
        Assert.Contains("the Writer's thread", run.Out, StringComparison.Ordinal);
        Assert.Contains("250 of 1000 events/s (900 to 1100), 4.0 times", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_processes_each_has_its_resources_below_its_name()
    {
        ResourceReport resource = new("capture_cpu", Flow.Ingest, ResourceKind.Processor, 0.25, 0, "work items waiting", 0, 250, null, null, 4);
        var report = Report(TimeProvider.System.GetUtcNow(), 0);
        await WriteAsync(report with
        {
            Resources = [resource with { Name = "writer", Process = "h/writer" }, resource with { Process = "h/capture-1" }],
            Processes = [new("h/writer", "h", ["writer"], 2, report.At), new("h/capture-1", "h", ["capture"], 3, report.At)],
        });

        var run = await RunAsync("--data", _directory);

        Assert.Equal(0, run.Code);
        Assert.Matches("""h/writer: writer with 2 processors\n  resource .*\n  writer  .*\n\n  h/capture-1: capture with 3 processors\n  resource .*\n  capture_cpu      25.0%""", run.Out.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task An_old_report_means_that_the_server_does_not_run()
    {
        await WriteAsync(Report(TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(30), 0));

        var run = await RunAsync("--data", _directory, "--json");

        Assert.Equal(2, run.Code);
        Assert.Contains("30 minutes old", run.Error, StringComparison.Ordinal);
        Assert.Equal(4, JsonDocument.Parse(run.Out).RootElement.GetProperty("flows")[0].GetProperty("headroom").GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task A_directory_without_a_report_a_file_that_is_none_and_an_address_without_a_key_are_told()
    {
        var none = await RunAsync("--data", _directory);
        Assert.Equal(2, none.Code);
        Assert.Contains("has no capacity report", none.Error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(_directory, "capacity.json"), "{", TestContext.Current.CancellationToken);
        Assert.NotEqual(0, (await RunAsync("--data", _directory)).Code);

        var address = await RunAsync("--url", "http://127.0.0.1:1");
        Assert.Equal(2, address.Code);
        Assert.Contains("--project", address.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("24h", 86_400.0)]
    [InlineData("90m", 5_400.0)]
    [InlineData("7d", 604_800.0)]
    [InlineData("5s", 5.0)]
    [InlineData("0h", null)]
    [InlineData("h", null)]
    [InlineData("1w", null)]
    [InlineData("-1h", null)]
    public void A_time_of_replay_is_a_number_with_its_unit(string text, double? seconds) =>
        Assert.Equal(seconds, ReplayCommand.TryParse(text, out var length) ? length.TotalSeconds : null);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static CapacityReport Report(DateTimeOffset at, int severity) => new(
        at, "A sentence.", severity,
        [new FlowHeadroom(Flow.Ingest, "events/s", 250, new Estimate(1000, 900, 1100), new Estimate(4, 3.6, 4.4), "writer", "observed", null)],
        [], [], [], [], [], null);

    private Task WriteAsync(CapacityReport report) => File.WriteAllBytesAsync(
        Path.Combine(_directory, "capacity.json"), JsonSerializer.SerializeToUtf8Bytes(report, PlanJson.Default.CapacityReport), TestContext.Current.CancellationToken);

    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var terminal = new Terminal(output, error, static () => Stream.Null, static () => Stream.Null, Interactive: false);
        var code = await CommandLine.RunAsync(["doctor", .. arguments], terminal, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
