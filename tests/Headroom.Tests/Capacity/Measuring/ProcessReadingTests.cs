using CsCheck;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Measuring;
using Xunit;

namespace Headroom.Tests.Capacity.Measuring;

public sealed class ProcessReadingTests
{
    [Fact]
    public void A_reading_is_the_same_after_it_was_written_and_read() => Gen.Select(
            Gen.Double[0, 1e15].Array[Enum.GetValues<Quantity>().Length], Gen.Double[0, 1e9], Gen.Long[0, 1L << 50], Gen.Bool, Gen.Int[1, 60], Gen.UInt.Array[0, 120])
        .Sample((values, seconds, bytes, captures, every, times) =>
        {
            var queries = new Dictionary<QueryKind, QueryWork> { [new QueryKind("funnel", captures)] = new(bytes, seconds, every), [new QueryKind("sql", captures)] = default };
            var reading = new ProcessReading(
                new MeasuredProcess("host/capture-1", "host", "run of a kernel", new ProcessRoles(captures, false, !captures)), Guid.NewGuid(), every,
                new Reading(DateTimeOffset.UnixEpoch.AddSeconds(every), seconds, values, new MachineReading(seconds, seconds + 1, 3, bytes, bytes + 1, 0.5, 7, bytes)) { Work = new Workload(times, [.. times.Reverse()], queries) });

            var read = ProcessReading.FromJson("host/capture-1", reading.ToJson())!;

            return read with { Reading = reading.Reading } == reading && read.Reading with { Values = values, Work = reading.Reading.Work } == reading.Reading && read.Reading.Values.SequenceEqual(values) &&
                read.Reading.Work.CaptureTimes.SequenceEqual(times) && read.Reading.Work.QueryTimes.SequenceEqual(times.Reverse()) && read.Reading.Work.Queries.Count == 2 && !read.Reading.Work.Queries.Except(queries).Any();
        });

    [Fact]
    public void What_another_version_measures_besides_is_left_out_and_what_it_does_not_is_nothing()
    {
        const string Json = """
            {"host":"h","machine":"m","roles":{"captures":true,"sings":true},"run":"5f0c1a1e-6a55-4c39-9d2f-0b6d5c2f1a01","sampleSeconds":10,"at":"2026-11-26T10:00:00+00:00","timestamp":5,
             "values":{"CaptureEvents":12,"Songs":3},"machineReading":{"processors":2,"ownSeconds":1.5},"more":{}}
            """;

        var read = ProcessReading.FromJson("p", Json)!;

        Assert.Equal(12, read.Reading.Values[(int)Quantity.CaptureEvents]);
        Assert.Equal(12, read.Reading.Values.Sum());
        Assert.Equal(new ProcessRoles(true, false, false), read.Process.Roles);
        Assert.Equal(1.5, read.Reading.Machine.OwnSeconds);
        Assert.Same(Workload.None, read.Reading.Work);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"host":"h","machine":"m","values":{},"sampleSeconds":0,"machineReading":{"processors":2}}""")]
    [InlineData("""{"host":"h","machine":"m","values":{},"sampleSeconds":10,"machineReading":{}}""")]
    [InlineData("""{"host":"h","machine":"m","values":{"CaptureEvents":"many"},"sampleSeconds":10,"machineReading":{"processors":2}}""")]
    public void What_is_no_reading_is_none(string json) => Assert.Null(ProcessReading.FromJson("p", json));

    [Fact]
    public void A_process_apart_is_named_after_its_data_directory_and_a_whole_one_after_its_machine()
    {
        var directory = Path.Combine(Path.GetTempPath(), "data", "capture-1") + Path.DirectorySeparatorChar;

        Assert.Equal(Environment.MachineName + "/capture-1", MeasuredProcess.Own(new ProcessRoles(true, false, false), new CapacityOptions(), directory).Name);
        Assert.Equal(Environment.MachineName, MeasuredProcess.Own(ProcessRoles.Whole, new CapacityOptions(), directory).Name);
        Assert.Equal("mine", MeasuredProcess.Own(ProcessRoles.Whole, new CapacityOptions { Process = "mine" }, directory).Name);
    }
}
