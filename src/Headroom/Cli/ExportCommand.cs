using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using Headroom.App.Importing;

namespace Headroom.Cli;

/// <summary><c>headroom export</c>: events of a project, page by page, as the lines that <c>import</c> takes.</summary>
internal static class ExportCommand
{
    private const int PageEvents = 200;

    public static Command Build(Terminal terminal)
    {
        var url = new Option<string>("--url") { Description = "The running server.", HelpName = "URL", DefaultValueFactory = static _ => "http://localhost:8080" };
        var project = new Option<string>("--project") { Description = "The project's id, or its name with --data.", HelpName = "PROJECT", Required = true };
        var key = new Option<string?>("--key") { Description = "A read key. Without it one is lent from --data for as long as the export runs.", HelpName = "hrr_…" };
        var data = CommandLine.DataOption();
        var output = new Option<string>("--output", "-o") { Description = "The file; - for the standard output.", HelpName = "FILE", DefaultValueFactory = static _ => "-" };
        var format = new Option<string>("--format") { Description = "ndjson or csv.", HelpName = "FORM", DefaultValueFactory = static _ => "ndjson" };
        format.AcceptOnlyFromAmong("ndjson", "csv");
        var eventName = new Option<string?>("--event") { Description = "Only events of this name.", HelpName = "NAME" };
        var from = new Option<string?>("--from") { Description = "The first day, or an instant.", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "The last day, or the instant before which to end.", HelpName = "TIME" };
        var command = new Command("export", """
            Write a project's events, newest first, as newline-delimited JSON or CSV.

            Examples:
              headroom export --project Shop > shop.ndjson
              headroom export --project 1 --key hrr_… --from 2026-11-01 --to 2026-11-07 --format csv -o week.csv
            """)
        { url, project, key, data, output, format, eventName, from, to };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var query = Query(("event", parsed.GetValue(eventName)), ("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)));
            var path = parsed.GetValue(output)!;
            await using var target = path == "-" ? terminal.OutBytes() : new FileStream(path, FileMode.Create, FileAccess.Write);
            await using IEventSink sink = parsed.GetValue(format) == "csv" ? new CsvSink(target) : new NdjsonSink(target);
            using var http = new HttpClient { BaseAddress = new Uri(parsed.GetValue(url)!), Timeout = TimeSpan.FromMinutes(5) };
            if (parsed.GetValue(key) is { } readKey)
            {
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", readKey);
                await RunAsync(http, parsed.GetValue(project)!, query, sink, terminal, cancellationToken);
                return CommandLine.Done;
            }

            await using var control = ControlData.Open(parsed.GetValue(data)!);
            var found = await control.FindProjectAsync(parsed.GetValue(project)!, cancellationToken);
            var lent = await control.LendReadKeyAsync(found, "headroom export (temporary)", cancellationToken);
            try
            {
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", lent.Key);
                await RunAsync(http, found.Id, query, sink, terminal, cancellationToken);
            }
            finally
            {
                await control.ReturnKeyAsync(found, lent);
            }

            return CommandLine.Done;
        });
        return command;
    }

    internal static async Task<long> RunAsync(
        HttpClient http, string project, string query, IEventSink sink, Terminal terminal, CancellationToken cancellationToken)
    {
        long written = 0;
        string? cursor = null;
        do
        {
            var path = $"/api/projects/{Uri.EscapeDataString(project)}/events?limit={PageEvents}{query}{Query(("cursor", cursor))}";
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                var text = await answer.Content.ReadAsStringAsync(cancellationToken);
                throw new CommandFailedException(string.Create(CultureInfo.InvariantCulture, $"The server answered {(int)answer.StatusCode} after {written} events: {text}"));
            }

            await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            using var page = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            foreach (var e in page.RootElement.GetProperty("events").EnumerateArray())
            {
                await sink.WriteAsync(e, cancellationToken);
                written++;
            }

            var next = page.RootElement.TryGetProperty("next", out var value) ? value.GetString() : null;
            cursor = next == cursor ? null : next;
            if (terminal.Interactive)
            {
                await terminal.Error.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"\r{written:N0} events"));
            }
        }
        while (cursor is not null);

        await terminal.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{(terminal.Interactive ? "\r" : "")}{written:N0} events written."));
        return written;
    }

    private static string Query(params ReadOnlySpan<(string Name, string? Value)> parts)
    {
        var query = new StringBuilder();
        foreach (var (name, value) in parts)
        {
            if (value is not null)
            {
                query.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            }
        }

        return query.ToString();
    }
}

/// <summary>Where exported events go.</summary>
internal interface IEventSink : IAsyncDisposable
{
    ValueTask WriteAsync(JsonElement e, CancellationToken cancellationToken);
}

/// <summary>PostHog's names for the fields, so that an import takes what an export gave.</summary>
internal sealed class NdjsonSink(Stream target) : IEventSink
{
    private const int FlushBytes = 64 * 1024;
    private readonly ByteBuffer _buffer = new(FlushBytes * 2);
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public async ValueTask WriteAsync(JsonElement e, CancellationToken cancellationToken)
    {
        Append(e);
        if (_buffer.Length >= FlushBytes)
        {
            await FlushAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await FlushAsync(CancellationToken.None);
        await _json.DisposeAsync();
    }

    private void Append(JsonElement e)
    {
        _json.Reset(_buffer);
        _json.WriteStartObject();
        Copy("uuid"u8, e, "uuid");
        Copy("event"u8, e, "event");
        Copy("distinct_id"u8, e, "distinctId");
        Copy("timestamp"u8, e, "timestamp");
        Copy("properties"u8, e, "properties");
        _json.WriteEndObject();
        _json.Flush();
        _buffer.GetSpan(1)[0] = (byte)'\n';
        _buffer.Advance(1);
    }

    private void Copy(ReadOnlySpan<byte> name, JsonElement e, string from)
    {
        if (e.TryGetProperty(from, out var value))
        {
            _json.WritePropertyName(name);
            value.WriteTo(_json);
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await target.WriteAsync(_buffer.Written, cancellationToken);
        await target.FlushAsync(cancellationToken);
        _buffer.CutTo(0);
    }
}

/// <summary>The four fields as columns and the properties as JSON in a fifth, because properties differ from event to event.</summary>
internal sealed class CsvSink : IEventSink
{
    private readonly CsvWriter _csv;

    public CsvSink(Stream target)
    {
        _csv = new CsvWriter(new StreamWriter(target, new UTF8Encoding(false), 64 * 1024, leaveOpen: true), new CsvConfiguration(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.Escape });
        foreach (var name in (ReadOnlySpan<string>)["uuid", "event", "distinct_id", "timestamp", "properties"])
        {
            _csv.WriteField(name);
        }

        _csv.NextRecord();
    }

    public async ValueTask WriteAsync(JsonElement e, CancellationToken cancellationToken)
    {
        foreach (var name in (string[])["uuid", "event", "distinctId", "timestamp"])
        {
            _csv.WriteField(e.TryGetProperty(name, out var value) ? value.ToString() : "");
        }

        _csv.WriteField(e.TryGetProperty("properties", out var properties) ? properties.GetRawText() : "{}");
        await _csv.NextRecordAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        await _csv.FlushAsync();
        await _csv.DisposeAsync();
    }
}
