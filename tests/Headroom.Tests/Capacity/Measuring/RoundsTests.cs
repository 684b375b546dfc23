using CsCheck;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Measuring;
using Xunit;

namespace Headroom.Tests.Capacity.Measuring;

/// <summary>From what processes tell of themselves to samples of them: late, twice, not at all, and anew after a restart.</summary>
public sealed class RoundsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 26, 10, 0, 0, TimeSpan.Zero);
    private static readonly Guid Run = Guid.NewGuid();

    [Fact]
    public void Each_process_has_a_sample_once_it_has_told_twice_and_the_own_is_first()
    {
        var rounds = new Rounds();
        Assert.Null(rounds.Next(Own(0), [Of("a", 1_000, 50)]));
        Assert.Equal(["own"], Names(rounds.Next(Own(10), [Of("a", 1_000, 50)])));

        var round = rounds.Next(Own(20), [Of("a", 1_010, 150), Of("b", 7, 0)])!;

        Assert.Equal(["own", "a"], Names(round));
        Assert.Equal(10, round.Processes[1].Sample.Rate(Quantity.CaptureEvents), 9);
    }

    [Fact]
    public void Of_one_that_was_not_heard_the_last_sample_stands_for_three_and_then_it_is_left_out()
    {
        var rounds = Begun();
        Assert.Equal(["own", "a"], Names(rounds.Next(Own(20), [Of("a", 1_010, 100)])));
        Assert.Equal(["own", "a"], Names(rounds.Next(Own(50), [])));
        Assert.Equal(["own"], Names(rounds.Next(Own(60), [Of("a", 1_010, 100)])));

        // What it did meanwhile is in its sums.
        var round = rounds.Next(Own(70), [Of("a", 1_060, 600)])!;
        Assert.Equal(["own", "a"], Names(round));
        Assert.Equal(10, round.Processes[1].Sample.Rate(Quantity.CaptureEvents), 9);
        Assert.Equal(50, round.Processes[1].Sample.Seconds, 9);
    }

    [Fact]
    public void One_that_measures_more_seldom_is_waited_for_longer()
    {
        var rounds = new Rounds();
        rounds.Next(Own(0), [Of("a", 0, 0) with { SampleSeconds = 60 }]);
        rounds.Next(Own(60), [Of("a", 60, 60) with { SampleSeconds = 60 }]);

        Assert.Equal(["own", "a"], Names(rounds.Next(Own(230), [])));
        Assert.Equal(["own"], Names(rounds.Next(Own(250), [])));
    }

    [Fact]
    public void Clocks_that_differ_by_an_hour_do_no_harm()
    {
        var rounds = new Rounds();
        rounds.Next(Own(0), [Of("a", 5, 0, Start.AddHours(-1))]);

        Assert.Equal(["own", "a"], Names(rounds.Next(Own(10), [Of("a", 15, 0, Start.AddHours(-1).AddSeconds(10))])));
    }

    /// <summary>By its run, and by sums that have become less where the run were the same.</summary>
    [Theory]
    [InlineData(true, 1_020, 30)]
    [InlineData(true, 1_020, 5_000)]
    [InlineData(false, 1_020, 0)]
    [InlineData(false, 3, 900)]
    public void One_that_has_restarted_has_no_sample_over_its_restart(bool otherRun, double timestamp, double ownSeconds)
    {
        var rounds = Begun();
        Assert.Equal(["own", "a"], Names(rounds.Next(Own(20), [Of("a", 1_010, 100, seconds: 100)])));
        var run = otherRun ? Guid.NewGuid() : Run;

        Assert.Equal(["own"], Names(rounds.Next(Own(30), [Of("a", timestamp, 7, seconds: ownSeconds) with { Run = run }])));

        var round = rounds.Next(Own(40), [Of("a", timestamp + 10, 27, seconds: ownSeconds + 1) with { Run = run }])!;
        Assert.Equal(2, round.Processes[1].Sample.Rate(Quantity.CaptureEvents), 9);
    }

    [Fact]
    public void A_row_under_the_own_name_is_not_read()
    {
        var rounds = new Rounds();
        rounds.Next(Own(0), [Of("own", 5, 1)]);

        Assert.Equal(0, Assert.Single(rounds.Next(Own(10), [Of("own", 15, 100)])!.Processes).Sample.Rate(Quantity.CaptureEvents));
    }

    [Fact]
    public void Without_a_new_reading_of_its_own_there_is_no_round()
    {
        var rounds = Begun();

        Assert.Null(rounds.Next(Own(10), [Of("a", 1_010, 100)]));
    }

    /// <summary>Whatever rows are read late or not at all: a process that is in every round has told all its events once.</summary>
    [Fact]
    public void No_event_is_lost_or_counted_twice_by_rows_that_were_not_read() => Gen.Bool.Array[50]
        .Sample(heard =>
        {
            var rounds = new Rounds();
            rounds.Next(Own(0), [Of("a", 0, 0)]);
            var (events, last, samples) = (0.0, 0.0, new List<Sample>());
            for (var i = 1; i <= heard.Length; i++)
            {
                var round = rounds.Next(Own(10 * i), heard[i - 1] ? [Of("a", 10 * i, i * i)] : [])!;
                last = heard[i - 1] ? i * i : last;
                if (round.Processes.Count > 1 && !samples.Contains(round.Processes[1].Sample))
                {
                    samples.Add(round.Processes[1].Sample);
                }
            }

            events = samples.Sum(static s => s.Rate(Quantity.CaptureEvents) * s.Seconds);
            return Math.Abs(events - last) < 1e-6;
        });

    private static Rounds Begun()
    {
        var rounds = new Rounds();
        rounds.Next(Own(0), [Of("a", 990, 0)]);
        rounds.Next(Own(10), [Of("a", 1_000, 0)]);
        return rounds;
    }

    private static IEnumerable<string> Names(Round? round) => round!.Processes.Select(static one => one.Process.Name);

    private static ProcessReading Own(double timestamp) => Of("own", timestamp, 0);

    private static ProcessReading Of(string name, double timestamp, double events, DateTimeOffset? at = null, double seconds = 0)
    {
        var values = new double[Enum.GetValues<Quantity>().Length];
        values[(int)Quantity.CaptureEvents] = events;
        return new ProcessReading(
            new MeasuredProcess(name, name, name, ProcessRoles.Whole), Run, 10, new Reading(at ?? Start.AddSeconds(timestamp), timestamp, values, new MachineReading(seconds, seconds, 2, 1, 2, 0, 0, 0)));
    }
}
