using System.Diagnostics;
using Headroom.Tests.Docs;
using Xunit;

namespace Headroom.Tests.Security;

/// <summary>scripts/audit, which ./test runs, with programs of its own making in place of the network.</summary>
public sealed class DependencyAuditTests : IDisposable
{
    private const string NoVulnerability = """{"version":1,"projects":[]}""";
    private const string Vulnerable = """{"projects":[{"frameworks":[{"topLevelPackages":[{"id":"Bad.Package","vulnerabilities":[{"severity":"High","advisoryurl":"https://example.com/1"}]}]}]}]}""";
    private readonly string _programs = Directory.CreateTempSubdirectory("headroom-audit-").FullName;

    [Fact]
    public async Task Advisories_that_cannot_be_asked_are_told_and_pass_for_nothing()
    {
        Write("curl", "echo 'curl: (6) Could not resolve host' >&2; exit 6");
        Write("npm", """echo '  "message": "405 Method Not Allowed",'; exit 1""");

        var (code, told) = await RunAsync();

        Assert.Equal(3, code);
        Assert.Contains("NOT CHECKED  NuGet: curl: (6) Could not resolve host", told, StringComparison.Ordinal);
        Assert.Contains("NOT CHECKED  npm: 405 Method Not Allowed", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_without_advisories_is_not_a_clean_one()
    {
        Write("curl", """for last; do :; done; echo '{"resources":[]}' >"$last" """);
        Write("npm", """echo '{"auditReportVersion":2}'""");

        var (code, told) = await RunAsync();

        Assert.Equal(3, code);
        Assert.Contains("offers no advisories", told, StringComparison.Ordinal);
        Assert.Contains("npm: no vulnerability", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NoVulnerability, 0, 0, "NuGet: no vulnerability is known")]
    [InlineData(Vulnerable, 0, 1, "VULNERABLE  NuGet: Bad.Package High https://example.com/1")]
    [InlineData(NoVulnerability, 1, 1, "VULNERABLE  npm:")]
    public async Task What_is_known_decides(string nuget, int npm, int code, string told)
    {
        Write("curl", """for last; do :; done; echo '{"resources":[{"@id":"https://api.nuget.org/v3/vulnerabilities/index.json"}]}' >"$last" """);
        Write("dotnet", $$"""[ "$1" = --version ] && echo 10.0.100 || echo '{{nuget}}'""");
        Write("npm", $$"""echo '{"auditReportVersion":2}'; exit {{npm}}""");

        var answer = await RunAsync();

        Assert.Equal(code, answer.Code);
        Assert.Contains(told, answer.Told, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_programs, recursive: true);

    private void Write(string name, string script)
    {
        var path = Path.Combine(_programs, name);
        File.WriteAllText(path, $"#!/bin/bash\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
    }

    private async Task<(int Code, string Told)> RunAsync()
    {
        // Node's version is asked for as well, and need not be installed where only the server is tested.
        Write("node", "echo v22.0.0");
        var info = new ProcessStartInfo(Path.Combine(MarkdownFiles.Root, "scripts", "audit")) { RedirectStandardError = true, RedirectStandardOutput = true };
        info.Environment["PATH"] = $"{_programs}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var told = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, told + await output);
    }
}
