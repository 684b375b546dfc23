using System.Collections.Concurrent;
using System.Globalization;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Microsoft.Extensions.Options;

namespace Headroom.App.Insights;

/// <summary>
/// The names and values that builders offer. They read every event of a project, so an answer is kept for a few seconds
/// and while the data has not changed. Safe for concurrent use.
/// </summary>
internal sealed class Definitions(
    InsightsService insights, IEventReader reader, DefinitionNotes notes, SqlDialect dialect, TimeProvider time, IOptions<InsightsOptions> options)
{
    public const int MaxLimit = 1_000;

    /// <summary>Names of events of which the activity is told from counts; past it, that of the most frequent ones is counted.</summary>
    private const int MaxNames = 10_000;
    private const int MaxAnswers = 500;

    /// <summary>Columns counted by one statement, so that its text stays small.</summary>
    private const int ColumnsAtOnce = 500;
    private readonly ConcurrentDictionary<Question, Answer> _answers = new();

    /// <param name="withHidden">Else hidden ones are left out.</param>
    public async ValueTask<Listed<IReadOnlyList<EventDefinition>>> EventsAsync(
        ProjectInfo project, string? search, int limit, bool withHidden, CancellationToken cancellationToken)
    {
        var noted = await notes.ListAsync(project.Id, DefinitionKind.Event, cancellationToken);

        // So many more that enough are left.
        var read = limit + (withHidden ? 0 : noted.Count);
        var found = await KeepAsync(
            new Question(project.Id, "events", null, null, search, read),
            async schema =>
            {
                var rows = await insights.QueryAsync("definitions", DefinitionsCompiler.Events(search, read, project.Id, schema, dialect), cancellationToken);
                return (IReadOnlyList<EventDefinition>)[.. rows.Rows.Select(r => new EventDefinition
                {
                    Name = (string)r[0]!,
                    Count = (long)r[1]!,
                    LastSeen = UnixMicros.ToInstant(EventReader.Micros(r[2])),
                    Description = null,
                    Hidden = false,
                })];
            });
        return new Listed<IReadOnlyList<EventDefinition>>(
            [.. found.Value.Where(e => withHidden || !noted.Hides(e.Name)).Take(limit).Select(e => e with { Description = noted.Describes(e.Name), Hidden = noted.Hides(e.Name) })],
            found.DataVersion, noted.Tag);
    }

    /// <summary>Every name with how often its events came on each of the last days, hidden ones too.</summary>
    /// <param name="days">In the project's time zone, today included.</param>
    public async ValueTask<EventActivity> ActivityAsync(ProjectInfo project, string? search, int limit, int days, CancellationToken cancellationToken)
    {
        var noted = await notes.ListAsync(project.Id, DefinitionKind.Event, cancellationToken);
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        var today = calendar.DateOf(UnixMicros.From(time.GetUtcNow()));
        var first = today.AddDays(1 - days);
        long[] bounds = [UnixMicros.Min, .. Enumerable.Range(0, days + 1).Select(d => calendar.StartOf(first.AddDays(d))), UnixMicros.Max];
        var found = await KeepAsync(
            new Question(project.Id, "activity", null, first.ToString("O", CultureInfo.InvariantCulture), null, days),
            async schema => await reader.CountNamesAsync(project.Id, bounds, MaxNames, cancellationToken) ?? await CountNamesAsync(project.Id, schema, bounds, cancellationToken));
        var events = found.Value
            .Where(t => search is null || t.Name.Contains(search, StringComparison.OrdinalIgnoreCase))
            .Select(t => new EventActivityItem
            {
                Name = t.Name,
                Description = noted.Describes(t.Name),
                Hidden = noted.Hides(t.Name),
                Count = t.Counts.Sum(),
                Recent = t.Counts[1..^1].Sum(),
                FirstSeen = UnixMicros.ToInstant(t.Seen.First),
                LastSeen = UnixMicros.ToInstant(t.Seen.Last),
                Days = t.Counts[1..^1],
            })
            .OrderByDescending(static e => e.Recent).ThenByDescending(static e => e.Count).ThenBy(static e => e.Name, StringComparer.Ordinal).ToList();
        return new EventActivity { From = first, To = today, Total = events.Count, Events = [.. events.Take(limit)] };
    }

    /// <param name="days">Counts what the last days' events have, and says when each was seen; null for neither.</param>
    public async ValueTask<Listed<IReadOnlyList<PropertyDefinition>>> PropertiesAsync(
        ProjectInfo project, string? eventName, string? search, int limit, bool withHidden, int? days, CancellationToken cancellationToken)
    {
        var noted = await notes.ListAsync(project.Id, DefinitionKind.Property, cancellationToken);
        var found = await KeepAsync(
            new Question(project.Id, "properties", null, eventName, search, 0),
            async schema =>
            {
                List<PropertyColumnKey> columns = [
                    .. await ColumnsAsync(project.Id, schema, eventName, cancellationToken), .. await PersonColumnsAsync(project.Id, schema, cancellationToken),
                    .. await GroupColumnsAsync(project.Id, schema, cancellationToken)];
                return (IReadOnlyList<PropertyDefinition>)[.. columns
                    .Where(c => search is null || c.Name.Contains(search, StringComparison.OrdinalIgnoreCase))
                    .GroupBy(c => c.Name, StringComparer.Ordinal)
                    .OrderBy(g => PropertyNames.OfGroup(g.Key) is not null ? 2 : PropertyNames.OfPerson(g.Key) is not null ? 1 : 0).ThenBy(g => g.Key, StringComparer.OrdinalIgnoreCase).ThenBy(g => g.Key, StringComparer.Ordinal)
                    .Select(g => new PropertyDefinition { Name = g.Key, Kinds = [.. g.Select(c => (PropertyValueKind)c.Kind).Order()], Description = null, Hidden = false })];
            });
        var shown = found.Value.Where(p => withHidden || !noted.Hides(p.Name)).Take(limit)
            .Select(p => p with { Description = noted.Describes(p.Name), Hidden = noted.Hides(p.Name) }).ToList();
        var (version, tag) = (found.DataVersion, noted.Tag);
        if (days is { } last)
        {
            var used = await UsageAsync(project, eventName, last, cancellationToken);
            var usage = used.Value;
            (version, tag) = (Math.Min(version, used.DataVersion), $"{tag}|{used.Notes}");
            var spans = eventName is null ? reader.PropertySpans(project.Id) : new Dictionary<string, SeenSpan>();
            shown = shown.ConvertAll(p => p with
            {
                Events = usage.Events.TryGetValue(p.Name, out var events) ? events : null,
                Share = usage.Events.ContainsKey(p.Name) && usage.Total > 0 ? Math.Min(1, (double)events / usage.Total) : null,
                FirstSeen = spans.TryGetValue(p.Name, out var span) ? UnixMicros.ToInstant(span.First) : null,
                LastSeen = spans.TryGetValue(p.Name, out span) ? UnixMicros.ToInstant(span.Last) : null,
            });
        }

        return new Listed<IReadOnlyList<PropertyDefinition>>(shown, version, tag);
    }

    public async ValueTask<Listed<IReadOnlyList<PropertyValueCount>>> ValuesAsync(
        ProjectInfo project, string property, string? eventName, string? search, int limit, CancellationToken cancellationToken)
    {
        if (PropertyNames.Cohort(property) is null)
        {
            return await KeepAsync(new Question(project.Id, "values", property, eventName, search, limit), AskAsync);
        }

        // Who is in a cohort may change without the data.
        var schema = reader.Schema(project.Id);
        var values = await AskAsync(schema);
        return new Listed<IReadOnlyList<PropertyValueCount>>(values, schema.DataVersion, string.Join('|', values));

        async ValueTask<IReadOnlyList<PropertyValueCount>> AskAsync(ProjectSchema asked)
        {
            var query = DefinitionsCompiler.Values(property, eventName, search, limit, QueryLimits.BreakdownValueLength, project.Id, asked, dialect);
            var rows = await insights.QueryAsync("definitions", query, cancellationToken);
            return [.. rows.Rows.Select(r => new PropertyValueCount { Value = (string)r[0]!, Count = (long)r[1]! })];
        }
    }

    /// <summary>Whether a name is not that of a cohort that is not there.</summary>
    public bool Knows(ProjectInfo project, string property) => PropertyNames.Cohort(property) is not { } id || reader.Schema(project.Id).Cohorts(id) is not null;

    private async ValueTask<IReadOnlyList<NamedTally>> CountNamesAsync(ProjectId project, ProjectSchema schema, long[] bounds, CancellationToken cancellationToken)
    {
        var rows = await insights.QueryAsync("definitions", DefinitionsCompiler.Activity(bounds, MaxLimit, project, schema, dialect), cancellationToken);
        return [.. rows.Rows.Select(static r => new NamedTally(
            (string)r[0]!, [.. r.Skip(4).Select(static c => Convert.ToInt64(c, CultureInfo.InvariantCulture))],
            new SeenSpan(EventReader.Micros(r[2]), EventReader.Micros(r[3]))))];
    }

    /// <summary>How many of the last days' events have each property that has columns, in any kind.</summary>
    private async ValueTask<Listed<Usage>> UsageAsync(ProjectInfo project, string? eventName, int days, CancellationToken cancellationToken)
    {
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        var today = calendar.DateOf(UnixMicros.From(time.GetUtcNow()));
        var (from, to) = (calendar.StartOf(today.AddDays(1 - days)), calendar.StartOf(today.AddDays(1)));
        var found = await KeepAsync(
            new Question(project.Id, "usage", today.ToString("O", CultureInfo.InvariantCulture), eventName, null, days),
            async schema =>
            {
                var events = new Dictionary<string, long>(StringComparer.Ordinal);
                var total = 0L;
                foreach (var columns in schema.Columns.Where(c => c != ProjectSchema.OverflowColumn).Chunk(ColumnsAtOnce))
                {
                    var rows = await insights.QueryAsync("definitions", DefinitionsCompiler.Usage(eventName, columns, from, to, project.Id, schema, dialect), cancellationToken);
                    var counts = rows.Rows[0].Select(static c => Convert.ToInt64(c, CultureInfo.InvariantCulture)).ToList();
                    total = counts[0];
                    for (var i = 0; i < columns.Length; i++)
                    {
                        // An event has a property in one kind.
                        events[columns[i].Name] = events.GetValueOrDefault(columns[i].Name) + counts[i + 1];
                    }
                }

                return new Usage(total, events);
            });
        return found with { Notes = today.ToString("O", CultureInfo.InvariantCulture) };
    }

    private async ValueTask<List<PropertyColumnKey>> ColumnsAsync(
        ProjectId project, ProjectSchema schema, string? eventName, CancellationToken cancellationToken)
    {
        PropertyColumnKey[] all = [.. schema.Columns.Where(c => c != ProjectSchema.OverflowColumn)];
        var found = new List<PropertyColumnKey>(all.Length);
        if (eventName is null)
        {
            found.AddRange(all);
        }
        else
        {
            foreach (var columns in all.Chunk(ColumnsAtOnce))
            {
                var rows = await insights.QueryAsync("definitions", DefinitionsCompiler.Usage(eventName, columns, long.MinValue, long.MaxValue, project, schema, dialect), cancellationToken);
                var counts = rows.Rows[0];
                for (var i = 0; i < columns.Length; i++)
                {
                    if (Convert.ToInt64(counts[i + 1], CultureInfo.InvariantCulture) > 0)
                    {
                        found.Add(columns[i]);
                    }
                }
            }
        }

        if (schema.Columns.Contains(ProjectSchema.OverflowColumn))
        {
            var rows = await insights.QueryAsync("definitions", DefinitionsCompiler.Overflowed(eventName, MaxLimit, project, schema, dialect), cancellationToken);
            foreach (var row in rows.Rows)
            {
                // A property past the bound on columns has no column to say its kind; a value of it is there as JSON.
                if (!found.Exists(c => c.Name == (string)row[0]!))
                {
                    found.Add(new PropertyColumnKey((string)row[0]!, PropertyKind.Json));
                }
            }
        }

        return found;
    }

    /// <summary>The properties of persons, under the names by which queries read them.</summary>
    private async ValueTask<List<PropertyColumnKey>> PersonColumnsAsync(ProjectId project, ProjectSchema schema, CancellationToken cancellationToken)
    {
        List<PropertyColumnKey> found = [.. schema.PersonColumns.Where(c => c != ProjectSchema.OverflowColumn)];
        if (schema.PersonColumns.Contains(ProjectSchema.OverflowColumn))
        {
            var rows = await insights.QueryAsync("definitions", DefinitionsCompiler.OverflowedOfPersons(MaxLimit, project, schema, dialect), cancellationToken);
            found.AddRange(rows.Rows.Select(r => (string)r[0]!).Where(n => !found.Exists(c => c.Name == n)).Select(n => new PropertyColumnKey(n, PropertyKind.Json)).ToList());
        }

        return found.ConvertAll(c => c with { Name = PropertyNames.PersonPrefix + c.Name });
    }

    /// <summary>What groups were told, under the names by which queries read it.</summary>
    private async ValueTask<List<PropertyColumnKey>> GroupColumnsAsync(ProjectId project, ProjectSchema schema, CancellationToken cancellationToken)
    {
        if (DefinitionsCompiler.OfGroups(MaxLimit, project, schema, dialect) is not { } query)
        {
            return [];
        }

        var found = new List<PropertyColumnKey>();
        foreach (var row in (await insights.QueryAsync("definitions", query, cancellationToken)).Rows)
        {
            if (PropertyNames.OfGroup((string)row[0]!, (string)row[1]!) is { } name)
            {
                found.AddRange(Enum.GetValues<PropertyKind>().Where(kind => (long)row[2 + (int)kind]! > 0).Select(kind => new PropertyColumnKey(name, kind)));
            }
        }

        return found;
    }

    private async ValueTask<Listed<T>> KeepAsync<T>(Question question, Func<ProjectSchema, ValueTask<T>> ask)
        where T : class
    {
        var schema = reader.Schema(question.Project);
        var now = time.GetTimestamp();
        if (_answers.TryGetValue(question, out var known) &&
            (known.DataVersion == schema.DataVersion || time.GetElapsedTime(known.At, now) < TimeSpan.FromSeconds(options.Value.DefinitionsMaxAgeSeconds)))
        {
            return new Listed<T>((T)known.Value, known.DataVersion);
        }

        var value = await ask(schema);
        if (_answers.Count >= MaxAnswers)
        {
            // Rare (many different searches); starting over costs each question one scan.
            _answers.Clear();
        }

        _answers[question] = new Answer(value, schema.DataVersion, now);
        return new Listed<T>(value, schema.DataVersion);
    }

    /// <param name="DataVersion">Of the data that it was read from.</param>
    /// <param name="Notes">Differs where what people say of the names does.</param>
    internal sealed record Listed<T>(T Value, long DataVersion, string Notes = "");

    private sealed record Usage(long Total, IReadOnlyDictionary<string, long> Events);

    private sealed record Question(ProjectId Project, string Kind, string? Property, string? Event, string? Search, int Limit);

    private sealed record Answer(object Value, long DataVersion, long At);
}
