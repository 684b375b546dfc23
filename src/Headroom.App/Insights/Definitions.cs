using System.Collections.Concurrent;
using System.Globalization;
using Headroom.App.Shared;
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
    InsightsService insights, IEventReader reader, SqlDialect dialect, TimeProvider time, IOptions<InsightsOptions> options)
{
    public const int MaxLimit = 1_000;
    private const int MaxAnswers = 500;

    /// <summary>Columns counted by one statement, so that its text stays small.</summary>
    private const int ColumnsAtOnce = 500;
    private readonly ConcurrentDictionary<Question, Answer> _answers = new();

    public async ValueTask<Listed<IReadOnlyList<EventDefinition>>> EventsAsync(ProjectInfo project, string? search, int limit, CancellationToken cancellationToken) =>
        await KeepAsync(
            new Question(project.Id, "events", null, null, search, limit),
            async schema =>
            {
                var rows = await insights.QueryAsync("definitions", DefinitionsCompiler.Events(search, limit, project.Id, schema, dialect), cancellationToken);
                return (IReadOnlyList<EventDefinition>)[.. rows.Rows.Select(r => new EventDefinition
                {
                    Name = (string)r[0]!,
                    Count = (long)r[1]!,
                    LastSeen = UnixMicros.ToInstant(EventReader.Micros(r[2])),
                })];
            });

    public async ValueTask<Listed<IReadOnlyList<PropertyDefinition>>> PropertiesAsync(
        ProjectInfo project, string? eventName, string? search, int limit, CancellationToken cancellationToken) =>
        await KeepAsync(
            new Question(project.Id, "properties", null, eventName, search, limit),
            async schema =>
            {
                List<PropertyColumnKey> columns = [
                    .. await ColumnsAsync(project.Id, schema, eventName, cancellationToken), .. await PersonColumnsAsync(project.Id, schema, cancellationToken),
                    .. await GroupColumnsAsync(project.Id, schema, cancellationToken)];
                IReadOnlyList<PropertyDefinition> found = [.. columns
                    .Where(c => search is null || c.Name.Contains(search, StringComparison.OrdinalIgnoreCase))
                    .GroupBy(c => c.Name, StringComparer.Ordinal)
                    .OrderBy(g => PropertyNames.OfGroup(g.Key) is not null ? 2 : PropertyNames.OfPerson(g.Key) is not null ? 1 : 0).ThenBy(g => g.Key, StringComparer.OrdinalIgnoreCase).ThenBy(g => g.Key, StringComparer.Ordinal)
                    .Take(limit)
                    .Select(g => new PropertyDefinition { Name = g.Key, Kinds = [.. g.Select(c => (PropertyValueKind)c.Kind).Order()] })];
                return found;
            });

    public async ValueTask<Listed<IReadOnlyList<PropertyValueCount>>> ValuesAsync(
        ProjectInfo project, string property, string? eventName, string? search, int limit, CancellationToken cancellationToken) =>
        await KeepAsync(
            new Question(project.Id, "values", property, eventName, search, limit),
            async schema =>
            {
                var query = DefinitionsCompiler.Values(
                    property, eventName, search, limit, QueryLimits.BreakdownValueLength, project.Id, schema, dialect);
                var rows = await insights.QueryAsync("definitions", query, cancellationToken);
                return (IReadOnlyList<PropertyValueCount>)[.. rows.Rows.Select(r => new PropertyValueCount { Value = (string)r[0]!, Count = (long)r[1]! })];
            });

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
                var rows = await insights.QueryAsync("definitions", DefinitionsCompiler.Usage(eventName, columns, project, schema, dialect), cancellationToken);
                var counts = rows.Rows[0];
                for (var i = 0; i < columns.Length; i++)
                {
                    if (Convert.ToInt64(counts[i], CultureInfo.InvariantCulture) > 0)
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
    internal sealed record Listed<T>(T Value, long DataVersion);

    private sealed record Question(ProjectId Project, string Kind, string? Property, string? Event, string? Search, int Limit);

    private sealed record Answer(object Value, long DataVersion, long At);
}
