using Headroom.App.Capture;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Capture;

/// <summary>A clock of its own, and waits as they are told; the probe runs when a test lets it.</summary>
public sealed class AdmissionRateTests
{
    private readonly FakeTimeProvider _time = new(CaptureHost.Now);
    private readonly AdmissionRate _rate;
    private IThreadPoolWorkItem? _probe;
    private long _probedAt;

    public AdmissionRateTests() =>
        _rate = new AdmissionRate(new CaptureOptions { QueueTargetMilliseconds = 10, CommitTargetMilliseconds = 100 }, _time, probe => (_probe, _probedAt) = (probe, _time!.GetTimestamp()));

    private long Millisecond => _time.TimestampFrequency / 1000;

    [Fact]
    public void A_server_that_keeps_up_takes_everything()
    {
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(1000, Pass(1000, queue: 9, commit: 90));
        }

        Assert.Null(_rate.PerSecond);
    }

    [Fact]
    public void One_stall_refuses_nobody()
    {
        foreach (var wait in (int[])[3, 90, 3, 3, 90, 3])
        {
            Assert.Equal(500, Pass(500, wait, wait));
        }
    }

    [Fact]
    public void Few_senders_are_never_refused_however_long_they_wait()
    {
        // Eight, each of whom waits for 90 ms and then comes again.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(9, Pass(9, queue: 90, commit: 90));
        }
    }

    [Fact]
    public void A_burst_that_some_do_not_wait_for_refuses_nobody()
    {
        for (var i = 0; i < 20; i++)
        {
            _rate.Queued(400 * Millisecond, _time.GetTimestamp());
            _rate.Appending(_time.GetTimestamp());
            _rate.Appended(400 * Millisecond, _time.GetTimestamp());
            Assert.Equal(500, Pass(500, queue: 9, commit: 90));
        }
    }

    [Theory]
    [InlineData(40, 1)]
    [InlineData(1, 400)]
    public void Where_a_queue_stands_fewer_are_taken_until_it_is_gone_and_then_all_again(int queue, int commit)
    {
        Pass(1000, queue, commit);
        Pass(1000, queue, commit);
        Assert.InRange(Pass(1000, queue, commit), 450, 550);
        for (var i = 0; i < 30; i++)
        {
            Pass(1000, queue, commit);
        }

        Assert.InRange(_rate.PerSecond ?? 0, 40, 60);
        Assert.InRange(Pass(1000, queue, commit), 3, 8);

        // While more come than are taken it feels its way up; when not, there is soon no bound.
        var before = Pass(1000, queue: 1, commit: 1);
        for (var i = 0; i < 10; i++)
        {
            Pass(1000, queue: 1, commit: 1);
        }

        Assert.InRange(Pass(1000, queue: 1, commit: 1), 2 * before, 8 * before);
        for (var i = 0; i < 12; i++)
        {
            Pass(10, queue: 1, commit: 1);
        }

        Assert.Null(_rate.PerSecond);
        Assert.Equal(1000, Pass(1000, queue: 1, commit: 1));
    }

    [Fact]
    public void The_taken_are_spread_over_the_time()
    {
        Pass(1000, queue: 20, commit: 1);
        Pass(1000, queue: 20, commit: 1);
        Pass(1000, queue: 20, commit: 1);
        var now = _time.GetTimestamp() + Millisecond;
        _rate.Admits(now);
        var each = _rate.PerSecond!.Value / 1000;
        Assert.InRange(each, 2, 4);
        var all = 0;
        for (var i = 0; i < 70; i++)
        {
            now += Millisecond;
            var taken = 0;
            for (var j = 0; j < 50; j++)
            {
                taken += _rate.Admits(now) ? 1 : 0;
            }

            all += taken;
            Assert.InRange(taken, 0, (5 * each) + 1);
        }

        Assert.InRange(all, (70 * each) - 1, (76 * each) + 1);
    }

    [Fact]
    public void A_log_that_is_stuck_lets_few_wait_for_it()
    {
        for (var i = 0; i <= AdmissionRate.MostWhileStuck; i++)
        {
            _rate.Appending(_time.GetTimestamp());
        }

        Assert.True(_rate.Admits(_time.GetTimestamp()));
        _time.Advance(TimeSpan.FromMilliseconds(1001));
        _probe!.Execute();
        Assert.False(_rate.Admits(_time.GetTimestamp()));
        _rate.Appended(1001 * Millisecond, _time.GetTimestamp());
        Assert.True(_rate.Admits(_time.GetTimestamp()));
    }

    [Fact]
    public void A_queue_in_which_nothing_moves_takes_nothing_until_something_does()
    {
        Assert.True(_rate.Admits(_time.GetTimestamp()));
        _time.Advance(TimeSpan.FromMilliseconds(99));
        for (var i = 0; i < 50; i++)
        {
            Assert.True(_rate.Admits(_time.GetTimestamp()));
        }

        _time.Advance(TimeSpan.FromMilliseconds(2));
        for (var i = 0; i < 50; i++)
        {
            _rate.Admits(_time.GetTimestamp());
        }

        Assert.False(_rate.Admits(_time.GetTimestamp()));
        _probe!.Execute();
        Assert.True(_rate.Admits(_time.GetTimestamp()));
    }

    [Fact]
    public void A_quiet_hour_before_a_burst_is_no_stuck_log()
    {
        _rate.Appending(_time.GetTimestamp());
        _rate.Appended(Millisecond, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 500; i++)
        {
            Assert.True(_rate.Admits(_time.GetTimestamp()));
            _rate.Appending(_time.GetTimestamp());
        }
    }

    [Fact]
    public void What_the_log_refuses_at_once_hides_no_wait()
    {
        for (var i = 0; i < 4; i++)
        {
            Pass(1000, queue: 1, commit: 400);
            _rate.Appending(_time.GetTimestamp());
            _rate.Appended(wait: null, _time.GetTimestamp());
        }

        Assert.NotNull(_rate.PerSecond);
    }

    [Fact]
    public void Where_the_kernel_tells_of_waits_the_pools_queue_hides_none_and_makes_none_up()
    {
        Arrive(wait: 40);
        Pass(1000, queue: 1, commit: 1);
        Arrive(wait: 40);
        Pass(1000, queue: 1, commit: 1);
        Arrive(wait: 40);
        Assert.InRange(Pass(1000, queue: 1, commit: 1), 450, 550);
        for (var i = 0; i < 60; i++)
        {
            Arrive(wait: 4);
            Pass(100, queue: 40, commit: 1);
        }

        Assert.Null(_rate.PerSecond);
    }

    [Fact]
    public void The_kernel_is_asked_a_hundred_times_a_second_at_most()
    {
        var asked = 0;
        for (var i = 0; i < 1000; i++)
        {
            asked += _rate.Asks(_time.GetTimestamp()) ? 1 : 0;
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(asked, 99, 101);
    }

    private void Arrive(int wait) => _rate.Arrived(TimeSpan.FromMilliseconds(wait), _time.GetTimestamp());

    /// <summary>A tenth of a second in which so many came, evenly, and everything waited so many milliseconds; how many were taken.</summary>
    private int Pass(int coming, int queue, int commit)
    {
        var taken = 0;
        for (var i = 0; i < coming; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100.0 / coming));
            var now = _time.GetTimestamp();
            taken += _rate.Admits(now) ? 1 : 0;
            if (_probe is { } probe && now - _probedAt >= queue * Millisecond)
            {
                _probe = null;
                probe.Execute();
            }

            _rate.Appending(now);
            _rate.Appended(commit * Millisecond, now);
        }

        return taken;
    }
}
