using System.Net;
using System.Text;
using System.Text.Json;
using Headroom.App.Capture;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Headroom.Fuzz.Targets;

/// <summary>
/// Capture whole, from the request to the record, with small limits. Its laws: it answers everything, and never that a retry would
/// help; what it was charged is given back; what it acknowledges is within the limits, and the Writer can read all of it.
/// </summary>
internal sealed class CaptureUnderTest
{
    /// <summary>Properties that a protocol adds to those that were sent.</summary>
    private const int Added = 64;

    public static readonly CaptureOptions Limits = new()
    {
        MaxBodyBytes = 64 << 10,
        MaxDecompressedBytes = 256 << 10,
        DecompressionRatioFloorBytes = 4 << 10,
        MaxDecompressionRatio = 20,
        MaxEventsPerRequest = 40,
        MaxEventBytes = 2 << 10,
        MaxEventNameLength = 60,
        MaxProperties = 30,
        MaxPropertyNameLength = 40,
        MaxPropertyValueBytes = 512,
        MaxDepth = 8,
        MaxInFlightBytes = 4 << 20,
    };

    private readonly CaughtExceptions<Capture> _caught = new();
    private readonly CaptureLoad _load = new(Options.Create(Limits), FixedTime.Instance);
    private readonly WriterUnderTest _writer = new();
    private readonly Capture _capture;
    private readonly EventIntake _intake;
    private readonly CaughtExceptions<RefusedEvents> _caughtBehind = new();

    public CaptureUnderTest()
    {
        var options = Options.Create(Limits);
        var projects = new TwoProjects();
        var log = new HandOverLog(Check);
        var waiting = new WaitingEvents();
        var refused = new RefusedEvents(log, waiting, FixedTime.Instance, _caughtBehind);
        var problems = new CaptureProblems(new IngestionProblems(), projects, options, FixedTime.Instance);
        var clock = new CaptureClock(FixedTime.Instance, new FixedSalts(), _caught);
        _capture = new Capture(options, log, projects, new PlausibleVisits(projects, clock.Salts), waiting, refused, problems, _load, clock);
        _intake = new EventIntake(options, log, waiting, refused, problems, _load, FixedTime.Instance);
    }

    /// <summary>Sends a request.</summary>
    /// <param name="dress">Puts headers and query to it.</param>
    public void Send(CaptureRoute route, ReadOnlySpan<byte> body, Action<HttpRequest>? dress = null)
    {
        _caught.First = null;
        var http = new DefaultHttpContext();
        http.Request.Method = "POST";
        http.Request.Body = new MemoryStream(body.ToArray(), writable: false);
        http.Request.ContentLength = body.Length;
        http.Response.Body = new MemoryStream();
        http.Connection.RemoteIpAddress = IPAddress.Loopback;
        dress?.Invoke(http.Request);
        var handled = _capture.HandleAsync(http, route);
        Law.Holds(handled.IsCompletedSuccessfully, "It answers at once.");
        if (_caught.First is { } caught)
        {
            throw caught;
        }

        Law.Holds(http.Response.StatusCode is 200 or 202 or 400 or 401 or 413 or 415, $"It answers what the protocols know: {http.Response.StatusCode}");
        Law.Holds(_load.Bytes == 0 && _load.Requests == 0, "What was charged is given back.");
    }

    /// <summary>Imports events that a reader of files has made: none costs the others.</summary>
    public void Import(ReadOnlyMemory<byte> events, int count)
    {
        var answer = _intake.TakeAsync(new ProjectId(1), events).AsTask().GetAwaiter().GetResult();
        Law.Holds(answer.Busy is null && answer.Taken + answer.Refused.Count == count, "Rows that were read are events, each by itself.");
    }

    private void Check(ReadOnlyMemory<byte> record)
    {
        var reader = new EventBatchReader(record.Span);
        var events = 0;
        while (reader.TryRead(out var json))
        {
            events++;
            CheckEvent(json);
        }

        var rows = _writer.Write(record, out var caught);
        if (caught is not null)
        {
            throw new BrokenLawException("The Writer can read what was acknowledged: " + caught);
        }

        // Senders may repeat an id within a request: the second is no row.
        Law.Holds(rows <= events && (rows > 0 || events == 0), "What was acknowledged is stored.");
    }

    private static void CheckEvent(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Limits.MaxDepth + 4 });
        var (inProperties, properties) = (false, 0);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.CurrentDepth == 1)
            {
                inProperties = reader.ValueTextEquals("properties"u8);
                CheckText(ref reader);
            }
            else if (reader.CurrentDepth == 2 && inProperties)
            {
                properties++;
                Law.Holds(reader.ValueSpan.Length <= Limits.MaxPropertyNameLength + "$groups.".Length, "A property's name is within its limit.");
            }
        }

        Law.Holds(properties <= (2 * Limits.MaxProperties) + Added, "An event's properties are within their limit.");
        Law.Holds(json.Length <= (4 * Limits.MaxEventBytes) + (Added * Limits.MaxPropertyValueBytes), "An event is within its limit.");
    }

    private static void CheckText(ref Utf8JsonReader reader)
    {
        var isEvent = reader.ValueTextEquals("event"u8);
        var isId = reader.ValueTextEquals("distinct_id"u8);
        if (isEvent || isId)
        {
            reader.Read();
            var text = reader.GetString()!;
            Law.Holds(text.Length > 0, "An event's name and distinct id say something.");
            Law.Holds(!isId || Encoding.UTF32.GetByteCount(text) / 4 <= 200, "A distinct id has at most 200 characters.");
            Law.Holds(!isEvent || text.Length <= Math.Max(Limits.MaxEventNameLength, 200), "An event's name is within its limit.");
        }
    }
}
