using System.Text.Json;

namespace Headroom.App.Capacity.Measuring;

/// <summary>What a process has measured since it started, for another process.</summary>
/// <param name="Run">Another one after a restart: sums of two runs are not to be compared.</param>
/// <param name="SampleSeconds">Seconds after which the next one is to be expected; above 0.</param>
internal sealed record ProcessReading(MeasuredProcess Process, Guid Run, int SampleSeconds, Reading Reading)
{
    public string ToJson() => JsonSerializer.Serialize(
        new ReadingDocument(
            Process.Host, Process.Machine, Process.Roles, Run, SampleSeconds, Reading.At, Reading.Timestamp,
            Enum.GetValues<Quantity>().Where(q => Reading.Values[(int)q] != 0).ToDictionary(static q => q.ToString(), q => Reading.Values[(int)q]), Reading.Machine,
            new WorkloadDocument(
                Reading.Work.CaptureTimes, Reading.Work.QueryTimes, [.. Reading.Work.Queries.Select(static q => new QueryWorkDocument(q.Key.Kind, q.Key.ReadsJson, q.Value.Count, q.Value.Seconds, q.Value.Rows))])),
        CapacityJson.Default.ReadingDocument);

    /// <summary>Null where it is none. Quantities of another version that this one does not know are left out, those that it does not have are 0.</summary>
    public static ProcessReading? FromJson(string process, string json)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, CapacityJson.Default.ReadingDocument) is not
                { Host: { } host, Machine: { } machine, Values: { } known, SampleSeconds: > 0, MachineReading.Processors: > 0 } document)
            {
                return null;
            }

            var values = new double[Enum.GetValues<Quantity>().Length];
            foreach (var quantity in Enum.GetValues<Quantity>())
            {
                values[(int)quantity] = known.GetValueOrDefault(quantity.ToString());
            }

            return new ProcessReading(
                new MeasuredProcess(process, host, machine, document.Roles), document.Run, document.SampleSeconds,
                new Reading(document.At, document.Timestamp, values, document.MachineReading) { Work = Of(document.Work) });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Workload Of(WorkloadDocument? document) => document is null
        ? Workload.None
        : new Workload(
            document.CaptureTimes ?? [], document.QueryTimes ?? [],
            (document.Queries ?? []).DistinctBy(static q => (q.Kind, q.ReadsJson)).ToDictionary(static q => new QueryKind(q.Kind ?? "", q.ReadsJson), static q => new QueryWork(q.Count, q.Seconds, q.Rows)));
}

/// <param name="Values">By the name of the quantity, without those that are 0: processes of two versions may read each other.</param>
internal sealed record ReadingDocument(
    string? Host, string? Machine, ProcessRoles Roles, Guid Run, int SampleSeconds, DateTimeOffset At, double Timestamp, IReadOnlyDictionary<string, double>? Values,
    MachineReading MachineReading, WorkloadDocument? Work);

/// <inheritdoc cref="Workload"/>
internal sealed record WorkloadDocument(IReadOnlyList<uint>? CaptureTimes, IReadOnlyList<uint>? QueryTimes, IReadOnlyList<QueryWorkDocument>? Queries);

/// <inheritdoc cref="QueryWork"/>
internal sealed record QueryWorkDocument(string? Kind, bool ReadsJson, long Count, double Seconds, long Rows);
