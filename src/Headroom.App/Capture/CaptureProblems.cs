using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capture;

/// <summary>What was found with an event that is taken all the same.</summary>
[Flags]
internal enum EventNotes : byte
{
    None,
    DistinctIdCut = 1,
    TimestampUnreadable = 2,
    TimestampFuture = 4,
    ClockCorrected = 8,
}

/// <summary>
/// Tells of problems with what was sent where people look for them. Nothing is done for events without one. Safe for concurrent use.
/// </summary>
internal sealed class CaptureProblems(IngestionProblems problems, IProjectDirectory projects, IOptions<CaptureOptions> options, TimeProvider time)
{
    /// <summary>How far, in microseconds, a time is moved before it is worth telling.</summary>
    public const long WorthTelling = 5L * 60 * 1_000_000;

    private const string Refused = "Refused; the sender was told.";

    private static readonly string[] Reasons = [.. Enum.GetNames<EventFault>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>A request, or its events where they could be counted, that is of no known project. Of whom it is nobody can say, so there are no examples.</summary>
    public void OfNobody(string reason, long events) => problems.Add(IngestionProblems.Nobody, ProblemKind.Rejected, reason, Math.Max(events, 1));

    /// <summary>A request that was refused as a whole; none where the events came by another road.</summary>
    public void OfRequest(HttpContext? http, CaptureState state, ProjectId project, Refusal refusal, long events)
    {
        problems.Add(project, ProblemKind.Rejected, refusal.Reason, Math.Max(events, 1));
        if (problems.Wants(project, ProblemKind.Rejected, refusal.Reason))
        {
            var text = state.Text;
            var said = Said.In(text);
            Add(project, ProblemKind.Rejected, refusal.Reason, said.Event, said.DistinctId, Library(http, said), refusal.Field, refusal.Detail, Refused, text);
        }
    }

    /// <summary>The events of a request that were refused and, where the others are stored, what was changed of those.</summary>
    public void OfEvents(HttpContext? http, CaptureProtocol protocol, CaptureState state, ProjectId project, bool stored)
    {
        if (state.FirstFault < 0 && !(stored && state.HasNotes))
        {
            return;
        }

        var index = 0;
        foreach (ref readonly var e in state.Events)
        {
            if (e.Fault != EventFault.None)
            {
                CaptureMetrics.Refused(protocol, EventFaults.Reason(e.Fault), 1);
                if (IsWanted(project, ProblemKind.Rejected, Reasons[(int)e.Fault]))
                {
                    var refusal = EventFaults.Describe(e.Fault, index, options.Value);
                    Show(http, state, project, in e, ProblemKind.Rejected, Reasons[(int)e.Fault], refusal.Field, refusal.Detail, Refused);
                }
            }
            else if (stored && e.Notes != EventNotes.None)
            {
                OfStored(http, state, project, in e);
            }

            index++;
        }
    }

    private void OfStored(HttpContext? http, CaptureState state, ProjectId project, in RawEvent e)
    {
        if (e.Notes.HasFlag(EventNotes.DistinctIdCut) && IsWanted(project, ProblemKind.Changed, "distinct_id_cut"))
        {
            Show(
                http, state, project, in e, ProblemKind.Changed, "distinct_id_cut", "distinct_id", "distinct_id has more than 200 characters.",
                "Its first 200 characters are the distinct id.");
        }

        if (e.Notes.HasFlag(EventNotes.TimestampUnreadable) && IsWanted(project, ProblemKind.Clock, "timestamp_unreadable"))
        {
            Show(
                http, state, project, in e, ProblemKind.Clock, "timestamp_unreadable", "timestamp", "timestamp is not a time that is understood.",
                "Stored under the time of its arrival.");
        }

        if (e.Notes.HasFlag(EventNotes.TimestampFuture) && IsWanted(project, ProblemKind.Clock, "timestamp_future"))
        {
            Show(
                http, state, project, in e, ProblemKind.Clock, "timestamp_future", "timestamp", $"The time sent, {Instant(e.Timestamp)}, is more than 23 hours ahead.",
                "Stored under the time of its arrival.");
        }

        if (e.Notes.HasFlag(EventNotes.ClockCorrected) && IsWanted(project, ProblemKind.Clock, "clock_corrected"))
        {
            Show(
                http, state, project, in e, ProblemKind.Clock, "clock_corrected", "timestamp", $"The sender's clock is wrong: it sent {Instant(e.Timestamp)}.",
                $"Stored under {Instant(e.StoredTimestamp)}.");
        }
    }

    /// <summary>Counts it; whether an example is worth being made. In a flood it hardly ever is.</summary>
    private bool IsWanted(ProjectId project, ProblemKind kind, string reason)
    {
        problems.Add(project, kind, reason, 1);
        return problems.Wants(project, kind, reason);
    }

    private void Show(
        HttpContext? http, CaptureState state, ProjectId project, in RawEvent e, ProblemKind kind, string reason, string field, string wrong, string done)
    {
        var text = state.Bytes(e.Source.IsAbsent ? e.Properties : e.Source);
        var said = Said.In(text);
        Add(project, kind, reason, Plain(state.Bytes(e.Event)) ?? said.Event, Plain(state.Bytes(e.DistinctId)) ?? said.DistinctId, Library(http, said), field, wrong, done, text);
    }

    private void Add(
        ProjectId project, ProblemKind kind, string reason, string? name, string? distinctId, string? library, string field, string wrong, string done, ReadOnlySpan<byte> text)
    {
        // Of a cookieless project's events nothing is kept that a device had stored, and a refused one was not freed of it.
        if (projects.TryGet(project, out var info) && info.Cookieless)
        {
            distinctId = null;
            text = default;
        }

        problems.Add(project, kind, reason, new ProblemExample(
            time.GetUtcNow(), ProblemPiece.Text(name), ProblemPiece.Text(distinctId), ProblemPiece.Text(library), field, wrong, done, ProblemPiece.Json(text)));
    }

    /// <summary>What the events say of it, else the first word of the user agent, unless that is a browser's.</summary>
    private static string? Library(HttpContext? http, in Said said)
    {
        if (said.Library is not null)
        {
            return said.LibraryVersion is null ? said.Library : $"{said.Library} {said.LibraryVersion}";
        }

        var agent = http?.Request.Headers.UserAgent.ToString() ?? "";
        return agent.Length == 0 || agent.StartsWith("Mozilla/", StringComparison.Ordinal) ? null : agent.Split(' ', 2)[0];
    }

    /// <summary>The inside of a JSON string as the text it means.</summary>
    private static string? Plain(ReadOnlySpan<byte> escaped)
    {
        if (escaped.IsEmpty || escaped.IndexOf((byte)'\\') < 0)
        {
            return escaped.IsEmpty ? null : Encoding.UTF8.GetString(escaped);
        }

        try
        {
            var reader = new Utf8JsonReader([(byte)'"', .. escaped, (byte)'"']);
            reader.Read();
            return reader.GetString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Encoding.UTF8.GetString(escaped);
        }
    }

    private static string Instant(long micros) => UnixMicros.ToInstant(micros).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>What a JSON text, which may end in the middle or be none, says of the first event in it.</summary>
    private struct Said
    {
        public string? Event;
        public string? DistinctId;
        public string? Library;
        public string? LibraryVersion;

        public static Said In(ReadOnlySpan<byte> json)
        {
            const int LookedAt = 64 * 1024;
            var said = default(Said);
            var reader = new Utf8JsonReader(json[..Math.Min(json.Length, LookedAt)], isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = JsonWalk.HardDepth }));
            var name = "";
            var inLibrary = false;
            try
            {
                while (reader.Read())
                {
                    if (reader.TokenType == JsonTokenType.PropertyName)
                    {
                        name = reader.GetString()!;
                    }
                    else if (reader.TokenType == JsonTokenType.StartObject)
                    {
                        inLibrary = name == "library";
                    }
                    else if (reader.TokenType == JsonTokenType.EndObject)
                    {
                        inLibrary = false;
                    }
                    else if (reader.TokenType == JsonTokenType.String)
                    {
                        said.Take(name, inLibrary, ref reader);
                    }
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // It is no JSON from here on, or a text of it is none; what came before is known.
            }

            return said;
        }

        private void Take(string name, bool inLibrary, ref Utf8JsonReader reader)
        {
            switch (name)
            {
                case "event":
                    Event ??= reader.GetString();
                    break;
                case "distinct_id" or "$distinct_id" or "userId" or "anonymousId":
                    DistinctId ??= reader.GetString();
                    break;
                case "$lib":
                    Library ??= reader.GetString();
                    break;
                case "$lib_version":
                    LibraryVersion ??= reader.GetString();
                    break;
                case "name" when inLibrary:
                    Library ??= reader.GetString();
                    break;
                case "version" when inLibrary:
                    LibraryVersion ??= reader.GetString();
                    break;
            }
        }
    }
}
