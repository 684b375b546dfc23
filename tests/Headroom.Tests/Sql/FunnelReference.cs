using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>Funnels as docs/insights.md defines them, the slow and obvious way.</summary>
internal sealed class FunnelReference(FunnelQuery query, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, long from, long to, IReadOnlyList<long>? buckets)
{
    private static readonly (long Start, bool Tainted, (int Step, Ev Event)[] Taken) Nothing = default;

    internal sealed record Ev(long At, int[] Steps, int[] Exclusions, string? Value);

    internal sealed record Outcome(int Furthest, bool Excluded, IReadOnlyDictionary<int, long> Times, bool Open);

    private int Last => query.Steps.Count;

    private bool Any => query.Order is FunnelOrder.Any;

    public IEnumerable<(string? Line, long Person, Outcome Result, IReadOnlyDictionary<int, Outcome> ByBucket)> Persons()
    {
        var people = events
            .Where(e => e.Timestamp >= from && e.Timestamp < to && query.Filters.All(f => Meets(e, f)))
            .Select(e => (Person: merges.Where(m => m.From == e.PersonKey).Select(m => m.To).Append(e.PersonKey).First(), Event: Of(e)))
            .Where(p => p.Person != 0 && (query.Order is FunnelOrder.Strict || p.Event.Steps.Length + p.Event.Exclusions.Length > 0))
            .GroupBy(p => p.Person, p => p.Event)
            .Select(g => (Person: g.Key, Events: g.OrderBy(e => e.At).ThenBy(e => e.Value, Utf8Order.Instance).ThenBy(Sum).ToList()))
            .ToList();
        var runs = people.SelectMany(p => Values(p.Events).Select(v => (p.Person, Value: v, Result: Run(p.Events, v, null), ByBucket: (IReadOnlyDictionary<int, Outcome>)ByBucket(p.Events, v)))).ToList();
        if (query.Breakdown is not { } breakdown)
        {
            return runs.Select(r => ((string?)null, r.Person, r.Result, r.ByBucket));
        }

        var shown = runs.Where(r => r.Result is { Furthest: > 0, Excluded: false } && r.Value != "$other")
            .GroupBy(r => (r.Value, None: r.Value is null)).OrderByDescending(g => g.Count()).ThenBy(g => g.Key.None).ThenBy(g => g.Key.Value, Utf8Order.Instance)
            .Take(breakdown.Limit).Select(g => g.Key.Value).ToList();
        var rest = runs.Where(r => !shown.Contains(r.Value)).GroupBy(r => r.Person).Select(g => ((string?)"$other", g.Key, Best(g.Select(r => r.Result)),
            (IReadOnlyDictionary<int, Outcome>)g.SelectMany(r => r.ByBucket).GroupBy(b => b.Key).ToDictionary(b => b.Key, b => Best(b.Select(o => o.Value)))));
        return shown.SelectMany(v => runs.Where(r => r.Value == v).Select(r => (v, r.Person, r.Result, r.ByBucket))).Concat(rest);
    }

    public bool Took(Outcome outcome, int step) => query.Steps[step - 1].Optional ? outcome.Times.ContainsKey(step) : outcome.Furthest >= step;

    public int Before(int step) => Enumerable.Range(1, step - 1).Last(s => !query.Steps[s - 1].Optional);

    private static Outcome Best(IEnumerable<Outcome> outcomes) => outcomes.MaxBy(o => o.Excluded ? 0 : o.Furthest == 0 ? -1 : o.Furthest)!;

    private static int Sum(Ev e) => e.Steps.Sum(s => 1 << s) + e.Exclusions.Sum(x => 1 << (25 + x));

    private Ev Of(TestEvent e)
    {
        int[] Matching(IEnumerable<EventSelector> selectors, int first) =>
            [.. selectors.Select((s, i) => (s, i)).Where(p => (p.s.Event ?? e.Event) == e.Event && p.s.Filters.All(f => Meets(e, f))).Select(p => p.i + first)];
        var value = query.Breakdown is { } b && e.Properties.TryGetValue(b.Property, out var v) ? v switch { double d => d.ToString("R"), bool f => f ? "true" : "false", _ => (string)v } : null;
        return new Ev(e.Timestamp, Matching(query.Steps, 1), Matching(query.Exclusions, 0), value);
    }

    private static bool Meets(TestEvent e, PropertyFilter filter) => filter.Operator switch
    {
        FilterOperator.Is => e.Properties.TryGetValue(filter.Property, out var value) && filter.Values.Any(v => value.Equals(v.Text)),
        FilterOperator.IsSet => e.Properties.ContainsKey(filter.Property),
        _ => throw new NotSupportedException(),
    };

    private IEnumerable<string?> Values(List<Ev> person)
    {
        if (query.Breakdown is not { } breakdown)
        {
            return [null];
        }

        var steps = person.Where(e => e.Steps.Length > 0).ToList();
        var values = breakdown.Attribution switch
        {
            FunnelAttribution.FirstTouch => steps.Select(e => e.Value).Where(v => v is not null).Take(1),
            FunnelAttribution.LastTouch => steps.Select(e => e.Value).Where(v => v is not null).TakeLast(1),
            FunnelAttribution.Step => steps.Where(e => e.Steps.Contains(breakdown.Step!.Value)).Select(e => e.Value).Distinct(),
            _ => steps.Select(e => e.Value).Distinct(),
        };
        return values.DefaultIfEmpty(null).Order(Utf8Order.Instance);
    }

    private IReadOnlyDictionary<int, Outcome> ByBucket(List<Ev> person, string? value)
    {
        var found = new Dictionary<int, Outcome>();
        for (var b = 0; b < (buckets?.Count ?? 0); b++)
        {
            var (start, end) = (buckets![b], b + 1 < buckets.Count ? buckets[b + 1] : to);
            if (person.Any(e => e.At >= start && e.At < end && (Any ? e.Steps.Length > 0 : e.Steps.Contains(1))))
            {
                found.Add(b, Run(person, value, (start, end)));
            }
        }

        return found;
    }

    private Outcome Run(List<Ev> person, string? value, (long Start, long End)? bucket)
    {
        IEnumerable<Ev> seen = person;
        if (query.Breakdown is { Attribution: FunnelAttribution.AllEvents })
        {
            seen = seen.Where(e => e.Value == value);
        }
        else if (query.Breakdown is { Attribution: FunnelAttribution.Step, Step: { } step })
        {
            seen = seen.Select(e => e.Value == value ? e : e with { Steps = [.. e.Steps.Where(s => s != step)] });
        }

        if (bucket is { } only)
        {
            seen = Any
                ? seen.Where(e => e.At >= only.Start)
                : seen.Select(e => e.At >= only.Start && e.At < only.End ? e : e with { Steps = [.. e.Steps.Where(s => s != 1)] });
        }

        return Any ? AnyOrder([.. seen], bucket?.End ?? long.MaxValue) : InOrder([.. seen]);
    }

    private Outcome InOrder(Ev[] seen)
    {
        var chains = new Dictionary<int, (long Start, bool Tainted, (int Step, Ev Event)[] Taken)>();
        var (furthest, best) = (0, Nothing);

        (long Start, bool Tainted, (int Step, Ev Event)[] Taken, int Step)? Waiting(int step, long at)
        {
            if (step == 1)
            {
                return chains.TryGetValue(1, out var there) && there.Start == at ? null : (at, false, [], 0);
            }

            for (var p = step - 1; p >= 1; p--)
            {
                if (chains.TryGetValue(p, out var chain) && at - chain.Start <= query.Window.Micros)
                {
                    return chains.TryGetValue(step, out var reached) && reached.Start == chain.Start ? null : (chain.Start, chain.Tainted, chain.Taken, p);
                }

                if (!query.Steps[p - 1].Optional)
                {
                    break;
                }
            }

            return null;
        }

        void Take(Ev e, int step)
        {
            if (Waiting(step, e.At) is not { } chain || chain.Taken.Any(t => ReferenceEquals(t.Event, e)))
            {
                return;
            }

            var longer = (chain.Start, chain.Tainted, chain.Taken.Append((step, e)).ToArray());
            if (!chain.Tainted)
            {
                chains[step] = longer;
            }

            if (step > furthest || (step == furthest && best.Tainted))
            {
                (furthest, best) = (step, longer);
            }
        }

        foreach (var moment in seen.GroupBy(e => e.At))
        {
            // The same event as an object stands for the same row.
            if (moment.Select(e => (Sum(e), string.Join(',', e.Steps))).Distinct().Count() > 1)
            {
                for (var step = 1; step <= Last; step++)
                {
                    foreach (var e in moment.Where(e => e.Steps.Contains(step)))
                    {
                        Take(e, step);
                    }
                }
            }
            else
            {
                foreach (var e in moment)
                {
                    foreach (var step in e.Exclusions.Select(x => query.Exclusions[x]).SelectMany(x => Enumerable.Range(x.FromStep + 1, x.ToStep - x.FromStep)).Distinct())
                    {
                        if (Waiting(step, e.At) is { Tainted: false } chain)
                        {
                            chains[chain.Step] = chains[chain.Step] with { Tainted = true };
                            if (furthest == chain.Step && e.At - best.Start <= query.Window.Micros)
                            {
                                best = best with { Tainted = true };
                            }
                        }
                    }

                    foreach (var step in e.Steps.Reverse())
                    {
                        Take(e, step);
                    }

                    if (query.Order is FunnelOrder.Strict)
                    {
                        foreach (var step in chains.Keys.Except(e.Steps).ToList())
                        {
                            chains.Remove(step);
                        }
                    }
                }
            }

            if (chains.ContainsKey(Last))
            {
                break;
            }
        }

        var lastEntry = seen.LastOrDefault(e => e.Steps.Contains(1));
        return new Outcome(
            furthest, best.Tainted, furthest == 0 ? new Dictionary<int, long>() : best.Taken.ToDictionary(t => t.Step, t => t.Event.At),
            furthest < Last && lastEntry is not null && lastEntry.At + query.Window.Micros >= to);
    }

    private Outcome AnyOrder(Ev[] seen, long firstBefore)
    {
        var queues = query.Steps.Select(_ => new List<Ev>()).ToArray();
        var best = new List<long>();

        void Count()
        {
            var times = queues.Where(q => q.Count > 0).Select(q => q[0].At).Order().ToList();
            if (times.Count > best.Count && times[0] < firstBefore)
            {
                best = times;
            }
        }

        void Clear() => Array.ForEach(queues, q => q.Clear());

        foreach (var moment in seen.GroupBy(e => e.At))
        {
            var excluded = moment.Any(e => e.Steps.Length == 0 && e.Exclusions.Length > 0);
            for (var round = 0; round < (excluded ? 2 : 1) && best.Count < Last; round++)
            {
                if (round == 1)
                {
                    Clear();
                }

                if (queues.Any(q => q.Any(e => moment.Key - e.At > query.Window.Micros)))
                {
                    Count();
                    Array.ForEach(queues, q => q.RemoveAll(e => moment.Key - e.At > query.Window.Micros));
                }

                foreach (var e in moment.Where(e => e.Steps.Length > 0))
                {
                    if (best.Count == Last)
                    {
                        break;
                    }

                    queues[e.Steps.MinBy(s => queues[s - 1].Count == 0 ? long.MinValue : queues[s - 1][^1].At) - 1].Add(e);
                    if (queues.All(q => q.Count > 0))
                    {
                        Count();
                        if (best.Count < Last)
                        {
                            Clear();
                        }
                    }
                }
            }
        }

        if (best.Count < Last)
        {
            Count();
        }

        var last = seen.LastOrDefault(e => e.Steps.Length > 0);
        return new Outcome(
            best.Count, false, best.Select((t, i) => (t, i)).ToDictionary(p => p.i + 1, p => p.t), best.Count < Last && last is not null && last.At + query.Window.Micros >= to);
    }
}
