namespace Headroom.App.Capacity.Measuring;

/// <summary>What this process measures of itself and of its machine.</summary>
/// <param name="directory">On the disk whose room is measured.</param>
internal sealed class OwnReadings(TimeProvider time, string directory) : IDisposable
{
    private readonly Instruments _instruments = new();
    private readonly QueryKinds _kinds = new();
    private readonly Machine _machine = new(directory);

    public Reading Now()
    {
        var values = _instruments.Read();
        var (capture, queries) = _instruments.ReadTimes();
        return new Reading(time.GetUtcNow(), time.GetTimestamp() / (double)time.TimestampFrequency, values, _machine.Read())
        {
            Work = new Workload(capture, queries, _kinds.Read()),
        };
    }

    public void Dispose()
    {
        _instruments.Dispose();
        _kinds.Dispose();
    }
}
