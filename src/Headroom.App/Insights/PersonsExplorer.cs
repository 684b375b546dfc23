using System.Globalization;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

/// <summary>Persons: those behind a point of an insight, lists of them, and one whole. Safe for concurrent use.</summary>
internal sealed class PersonsExplorer(InsightsService insights, InsightsCache answers, IEventReader reader, SqlDialect dialect)
{
    /// <summary>Distinct ids shown of a person.</summary>
    private const int MaxDistinctIds = 20;

    /// <summary>What a search looks into, beside distinct ids and uuids.</summary>
    private static readonly string[] Searched = ["email", "name", "username", "$email", "$name"];

    /// <summary>A page of the persons behind a point; null where <paramref name="errors"/> has what is wrong.</summary>
    public async ValueTask<PersonsPage?> ListAsync(PersonsQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var after = Cursor(query.Cursor, 0, errors);
        if (await BehindAsync(query, project, "", after, query.Limit + 1, errors, cancellationToken) is not { } behind)
        {
            return null;
        }

        var shown = behind.Keys.Take(query.Limit).ToList();
        return new PersonsPage
        {
            Persons = await LoadAsync(shown, project, cancellationToken),
            Total = behind.Total,
            Next = behind.Keys.Count > query.Limit ? Text(shown[^1]) : null,
        };
    }

    /// <summary>Persons with a row, the newest first; of a cohort where its number is given.</summary>
    public async ValueTask<PersonsPage?> SearchAsync(string? search, int? cohort, string? cursor, int limit, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var before = Cursor(cursor, long.MaxValue, errors);
        var schema = reader.Schema(project.Id);
        var source = cohort is { } id ? schema.Cohorts(id) : null;
        if (cohort is not null && source is null)
        {
            errors.Add("cohort", "There is no such cohort.");
        }

        if (errors.Any)
        {
            return null;
        }

        long? also = null;
        if (search is not null)
        {
            also = Guid.TryParse(search, out var uuid) ? await KeyAsync(uuid, project, cancellationToken)
                : reader.FindPersons(project.Id, [search]).TryGetValue(search, out var key) ? key : null;
        }

        var rows = await insights.QueryAsync("persons", PersonsCompiler.List(search, Searched, also, source, before, limit + 1, project.Id, schema, dialect), cancellationToken);
        var keys = rows.Rows.Take(limit).Select(static r => (long)r[0]!).ToList();
        return new PersonsPage
        {
            Persons = await LoadAsync(keys, project, cancellationToken),
            Total = null,
            Next = rows.Rows.Count > limit ? Text(keys[^1]) : null,
        };
    }

    public async ValueTask<PersonItem?> FindAsync(Guid uuid, ProjectInfo project, CancellationToken cancellationToken) =>
        await KeyAsync(uuid, project, cancellationToken) is { } key ? (await LoadAsync([key], project, cancellationToken))[0] : null;

    /// <summary>The key of a person who has a row.</summary>
    public async ValueTask<long?> KeyAsync(Guid uuid, ProjectInfo project, CancellationToken cancellationToken)
    {
        var rows = await insights.QueryAsync("persons", CohortCompiler.ByUuid(uuid.ToString(), 1, project.Id, reader.Schema(project.Id), dialect), cancellationToken);
        return rows.Rows.Count == 0 ? null : (long)rows.Rows[0][0]!;
    }

    /// <summary>All persons behind a point, at most one more than a cohort may have.</summary>
    public ValueTask<(IReadOnlyList<long> Keys, long Total)?> BehindAsync(
        PersonsQuery query, ProjectInfo project, string path, QueryErrors errors, CancellationToken cancellationToken) =>
        BehindAsync(query, project, path + ".", 0, QueryLimits.CohortMembers + 1, errors, cancellationToken);

    private async ValueTask<(IReadOnlyList<long> Keys, long Total)?> BehindAsync(
        PersonsQuery query, ProjectInfo project, string path, long after, int most, QueryErrors errors, CancellationToken cancellationToken)
    {
        InsightPointValidator.Validate(query.Query, query.Point, path + "point", errors);
        var schema = reader.Schema(project.Id);
        foreach (var (field, id) in CohortReferences.Of(query.Query))
        {
            if (schema.Cohorts(id) is null)
            {
                errors.Add($"{path}query.{field}", "There is no such cohort.");
            }
        }

        if (errors.Any)
        {
            return null;
        }

        return await insights.BehindAsync(query.Query, query.Point, path, after, most, project, ShownAsync, errors, cancellationToken);

        // What is past a breakdown's limit is known from the answer alone.
        async ValueTask<IReadOnlyList<string?>> ShownAsync() =>
            await answers.RunAsync(query.Query, project, errors, null, TimeSpan.Zero, cancellationToken) is { Result: TrendsResult trends }
                ? [.. trends.Series.Where(s => s.Series == query.Point.Series && s.Breakdown != TrendsSeriesResult.Other).Select(static s => s.Breakdown)]
                : [];
    }

    private async ValueTask<IReadOnlyList<PersonItem>> LoadAsync(List<long> keys, ProjectInfo project, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
        {
            return [];
        }

        var rows = await insights.QueryAsync(
            "persons", PersonsCompiler.LastSeen(string.Join(',', keys.Select(Text)), keys.Count, project.Id, reader.Schema(project.Id), dialect), cancellationToken);
        var seen = rows.Rows.ToDictionary(static r => (long)r[0]!, static r => UnixMicros.ToInstant(EventReader.Micros(r[1])));
        return [.. keys.Select(key =>
        {
            var person = reader.GetPerson(project.Id, key);
            return new PersonItem
            {
                Key = key,
                Uuid = person?.Uuid,
                CreatedAt = person is null ? null : UnixMicros.ToInstant(person.CreatedAt),
                IsIdentified = person?.IsIdentified ?? false,
                DistinctIds = reader.DistinctIds(project.Id, key, MaxDistinctIds),
                Properties = EventReader.ReadObject(person?.Properties ?? "{}"),
                LastSeen = seen.TryGetValue(key, out var last) ? last : null,
            };
        })];
    }

    private static long Cursor(string? text, long start, QueryErrors errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return start;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var key))
        {
            return key;
        }

        errors.Add("cursor", "Is not a cursor that this server gave out.");
        return start;
    }

    private static string Text(long key) => key.ToString(CultureInfo.InvariantCulture);
}
