using Headroom.Tests.Sql;

namespace Headroom.Tests.Journeys;

/// <summary>
/// What requests mean by docs/protocols.md and docs/insights.md, the slow and obvious way: which events there are after them, when each happened, whose it is and in which session.
/// </summary>
internal sealed class RequestsMeaning
{
    private const long Second = 1_000_000L;
    private const long Hour = 3_600 * Second;
    private const long Idle = Hour / 2;

    /// <summary>Of one distinct id; the one that was active last longest ago ends for it.</summary>
    private const int OpenSessions = 4;

    private readonly List<TestEvent> _events = [];
    private readonly HashSet<string> _known = [];
    private readonly Dictionary<string, Human> _humans = [];
    private readonly Dictionary<long, long> _merged = [];
    private readonly Dictionary<string, List<Visit>> _visits = [];
    private long _lastKey;

    public IReadOnlyList<TestEvent> Events => _events;

    /// <summary>Each key that was merged away, with the one that it counts for in the end.</summary>
    public IReadOnlyList<(long From, long To)> Merges => [.. _merged.Select(static m => (m.Key, m.Value))];

    /// <param name="now">Our clock, unix microseconds.</param>
    public void Take(SentRequest request, long now)
    {
        foreach (var said in request.Events.Where(static e => !e.IsRefused))
        {
            // Whoever comes first counts, whatever the other says.
            if (said.Key is not null && !_known.Add(said.Key))
            {
                continue;
            }

            var at = OurTime(request, said, now);
            var session = said.Session ?? (said.Kind is DrawnKind.Group ? null : SessionOf(said.Id, at));
            _events.Add(new TestEvent(said.Name, said.Id, PersonOf(said), at, said.Properties) { SessionId = session });
        }
    }

    private static long OurTime(SentRequest request, SaidEvent said, long now)
    {
        if (said.At is not { } at)
        {
            return now;
        }

        if (request.SentAt is { } sentAt && !said.IgnoresSentAt)
        {
            // Two and a half minutes are the network's, but to Segment.
            var ahead = sentAt - now;
            at -= request.Protocol is Protocol.Segment ? ahead : Math.Sign(ahead) * Math.Max(Math.Abs(ahead) - (150 * Second), 0);
        }

        return at > now + (23 * Hour) ? now : at;
    }

    /// <summary>The person's key as it was when the event came; 0 for nobody.</summary>
    private long PersonOf(SaidEvent said)
    {
        if (said.Kind is DrawnKind.Group)
        {
            return 0;
        }

        if (!said.Personless && said.Other is { } other && other != said.Id && other != "anonymous")
        {
            Join(said.Id, other, said.Kind is DrawnKind.Merge);
        }

        if (!_humans.TryGetValue(said.Id, out var human))
        {
            _humans.Add(said.Id, human = new Human(++_lastKey));
        }

        human.HasProfile |= !said.Personless;
        return human.Key;
    }

    private void Join(string id, string other, bool dangerously)
    {
        var (into, from) = (_humans.GetValueOrDefault(id), _humans.GetValueOrDefault(other));
        if (into is null || from is null)
        {
            into = _humans[id] = _humans[other] = into ?? from ?? new Human(++_lastKey);
        }
        else if (into != from)
        {
            if (!into.HasProfile && from.HasProfile)
            {
                // Who has none is nobody to keep.
                (into, from) = (from, into);
            }

            if (!from.IsIdentified || dangerously)
            {
                foreach (var name in _humans.Where(h => h.Value == from).Select(static h => h.Key).ToList())
                {
                    _humans[name] = into;
                }

                foreach (var key in _merged.Where(m => m.Value == from.Key).Select(static m => m.Key).Append(from.Key).ToList())
                {
                    _merged[key] = into.Key;
                }
            }
        }

        into.HasProfile = into.IsIdentified = true;
    }

    /// <summary>The nearest that goes on half an hour before or after, else a new one.</summary>
    private string SessionOf(string id, long at)
    {
        if (!_visits.TryGetValue(id, out var open))
        {
            _visits.Add(id, open = []);
        }

        var visit = open.Where(v => at >= v.First - Idle && at <= v.Last + Idle && Math.Max(v.Last, at) - Math.Min(v.First, at) <= 24 * Hour)
            .MinBy(v => at < v.First ? v.First - at : Math.Max(0, at - v.Last));
        if (visit is null)
        {
            visit = new Visit($"{id} {at / 1_000}") { First = at, Last = at };
            if (open.Count < OpenSessions)
            {
                open.Add(visit);
            }
            else
            {
                open[open.IndexOf(open.MinBy(static v => v.Last)!)] = visit;
            }
        }

        (visit.First, visit.Last) = (Math.Min(visit.First, at), Math.Max(visit.Last, at));
        return visit.Name;
    }

    private sealed class Human(long key)
    {
        public long Key => key;

        public bool HasProfile { get; set; }

        public bool IsIdentified { get; set; }
    }

    private sealed class Visit(string name)
    {
        public string Name => name;

        public long First { get; set; }

        public long Last { get; set; }
    }
}
