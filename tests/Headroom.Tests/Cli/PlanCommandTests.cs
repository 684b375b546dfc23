using System.Net;
using System.Text;
using System.Text.Json;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Planning;
using Headroom.Cli;
using Headroom.Cli.Capacity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headroom.Tests.Cli;

public sealed class PlanCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-plan-").FullName;

    [Theory]
    [InlineData(2, "--dau", "1000")]
    [InlineData(2, "--dau", "0", "--events-per-user", "1")]
    [InlineData(2, "--dau", "-5", "--events-per-user", "1")]
    [InlineData(2, "--dau", "NaN", "--events-per-user", "1")]
    [InlineData(2, "--dau", "many", "--events-per-user", "1")]
    [InlineData(2, "--dau", "1000", "--events-per-user", "1", "--peak", "0.5")]
    [InlineData(2, "--dau", "1000", "--events-per-user", "1", "--cache-hits", "1.5")]
    [InlineData(2, "--dau", "1000", "--events-per-user", "1", "--retention", "400")]
    [InlineData(2, "--dau", "1000", "--events-per-user", "1", "--retention", "-1d")]
    [InlineData(1, "--dau", "1000", "--events-per-user", "1", "--from", "http://localhost:1")]
    [InlineData(1, "--dau", "1000", "--events-per-user", "1", "--from", "nonsense", "--key", "hrr_x")]
    [InlineData(1, "--dau", "1000", "--events-per-user", "1", "--from", "http://localhost:1", "--project", "1", "--key", "hrr_x")]
    [InlineData(1, "--dau", "1000", "--events-per-user", "1", "--provider", "oracle")]
    [InlineData(1, "--dau", "1000", "--events-per-user", "1", "--prices", "missing.json")]
    [InlineData(0, "--dau", "1000", "--events-per-user", "1")]
    [InlineData(0, "--dau", "1000000", "--events-per-user", "40", "--peak", "4", "--retention", "400d", "--json")]
    public async Task The_exit_code_tells_a_wrong_command_line_from_a_failure(int code, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.True(code == run.Code, run.Error);
        Assert.Equal(code != 0, run.Error.Length > 0);
    }

    [Theory]
    [InlineData("400d", 400.0)]
    [InlineData("1.5y", 547.5)]
    [InlineData("2w", 14.0)]
    [InlineData("6m", 180.0)]
    [InlineData("", null)]
    [InlineData("d", null)]
    [InlineData("0d", null)]
    [InlineData("4 d", null)]
    public void Retention_is_a_number_with_its_unit(string text, double? days) => Assert.Equal(days, PlanCommand.Days(text));

    [Fact]
    public async Task It_shows_what_the_json_says()
    {
        string[] arguments = ["--dau", "1000000", "--events-per-user", "40", "--peak", "4", "--retention", "400d", "--provider", "gcp"];
        var plan = JsonSerializer.Deserialize((await RunAsync([.. arguments, "--json"])).Out, PlanJson.Default.Plan)!;
        var text = (await RunAsync(arguments)).Out;
        Assert.Equal(40_000_000, plan.Load.EventsPerDay);
        Assert.Contains(plan.Summary, text, StringComparison.Ordinal);
        Assert.All(plan.Parts, part => Assert.Contains(part.Name, text, StringComparison.Ordinal));
        Assert.All(plan.Why.Concat(plan.Assumptions), line => Assert.Contains(line, text, StringComparison.Ordinal));
        Assert.Equal("gcp", Assert.Single(plan.Costs).Provider);
        Assert.Contains(plan.Costs[0].Basis, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prices_of_a_file_take_the_place_of_the_program_s_and_wrong_ones_are_named()
    {
        var file = Path.Combine(_directory, "prices.json");
        var own = PriceTable.Default with { Providers = [PriceTable.Default.Providers[0] with { Id = "own", Name = "Own", BlockStorage = new StoragePrice("disk", 0), Machines = [new MachinePrice("box", 8, 32, 0.01)] }] };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(own, PriceJson.Default.PriceTable), TestContext.Current.CancellationToken);
        var plan = JsonSerializer.Deserialize((await RunAsync("--dau", "1000", "--events-per-user", "1", "--prices", file, "--json")).Out, PlanJson.Default.Plan)!;
        Assert.Equal(7.3, Assert.Single(plan.Costs).Monthly);

        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(own, PriceJson.Default.PriceTable).Replace("0.01", "-1", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var refused = await RunAsync("--dau", "1000", "--events-per-user", "1", "--prices", file);
        Assert.Equal(1, refused.Code);
        Assert.Contains("providers[0].machines[0].hourly: must be above 0, is -1", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_plans_with_what_a_server_measured_and_tells_its_refusal()
    {
        var report = new CapacityReport(
            new DateTimeOffset(2026, 11, 26, 0, 0, 0, TimeSpan.Zero), "", 0, [],
            [new ResourceReport("writer", Flow.Ingest, ResourceKind.Thread, 0.5, 0, "", 0, 1, 1e-3, null, null)], [], [], [], [], null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var server = builder.Build();
        server.MapGet("/api/projects/2/capacity", (HttpRequest request) => request.Headers.Authorization == "Bearer hrr_right"
            ? Results.Text(JsonSerializer.Serialize(report, PlanJson.Default.CapacityReport), "application/json")
            : Results.StatusCode((int)HttpStatusCode.Unauthorized));
        await server.StartAsync(TestContext.Current.CancellationToken);
        string[] arguments = ["--dau", "86400", "--events-per-user", "100", "--peak", "1", "--from", server.Urls.First(), "--project", "2", "--json"];

        var plan = JsonSerializer.Deserialize((await RunAsync([.. arguments, "--key", "hrr_right"])).Out, PlanJson.Default.Plan)!;
        Assert.Equal(0.1, plan.Parts.Single(static part => part.Name == "writer").Utilisation, 1e-4);
        Assert.Contains("writer as measured on 2026-11-26", plan.Assumptions[0], StringComparison.Ordinal);

        var refused = await RunAsync([.. arguments, "--key", "hrr_wrong"]);
        Assert.Equal(1, refused.Code);
        Assert.Contains("401", refused.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var terminal = new Terminal(output, error, static () => Stream.Null, static () => Stream.Null, Interactive: false);
        var code = await CommandLine.RunAsync(["plan", .. arguments], terminal, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
