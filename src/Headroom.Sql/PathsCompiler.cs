using System.Globalization;
using System.Text.RegularExpressions;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Paths to SQL: every step of the range with its person and time; what a way is, is decided in <see cref="PathsPlan"/>.</summary>
public static class PathsCompiler
{
    /// <param name="query">Valid, see <see cref="PathsValidator"/>.</param>
    public static PathsPlan Compile(PathsQuery query, ResolvedRange range, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var items = new List<string>();
        var events = new List<string>();
        if (query.Include.Contains(PathItemKind.Pages))
        {
            Named("$pageview", $"coalesce({statement.AsTextCode("$pathname")}, {statement.AsTextCode("$current_url")})");
        }

        if (query.Include.Contains(PathItemKind.Screens))
        {
            Named("$screen", statement.AsTextCode("$screen_name"));
        }

        if (query.Include.Contains(PathItemKind.Events))
        {
            var custom = $"{dialect.Left("e.event", 1)} <> {statement.Parameter("$")}";
            items.Add($"WHEN {custom} THEN {Statement.TextCode("e.event")}");
            events.Add(custom);
        }

        var item = items.Count == 1 ? items[0][(items[0].IndexOf(" THEN ", StringComparison.Ordinal) + 6)..] : $"CASE {string.Join(" ", items)} END";
        var unit = UnitSql.Of(statement, query.Unit);
        var value = query.Breakdown is { } breakdown ? statement.AsTextCode(breakdown.Property, QueryLimits.BreakdownValueLength) : "CAST(0 AS BIGINT)";
        var filters = query.Filters.Count == 0 ? "" : " AND " + FilterSql.All(statement, query.Filters);
        var sql = $"SELECT {unit.ScannedKey}, {dialect.ScannedMicros("e.\"timestamp\"")}, {value}, {item} FROM {{events}} AS e WHERE {statement.Within(range.From, range.To)} AND ({string.Join(" OR ", events)}){filters}";
        return new PathsPlan(query, unit, statement.Finish(sql, range.From, range.To, QueryLimits.ScanRows));

        void Named(string name, string value)
        {
            var condition = $"e.event = {statement.Parameter(name)}";
            items.Add($"WHEN {condition} THEN {value}");
            events.Add(condition);
        }
    }
}

/// <summary>
/// Ways out of steps: a person's steps by time (at the same microsecond by name), cut where at least 30 minutes lie between
/// two of them, consecutive repeats as one, then sliced to the points asked for. After PostHog's paths_query_runner.py.
/// </summary>
public sealed class PathsPlan : InsightPlan
{
    /// <summary>A pause of this length ends a way. Microseconds.</summary>
    public const long Pause = 30 * 60 * 1_000_000L;

    private const int MiddleItem = -2;
    private readonly PathsQuery _query;
    private readonly StoreQuery _statement;
    private readonly ActorEvents _events;

    internal PathsPlan(PathsQuery query, UnitSql unit, StoreQuery statement) =>
        (_query, _statement, _events) = (query, statement, new ActorEvents(withTexts: true, unit.HasTextKeys, query.Breakdown is not null));

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans => [(_statement, _events)];

    public override PathsResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        var steps = Arrange(cancellationToken);
        var lines = Lines(steps, cancellationToken);
        var all = new Tally(_events.Memory);
        var tallies = new Tally?[lines?.Count ?? 0];
        var gate = new Lock();
        Parts.Each(_events.Count, (from, to) =>
        {
            var whole = new Tally(_events.Memory);
            var mine = new Tally?[tallies.Length];
            var walk = new Walk(_query, steps);
            var turns = lines is null ? null : new ValueTurns(lines);
            Action<int, ReadOnlySpan<ActorEvent>> addTo = (line, events) =>
            {
                walk.Begin(events);
                TallyOf(line).Add(walk);
            };
            for (var i = from; i < to; i++)
            {
                Parts.Poll(i, cancellationToken);
                var events = _events.Of(i);
                walk.Begin(events);
                if (turns?.Only(events) is { } only)
                {
                    // The ways of most are those of one line.
                    whole.Add(walk, TallyOf(only));
                    continue;
                }

                whole.Add(walk);
                turns?.Each(events, addTo);
            }

            Tally TallyOf(int line) => mine[line] ??= new Tally(_events.Memory);

            lock (gate)
            {
                all.TakeAll(whole);
                for (var line = 0; line < mine.Length; line++)
                {
                    if (mine[line] is { } tally)
                    {
                        (tallies[line] ??= new Tally(_events.Memory)).TakeAll(tally);
                    }
                }
            }
        }, cancellationToken);

        var (edges, more) = Frequent(all, steps);
        return new PathsResult
        {
            TimeZone = calendar.Zone.Id,
            Edges = edges,
            More = more,
            Ways = all.Ways,
            Series = lines is null ? null : [.. Enumerable.Range(0, lines.Count).Where(l => tallies[l] is { Ways: > 0 }).Select(l => Series(lines.Name(l), tallies[l]!, steps))],
            DataVersion = dataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed().TotalMilliseconds, 3),
        };
    }

    protected override void Dispose(bool disposing)
    {
        _events.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The group of a key; only where the unit is one.</summary>
    public string Group(long key) => _events.ActorText(key);

    public override void CheckPoint(InsightPoint point, string path, QueryErrors errors)
    {
    }

    /// <summary>Those with a way that has the edge.</summary>
    public override IReadOnlyList<long> Persons(InsightPoint point, DateTimeOffset computedAt, CancellationToken cancellationToken)
    {
        var step = point.Step!.Value;
        var steps = Arrange(cancellationToken);
        var lines = Lines(steps, cancellationToken);
        var asked = lines?.Find(point.Breakdown);
        var turns = lines is null ? null : new ValueTurns(lines);
        var persons = new List<long>();
        var walk = new Walk(_query, steps);
        for (var i = 0; i < _events.Count; i++)
        {
            Parts.Poll(i, cancellationToken);
            var found = false;
            if (turns is null)
            {
                found = IsBehind(_events.Of(i));
            }
            else
            {
                turns.Each(_events.Of(i), (line, events) => found |= line == asked && IsBehind(events));
            }

            if (found)
            {
                persons.Add(_events.Actor(i));
            }
        }

        persons.Sort();
        return persons;

        bool IsBehind(ReadOnlySpan<ActorEvent> events)
        {
            walk.Begin(events);
            while (walk.Next(out var way))
            {
                if (step < way.Length && steps.Name(way[step - 1].Item) == point.From && steps.Name(way[step].Item) == point.To)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The values that most actors have a way with; null without a breakdown.</summary>
    private ValueLines? Lines(PathItems steps, CancellationToken cancellationToken)
    {
        if (_query.Breakdown is not { } breakdown)
        {
            return null;
        }

        var texts = _events.Codes;
        _events.Memory.Count(sizeof(int) * (texts.Count + 1L));
        var sizes = new int[texts.Count + 1];
        if (steps.Start is null || steps.End is null)
        {
            // With one point at the most, an event says by itself whether there is a way with its value.
            var gate = new Lock();
            Parts.Each(_events.Count, (from, to) =>
            {
                // The actor that had each value last, from 1.
                _events.Memory.Count(2 * sizeof(int) * (long)sizes.Length);
                var last = new int[sizes.Length];
                var mine = new int[sizes.Length];
                for (var i = from; i < to; i++)
                {
                    Parts.Poll(i, cancellationToken);
                    foreach (var e in _events.Of(i))
                    {
                        var value = (int)e.Bits + 1;
                        if (last[value] != i + 1 && steps.IsPoint(steps.Of(e.Code)))
                        {
                            last[value] = i + 1;
                            mine[value]++;
                        }
                    }
                }

                lock (gate)
                {
                    for (var value = 0; value < mine.Length; value++)
                    {
                        sizes[value] += mine[value];
                    }
                }
            }, cancellationToken);
            return ValueLines.Of<int>(sizes, texts, breakdown.Limit);
        }

        Parts.Each(_events.Count, (from, to) =>
        {
            var walk = new Walk(_query, steps);
            var turns = new ValueTurns(null);
            Action<int, ReadOnlySpan<ActorEvent>> count = (value, events) =>
            {
                walk.Begin(events);
                if (walk.Next(out _))
                {
                    Interlocked.Increment(ref sizes[value + 1]);
                }
            };
            for (var i = from; i < to; i++)
            {
                Parts.Poll(i, cancellationToken);
                turns.Each(_events.Of(i), count);
            }
        }, cancellationToken);
        return ValueLines.Of<int>(sizes, texts, breakdown.Limit);
    }

    private PathsSeries Series(string? breakdown, Tally tally, PathItems steps)
    {
        var (edges, more) = Frequent(tally, steps);
        return new PathsSeries(breakdown, tally.Ways, edges, more);
    }

    /// <summary>The edges that are shown, and whether there are more of them.</summary>
    private (IReadOnlyList<PathEdge> Edges, bool More) Frequent(Tally tally, PathItems steps)
    {
        // What an edge that is shown has at least. Most edges are rare, and need no names and no order.
        var least = Math.Max(_query.MinimumCount, tally.Edges.LeastOf(_query.Edges));
        var frequent = new List<PathEdge>();
        foreach (ref readonly var edge in tally.Edges.Slots)
        {
            if (edge.Step != 0 && edge.Count >= least)
            {
                frequent.Add(new PathEdge(edge.Step, steps.Name(edge.From), steps.Name(edge.To), edge.Count, Math.Round(edge.Micros / 1e6 / edge.Count, 3)));
            }
        }

        var found = frequent
            .OrderByDescending(e => e.Count).ThenBy(e => e.Step).ThenBy(e => e.From, TextOrder.Instance).ThenBy(e => e.To, TextOrder.Instance)
            .Take(_query.Edges + 1).ToList();
        return found.Count > _query.Edges ? (found.GetRange(0, _query.Edges), true) : (found, false);
    }

    private PathItems Arrange(CancellationToken cancellationToken)
    {
        _events.Arrange(cancellationToken);
        return new PathItems(_query, _events.Texts);
    }

    private readonly record struct Step(int Item, long At, long SinceLast);

    /// <summary>Ways counted. One thread's.</summary>
    private sealed class Tally(HeldMemory memory)
    {
        public PathEdges Edges { get; } = new(memory);

        public long Ways { get; private set; }

        /// <summary>All ways that are left of a walk.</summary>
        /// <param name="also">Has them too.</param>
        public void Add(Walk walk, Tally? also = null)
        {
            while (walk.Next(out var way))
            {
                Add(way);
                also?.Add(way);
            }
        }

        private void Add(ReadOnlySpan<Step> way)
        {
            Ways++;
            for (var s = 1; s < way.Length; s++)
            {
                Edges.Add(s, way[s - 1].Item, way[s].Item, 1, way[s].SinceLast);
            }
        }

        /// <summary>Takes the ways of another one, which has none afterwards.</summary>
        public void TakeAll(Tally other)
        {
            Edges.TakeAll(other.Edges);
            (Ways, other.Ways) = (Ways + other.Ways, 0);
        }
    }

    /// <summary>Takes an actor's events apart by their values. Reused: it allocates only while it grows.</summary>
    /// <param name="lines">Events of values in one line stay together; each value stands for itself where null.</param>
    private sealed class ValueTurns(ValueLines? lines)
    {
        private ActorEvent[] _sorted = [];

        /// <summary>The line, or the value's code, of all of the events; null where they are of several.</summary>
        public int? Only(ReadOnlySpan<ActorEvent> events)
        {
            var one = Of(events[0]);
            foreach (var e in events)
            {
                if (Of(e) != one)
                {
                    return null;
                }
            }

            return one;
        }

        /// <param name="visit">Is given the line, or the value's code, with its events in order of time. Lines come in no promised order.</param>
        public void Each(ReadOnlySpan<ActorEvent> events, Action<int, ReadOnlySpan<ActorEvent>> visit)
        {
            if (Only(events) is { } one)
            {
                visit(one, events);
                return;
            }

            if (_sorted.Length < events.Length)
            {
                _sorted = new ActorEvent[Math.Max(events.Length, 2 * _sorted.Length)];
            }

            var sorted = _sorted.AsSpan(0, events.Length);
            for (var i = 0; i < events.Length; i++)
            {
                sorted[i] = events[i] with { Bits = (uint)Of(events[i]) };
            }

            sorted.Sort(static (a, b) => a.Bits != b.Bits ? a.Bits.CompareTo(b.Bits) : a.At.CompareTo(b.At));
            for (int from = 0, to; from < sorted.Length; from = to)
            {
                for (to = from + 1; to < sorted.Length && sorted[to].Bits == sorted[from].Bits;)
                {
                    to++;
                }

                visit((int)sorted[from].Bits, sorted[from..to]);
            }
        }

        private int Of(ActorEvent e) => lines is null ? (int)e.Bits : lines.Of((int)e.Bits);
    }

    /// <summary>What each text of the scan counts as: cleaned, grouped or left out once for each text, not for each event.</summary>
    private sealed class PathItems
    {
        private readonly int[] _items;
        private readonly List<string> _names = [];

        public PathItems(PathsQuery query, IReadOnlyList<string> texts)
        {
            var groupings = query.Groupings.Select(g => (Name: g, Pattern: new Regex(
                "^" + Regex.Escape(g).Replace("\\*", ".*", StringComparison.Ordinal) + "$",
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline))).ToList();
            var excluded = query.Exclude.Select(Clean).ToHashSet(StringComparer.Ordinal);
            var codes = new Dictionary<string, int>(StringComparer.Ordinal);
            var names = new string?[texts.Count];
            for (var i = 0; i < names.Length; i++)
            {
                var name = Clean(texts[i]);
                foreach (var (grouping, pattern) in groupings)
                {
                    if (name.Length > 0 && pattern.IsMatch(name))
                    {
                        name = grouping;
                        break;
                    }
                }

                names[i] = name.Length == 0 || excluded.Contains(name) ? null : name;
            }

            // Codes ascend with names, so that ties of time need no text.
            foreach (var name in names.OfType<string>().Distinct(StringComparer.Ordinal).Order(TextOrder.Instance))
            {
                codes.Add(name, _names.Count);
                _names.Add(name);
            }

            _items = Array.ConvertAll(names, n => n is null ? -1 : codes[n]);
            Start = query.StartPoint is { } start ? codes.GetValueOrDefault(Clean(start), int.MaxValue) : null;
            End = query.EndPoint is { } end ? codes.GetValueOrDefault(Clean(end), int.MaxValue) : null;
        }

        /// <summary>The start point's item; the largest number where nobody was there; null without one.</summary>
        public int? Start { get; }

        public int? End { get; }

        /// <summary>Whether an item is the one point that is asked for; where none is, whether it is a step.</summary>
        public bool IsPoint(int item) => (Start ?? End) is { } point ? item == point : item >= 0;

        /// <summary>−1 for what is not a step.</summary>
        public int Of(int text) => text < 0 ? -1 : _items[text];

        public string Name(int item) => item == MiddleItem ? PathsResult.Middle : _names[item];

        /// <summary>A trailing slash is the same page, except that of the root.</summary>
        private static string Clean(string text)
        {
            var cut = text.Length > QueryLimits.BreakdownValueLength ? text[..QueryLimits.BreakdownValueLength] : text;
            return cut.Length > 1 && cut[^1] == '/' ? cut[..^1] : cut;
        }
    }

    /// <summary>The ways of one person after the other. Reused: it allocates only while it grows.</summary>
    private sealed class Walk(PathsQuery query, PathItems items)
    {
        private Step[] _steps = new Step[64];
        private readonly Step[] _way = new Step[query.Steps + 1];
        private int _count;
        private int _next;

        public void Begin(ReadOnlySpan<ActorEvent> events)
        {
            if (_steps.Length < events.Length)
            {
                _steps = new Step[Math.Max(events.Length, 2 * _steps.Length)];
            }

            (_count, _next) = (0, 0);
            var tie = 0;
            foreach (var e in events)
            {
                var item = items.Of(e.Code);
                if (item < 0)
                {
                    continue;
                }

                if (_count > 0 && _steps[_count - 1].At != e.At)
                {
                    tie = _count;
                }

                // Insertion among those of the same microsecond, by name.
                var place = _count++;
                while (place > tie && _steps[place - 1].Item > item)
                {
                    _steps[place] = _steps[--place];
                }

                _steps[place] = new Step(item, e.At, 0);
            }
        }

        /// <summary>The next way that goes through the points asked for.</summary>
        public bool Next(out ReadOnlySpan<Step> way)
        {
            while (_next < _count)
            {
                var begin = _next;
                var length = Compact();
                if (Slice(_steps.AsSpan(begin, length), out way))
                {
                    return true;
                }
            }

            way = default;
            return false;
        }

        /// <summary>Puts the steps up to the next pause together at their begin, repeats as one, and says how many they are.</summary>
        private int Compact()
        {
            var begin = _next;
            var length = 1;
            var last = _steps[begin].At;
            for (_next = begin + 1; _next < _count && _steps[_next].At - last < Pause; _next++)
            {
                var step = _steps[_next];
                if (step.Item != _steps[begin + length - 1].Item)
                {
                    _steps[begin + length++] = step with { SinceLast = step.At - last };
                }

                last = step.At;
            }

            return length;
        }

        private bool Slice(ReadOnlySpan<Step> steps, out ReadOnlySpan<Step> way)
        {
            way = default;
            if (items.Start is { } start)
            {
                var first = IndexOf(steps, start);
                if (first < 0)
                {
                    return false;
                }

                steps = steps[first..];
            }

            if (items.End is { } end)
            {
                var last = IndexOf(steps, end);
                if (last < 0)
                {
                    return false;
                }

                steps = steps[..(last + 1)];
                if (steps.Length > query.Steps)
                {
                    steps = items.Start is null ? steps[^query.Steps..] : Middle(steps);
                }
            }

            way = steps.Length > query.Steps && items.End is null ? steps[..query.Steps] : steps;
            return true;
        }

        /// <summary>Both ends, half of the steps each, and one step that stands for those between.</summary>
        private ReadOnlySpan<Step> Middle(ReadOnlySpan<Step> steps)
        {
            var half = query.Steps / 2;
            steps[..half].CopyTo(_way);
            _way[half] = steps[half] with { Item = MiddleItem };
            steps[^half..].CopyTo(_way.AsSpan(half + 1));
            return _way.AsSpan(0, (2 * half) + 1);
        }

        private static int IndexOf(ReadOnlySpan<Step> steps, int item)
        {
            for (var i = 0; i < steps.Length; i++)
            {
                if (steps[i].Item == item)
                {
                    return i;
                }
            }

            return -1;
        }
    }
}
