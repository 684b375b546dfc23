using System.Text.RegularExpressions;
using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>Paths as docs/insights.md defines them, the slow and obvious way.</summary>
internal static class PathsReference
{
    public static (long Ways, IReadOnlyList<PathEdge> Edges) Answer(
        PathsQuery query, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, long from, long to)
    {
        var ways = new List<List<(string Item, double Since)>>();
        var visits =
            from e in events
            where e.Timestamp >= @from && e.Timestamp < to && query.Filters.All(f => TrendsReference.Holds(f, e))
            let person = merges.Where(m => m.From == e.PersonKey).Select(m => m.To).Append(e.PersonKey).First()
            where person != 0
            let item = Item(query, e)
            where item is not null
            orderby e.Timestamp, item is null ? "" : item
            select (person, item, e.Timestamp);
        foreach (var person in visits.GroupBy(v => v.person))
        {
            var ordered = person.OrderBy(v => v.Timestamp).ThenBy(v => v.item, Utf8Order.Instance).ToList();
            var way = new List<(string Item, double Since)>();
            for (var i = 0; i < ordered.Count; i++)
            {
                var pause = i == 0 ? TimeSpan.MaxValue : TimeSpan.FromMicroseconds(ordered[i].Timestamp - ordered[i - 1].Timestamp);
                if (pause >= TimeSpan.FromMinutes(30))
                {
                    way = [];
                    ways.Add(way);
                    way.Add((ordered[i].item, 0));
                }
                else if (ordered[i].item != ordered[i - 1].item)
                {
                    way.Add((ordered[i].item, pause.TotalSeconds));
                }
            }
        }

        var sliced = ways.Select(w => Slice(query, w)).Where(w => w is not null).Select(w => w!).ToList();
        var edges = sliced
            .SelectMany(w => Enumerable.Range(1, w.Count - 1).Select(i => (Step: i, From: w[i - 1].Item, To: w[i].Item, w[i].Since)))
            .GroupBy(e => (e.Step, e.From, e.To))
            .Select(g => new PathEdge(g.Key.Step, g.Key.From, g.Key.To, g.Count(), g.Average(e => e.Since)))
            .Where(e => e.Count >= query.MinimumCount)
            .OrderByDescending(e => e.Count).ThenBy(e => e.Step).ThenBy(e => e.From, Utf8Order.Instance).ThenBy(e => e.To, Utf8Order.Instance)
            .ToList();
        return (sliced.Count, edges);
    }

    private static List<(string Item, double Since)>? Slice(PathsQuery query, List<(string Item, double Since)> way)
    {
        if (query.StartPoint is not null)
        {
            way = [.. way.SkipWhile(s => s.Item != Trim(query.StartPoint))];
        }

        if (query.EndPoint is not null)
        {
            var end = way.FindIndex(s => s.Item == Trim(query.EndPoint));
            way = end < 0 ? [] : way[..(end + 1)];
        }

        if (way.Count == 0)
        {
            return null;
        }

        if (way.Count <= query.Steps)
        {
            return way;
        }

        var half = query.Steps / 2;
        return (query.StartPoint, query.EndPoint) switch
        {
            (_, null) => way[..query.Steps],
            (null, _) => way[^query.Steps..],
            _ => [.. way[..half], (PathsResult.Middle, way[half].Since), .. way[^half..]],
        };
    }

    private static string? Item(PathsQuery query, TestEvent e)
    {
        var text = e.Event switch
        {
            "$pageview" when query.Include.Contains(PathItemKind.Pages) => TextOf(e, "$pathname") ?? TextOf(e, "$current_url"),
            "$screen" when query.Include.Contains(PathItemKind.Screens) => TextOf(e, "$screen_name"),
            _ when query.Include.Contains(PathItemKind.Events) && !e.Event.StartsWith('$') => e.Event,
            _ => null,
        };
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        text = Trim(text);
        text = query.Groupings.FirstOrDefault(g => Regex.IsMatch(text, "^" + Regex.Escape(g).Replace("\\*", "(.|\n)*") + "$")) ?? text;
        return query.Exclude.Select(Trim).Contains(text) ? null : text;
    }

    private static string Trim(string text) => text.Length > 1 && text.EndsWith('/') ? text[..^1] : text;

    private static string? TextOf(TestEvent e, string name) => e.Properties.TryGetValue(name, out var value) ? (string)value : null;
}
