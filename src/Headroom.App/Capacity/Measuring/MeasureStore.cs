// Measures are events like any others, so that insights and SQL work on them. There are two projects because a retention is a
// project's: one event resource_measured for each resource and sample, kept for days; and one for each resource and hour, kept for years.

using System.Buffers;
using System.Text.Json;
using Headroom.App.Capacity.Forecasting;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capacity.Measuring;

/// <summary>What one resource of a process did in a time.</summary>
/// <param name="Peak">The largest utilisation and throughput of a part of the time; that of the whole where it is short.</param>
internal readonly record struct Measure(
    DateTimeOffset At, string Process, string Resource, string Flow, double Utilisation, double Saturation, double ErrorsPerSecond, double Throughput, double? ServiceDemand,
    (double Utilisation, double Throughput) Peak, double? Bytes);

/// <summary>A point of a resource's history.</summary>
public sealed record HistoryPoint(DateTimeOffset At, double Utilisation, double Saturation, double Throughput, double ErrorsPerSecond);

/// <summary>Writes measures and reads them again. For one writer at a time.</summary>
internal sealed class MeasureStore(
    IEventIntake intake, IEventReader reader, ISystemProjects projects, IOptions<CapacityOptions> options, TimeProvider time, ILogger<MeasureStore> logger)
{
    public const string DetailName = "Headroom: measures";
    public const string HistoryName = "Headroom: hours of measures";
    private const string EventName = "resource_measured";

    /// <summary>Measures that wait to be written while the log takes nothing; older ones are dropped, which bounds the memory.</summary>
    private const int MostWaiting = 5_000;
    private static readonly PropertyColumnKey ResourceColumn = new("resource", PropertyKind.Text);
    private static readonly PropertyColumnKey NodeColumn = new("node", PropertyKind.Text);
    private static readonly PropertyColumnKey[] PointColumns =
        [new("utilisation", PropertyKind.Number), new("saturation", PropertyKind.Number), new("throughput", PropertyKind.Number), new("errors_per_second", PropertyKind.Number)];
    private readonly List<Measure> _detail = [];
    private readonly List<Measure> _hours = [];

    /// <summary>Events written so far, which are no load of anybody's.</summary>
    public long Written { get; private set; }

    public void Add(IEnumerable<Measure> measures) => _detail.AddRange(measures);

    public void AddHour(IEnumerable<Measure> measures) => _hours.AddRange(measures);

    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(_detail, DetailName, options.Value.DetailDays, cancellationToken);
        await WriteAsync(_hours, HistoryName, options.Value.HistoryDays, cancellationToken);
    }

    /// <summary>The project of measures, made where there is none.</summary>
    public ValueTask<ProjectId?> DetailProjectAsync(CancellationToken cancellationToken) =>
        projects.FindOrMakeAsync(DetailName, options.Value.DetailDays, cancellationToken);

    /// <summary>The busiest minute, or the bytes, of each day that a resource was measured on, in order; today is left out.</summary>
    /// <param name="orLoad">Another name of it, under which it was measured where there were several processes; the larger counts.</param>
    public async Task<IReadOnlyList<DailyLoad>> DaysAsync(string resource, string orLoad, bool isBytes, CancellationToken cancellationToken)
    {
        if (await projects.FindOrMakeAsync(HistoryName, options.Value.HistoryDays, cancellationToken) is not { } project)
        {
            return [];
        }

        var value = new PropertyColumnKey(isBytes ? "bytes" : "throughput_peak", PropertyKind.Number);
        var schema = reader.Schema(project);
        if (!schema.Columns.Contains(value) || !schema.Columns.Contains(ResourceColumn))
        {
            return [];
        }

        var rows = await reader.QueryAsync(
            new StoreQuery
            {
                Project = project,
                Sql = $"""
                    SELECT epoch_us(date_trunc('day', "timestamp")) AS day, {(isBytes ? "max_by" : "max")}({Quoted(value)}{(isBytes ? ", \"timestamp\"" : "")}) AS load
                    FROM {EventsOf} WHERE event = $1 AND {Quoted(ResourceColumn)} IN ($2, $4) AND "timestamp" < $3 AND {Quoted(value)} IS NOT NULL
                    GROUP BY day ORDER BY day
                    """,
                Parameters = [EventName, resource, time.GetUtcNow().UtcDateTime.Date, orLoad],
                Columns = [value, ResourceColumn],
            },
            cancellationToken);
        return [.. rows.Rows.Select(static row => new DailyLoad(DateOnly.FromDateTime(UnixMicros.ToInstant((long)row[0]!).UtcDateTime), (double)row[1]!))];
    }

    /// <summary>A resource's measures since an instant, at most so many, each the mean of an equal part of the time.</summary>
    /// <param name="process">Whose; null for all: the busiest's utilisation, and of the rest the sum.</param>
    public async Task<IReadOnlyList<HistoryPoint>> PointsAsync(string resource, string? process, bool hours, DateTimeOffset since, int most, CancellationToken cancellationToken)
    {
        var project = await projects.FindOrMakeAsync(hours ? HistoryName : DetailName, hours ? options.Value.HistoryDays : options.Value.DetailDays, cancellationToken);
        if (project is not { } found || reader.Schema(found) is not { } schema || !schema.Columns.Contains(ResourceColumn) || !schema.Columns.Contains(NodeColumn) || !PointColumns.All(schema.Columns.Contains))
        {
            return [];
        }

        // All processes of a round are measured at one instant.
        var width = Math.Max(1, (long)((time.GetUtcNow() - since).TotalMicroseconds / most));
        var rows = await reader.QueryAsync(
            new StoreQuery
            {
                Project = found,
                Sql = $"""
                    SELECT (at // $4) * $4 AS part, avg(u), avg(s), avg(t), avg(e) FROM (
                        SELECT at, max(u) AS u, sum(s) AS s, sum(t) AS t, sum(e) AS e FROM (
                            SELECT epoch_us("timestamp") AS at, {Quoted(NodeColumn)} AS node, {string.Join(", ", PointColumns.Zip("uste", static (v, name) => $"avg({Quoted(v)}) AS {name}"))}
                            FROM {EventsOf} WHERE event = $1 AND {Quoted(ResourceColumn)} = $2 AND "timestamp" >= $3 AND ($5 = '' OR {Quoted(NodeColumn)} = $5) GROUP BY at, node)
                        GROUP BY at)
                    GROUP BY part ORDER BY part
                    """,
                Parameters = [EventName, resource, since.UtcDateTime, width, process ?? ""],
                Columns = [.. PointColumns, ResourceColumn, NodeColumn],
                From = UnixMicros.From(since),
            },
            cancellationToken);
        return [.. rows.Rows.Select(static row => new HistoryPoint(UnixMicros.ToInstant((long)row[0]!), (double)row[1]!, (double)row[2]!, (double)row[3]!, (double)row[4]!))];
    }

    /// <summary>The store puts the project's relation here.</summary>
    private const string EventsOf = "{events}";

    private static string Quoted(PropertyColumnKey column) => $"\"{column.ColumnName}\"";

    private async Task WriteAsync(List<Measure> measures, string name, int days, CancellationToken cancellationToken)
    {
        if (measures.Count == 0)
        {
            return;
        }

        string? reason = "the project cannot be made";
        if (await projects.FindOrMakeAsync(name, days, cancellationToken) is { } project)
        {
            var answer = await intake.TakeAsync(project, Json(measures));
            reason = answer.Busy;
            if (reason is null)
            {
                Written += answer.Taken;
                measures.Clear();
                return;
            }
        }

        if (measures.Count > MostWaiting)
        {
            var dropped = measures.Count - MostWaiting;
            measures.RemoveRange(0, dropped);
            CapacityLog.Dropped(logger, dropped, reason);
        }
    }

    private static ReadOnlyMemory<byte> Json(List<Measure> measures)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartArray();
        foreach (var measure in measures)
        {
            json.WriteStartObject();
            json.WriteString("uuid", Guid.CreateVersion7(measure.At));
            json.WriteString("event", EventName);
            json.WriteString("distinct_id", "headroom");
            json.WriteString("timestamp", measure.At);
            json.WriteStartObject("properties");
            json.WriteBoolean("$process_person_profile", false);
            json.WriteString("resource", measure.Resource);
            json.WriteString("flow", measure.Flow);
            json.WriteString("node", measure.Process);
            json.WriteNumber("utilisation", measure.Utilisation);
            json.WriteNumber("saturation", measure.Saturation);
            json.WriteNumber("errors_per_second", measure.ErrorsPerSecond);
            json.WriteNumber("throughput", measure.Throughput);
            json.WriteNumber("utilisation_peak", measure.Peak.Utilisation);
            json.WriteNumber("throughput_peak", measure.Peak.Throughput);
            if (measure.ServiceDemand is { } demand)
            {
                json.WriteNumber("service_demand", demand);
            }

            if (measure.Bytes is { } bytes)
            {
                json.WriteNumber("bytes", bytes);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
