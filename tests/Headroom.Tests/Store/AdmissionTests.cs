using CsCheck;
using Headroom.Core;
using Headroom.Store;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Store;

public sealed class AdmissionTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void One_project_never_takes_every_slot()
    {
        var admission = Make(4);
        var first = Enumerable.Range(0, 6).Select(_ => Enter(admission, 1)).ToList();
        Assert.Equal(3, first.Count(t => t.IsCompleted));
        Assert.True(Enter(admission, 2).IsCompletedSuccessfully);
        Assert.Equal(3, admission.Waiting);
    }

    [Fact]
    public void Large_queries_leave_slots_for_small_ones()
    {
        var admission = Make(4);
        var large = Enumerable.Range(1, 6).Select(project => Enter(admission, project, rows: 5_000_000, large: true)).ToList();
        Assert.Equal(2, large.Count(t => t.IsCompleted));
        Assert.True(Enter(admission, 7).IsCompletedSuccessfully);
        Assert.True(Enter(admission, 8).IsCompletedSuccessfully);
        Assert.False(Enter(admission, 9).IsCompleted);
    }

    [Fact]
    public async Task Projects_take_turns()
    {
        var admission = Make(1);
        Assert.True(await Enter(admission, 1));
        var crowd = Enumerable.Range(0, 5).Select(_ => Enter(admission, 1)).ToList();
        var places = new List<int>();
        var late = Enter(admission, 2, places);
        Assert.Equal([1], places);
        admission.Leave(new ProjectId(1), true);
        Assert.True(await late);
        admission.Leave(new ProjectId(2), true);
        Settle(admission, crowd);
        Assert.Equal([true, false, false, false, false], crowd.Select(t => t.IsCompleted));
    }

    [Fact]
    public async Task A_small_query_overtakes_a_large_one_that_came_shortly_before_but_not_one_that_has_waited()
    {
        var admission = Make(1);
        _ = Enter(admission, 9);
        var old = Enter(admission, 1, rows: 1_000_000_000, large: true);
        _time.Advance(TimeSpan.FromSeconds(11));
        var recent = Enter(admission, 2, rows: 1_000_000_000, large: true);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        var small = Enter(admission, 3);
        admission.Leave(new ProjectId(9), true);
        Settle(admission, [old, recent, small]);
        Assert.Equal((true, false, false), (old.IsCompleted, small.IsCompleted, recent.IsCompleted));
        admission.Leave(new ProjectId(1), true);
        Settle(admission, [old, recent, small]);
        Assert.Equal((true, false), (small.IsCompleted, recent.IsCompleted));
        admission.Leave(new ProjectId(3), true);
        Assert.True(await recent);
    }

    [Fact]
    public async Task Those_who_wait_are_told_their_place_and_move_up_when_another_goes_away()
    {
        var admission = Make(1);
        _ = Enter(admission, 1);
        var source = new CancellationTokenSource();
        List<int> first = [], second = [], third = [];
        _ = Enter(admission, 1, first);
        var leaves = Enter(admission, 1, second, leaving: source);
        _ = Enter(admission, 1, third);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        Assert.Equal([1], first);
        Assert.Equal([2], second);
        Assert.Equal([3, 2], third);
        admission.Leave(new ProjectId(1), true);
        Assert.Equal([3, 2, 1], third);
    }

    [Fact]
    public async Task Who_waits_for_the_whole_time_limit_is_refused_and_gone()
    {
        var admission = Make(1);
        _ = Enter(admission, 1);
        var waiting = Enter(admission, 1, timeout: TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(QueryBound.Busy, (await Assert.ThrowsAsync<QueryRefusedException>(() => waiting)).Bound);
        Assert.Equal(0, admission.Waiting);
    }

    [Fact]
    public async Task One_project_cannot_fill_the_queue()
    {
        var admission = Make(1, queue: 8);
        _ = Enter(admission, 1);
        var crowd = Enumerable.Range(0, 6).Select(_ => Enter(admission, 1)).ToList();
        Assert.Equal(QueryBound.Busy, (await Assert.ThrowsAsync<QueryRefusedException>(() => Enter(admission, 1))).Bound);
        var others = Enumerable.Range(0, 2).Select(_ => Enter(admission, 2)).ToList();
        Assert.Equal(QueryBound.Busy, (await Assert.ThrowsAsync<QueryRefusedException>(() => Enter(admission, 3))).Bound);
        Assert.DoesNotContain(crowd.Concat(others), t => t.IsCompleted);
    }

    [Fact]
    public async Task Who_waits_for_memory_is_not_overtaken_and_gets_it_when_it_is_settled()
    {
        var options = new StoreOptions { QueryMemoryMegabytes = 1_024, MaxConcurrentQueries = 4 };
        var admission = new Admission(options, _time);
        var (first, second) = (new MemoryGrant(admission), new MemoryGrant(admission));
        Assert.True(await EnterWith(1, first, 384L << 20));
        Assert.Equal(384L << 20, admission.HeldBytes);

        // Of 1024 MiB there are 256 left: no other slot for large ones with as much again beside it.
        var waits = EnterWith(2, second, 384L << 20);
        _time.Advance(TimeSpan.FromSeconds(1));
        var small = Enter(admission, 3);
        Assert.Equal((false, false), (waits.IsCompleted, small.IsCompleted));
        admission.Leave(new ProjectId(1), true);
        Settle(admission, [waits, small]);
        Assert.Equal((false, false), (waits.IsCompleted, small.IsCompleted));
        first.Settle(10);
        Assert.True(await waits);
        Assert.False(await small);
        Assert.Equal((384L << 20) + 10, admission.HeldBytes);
        Assert.Equal(QueryBound.Memory, Assert.Throws<QueryRefusedException>(() => second.Grow((384L << 20) + 1)).Bound);
        first.Grow(100L << 20);
        Assert.Equal(QueryBound.Busy, Assert.Throws<QueryRefusedException>(() => first.Grow(200L << 20)).Bound);
        first.Settle(0);
        second.Settle(0);
        Assert.Equal(0, admission.HeldBytes);

        async Task<bool> EnterWith(int project, MemoryGrant grant, long bytes) =>
            await admission.EnterAsync(new ProjectId(project), new QueryCost(5_000_000, 3, 10), true, Long, null, CancellationToken.None, grant, bytes);
    }

    [Fact]
    public void One_query_with_all_that_it_may_hold_has_room_whatever_the_settings() =>
        Gen.Select(Gen.Int[64, 4_096], Gen.Int[1, 16], Gen.Int[0, 4_096]).Sample(
            (all, slots, one) =>
            {
                var options = new StoreOptions { DataDirectory = "data", QueryMemoryMegabytes = all, MaxConcurrentQueries = slots, MemoryPerQueryMegabytes = one };
                if (new StoreOptionsValidator().Validate(null, options).Failed)
                {
                    return;
                }

                var admission = new Admission(options, _time);
                var grant = new MemoryGrant(admission);
                var turn = admission.EnterAsync(new ProjectId(1), new QueryCost(10, 1, 10), true, Long, null, CancellationToken.None, grant, long.MaxValue).AsTask();
                Assert.True(turn.IsCompletedSuccessfully);
                Assert.True(grant.Bytes >= 8L << 20);

                // And without any such, every slot can be taken.
                Assert.True((options.LargeSlots * options.LargeMegabytes) + (options.SmallSlots * options.SmallMegabytes) <= options.AllMegabytes);
            });

    [Fact]
    public void Whatever_comes_and_goes_the_bounds_hold_and_everybody_has_a_turn() =>
        Gen.Select(Gen.Int[1, 6], Gen.Select(Gen.Int[0, 3], Gen.Int[1, 3], Gen.Bool, Gen.Int[0, 20]).Array[1, 60]).Sample(
            (slots, actions) =>
            {
                var admission = Make(slots, queue: 1000);
                var asked = new List<(int Project, bool Large, Task<bool> Turn, CancellationTokenSource Cancel)>();
                var running = new List<(int Project, bool Large)>();
                var known = new HashSet<int>();
                foreach (var (kind, project, large, which) in actions)
                {
                    if (kind >= 2)
                    {
                        var source = new CancellationTokenSource();
                        asked.Add((project, large, Enter(admission, project, rows: large ? 5_000_000 : 10, large: large, leaving: source), source));
                    }
                    else if (kind == 1 && running.Count > 0)
                    {
                        End(which % running.Count);
                    }
                    else if (asked.Count > 0)
                    {
                        asked[which % asked.Count].Cancel.Cancel();
                    }

                    Check();
                }

                while (running.Count > 0)
                {
                    End(0);
                    Check();
                }

                Assert.Equal(0, admission.Waiting);

                void End(int index)
                {
                    var (project, large) = running[index];
                    running.RemoveAt(index);
                    admission.Leave(new ProjectId(project), large);
                }

                void Check()
                {
                    Settle(admission, [.. asked.Select(a => a.Turn)]);
                    foreach (var (number, (project, needsLarge, turn, _)) in asked.Index())
                    {
                        if (turn.IsCompletedSuccessfully && known.Add(number))
                        {
                            Assert.True(!needsLarge || turn.GetAwaiter().GetResult());
                            running.Add((project, turn.GetAwaiter().GetResult()));
                        }
                    }

                    Assert.True(running.Count <= slots);
                    Assert.True(running.Count(r => r.Large) <= Math.Max(1, slots / 2));
                    Assert.All(running.CountBy(r => r.Project), p => Assert.True(p.Value <= Math.Max(1, slots - 1)));
                }
            },
            iter: 200);

    /// <summary>Waits until every task either waits in the queue or has ended.</summary>
    private static void Settle(Admission admission, IReadOnlyList<Task> turns) =>
        Assert.True(SpinWait.SpinUntil(() => turns.Count(t => t.IsCompleted) + admission.Waiting == turns.Count, TimeSpan.FromSeconds(20)));

    private static Admission Make(int slots, FakeTimeProvider time, int queue) =>
        new(new StoreOptions { MaxConcurrentQueries = slots, MaxQueuedQueries = queue }, time);

    private Admission Make(int slots, int queue = 128) => Make(slots, _time, queue);

    private static Task<bool> Enter(
        Admission admission, int project, List<int>? places = null, long rows = 10, bool large = false, TimeSpan? timeout = null, CancellationTokenSource? leaving = null)
    {
        return Begin();

        async Task<bool> Begin()
        {
            var watch = QueryWatch.Begin(p => places?.Add(p.Place));
            return await admission.EnterAsync(new ProjectId(project), new QueryCost(rows, 3, rows), large, timeout ?? Long, watch, leaving?.Token ?? CancellationToken.None);
        }
    }
}
