using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Insights;

/// <summary>The event store as insights see it: its schemas know the project's cohorts.</summary>
internal sealed class CohortReader(IEventReader store, ICohorts cohorts, IProjectDirectory projects, TimeProvider time) : IEventReader
{
    public ProjectSchema Schema(ProjectId project) => store.Schema(project) with { Cohorts = id => Source(project, id) };

    public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken) => store.QueryAsync(query, cancellationToken);

    public ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken) => store.ScanAsync(query, sink, cancellationToken);

    public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken) =>
        store.CountAsync(project, names, bounds, cancellationToken);

    public ValueTask<IReadOnlyList<NamedTally>?> CountNamesAsync(ProjectId project, long[] bounds, int mostNames, CancellationToken cancellationToken) =>
        store.CountNamesAsync(project, bounds, mostNames, cancellationToken);

    public ValueTask<TextTally?> CountTextsAsync(StoreQuery query, string name, PropertyColumnKey text, int mostCells, CancellationToken cancellationToken) =>
        store.CountTextsAsync(query, name, text, mostCells, cancellationToken);

    public IReadOnlyDictionary<string, SeenSpan> PropertySpans(ProjectId project) => store.PropertySpans(project);

    public Person? FindPerson(ProjectId project, string distinctId) => store.FindPerson(project, distinctId);

    public Person? GetPerson(ProjectId project, long key) => store.GetPerson(project, key);

    public IReadOnlyList<string> DistinctIds(ProjectId project, long key, int most) => store.DistinctIds(project, key, most);

    public IReadOnlyDictionary<string, long> FindPersons(ProjectId project, IReadOnlyCollection<string> distinctIds) => store.FindPersons(project, distinctIds);

    public DataChanges ChangedSince(ProjectId project, long version) => store.ChangedSince(project, version);

    private CohortSource? Source(ProjectId project, int id) =>
        cohorts.Find(project, id) is { } cohort && projects.TryGet(project, out var info) ? Of(cohort, info) : null;

    public CohortSource Of(CohortInfo cohort, ProjectInfo project) => new(
        cohort.Condition, cohort.Condition is null ? cohorts.Members(cohort.Id) : "",
        new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday), UnixMicros.From(time.GetUtcNow()));
}
