using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Shared;

/// <summary>A cohort as questions need it.</summary>
/// <param name="Condition">Null for a list.</param>
/// <param name="Version">Another one after every change of who is in it.</param>
internal sealed record CohortInfo(int Id, CohortCondition? Condition, long Version);

/// <summary>The cohorts of projects, as of the snapshot of <see cref="IProjectDirectory"/>. Safe for concurrent use.</summary>
internal interface ICohorts
{
    CohortInfo? Find(ProjectId project, int id);

    /// <summary>The keys of a list's persons in decimals with commas between; empty where there is none.</summary>
    string Members(int id);
}
