using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Sql;

namespace Headroom.App.Insights;

/// <summary>
/// All events of a project, oldest first, as the lines that <c>headroom import</c> takes. They are read a page at a time, each a
/// query in the queue like any other, so that an export of any length needs the memory of one page and lets dashboards pass.
/// </summary>
internal sealed class EventsExport(InsightsService insights, IEventReader reader, SqlDialect dialect)
{
    public const int PageEvents = 5_000;

    /// <summary>The same where the columns are read in parts, of which each names the events.</summary>
    private const int PageOfParts = 500;
    private const long Minute = 60_000_000;
    private const long Year = 365L * 24 * 60 * Minute;

    /// <summary>What is stored when it begins is given once; what arrives meanwhile only where it is later than what has been read.</summary>
    /// <param name="request">Its limit and place are not looked at.</param>
    public async IAsyncEnumerable<IReadOnlyList<EventItem>> PagesAsync(
        EventsRequest request, ProjectInfo project, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = reader.Schema(project.Id);
        var (begin, end) = start.Rows == 0 ? (0, 0) : (Math.Max(request.From, start.MinTimestamp), Math.Min(request.To, start.MaxTimestamp + 1));
        EventPosition? after = null;
        // A stretch is read whole by each of its pages, so it is made to hold about one.
        var stretch = 60 * Minute;
        while (begin < end)
        {
            var to = end - begin < stretch ? end : begin + stretch;
            var schema = reader.Schema(project.Id);
            var limit = schema.Columns.Count <= EventReader.MostColumns ? PageEvents : PageOfParts;
            var page = request with { From = begin, To = to, After = after, Limit = limit };
            var events = await EventReader.ReadAsync(
                insights, "export", project.Id, schema, dialect, columns => EventsCompiler.Export(page, project.Id, columns, dialect), cancellationToken);
            if (events.Count > 0)
            {
                yield return events;
            }

            if (events.Count == limit)
            {
                after = new EventPosition(UnixMicros.From(events[^1].Timestamp), events[^1].Uuid);
                begin = after.Value.Timestamp;
                stretch = Math.Max(Minute, stretch / 2);
                continue;
            }

            (after, begin) = (null, to);
            stretch = events.Count < limit / 4 ? Math.Min(Year, stretch * 4) : stretch;
        }
    }

    /// <summary>A line for each event, with PostHog's names for the fields.</summary>
    public static async Task WriteAsync(
        IAsyncEnumerator<IReadOnlyList<EventItem>> pages, bool any, Stream target, bool zipped, CancellationToken cancellationToken)
    {
        await using var zip = zipped ? new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true) : null;
        var stream = zip ?? target;
        using var lines = new MemoryStream();
        await using var json = new Utf8JsonWriter(lines);
        while (any)
        {
            lines.SetLength(0);
            foreach (var item in pages.Current)
            {
                Append(lines, json, item);
            }

            await stream.WriteAsync(lines.GetBuffer().AsMemory(0, (int)lines.Length), cancellationToken);
            any = await pages.MoveNextAsync();
        }
    }

    private static void Append(MemoryStream lines, Utf8JsonWriter json, EventItem item)
    {
        json.Reset(lines);
        json.WriteStartObject();
        json.WriteString("uuid"u8, item.Uuid);
        json.WriteString("event"u8, item.Event);
        json.WriteString("distinct_id"u8, item.DistinctId);
        json.WriteString("timestamp"u8, item.Timestamp);
        json.WriteStartObject("properties"u8);
        foreach (var (name, value) in item.Properties)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        lines.WriteByte((byte)'\n');
    }
}
