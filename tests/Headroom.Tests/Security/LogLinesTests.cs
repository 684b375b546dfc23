using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests.Security;

/// <summary>What strangers send can be in the log, and stays one line of text there.</summary>
public sealed class LogLinesTests
{
    [Theory]
    [InlineData("a\nAudit: user 1 signed in", "a Audit: user 1 signed in")]
    [InlineData("a\r\nb\tc", "a  b c")]
    [InlineData("\u001b[2J\u0007\u009b1m", "\\u001b[2J\\u0007\\u009b1m")]
    [InlineData("txt\u202efdp\u2028\u2029\u200b\ufeff", "txt\\u202efdp\\u2028\\u2029\\u200b\\ufeff")]
    [InlineData("Zürich 東京 😀", "Zürich 東京 😀")]
    public void An_entry_is_one_line_without_anything_that_a_terminal_obeys(string hostile, string shown)
    {
        using var target = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Warning, "Headroom.Test", default, hostile, new InvalidOperationException(hostile), static (state, _) => state);

        new PlainConsoleFormatter().Write(entry, null, target);

        var line = target.ToString();
        Assert.EndsWith("\n", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line[..^1], char.IsControl);
        Assert.Contains($"warn: Headroom.Test {shown} System.InvalidOperationException: {shown}", line, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trace_id_stands_before_what_strangers_may_have_written()
    {
        using var activity = new Activity("request").Start();
        using var target = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Warning, "Headroom.Test", default, "trace 0: refused", null, static (state, _) => state);

        new PlainConsoleFormatter().Write(entry, null, target);

        Assert.EndsWith($" warn: Headroom.Test trace {activity.TraceId}: trace 0: refused\n", target.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_s_name_with_control_characters_is_refused()
    {
        await using var server = await SecuredServer.StartAsync();
        await server.SetUpAsync();
        await server.DoAsync(HttpMethod.Post, "/api/projects", new { name = "Shop" });

        var (status, problem) = await server.SendAsync(HttpMethod.Post, "/api/projects/1/imports?name=" + Uri.EscapeDataString("a\u001b[2J\n.csv"), "{}");

        Assert.Equal(400, status);
        Assert.NotNull(problem!["errors"]!["name"]);
    }
}
