namespace Headroom.App.Alerting;

/// <summary>Something that is wrong at one look.</summary>
/// <param name="Id">As <see cref="Alert.Id"/>.</param>
/// <param name="Since">Since when, where whoever found it knows; it then fires at once.</param>
internal sealed record Condition(string Id, AlertSeverity Severity, string Title, string Detail, DateTimeOffset? Since = null);

/// <summary>
/// From looks to alerts: what is wrong at two looks in a row fires, what was not wrong for a while is resolved, and of each somebody is
/// told once, then again after some hours. Nothing here waits or sends. Safe for concurrent use.
/// </summary>
/// <param name="resolveAfter">How long it must have been well, so that what comes and goes is one alert.</param>
/// <param name="remindAfter">After how long it is told again while it fires.</param>
internal sealed class AlertBook(TimeSpan resolveAfter, TimeSpan remindAfter)
{
    public const int Format = 1;
    public const int MostResolved = 200;

    /// <summary>How long it must have been wrong already to fire at the first look.</summary>
    private static readonly TimeSpan HeldBefore = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _open = new(StringComparer.Ordinal);
    private readonly List<Alert> _resolved = [];

    /// <summary>Changes with everything that a restart must not forget.</summary>
    public long Version { get; private set; }

    /// <summary>The worst first, then the oldest.</summary>
    public IReadOnlyList<Alert> Firing
    {
        get
        {
            lock (_gate)
            {
                return [.. _open.Values.Where(static entry => entry.Fires).Select(static entry => entry.Alert)
                    .OrderByDescending(static alert => alert.Severity).ThenBy(static alert => alert.Since).ThenBy(static alert => alert.Id, StringComparer.Ordinal)];
            }
        }
    }

    public bool Fires(string id)
    {
        lock (_gate)
        {
            return _open.TryGetValue(id, out var entry) && entry.Fires;
        }
    }

    /// <summary>The latest first.</summary>
    public IReadOnlyList<Alert> Resolved(int most)
    {
        lock (_gate)
        {
            return _resolved[..Math.Min(most, _resolved.Count)];
        }
    }

    /// <summary>Goes on from what was written down. What fired then fires until it has been well for a while; who was told is not told again.</summary>
    public void Restore(AlertRecord record, DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var (alert, toldAt) in record.Firing)
            {
                _open[alert.Id] = new Entry(alert, now) { Fires = true, Looks = 2, ToldAt = toldAt, AnnouncedAt = toldAt };
            }

            _resolved.AddRange(record.Resolved.Take(MostResolved));
        }
    }

    public AlertRecord Record()
    {
        lock (_gate)
        {
            return new AlertRecord(Format, [.. _open.Values.Where(static entry => entry.Fires).Select(static entry => new FiringRecord(entry.Alert, entry.ToldAt))], [.. _resolved]);
        }
    }

    /// <summary>One look: everything that is wrong now. What somebody is to be told of.</summary>
    public IReadOnlyList<AlertNews> Look(IEnumerable<Condition> conditions, DateTimeOffset now)
    {
        lock (_gate)
        {
            var news = new List<AlertNews>();
            foreach (var condition in conditions)
            {
                if (See(condition, now) is { } seen)
                {
                    news.Add(seen);
                }
            }

            foreach (var (id, entry) in _open.Where(open => open.Value.SeenAt < now).ToList())
            {
                if (!entry.Fires)
                {
                    _open.Remove(id);
                }
                else if (now - entry.SeenAt >= resolveAfter)
                {
                    _open.Remove(id);
                    var resolved = entry.Alert with { State = AlertState.Resolved, ResolvedAt = now, AcknowledgedUntil = null };
                    _resolved.Insert(0, resolved);
                    _resolved.RemoveRange(Math.Min(MostResolved, _resolved.Count), Math.Max(0, _resolved.Count - MostResolved));
                    Version++;
                    if (entry.AnnouncedAt is not null)
                    {
                        news.Add(new AlertNews(AlertNewsKind.Resolved, resolved));
                    }
                }
            }

            return news;
        }
    }

    /// <summary>Notes that a message about these arrived somewhere.</summary>
    public void Told(IEnumerable<string> ids, DateTimeOffset at)
    {
        lock (_gate)
        {
            foreach (var id in ids)
            {
                if (_open.TryGetValue(id, out var entry) && entry.Fires)
                {
                    entry.ToldAt = at;
                    Version++;
                }
            }
        }
    }

    /// <summary>The alert, of which nobody is reminded until then; null where it does not fire.</summary>
    public Alert? Acknowledge(string id, DateTimeOffset until)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(id, out var entry) || !entry.Fires)
            {
                return null;
            }

            entry.Alert = entry.Alert with { AcknowledgedUntil = until };
            Version++;
            return entry.Alert;
        }
    }

    private AlertNews? See(Condition condition, DateTimeOffset now)
    {
        if (!_open.TryGetValue(condition.Id, out var entry))
        {
            _open[condition.Id] = entry = new Entry(
                new Alert(condition.Id, condition.Severity, condition.Title, condition.Detail, condition.Since ?? now, AlertState.Firing, null, null), now);
        }

        var before = entry.Alert;
        entry.Looks++;
        entry.SeenAt = now;
        entry.Alert = before with
        {
            Severity = condition.Severity,
            Title = condition.Title,
            Detail = condition.Detail,
            AcknowledgedUntil = before.AcknowledgedUntil > now ? before.AcknowledgedUntil : null,
        };
        if (!entry.Fires)
        {
            if (entry.Looks < 2 && !(now - condition.Since >= HeldBefore))
            {
                return null;
            }

            entry.Fires = true;
            Version++;
        }
        else if (entry.Alert.Severity != before.Severity)
        {
            Version++;
        }

        // Where a restart came between firing and the message, it is told now.
        AlertNewsKind? kind = entry.AnnouncedAt is not { } announced ? AlertNewsKind.Fired
            : entry.Alert.Severity > before.Severity ? AlertNewsKind.Worsened
            : entry.Alert.AcknowledgedUntil is null && now - announced >= remindAfter ? AlertNewsKind.Reminder
            : null;
        if (kind is null)
        {
            return null;
        }

        entry.AnnouncedAt = now;
        return new AlertNews(kind.Value, entry.Alert);
    }

    private sealed class Entry(Alert alert, DateTimeOffset seenAt)
    {
        public Alert Alert { get; set; } = alert;

        /// <summary>Looks in a row that found it.</summary>
        public int Looks { get; set; }

        public DateTimeOffset SeenAt { get; set; } = seenAt;

        public bool Fires { get; set; }

        /// <summary>When a message was last handed over.</summary>
        public DateTimeOffset? AnnouncedAt { get; set; }

        /// <summary>When one last arrived.</summary>
        public DateTimeOffset? ToldAt { get; set; }
    }
}
