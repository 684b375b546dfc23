using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

/// <summary>A trend that is asked.</summary>
/// <param name="Points">Of its range as it is resolved now.</param>
/// <param name="Now">When that was.</param>
internal sealed record TrendsQuestion(TrendsQuery Query, ProjectInfo Project, TrendsPoints Points, DateTimeOffset Now)
{
    /// <summary>Null where the query is wrong, or has no points that can be kept.</summary>
    public static TrendsQuestion? Of(TrendsQuery query, ProjectInfo project, DateTimeOffset now) =>
        QueryValidator.Validate(query, new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday), UnixMicros.From(now), new QueryErrors()) is { } range &&
        TrendsPoints.Of(query, range) is { } points ? new TrendsQuestion(query, project, points, now) : null;
}

/// <summary>
/// Puts answers to trends together from the points of answers that are kept, also of other ranges, and asks the store only for those points that they
/// lack or that have changed. Safe for concurrent use.
/// </summary>
internal sealed class KeptTrends(KeptAnswers answers, InsightsService insights, IEventReader reader, SqlDialect dialect, TimeProvider time)
{
    /// <summary>Tries to catch up with commits that go on, before the whole is computed at once.</summary>
    private const int MostTries = 3;

    /// <summary>
    /// The answer whose points another one to the same trend is put together from: the one before, or one of another range that has at least half of
    /// them. Else the one of the range that has moved on since, which tells that the same was asked before. Null where there is none.
    /// </summary>
    public KeptAnswer? Source(KeptAnswer? known, TrendsQuestion question)
    {
        if (known is { Parts: not null } or { AddsUp: false })
        {
            return known;
        }

        var (best, most) = (known, question.Points.Count / 2);
        foreach (var (asked, key) in answers.Ranges(InsightKey.OfAnyRange(question.Query, question.Project)).Latest)
        {
            if (answers.Find(key) is not { } kept)
            {
                continue;
            }

            if (kept is { AddsUp: true, Parts: { } parts } && parts.At(question.Points) is var (_, missing) && Touched(kept, question, missing) is { } touched && touched.Points.Count <= most)
            {
                (best, most) = (kept, touched.Points.Count - 1);
            }
            else if (asked == question.Query.Range)
            {
                best ??= kept;
            }
        }

        return best;
    }

    /// <summary>Notes the range of an answer that adds up. That of the same question before the range moved on is asked for no more.</summary>
    public void Note(string key, TrendsQuery query, ProjectInfo project)
    {
        var anyRange = InsightKey.OfAnyRange(query, project);
        var before = answers.Ranges(anyRange);
        if (before.Latest is [var first, ..] && first == (query.Range, key))
        {
            return;
        }

        foreach (var (_, old) in before.Latest.Where(r => r.Asked == query.Range && r.Key != key))
        {
            answers.Forget(old);
        }

        answers.Keep(anyRange, before.With(query.Range, key));
    }

    /// <summary>
    /// The answer with only those points computed that new events touched, or that its range has besides; null where the whole has to be. The points
    /// of one answer are all of one version: commits that touch others meanwhile make it begin again.
    /// </summary>
    /// <param name="source">To the same query, of this range or another; where its parts have nothing for the range, all points are computed and kept.</param>
    public async ValueTask<(KeptAnswer Kept, bool Reuses)?> RefreshAsync(KeptAnswer? known, KeptAnswer source, TrendsQuestion question, CancellationToken cancellationToken)
    {
        var (query, project, points, now) = question;
        var reused = source.Parts?.At(points);
        var (before, missing) = reused ?? (TrendsParts.None(query, points), []);
        var began = time.GetTimestamp();
        var needed = Needed();
        for (var i = 0; i < MostTries && needed is var (touched, merged, version); i++)
        {
            if (before.With(merged) is not { } others)
            {
                return null;
            }

            if (touched.Count == 0)
            {
                return (Refreshed(others, version), true);
            }

            var schema = reader.Schema(project.Id);
            if (schema.Engine is not StoreEngine.Segments)
            {
                return null;
            }

            var cells = await CellsAsync(question, touched, schema, cancellationToken);
            var parts = cells is null ? null : others.With(touched, cells, answers.MostBytes / 8);
            if (parts is null || !answers.Fits(parts.Bytes))
            {
                // What is of another range adds up there.
                (known ?? (reused is null ? source : null))?.AddsUp = false;
                return null;
            }

            needed = Needed();
            if (needed is { } since && touched.Holds(since.Points) && since.Merged.Count == merged.Count)
            {
                // A column that came between the two is not in the statement, so the answer is of the older.
                return (Refreshed(parts, Math.Min(schema.DataVersion, cells!.DataVersion)), reused is not null);
            }
        }

        return null;

        Changed? Needed() =>
            reused is null ? new Changed(TrendsParts.All(points), [], source.Version) : Touched(source, question, missing);

        KeptAnswer Refreshed(TrendsParts parts, long version) => new(parts.Answer(version, now), version, began)
        {
            Reads = source.Reads is { } reads ? reads with { From = points.From, To = points.To } : null,
            AddsUp = true,
            Parts = parts,
        };
    }

    /// <summary>What has to be done so that it is an answer; null where what is kept does not hold for the other points.</summary>
    private Changed? Touched(KeptAnswer source, TrendsQuestion question, IReadOnlyList<int> missing)
    {
        var changes = reader.ChangedSince(question.Project.Id, source.PartsVersion ?? source.Version);
        var merged = TrendsParts.ReadsPersons(question.Query) ? changes.Merged : changes.Merges && source.Reads is not { Merges: false } ? null : [];
        return changes.Everything || merged is null || (changes.Persons && source.Reads is not { Persons: false }) || (changes.Removals && source.Parts is { KeepsRemoved: true })
            ? null : new Changed(TrendsParts.Touched(question.Points, changes.Ranges, missing), merged, changes.DataVersion);
    }

    /// <summary>What the points come to, of one version; null where it is more than can be kept.</summary>
    private async ValueTask<TrendsCells?> CellsAsync(TrendsQuestion question, TrendsTouched touched, ProjectSchema schema, CancellationToken cancellationToken)
    {
        var (query, project, points, _) = question;
        try
        {
            // Scans of apart stretches may be of two versions; one statement is not.
            return await insights.CountAsync(query, points, touched, project.Id, schema, cancellationToken) ??
                TrendsParts.Read(query, await insights.QueryAsync("trends", TrendsParts.Compile(query, points, touched, project.Id, schema, dialect), cancellationToken));
        }
        catch (QueryRefusedException e) when (e.Bound is QueryBound.Memory or QueryBound.Rows)
        {
            // Parts may be larger than the answer that is made of them.
            return null;
        }
    }

    /// <summary>What changed of a trend's points.</summary>
    /// <param name="Points">To be computed.</param>
    /// <param name="Merged">Of the persons of the other points.</param>
    /// <param name="Version">Up to which what was added is in it.</param>
    private readonly record struct Changed(TrendsTouched Points, IReadOnlyList<MergedPerson> Merged, long Version);
}
